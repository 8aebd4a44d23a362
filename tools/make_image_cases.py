#!/usr/bin/env python3
"""Makes Tests/Data/images (PNG files of every colour type, with the pixels that PIL reads) and Tests/Data/npy.

Needs numpy and Pillow. Run in the root of the repository: tools/make_image_cases.py
"""
import io
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

rng = np.random.default_rng(7)


def chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def pack_rows(samples, depth):
    """Rows of samples [h, w * channels] as bytes, most significant bits first."""
    if depth == 16:
        return [row.astype(">u2").tobytes() for row in samples]
    if depth == 8:
        return [row.astype("u1").tobytes() for row in samples]
    rows = []
    for row in samples:
        bits = "".join(format(int(v), f"0{depth}b") for v in row)
        bits += "0" * (-len(bits) % 8)
        rows.append(bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8)))
    return rows


def filtered(rows, step, first_filter):
    """Rows with the filters 0 to 4 in turn."""
    out, above = b"", bytes(len(rows[0]))
    for y, row in enumerate(rows):
        kind = (first_filter + y) % 5
        line = bytearray()
        for i, value in enumerate(row):
            left = row[i - step] if i >= step else 0
            corner = above[i - step] if i >= step else 0
            p = left + above[i] - corner
            paeth = min((left, above[i], corner), key=lambda v: abs(p - v))
            line.append((value - (0, left, above[i], (left + above[i]) // 2, paeth)[kind]) & 255)
        out += bytes([kind]) + line
        above = row
    return out


def png(samples, depth, color, interlaced=False, extra=b""):
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color]
    h, w = samples.shape[0], samples.shape[1] // channels
    step = max(1, channels * depth // 8)
    pixels = samples.reshape(h, w, channels)
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    raw = b""
    for n, (x, y, dx, dy) in enumerate(passes if interlaced else [(0, 0, 1, 1)]):
        part = pixels[y::dy, x::dx]
        if part.size:
            raw += filtered(pack_rows(part.reshape(part.shape[0], -1), depth), step, n)
    data = zlib.compress(raw)
    header = struct.pack(">IIBBBBB", w, h, depth, color, 0, 0, int(interlaced))
    half = len(data) // 2
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra
        + chunk(b"IDAT", data[:half]) + chunk(b"IDAT", data[half:]) + chunk(b"IEND", b"")
    )


def main():
    folder = Path("Tests/Data/images")
    palette = chunk(b"PLTE", rng.integers(0, 256, 3 * 16).astype("u1").tobytes())
    gamma = chunk(b"gAMA", struct.pack(">I", 100000))
    cases = [("gray%d" % d, d, 0, b"") for d in (1, 2, 4, 8)]
    cases += [("palette%d" % d, d, 3, palette) for d in (1, 2, 4)]
    cases += [("rgb8", 8, 2, b""), ("rgb16", 16, 2, b""), ("rgb8-gamma", 8, 2, gamma)]
    cases += [("grayalpha8", 8, 4, b""), ("grayalpha16", 16, 4, b""), ("rgba8", 8, 6, b""), ("rgba16", 16, 6, b"")]
    for name, depth, color, extra in cases:
        channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color]
        for interlaced in (False, True):
            samples = rng.integers(0, 1 << depth, (11, 13 * channels))
            data = png(samples, depth, color, interlaced, extra)
            full = name + ("-interlaced" if interlaced else "")
            (folder / f"{full}.png").write_bytes(data)
            pixels = np.array(Image.open(io.BytesIO(data)).convert("RGB"))
            (folder / f"{full}.rgb").write_bytes(pixels.tobytes())

    folder = Path("Tests/Data/npy")
    values = np.arange(24).reshape(2, 3, 4)
    for dtype in ("<f4", ">f4", "<f8", ">f8", "<f2", "|u1", "|i1", "<i2", ">u2", "<i4", ">u4", "<i8", ">u8"):
        np.save(folder / (dtype.replace("<", "little-").replace(">", "big-").replace("|", "") + ".npy"),
                values.astype(dtype))
    np.save(folder / "bool.npy", values % 3 == 0)
    np.save(folder / "fortran.npy", np.asfortranarray(values.astype("<f4")))
    np.save(folder / "scalar.npy", np.float32(7))
    np.save(folder / "vector.npy", np.arange(5, dtype="<f4"))
    np.save(folder / "empty.npy", np.zeros((0, 3), "<f4"))
    for version in ((2, 0), (3, 0)):
        with open(folder / f"version{version[0]}.npy", "wb") as f:
            np.lib.format.write_array(f, values.astype("<f4"), version=version)
    np.save(folder / "complex.npy", values.astype("<c8"))
    np.save(folder / "text.npy", np.array(["a", "b"]))


if __name__ == "__main__":
    main()
