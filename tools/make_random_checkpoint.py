#!/usr/bin/env python3
"""Writes a checkpoint in an official layout (names, shapes, file format) with seeded random parameters.

The parameters are scaled so that activations stay of order one through every block, attention is neither uniform
nor one-hot, and each parameter changes the output. The file is what `torch.save(state_dict)` gives: zip and pickle.
The same model, seed and NumPy version give the same values. With --outliers four channels of the blocks between a
third and two thirds of the depth are many times the others' size, as in trained models, where they spoil narrow
numbers; the other parameters are as without.
"""

import argparse
import math
import sys
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

# width, depth
DINO_SIZES = {"s": (384, 12), "b": (768, 12), "l": (1024, 24), "g": (1536, 40)}
# width, depth, heads, blocks with global attention
SAM_SIZES = {
    "b": (768, 12, 12, (2, 5, 8, 11)),
    "l": (1024, 24, 16, (5, 11, 17, 23)),
    "h": (1280, 32, 16, (7, 15, 23, 31)),
}
MODELS = (
    [f"dinov2_vit{size}14{registers}" for size in DINO_SIZES for registers in ("", "_reg")]
    + [f"dino_vit{size}{patch}" for size in "sb" for patch in (16, 8)]
    + [f"sam_vit_{size}" for size in SAM_SIZES]
)

# What one block's feed-forward adds to a channel and a later one's takes away: 30 to 90 times the others' deviation.
OUTLIERS = {5: 110.0, 17: -140.0, 30: 170.0, 41: -210.0}

# How a parameter is drawn; `fan_in` counts the inputs of one output. Scales are standard deviations.
#   linear   gain / sqrt(fan_in)        norm    1 + 0.1 n         bias     0.05 n
#   scale    0.3 ... 1, uniform         table   the given deviation
Parameter = tuple[str, tuple[int, ...], str, float]


def linear(name: str, outputs: int, inputs: int, gain: float = 1.0) -> Iterator[Parameter]:
    yield f"{name}.weight", (outputs, inputs), "linear", gain / math.sqrt(inputs)
    yield f"{name}.bias", (outputs,), "bias", 0.05


def norm(name: str, width: int) -> Iterator[Parameter]:
    yield f"{name}.weight", (width,), "norm", 0.1
    yield f"{name}.bias", (width,), "bias", 0.05


def convolution(name: str, shape: tuple[int, ...], fan_in: int, bias: int = 0) -> Iterator[Parameter]:
    yield f"{name}.weight", shape, "linear", 1 / math.sqrt(fan_in)
    if bias:
        yield f"{name}.bias", (bias,), "bias", 0.05


def dino(size: str, patch: int, positions: int, registers: int, version: int) -> Iterator[Parameter]:
    """DINO v1 (no LayerScale, no mask token) and DINOv2 vision transformers; ViT-g has a SwiGLU feed-forward."""
    width, depth = DINO_SIZES[size]
    yield "cls_token", (1, 1, width), "table", 0.5
    yield "pos_embed", (1, positions * positions + 1, width), "table", 0.2
    if registers:
        yield "register_tokens", (1, registers, width), "table", 0.5
    if version == 2:
        yield "mask_token", (1, width), "table", 0.5
    yield from convolution("patch_embed.proj", (width, 3, patch, patch), 3 * patch * patch, bias=width)
    for i in range(depth):
        block = f"blocks.{i}"
        yield from norm(f"{block}.norm1", width)
        yield from linear(f"{block}.attn.qkv", 3 * width, width, gain=1.3)
        yield from linear(f"{block}.attn.proj", width, width)
        if version == 2:
            yield f"{block}.ls1.gamma", (width,), "scale", 0.0
        yield from norm(f"{block}.norm2", width)
        if size == "g":
            hidden = (int(4 * width * 2 / 3) + 7) // 8 * 8
            yield from linear(f"{block}.mlp.w12", 2 * hidden, width)
            yield from linear(f"{block}.mlp.w3", width, hidden)
        else:
            yield from linear(f"{block}.mlp.fc1", 4 * width, width)
            yield from linear(f"{block}.mlp.fc2", width, 4 * width)
        if version == 2:
            yield f"{block}.ls2.gamma", (width,), "scale", 0.0
    yield from norm("norm", width)


