#!/usr/bin/env python3
"""Computes what an independent implementation gives for a checkpoint, to compare `cryosam encode` and `predict` with.

Implementations: Hugging Face transformers (default), or the official code from a checkout (--implementation official).
The inputs are drawn from --seed unless the folder already has them, so that every run in one folder sees the same.

Written to DIR:
  tensor.npy                          encoder input, float32 [1, 3, H, W], for `encode --tensor`
  image.npy, mask_input.npy           SAM: uint8 [H, W, 3] and float32 [1, 4g, 4g] for `predict`
  NAME.encode.safetensors             x_norm_* or image_embedding; with --trace also tokens, block.0, block.1 ...
  NAME.predict-CASE.safetensors       SAM: low_res_logits, iou_predictions, masks; cases point, box, mask, single
  commands.txt                        the cryosam commands that compute the same
NAME is the implementation, with -float64 after --float64. No tensor has a batch axis. Everything is stored as float32.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from reference_models import Prompt, Reference, State, input_side, is_sam, make_reference


def pattern(generator: np.random.Generator, channels: int, height: int, width: int) -> np.ndarray:
    """Noise of four octaves, about unit variance: neighbouring places are alike, distant ones are not."""
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


def load_or_make(path: Path, make: Callable[[], np.ndarray]) -> np.ndarray:
    if not path.exists():
        np.save(path, make())
    return np.load(path)


def cases(height: int, width: int, mask: np.ndarray) -> dict[str, tuple[Prompt, str]]:
    """Prompts by name, each with its options on the command line of `cryosam predict`."""

    def points(*fractions: tuple[float, float]) -> np.ndarray:
        return np.array([(round(x * width), round(y * height)) for x, y in fractions], np.float64)

    one, two, corners = points((0.4, 0.45)), points((0.5, 0.5), (0.15, 0.2)), points((0.25, 0.2), (0.75, 0.8))

    def text(array: np.ndarray) -> str:
        return ",".join(f"{value:.0f}" for value in array.reshape(-1))

    positive, both = np.array([1], np.int32), np.array([1, 0], np.int32)
    return {
        "point": (Prompt(one, positive), f"--point {text(one)}"),
        "box": (Prompt(box=corners.reshape(4)), f"--box {text(corners)}"),
        "mask": (Prompt(one, positive, mask=mask), f"--point {text(one)} --mask-input mask_input.npy"),
        "single": (
            Prompt(two, both, corners.reshape(4), multimask=False),
            f"--point {text(two[0])} --point {text(two[1])},0 --box {text(corners)} --single-mask",
        ),
    }


class Recorder:
    """Keeps tensors as float32 on their way to a safetensors file."""

    def __init__(self, folder: Path, name: str, notes: dict[str, str]) -> None:
        self.folder, self.name, self.notes = folder, name, notes

    def save(self, what: str, tensors: State) -> None:
        tensors = {name: as_stored(tensor) for name, tensor in tensors.items()}
        path = self.folder / f"{self.name}.{what}.safetensors"
        save_file(tensors, path, metadata=self.notes)
        print(f"{path}: " + ", ".join(list(tensors)[:4]) + (" ..." if len(tensors) > 4 else ""))


def as_stored(tensor: torch.Tensor) -> torch.Tensor:
    tensor = tensor.float() if tensor.is_floating_point() else tensor
    return tensor.clone(memory_format=torch.contiguous_format)


def trace(reference: Reference, into: State) -> list[torch.utils.hooks.RemovableHandle]:
    """Records the input of block 0 as `tokens` and each block's output as `block.i`, without the batch axis."""

    def recorder(name: str):
        def record(_module, _inputs, output):
            into[name] = as_stored((output[0] if isinstance(output, tuple) else output)[0])

        return record

    def record_input(_module, inputs):
        into["tokens"] = as_stored(inputs[0][0])

    handles = [block.register_forward_hook(recorder(f"block.{i}")) for i, block in enumerate(reference.blocks)]
    return handles + [reference.blocks[0].register_forward_pre_hook(record_input)]


def write_commands(path: Path, checkpoint: Path, sam: bool, its_cases: dict[str, tuple[Prompt, str]]) -> None:
    kind = "sam" if sam else "dinov2"
    lines = [
        f"convert-weights {checkpoint.resolve()} -o weights.safetensors",
        f"cryosam encode {kind} --weights weights.safetensors --tensor tensor.npy -o encode.safetensors --trace",
    ]
    for name, (_, options) in its_cases.items():
        output = f"predict-{name}.safetensors"
        lines.append(f"cryosam predict --weights weights.safetensors --image image.npy {options} -o {output}")
    path.write_text("\n".join(lines) + "\n")


