#!/usr/bin/env python3
"""Writes one small volume as Zarr stores, by the clients that are installed.

    make_zarr_cases.py FOLDER [--all]

Run it once with zarr-python 2 (and numcodecs below 0.16) and once with zarr-python 3: each writes the stores of its
version. Without --all it writes those that are kept in Tests/Data/zarr. The volume is [10, 13, 17], voxel (z, y, x) is
(31 z + 17 y + 7 x) mod 97 in arrays of integers, a quarter of it less 3 in arrays of floats, its parity in arrays of truth
values. All but the first chunk of stores called "sparse" are the fill value.
"""
import json
import os
import shutil
import sys

import numpy as np
import zarr

SHAPE, CHUNKS = (10, 13, 17), (6, 13, 9)
z, y, x = np.meshgrid(*[np.arange(n) for n in SHAPE], indexing="ij")
WHOLE = (31 * z + 17 * y + 7 * x) % 97


def volume(dtype):
    dtype = np.dtype(dtype)
    if dtype.kind == "f":
        return (WHOLE / 4 - 3).astype(dtype)
    return (WHOLE % 2 if dtype.kind == "b" else WHOLE).astype(dtype)


def axes():
    return [{"name": n, "type": "space", "unit": "nanometer"} for n in "zyx"]


def datasets(path):
    return [{"path": path, "coordinateTransformations": [{"type": "scale", "scale": [1.25, 1.25, 1.25]}]}]


def version_2(folder, everything):
    import numcodecs as nc

    def store(name, dtype="<f4", path="0", values=None, **options):
        place = f"{folder}/{name}.zarr"
        shutil.rmtree(place, ignore_errors=True)
        options.setdefault("compressor", None)
        options.setdefault("dimension_separator", "/")
        options.setdefault("chunks", CHUNKS)
        group = zarr.group(zarr.DirectoryStore(place, dimension_separator=options["dimension_separator"]))
        data = volume(dtype) if values is None else values
        array = group.create_dataset(path, shape=data.shape, dtype=dtype, **options)
        if "sparse" in name:
            array[:6, :, :9] = data[:6, :, :9]
        else:
            array[...] = data
        group.attrs["multiscales"] = [{"version": "0.4", "axes": axes(), "datasets": datasets(path)}]
        return group

    store("v2-none-dot", "<i2", dimension_separator=".")
    store("v2-blosc-lz4-shuffle", compressor=nc.Blosc("lz4", 5, nc.Blosc.SHUFFLE))
    store("v2-blosc-zstd-bitshuffle", "<u2", compressor=nc.Blosc("zstd", 3, nc.Blosc.BITSHUFFLE))
    store("v2-zstd", "<f2", compressor=nc.Zstd(3))
    store("v2-gzip-fortran", "<i4", compressor=nc.GZip(5), order="F")
    store("v2-zlib-big-endian", ">f8", compressor=nc.Zlib(5))
    store("v2-shuffle-filter", filters=[nc.Shuffle(4)], compressor=nc.Zstd(3))
    store("v2-sparse", "|u1", compressor=nc.Blosc("lz4"), fill_value=7, write_empty_chunks=False)
    # Two levels under names of their own, behind a time and a channel.
    group = store("v2-levels", "|i1", "s0", volume("|i1")[None, None], chunks=(1, 1) + CHUNKS)
    half = volume("|i1")[::2, ::2, ::2][None, None]
    group.create_dataset("s1", data=half, chunks=(1, 1) + CHUNKS, compressor=None, dimension_separator="/")
    scale = lambda factor: [{"type": "scale", "scale": [1, 1] + [factor] * 3}, {
        "type": "translation", "translation": [0, 0, 20, 10, 5]}]
    group.attrs["multiscales"] = [{
        "version": "0.4",
        "axes": [{"name": "t", "type": "time"}, {"name": "c", "type": "channel"}] + [
            {"name": n, "type": "space", "unit": "angstrom"} for n in "zyx"],
        "datasets": [{"path": f"s{n}", "coordinateTransformations": scale(10 * 2**n)} for n in range(2)]}]
    if not everything:
        return
    for name in ["blosclz", "lz4", "lz4hc", "zlib", "zstd"]:
        for shuffle in [-1, 0, 1, 2]:
            for dtype in ["|u1", "<i2", "<f4", "<f8"]:
                store(f"v2-all-{name}-{shuffle}-{dtype[1:]}", dtype, compressor=nc.Blosc(name, 5, shuffle))
    for kind in "|i1 |u1 |b1 <i2 >i2 <u2 >u2 <i4 >i4 <u4 >u4 <i8 >i8 <u8 >u8 <f2 >f2 <f4 >f4 <f8 >f8".split():
        for codec in [None, nc.Zstd(1), nc.GZip(1), nc.Zlib(1)]:
            label = f"{kind.replace('<', 'l').replace('>', 'b').replace('|', 'n')}-{codec.codec_id if codec else 'none'}"
            store(f"v2-all-{label}", kind, compressor=codec)
    store("v2-all-fortran-dot", order="F", dimension_separator=".")
    store("v2-all-sparse-nan", fill_value=float("nan"), write_empty_chunks=False)


