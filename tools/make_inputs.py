#!/usr/bin/env python3
"""Makes seeded inputs for comparisons: noise of four octaves, about as varied as an image.

Written to DIR: tensor.npy, float32 [1, 3, H, W] for `encode --tensor`; image.npy, uint8 [H, W, 3], and mask_input.npy,
float32 [S, S], for `predict --image` and `--mask-input`.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import torch


def pattern(generator: np.random.Generator, channels: int, height: int, width: int) -> np.ndarray:
    """`[channels, height, width]` of about unit variance: neighbouring places are alike, distant ones are not."""
    total = np.zeros((channels, height, width), np.float32)
    for cells, amplitude in ((4, 0.6), (12, 0.5), (40, 0.4), (0, 0.3)):
        shape = (1, channels, cells or height, cells or width)
        octave = torch.from_numpy(generator.standard_normal(shape, dtype=np.float32))
        octave = torch.nn.functional.interpolate(octave, (height, width), mode="bicubic")
        total += amplitude * octave[0].numpy()
    return total


def as_image(values: np.ndarray) -> np.ndarray:
    """`[3, H, W]` of about unit variance to uint8 `[H, W, 3]`."""
    return np.ascontiguousarray(np.clip(128 + 50 * values, 0, 255).astype(np.uint8).transpose(1, 2, 0))


def sides(text: str) -> tuple[int, int]:
    height, width = (int(part) for part in text.split(","))
    return height, width


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="""examples:
  make_inputs.py -o inputs                                    (DINOv2 at 518 x 518, SAM's image 480 x 640)
  make_inputs.py -o small --size 56,56 --image-size 48,64 --mask-size 64""",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR")
    parser.add_argument("--size", type=sides, default=(518, 518), metavar="H,W", help="of tensor.npy")
    parser.add_argument("--image-size", type=sides, default=(480, 640), metavar="H,W", help="of image.npy")
    parser.add_argument("--mask-size", type=int, default=256, metavar="S", help="of mask_input.npy")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()

    def draw(part: int, channels: int, size: tuple[int, int]) -> np.ndarray:
        return pattern(np.random.default_rng([arguments.seed, part]), channels, *size)

    arguments.output.mkdir(parents=True, exist_ok=True)
    np.save(arguments.output / "tensor.npy", draw(0, 3, arguments.size)[None])
    np.save(arguments.output / "image.npy", as_image(draw(1, 3, arguments.image_size)))
    np.save(arguments.output / "mask_input.npy", 6 * draw(2, 1, (arguments.mask_size, arguments.mask_size))[0])
    print(f"{arguments.output}: tensor.npy, image.npy, mask_input.npy")
    return 0


if __name__ == "__main__":
    sys.exit(main())