def sam_encoder(size: str) -> Iterator[Parameter]:
    width, depth, heads, global_blocks = SAM_SIZES[size]
    grid, window, outputs, head = 64, 14, 256, width // heads
    yield "pos_embed", (1, grid, grid, width), "table", 0.2
    yield from convolution("patch_embed.proj", (width, 3, 16, 16), 3 * 16 * 16, bias=width)
    for i in range(depth):
        block, side = f"blocks.{i}", grid if i in global_blocks else window
        yield from norm(f"{block}.norm1", width)
        for axis in "hw":
            yield f"{block}.attn.rel_pos_{axis}", (2 * side - 1, head), "table", 1 / math.sqrt(head)
        yield from linear(f"{block}.attn.qkv", 3 * width, width, gain=1.3)
        yield from linear(f"{block}.attn.proj", width, width)
        yield from norm(f"{block}.norm2", width)
        yield from linear(f"{block}.mlp.lin1", 4 * width, width)
        yield from linear(f"{block}.mlp.lin2", width, 4 * width)
    yield from convolution("neck.0", (outputs, width, 1, 1), width)
    yield from norm("neck.1", outputs)
    yield from convolution("neck.2", (outputs, outputs, 3, 3), 9 * outputs)
    yield from norm("neck.3", outputs)