def run(arguments: argparse.Namespace) -> None:
    torch.set_num_threads(arguments.threads)
    folder: Path = arguments.output
    folder.mkdir(parents=True, exist_ok=True)
    state = torch.load(arguments.checkpoint, map_location="cpu", mmap=True, weights_only=True)
    sam, side = is_sam(state), input_side(state)
    if not sam and "mask_token" not in state:
        raise SystemExit(f"{arguments.checkpoint}: neither DINOv2 nor SAM; there is no reference for DINO v1 here")

    def generator(part: int) -> np.random.Generator:
        return np.random.default_rng([arguments.seed, part])

    size = (side, side) if sam or arguments.size is None else arguments.size
    tensor = load_or_make(folder / "tensor.npy", lambda: pattern(generator(0), 3, *size)[None])
    its_cases: dict[str, tuple[Prompt, str]] = {}
    if sam:
        height, width = arguments.image_size
        image = load_or_make(folder / "image.npy", lambda: as_image(pattern(generator(1), 3, height, width)))
        grid = state["image_encoder.pos_embed"].shape[1]
        mask = load_or_make(folder / "mask_input.npy", lambda: 6 * pattern(generator(2), 1, 4 * grid, 4 * grid))
        its_cases = cases(*image.shape[:2], mask)
    write_commands(folder / "commands.txt", arguments.checkpoint, sam, its_cases)

    dtype = torch.float64 if arguments.float64 else torch.float32
    if arguments.implementation == "official":
        reference, version = make_reference(state, arguments.repo, dtype), str(arguments.repo.name)
    else:
        import transformers

        reference, version = make_reference(state, None, dtype), transformers.__version__
    name = arguments.implementation + ("-float64" if arguments.float64 else "")
    notes = {"implementation": f"{arguments.implementation} {version}", "torch": torch.__version__, "dtype": str(dtype)}
    recorder = Recorder(folder, name, notes | {"checkpoint": arguments.checkpoint.name})

    outputs: State = {}
    handles = trace(reference, outputs) if arguments.trace else []
    started = time.perf_counter()
    outputs |= reference.encode(torch.from_numpy(tensor))
    print(f"{name}: encoder {time.perf_counter() - started:.1f} s, {arguments.threads} threads")
    for handle in handles:
        handle.remove()
    recorder.save("encode", outputs)
    outputs.clear()
    if its_cases and not (arguments.float64 and arguments.implementation == "official"):
        reference.set_image(image)
        for case, (prompt, _) in its_cases.items():
            started = time.perf_counter()
            outputs = reference.predict(prompt)
            share = ", ".join(f"{mask.float().mean():.0%}" for mask in outputs["masks"])
            print(f"{name}: {case} {time.perf_counter() - started:.2f} s, masks cover {share}")
            recorder.save(f"predict-{case}", outputs)


def sides(text: str) -> tuple[int, int]:
    height, width = (int(part) for part in text.split(","))
    return height, width


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="""examples:
  reference_outputs.py vitl14_reg4.pth -o reference/vitl --trace
  reference_outputs.py sam_vit_h.pth -o reference/sam_h --image-size 480,640
  reference_outputs.py sam_vit_h.pth -o reference/sam_h --implementation official --repo ~/segment-anything
  reference_outputs.py vitl14_reg4.pth -o reference/vitl --trace --float64       (for the noise floor)
The official code casts prompts to float32, so for SAM --float64 with it computes the encoder only.""",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("checkpoint", type=Path, metavar="CHECKPOINT.pth", help="DINOv2 or SAM, official layout")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR")
    parser.add_argument("--implementation", choices=("transformers", "official"), default="transformers")
    parser.add_argument("--repo", type=Path, help="checkout of facebookresearch/dinov2 or segment-anything")
    parser.add_argument("--float64", action="store_true", help="compute in double precision")
    parser.add_argument("--trace", action="store_true", help="save every block's output too")
    parser.add_argument("--size", type=sides, metavar="H,W", help="DINOv2 input (default: the position table's own)")
    parser.add_argument("--image-size", type=sides, default=(480, 640), metavar="H,W", help="of SAM's image.npy")
    parser.add_argument("--seed", type=int, default=0, help="of the inputs (default: 0)")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    if (arguments.implementation == "official") != (arguments.repo is not None):
        parser.error("--implementation official and --repo belong together")
    with torch.inference_mode():
        run(arguments)
    return 0


if __name__ == "__main__":
    sys.exit(main())
