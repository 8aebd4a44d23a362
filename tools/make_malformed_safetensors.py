#!/usr/bin/env python3
"""Writes good and malformed safetensors files, and what the official library says of each.

usage: make_malformed_safetensors.py FOLDER      (needs the safetensors package)

FOLDER/index.json lists for each file what our reader must do (`ours`: null if it reads the file, else words of the
reason) and what the official library does (`official`: null or its message). Ours must refuse whatever the official
library refuses; the few files that only ours refuses break the format's description, not the library.
"""
import json
import os
import struct
import sys

import safetensors

if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
    sys.exit(__doc__)
folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)
index = {}


def tensor(shape, start, end, dtype="F32"):
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


def case(name, header, data=b"", ours=None, length=None):
    if not isinstance(header, bytes):
        header = json.dumps(header, separators=(",", ":")).encode()
    raw(name, struct.pack("<Q", len(header) if length is None else length) + header + data, ours)


def raw(name, content, ours=None):
    with open(f"{folder}/{name}.safetensors", "wb") as file:
        file.write(content)
    try:
        safetensors.deserialize(content)
        official = None
    except safetensors.SafetensorError as error:
        official = str(error)
    index[name] = {"ours": ours, "official": official}


ONE = {"a": tensor([1], 0, 4)}
FOUR = bytes(4)
INFO = b'{"dtype":"F32","shape":[1],"data_offsets":[0,4]}'

# Good files.
case("good_one", ONE, FOUR)
case("good_two_reversed", {"b": tensor([2], 4, 12), "a": tensor([1], 0, 4)}, bytes(12))
case("good_metadata", {"__metadata__": {"format": "pt"}, "a": tensor([1], 0, 4)}, FOUR)
case("good_scalar", {"a": tensor([], 0, 4)}, FOUR)
case("good_empty_tensor", {"a": tensor([0, 3], 0, 0), "b": tensor([1], 0, 4)}, FOUR)
case("good_no_tensors", {})
case("good_padded", json.dumps(ONE).encode() + b"   ", FOUR)
case("good_unaligned", {"u": tensor([3], 0, 3, "U8"), "f": tensor([1], 3, 7)}, b"\1\2\3" + struct.pack("<f", 1.5))
case("good_half", {"h": tensor([2], 0, 4, "F16"), "b": tensor([2], 4, 8, "BF16")},
     struct.pack("<ee", 1.5, -2) + struct.pack("<HH", 0x3FC0, 0xC000))
case("good_four_bits", {"a": tensor([8], 0, 4, "F4")}, FOUR)
case("good_escapes", b'{"\\u00e4\\ud83d\\ude00":' + INFO + b"}", FOUR)

# Length and place of the header.
raw("empty", b"", "0 bytes long")
raw("short", b"\2\0\0\0\0\0\0", "7 bytes long")
raw("no_header", struct.pack("<Q", 2), "header of 2 bytes, but only 0")
case("header_past_end", ONE, FOUR, "header of 1000 bytes, but only", length=1000)
case("header_over_100_MB", ONE, FOUR, "header of 100000001 bytes", length=100_000_001)
case("header_length_negative", ONE, FOUR, "states a header of 18446744073709551615", length=2**64 - 1)
case("header_empty", b"", b"", "does not begin with")

# The header's text.
case("not_utf8", b'{"\xff":' + INFO + b"}", FOUR, "not UTF-8")
case("not_utf8_overlong", b'{"\xc0\x80":' + INFO + b"}", FOUR, "not UTF-8")
case("not_json", b'{"a":' + INFO, FOUR, "not valid JSON")
case("not_json_comma", b'{"a":' + INFO + b",}", FOUR, "not valid JSON")
case("not_json_tail", b'{"a":' + INFO + b"}}", FOUR, "something follows")
case("not_json_nul_padding", json.dumps(ONE).encode() + b"\0", FOUR, "something follows")
case("not_json_control", b'{"a\n":' + INFO + b"}", FOUR, "control character")
case("not_json_surrogate", b'{"\\ud800":' + INFO + b"}", FOUR, "lone surrogate")
case("not_json_deep", b'{"__metadata__":' + b"[" * 1000 + b"]" * 1000 + b"}", b"", "nesting")
case("not_an_object", b"[]", b"", "does not begin with")
case("starts_with_space", b" " + json.dumps(ONE).encode(), FOUR, "does not begin with")

# Duplicate keys.
case("duplicate_tensor", b'{"a":' + INFO + b',"a":' + INFO + b"}", FOUR, "duplicate key 'a'")
case("duplicate_escaped", b'{"a":' + INFO + b',"\\u0061":' + INFO + b"}", FOUR, "duplicate key 'a'")
case("duplicate_field", b'{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}', FOUR, "duplicate key")
case("duplicate_metadata", b'{"__metadata__":{"a":"b","a":"c"}}', b"", "duplicate key 'a'")
case("duplicate_metadata_object", b'{"__metadata__":{},"__metadata__":{}}', b"", "duplicate key")