def sam_prompt_encoder(width: int = 256) -> Iterator[Parameter]:
    yield "pe_layer.positional_encoding_gaussian_matrix", (2, width // 2), "table", 1.0
    for i in range(4):  # negative point, positive point, box corners
        yield f"point_embeddings.{i}.weight", (1, width), "table", 0.7
    yield "not_a_point_embed.weight", (1, width), "table", 0.7
    yield from convolution("mask_downscaling.0", (4, 1, 2, 2), 4, bias=4)
    yield from norm("mask_downscaling.1", 4)
    yield from convolution("mask_downscaling.3", (16, 4, 2, 2), 16, bias=16)
    yield from norm("mask_downscaling.4", 16)
    yield from convolution("mask_downscaling.6", (width, 16, 1, 1), 16, bias=width)
    yield "no_mask_embed.weight", (1, width), "table", 0.7


def sam_mask_decoder(width: int = 256, hidden: int = 2048) -> Iterator[Parameter]:
    def attention(name: str, inner: int) -> Iterator[Parameter]:
        yield from linear(f"{name}.q_proj", inner, width, gain=1.5)
        yield from linear(f"{name}.k_proj", inner, width, gain=1.5)
        yield from linear(f"{name}.v_proj", inner, width)
        yield from linear(f"{name}.out_proj", width, inner)

    def perceptron(name: str, outputs: int) -> Iterator[Parameter]:
        for i, rows in enumerate((width, width, outputs)):
            yield from linear(f"{name}.layers.{i}", rows, width, gain=1.4)  # makes up for the halving of ReLU

    for i in range(2):
        layer = f"transformer.layers.{i}"
        yield from attention(f"{layer}.self_attn", width)
        yield from norm(f"{layer}.norm1", width)
        yield from attention(f"{layer}.cross_attn_token_to_image", width // 2)
        yield from norm(f"{layer}.norm2", width)
        yield from linear(f"{layer}.mlp.lin1", hidden, width)
        yield from linear(f"{layer}.mlp.lin2", width, hidden)
        yield from norm(f"{layer}.norm3", width)
        yield from norm(f"{layer}.norm4", width)
        yield from attention(f"{layer}.cross_attn_image_to_token", width // 2)
    yield from attention("transformer.final_attn_token_to_image", width // 2)
    yield from norm("transformer.norm_final_attn", width)
    yield "iou_token.weight", (1, width), "table", 0.7
    yield "mask_tokens.weight", (4, width), "table", 0.7
    yield from convolution("output_upscaling.0", (width, width // 4, 2, 2), width, bias=width // 4)
    yield from norm("output_upscaling.1", width // 4)
    yield from convolution("output_upscaling.3", (width // 4, width // 8, 2, 2), width // 4, bias=width // 8)
    for i in range(4):
        yield from perceptron(f"output_hypernetworks_mlps.{i}", width // 8)
    yield from perceptron("iou_prediction_head", 4)


def parameters(model: str) -> Iterator[Parameter]:
    """All parameters of `model`, in the order of the official files."""
    if model.startswith("dinov2_"):
        yield from dino(model[10], 14, positions=37, registers=4 if model.endswith("_reg") else 0, version=2)
    elif model.startswith("dino_"):
        patch = int(model[9:])
        yield from dino(model[8], patch, positions=224 // patch, registers=0, version=1)
    else:
        parts = {
            "image_encoder": sam_encoder(model[-1]),
            "prompt_encoder": sam_prompt_encoder(),
            "mask_decoder": sam_mask_decoder(),
        }
        for part, its_parameters in parts.items():
            for name, *rest in its_parameters:
                yield f"{part}.{name}", *rest


def draw(generator: np.random.Generator, shape: tuple[int, ...], kind: str, deviation: float) -> torch.Tensor:
    if kind == "scale":
        return torch.from_numpy(generator.uniform(0.3, 1.0, shape).astype(np.float32))
    values = generator.standard_normal(shape, dtype=np.float32)
    values *= np.float32(deviation)
    if kind == "norm":
        values += np.float32(1)
    return torch.from_numpy(values)


def plant_outliers(model: str, state: "OrderedDict[str, torch.Tensor]") -> None:
    """In the encoder, by the bias of the feed-forward's last layer, which LayerScale lets through unchanged."""
    is_sam, size = model.startswith("sam_"), model.split("vit")[1].strip("_")[0]
    prefix, depth = ("image_encoder.", SAM_SIZES[size][1]) if is_sam else ("", DINO_SIZES[size][1])
    last = "lin2" if is_sam else "w3" if size == "g" else "fc2"
    for index, sign in ((depth // 3, 1), (2 * depth // 3, -1)):
        block = f"{prefix}blocks.{index}"
        for channel, value in OUTLIERS.items():
            state[f"{block}.mlp.{last}.bias"][channel] = sign * value
            if f"{block}.ls2.gamma" in state:
                state[f"{block}.ls2.gamma"][channel] = 1


def make_state_dict(model: str, seed: int, outliers: bool = False) -> "OrderedDict[str, torch.Tensor]":
    generator = np.random.default_rng(seed)
    state = OrderedDict((name, draw(generator, *how)) for name, *how in parameters(model))
    if outliers:
        plant_outliers(model, state)
    return state


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="""examples:
  make_random_checkpoint.py dinov2_vitl14_reg -o vitl14_reg4.pth --seed 1     (1.2 GB)
  make_random_checkpoint.py sam_vit_h -o sam_vit_h.pth --seed 1               (2.6 GB)
  make_random_checkpoint.py dinov2_vits14 -o vits14.pth --outliers""",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", metavar="MODEL", choices=MODELS, help=", ".join(MODELS))
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.pth")
    parser.add_argument("--seed", type=int, default=0, help="of the random parameters (default: 0)")
    parser.add_argument("--outliers", action="store_true", help="make four channels of the middle blocks very large")
    arguments = parser.parse_args()

    state = make_state_dict(arguments.model, arguments.seed, arguments.outliers)
    torch.save(state, arguments.output)
    count = sum(tensor.numel() for tensor in state.values())
    print(f"{arguments.output}: {arguments.model}, {len(state)} tensors, {count:,} parameters, seed {arguments.seed}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