def version_3(folder, everything):
    from zarr.codecs import BloscCodec, BytesCodec, Crc32cCodec, GzipCodec, TransposeCodec, ZstdCodec

    def store(name, dtype="float32", chunks=CHUNKS, fill=0, **options):
        place = f"{folder}/{name}.zarr"
        shutil.rmtree(place, ignore_errors=True)
        group = zarr.open_group(place, mode="w", zarr_format=3)
        options.setdefault("compressors", None)
        array = group.create_array(
            "0", shape=SHAPE, dtype=dtype, chunks=chunks, fill_value=fill,
            dimension_names=["z", "y", "x"], **options)
        data = volume(dtype)
        if "sparse" in name:
            array[:6, :, :9] = data[:6, :, :9]
        else:
            array[...] = data
        group.attrs["ome"] = {"version": "0.5", "multiscales": [{"axes": axes(), "datasets": datasets("0")}]}

    v2_keys = {"name": "v2", "separator": "/"}
    store("v3-none")
    store("v3-big-endian", "int16", serializer=BytesCodec(endian="big"))
    store("v3-zstd-checksum", "uint8", compressors=[ZstdCodec(level=3), Crc32cCodec()])
    store("v3-blosc-lz4", "uint16", compressors=[BloscCodec(cname="lz4", clevel=5, shuffle="shuffle")],
          chunk_key_encoding=v2_keys)
    store("v3-sharded-zstd", chunks=(3, 5, 6), shards=(6, 15, 18), compressors=[ZstdCodec(level=3)],
          chunk_key_encoding=v2_keys)
    store("v3-sharded-sparse", "int8", chunks=(3, 5, 3), shards=(12, 15, 18), fill=5,
          compressors=[GzipCodec(level=5)])
    store("v3-transposed", "float16", filters=[TransposeCodec(order=(2, 0, 1))], compressors=[ZstdCodec()])
    store("v3-sparse-nan", "float64", fill=float("nan"))
    if not everything:
        return
    for name in ["blosclz", "lz4", "lz4hc", "zlib", "zstd"]:
        for shuffle in ["noshuffle", "shuffle", "bitshuffle"]:
            for dtype in ["uint8", "int16", "float32", "float64"]:
                codec = BloscCodec(cname=name, clevel=5, shuffle=shuffle)
                store(f"v3-all-{name}-{shuffle}-{dtype}", dtype, compressors=[codec])
                store(f"v3-all-sharded-{name}-{shuffle}-{dtype}", dtype, chunks=(3, 5, 6), shards=(6, 15, 18),
                      compressors=[codec])
    for kind in "bool int8 uint8 int16 uint16 int32 uint32 int64 uint64 float16 float32 float64".split():
        for endian in ["little", "big"]:
            for codec in [None, ZstdCodec(level=1), GzipCodec(level=1)]:
                label = type(codec).__name__[:4] if codec else "none"
                store(f"v3-all-{kind}-{endian}-{label}", kind, serializer=BytesCodec(endian=endian),
                      compressors=codec)
    for separator in "./":
        for encoding in ["default", "v2"]:
            store(f"v3-all-{encoding}-{'dot' if separator == '.' else 'slash'}",
                  chunk_key_encoding={"name": encoding, "separator": separator})
    from zarr.codecs import ShardingCodec
    for location in ["start", "end"]:
        for checked in [True, False]:
            index = [BytesCodec()] + ([Crc32cCodec()] if checked else [])
            codec = ShardingCodec(chunk_shape=(3, 13, 3), codecs=[BytesCodec(), ZstdCodec()], index_codecs=index,
                                  index_location=location)
            store(f"v3-all-index-{location}-{checked}", serializer=codec)
    try:
        from zarr.codecs.numcodecs import Shuffle
        store("v3-all-numcodecs-shuffle", chunks=(3, 5, 6), shards=(12, 15, 18),
              compressors=[Shuffle(elementsize=4), ZstdCodec(level=3)])
    except ImportError as error:
        print(error, file=sys.stderr)


if __name__ == "__main__":
    os.makedirs(sys.argv[1], exist_ok=True)
    (version_2 if zarr.__version__.startswith("2.") else version_3)(sys.argv[1], "--all" in sys.argv)
    print(zarr.__version__, len(os.listdir(sys.argv[1])), "stores")
