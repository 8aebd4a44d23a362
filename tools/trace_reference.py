#!/usr/bin/env python3
"""Runs the original networks on any checkpoint and input, and writes what they compute on the way.

The same names, shapes and sampling as `cryosam encode --trace` and `predict --trace`, for `cryosam compare`
(docs/tracing.md). The networks are the official code, from checkouts that are named with --segment-anything and
--dinov2, or else those of Hugging Face transformers. The checkpoint is a .pth or .safetensors file in the official
layout. On the CPU, in float32 or, with --float64, in double precision (stored as float32).
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from reference_models import Prompt, State, is_sam, make_reference
from trace_points import USUAL_LIMIT, TraceRecorder, plant


def numbers(text: str) -> list[float]:
    return [float(part) for part in text.split(",")]


def read_state(path: Path) -> State:
    if path.suffix == ".safetensors":
        return load_file(path)
    return torch.load(path, map_location="cpu", mmap=True, weights_only=True)


def read_image(path: Path) -> np.ndarray:
    """uint8 `[H, W, 3]`."""
    image = np.load(path) if path.suffix == ".npy" else np.array(Image.open(path).convert("RGB"))
    return image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=2)


def read_prompt(arguments: argparse.Namespace) -> Prompt:
    points = np.array([point[:2] for point in arguments.point], np.float64) if arguments.point else None
    labels = np.array([int(point[2]) if len(point) > 2 else 1 for point in arguments.point or []], np.int32)
    mask = np.load(arguments.mask_input).astype(np.float32) if arguments.mask_input else None
    return Prompt(
        points=points,
        labels=labels if arguments.point else None,
        box=np.array(arguments.box) if arguments.box else None,
        mask=mask.reshape(1, *mask.shape[-2:]) if mask is not None else None,
        multimask=not arguments.single_mask,
    )


def run(arguments: argparse.Namespace) -> None:
    torch.set_num_threads(arguments.threads)
    state = read_state(arguments.checkpoint)
    sam = is_sam(state)
    if not sam and "mask_token" not in state:
        raise SystemExit(f"{arguments.checkpoint}: neither DINOv2 nor SAM; there is no reference for DINO v1 here")
    if arguments.command == "predict" and not sam:
        raise SystemExit(f"{arguments.checkpoint}: predict is for SAM")
    dtype = torch.float64 if arguments.float64 else torch.float32
    reference = make_reference(state, arguments.segment_anything if sam else arguments.dinov2, dtype, arguments.heads)
    for fault in arguments.plant:
        plant(reference.model, fault)
    recorder = TraceRecorder(arguments.trace_limit)
    recorder.watch(reference.model, reference.points(recorder))

    started = time.perf_counter()
    if arguments.command == "encode":
        tensor = torch.from_numpy(np.load(arguments.tensor))
        outputs = reference.encode(tensor if tensor.dim() == 4 else tensor[None])
    else:
        reference.set_image(read_image(arguments.image))
        outputs = reference.predict(read_prompt(arguments))
    for name, output in outputs.items():
        recorder.record(name, output, whole=True)
    notes = {"reference": reference.title, "torch": torch.__version__, "dtype": str(dtype)}
    notes |= {"planted": " ".join(arguments.plant)} if arguments.plant else {}
    save_file(recorder.tensors, arguments.output, metadata=notes | recorder.metadata)
    seconds = time.perf_counter() - started
    print(f"{arguments.output}: {len(recorder.tensors)} tensors of {reference.title} in {seconds:.1f} s")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="""examples:
  trace_reference.py encode vitl14_reg4.pth --dinov2 ~/dinov2 --tensor in.npy -o official.safetensors
  trace_reference.py predict sam_vit_h.pth --segment-anything ~/segment-anything --image slice.png \\
      --point 256,216 -o official.safetensors
  cryosam predict --weights sam-h.safetensors --image slice.png --point 256,216 --trace -o ours.safetensors
  cryosam compare official.safetensors ours.safetensors --l2 2e-5""",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    encode = commands.add_parser("encode", help="one encoder on a preprocessed tensor")
    encode.add_argument("--tensor", type=Path, required=True, metavar="IN.npy", help="float32 [1, 3, H, W]")
    predict = commands.add_parser("predict", help="SAM on an image, as SamPredictor does it")
    predict.add_argument("--image", type=Path, required=True, metavar="IN", help="PNG, or NPY of uint8 [H, W, 3]")
    predict.add_argument("--point", type=numbers, action="append", metavar="X,Y[,LABEL]")
    predict.add_argument("--box", type=numbers, metavar="X0,Y0,X1,Y1")
    predict.add_argument("--mask-input", type=Path, metavar="LOWRES.npy", help="logits [4g, 4g]")
    predict.add_argument("--single-mask", action="store_true")
    for command in (encode, predict):
        command.add_argument("checkpoint", type=Path, metavar="CHECKPOINT", help="DINOv2 or SAM, official layout")
        command.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.safetensors")
        command.add_argument("--segment-anything", type=Path, metavar="DIR", help="checkout of the official code")
        command.add_argument("--dinov2", type=Path, metavar="DIR", help="checkout of the official code")
        command.add_argument("--heads", type=int, help="DINOv2: attention heads (default: width / 64)")
        command.add_argument("--trace-limit", type=int, default=USUAL_LIMIT, metavar="N", help="sample above N elements")
        command.add_argument("--float64", action="store_true", help="compute in double precision")
        command.add_argument("--threads", type=int, default=2)
        command.add_argument(
            "--plant",
            action="append",
            default=[],
            metavar="FAULT",
            help="make a mistake: epsilon=MODULE:VALUE, transpose=PARAMETER, identity=MODULE (to test compare)",
        )
    with torch.inference_mode():
        run(parser.parse_args())
    return 0


if __name__ == "__main__":
    sys.exit(main())
