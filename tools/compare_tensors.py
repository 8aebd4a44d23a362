#!/usr/bin/env python3
"""Compares two safetensors files tensor by tensor and prints a Markdown table.

Relative L2 is |A - B| / |B|, in double precision; B is the reference. Shapes may differ by axes of length 1.
Integer tensors (masks) are compared by the share of elements that differ, which must be at most 1 in 10,000.
Exit status 1 if a bound is exceeded, a shape differs or nothing is in common.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from safetensors import safe_open

DIFFERING_SHARE = 1e-4


def natural(name: str) -> list:
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in name.split(".")]


def squeezed(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(length for length in shape if length != 1)


def compare(a: np.ndarray, b: np.ndarray, bound: float) -> tuple[str, str, bool]:
    """Relative L2 (or the differing share), the largest difference, and whether the bound is kept."""
    if squeezed(a.shape) != squeezed(b.shape):
        return f"shape {list(a.shape)}", "", False
    a, b = a.reshape(b.shape), b
    if not np.issubdtype(b.dtype, np.floating):
        count = int(np.count_nonzero(a != b))
        return f"{count} of {b.size} differ", "", count <= DIFFERING_SHARE * b.size
    a, b = a.astype(np.float64), b.astype(np.float64)
    difference, norm = np.linalg.norm(a - b), np.linalg.norm(b)
    relative = difference / norm if norm else float(difference > 0)
    return f"{relative:.2e}", f"{np.abs(a - b).max(initial=0):.2e}", bool(relative <= bound)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="""examples:
  compare_tensors.py encode.safetensors reference/vitl/transformers.encode.safetensors
  compare_tensors.py --bound 1e-6 a.safetensors b.safetensors""",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("a", type=Path, metavar="A.safetensors")
    parser.add_argument("b", type=Path, metavar="B.safetensors", help="the reference")
    parser.add_argument("--bound", type=float, default=2e-5, help="largest relative L2 allowed (default: 2e-5)")
    arguments = parser.parse_args()

    passed = True
    with safe_open(arguments.a, "np") as a, safe_open(arguments.b, "np") as b:
        common = sorted(set(a.keys()) & set(b.keys()), key=natural)
        print("| tensor | shape | relative L2 | max abs | |\n|---|---|---|---|---|")
        for name in common:
            reference = b.get_tensor(name)
            relative, largest, good = compare(a.get_tensor(name), reference, arguments.bound)
            passed &= good
            shape = " x ".join(map(str, reference.shape))
            print(f"| `{name}` | {shape} | {relative} | {largest} | {'ok' if good else 'FAIL'} |")
        for path, only in ((arguments.a, set(a.keys()) - set(common)), (arguments.b, set(b.keys()) - set(common))):
            if only:
                print(f"\nonly in {path.name}: {', '.join(sorted(only, key=natural))}")
    if not common:
        print("no tensor in common", file=sys.stderr)
    return 0 if passed and common else 1


if __name__ == "__main__":
    sys.exit(main())
