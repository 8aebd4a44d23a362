#!/usr/bin/env python3
"""The program against the trained modules: the same weights, image and prompts must give the same numbers."""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from models import demo_dino, demo_sam
from safetensors.torch import load_file
from train_sam import LOW, SIDE, as_input


def difference(name: str, mine: torch.Tensor, theirs: torch.Tensor) -> bool:
    relative = ((mine - theirs).norm() / mine.norm()).item()
    print(f"{name}: relative L2 difference {relative:.1e}, largest {(mine - theirs).abs().max().item():.1e}")
    return relative <= 2e-5


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    parser.add_argument("--sam", nargs=2, metavar=("PTH", "SAFETENSORS"))
    parser.add_argument("--dino", nargs=2, metavar=("PTH", "SAFETENSORS"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    random = np.random.default_rng(5)
    good = True
    with tempfile.TemporaryDirectory() as scratch, torch.inference_mode():
        place = Path(scratch)
        out = str(place / "out.safetensors")
        if arguments.sam:
            model = demo_sam()
            model.load_state_dict(torch.load(arguments.sam[0]))
            gray = random.normal(128, 40, (SIDE, SIDE)).clip(0, 255).round().astype(np.uint8)
            np.save(place / "image.npy", np.repeat(gray[..., None], 3, 2))
            mask = random.normal(0, 3, (1, LOW, LOW)).astype(np.float32)
            np.save(place / "mask.npy", mask)
            embedding = model.encode(as_input(gray.astype(np.float32))[None])
            point = torch.tensor([[[100.0, 60.0]]])
            for case, options, given in (
                ("point", [], None),
                ("point and mask", ["--mask-input", str(place / "mask.npy")], torch.from_numpy(mask)[None]),
            ):
                command = [arguments.program, "predict", "--weights", arguments.sam[1], "--image"]
                command += [str(place / "image.npy"), "--point", "100,60", *options, "--force", "-o", out]
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
                theirs = load_file(out)
                logits, scores = model.decode(embedding, point, given)
                good &= difference(f"SAM, {case}: logits", logits[0, 0, 1:], theirs["low_res_logits"])
                good &= difference(f"SAM, {case}: predicted IoU", scores[0, 0, 1:], theirs["iou_predictions"])
        if arguments.dino:
            model = demo_dino()
            model.load_state_dict(torch.load(arguments.dino[0]))
            image = random.normal(0, 1, (1, 3, SIDE, SIDE)).astype(np.float32)
            np.save(place / "image.npy", image)
            command = [arguments.program, "encode", "dinov2", "--weights", arguments.dino[1]]
            subprocess.run([*command, "--tensor", str(place / "image.npy"), "--force", "-o", out], check=True)
            theirs = load_file(out)["x_norm_patchtokens"]
            good &= difference("DINO: patches", model(torch.from_numpy(image))[0], theirs)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