# Fields.
case("no_dtype", {"a": {"shape": [1], "data_offsets": [0, 4]}}, FOUR, "no dtype")
case("no_shape", {"a": {"dtype": "F32", "data_offsets": [0, 4]}}, FOUR, "no valid shape")
case("no_offsets", {"a": {"dtype": "F32", "shape": [1]}}, FOUR, "no valid data_offsets")
case("unknown_dtype", {"a": tensor([1], 0, 4, "F31")}, FOUR, "unknown dtype 'F31'")
case("dtype_number", {"a": tensor([1], 0, 4, 32)}, FOUR, "no dtype")
case("shape_fraction", {"a": tensor([1.0], 0, 4)}, FOUR, "no valid shape")
case("shape_negative", {"a": tensor([-1], 0, 4)}, FOUR, "no valid shape")
case("shape_minus_zero", b'{"a":{"dtype":"F32","shape":[-0],"data_offsets":[0,0]}}', b"", "no valid shape")
case("shape_text", {"a": tensor(["1"], 0, 4)}, FOUR, "no valid shape")
case("shape_null", {"a": tensor(None, 0, 4)}, FOUR, "no valid shape")
case("offsets_three", {"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4, 4]}}, FOUR, "no valid data_offsets")
case("offsets_one", {"a": {"dtype": "F32", "shape": [1], "data_offsets": [4]}}, FOUR, "no valid data_offsets")
case("offsets_negative", {"a": tensor([1], -4, 0)}, FOUR, "no valid data_offsets")
case("offsets_fraction", {"a": tensor([1], 0, 4.0)}, FOUR, "no valid data_offsets")
case("entry_number", {"a": 1}, b"", "with an integer")
case("metadata_number", {"__metadata__": {"a": 1}}, b"", "not a string")
case("metadata_text", {"__metadata__": "pt"}, b"", "__metadata__ that is a string")

# Cover of the data.
case("offsets_reversed", {"a": tensor([1], 4, 0)}, FOUR, "reversed offsets")
case("offsets_overlap", {"a": tensor([2], 0, 8), "b": tensor([2], 4, 12)}, bytes(12), "overlaps")
case("offsets_same", {"a": tensor([1], 0, 4), "b": tensor([1], 0, 4)}, FOUR, "overlaps")
case("offsets_hole", {"a": tensor([1], 0, 4), "b": tensor([1], 8, 12)}, bytes(12), "hole")
case("offsets_hole_first", {"a": tensor([1], 4, 8)}, bytes(8), "hole")
case("offsets_past_end", {"a": tensor([2], 0, 8)}, FOUR, "is cut")
case("offsets_huge", {"a": tensor([1], 2**63 - 8, 2**63 - 4)}, FOUR, "past the end")
case("offsets_over_64_bits", {"a": tensor([1], 2**64, 2**64 + 4)}, FOUR, "no valid data_offsets")
case("trailing_bytes", ONE, bytes(5), "1 bytes that belong to no tensor")
case("trailing_bytes_no_tensors", {}, FOUR, "4 bytes that belong to no tensor")

# Size against shape and type.
case("size_too_small", {"a": tensor([2], 0, 4)}, FOUR, "8 bytes, but its offsets span 4")
case("size_too_large", {"a": tensor([1], 0, 8)}, bytes(8), "4 bytes, but its offsets span 8")
case("size_of_type", {"a": tensor([1], 0, 4, "F16")}, FOUR, "2 bytes, but its offsets span 4")
case("size_half_byte", {"a": tensor([1], 0, 1, "F4")}, b"\0", "no whole number of bytes")
case("overflow_product", {"a": tensor([2**32, 2**32], 0, 0)}, b"", "overflows")
case("overflow_product_to_size", {"a": tensor([2**62, 4, 1], 0, 0)}, b"", "overflows")
case("overflow_bits", {"a": tensor([2**62], 0, 0)}, b"", "overflows")
case("overflow_then_zero", {"a": tensor([2**62, 8, 0], 0, 0)}, b"", "overflows")
case("overflow_axis", {"a": tensor([2**64], 0, 4)}, FOUR, "no valid shape")

with open(f"{folder}/index.json", "w") as file:
    json.dump({"safetensors": safetensors.__version__, "files": index}, file, indent=1)
    file.write("\n")
for name, entry in index.items():
    if entry["official"] is not None and entry["ours"] is None:
        sys.exit(f"{name}: refused by the official library only")
only_ours = [name for name, entry in index.items() if entry["official"] is None and entry["ours"] is not None]
print(f"{len(index)} files; refused by ours alone: {', '.join(only_ours)}")
