#!/usr/bin/env python3
"""What the weights are worth in the program: `cryosam segment` with one prompt on phantoms of named species.

For each phantom and species: one particle is prompted at its true centre; found picks are matched one to one with the
truth within half the particle's diameter; the matched instances' Dice is taken from the label volumes. The phantoms'
species were never trained on. With `--stage sam` every true centre is a prompt of `cryosam instance` instead: the
masks alone.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
from make_data import read_mrc


def centres(path: Path) -> np.ndarray:
    """x, y, z in voxels of a STAR table."""
    lines = path.read_text().splitlines()
    names = [line.split()[0] for line in lines if line.startswith("_")]
    columns = [next(i for i, n in enumerate(names) if n == f"_rlnCoordinate{axis}") for axis in "XYZ"]
    rows = [line.split() for line in lines if line and not line.startswith(("_", "data_", "loop_", "#"))]
    rows = [row for row in rows if len(row) == len(names)]
    return np.array([[float(row[c]) for c in columns] for row in rows]).reshape(-1, 3)


def inside(points: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    limits = np.array(shape[::-1])
    return ((points > 5) & (points < limits - 6)).all(1)


def overlap(found: np.ndarray, truth: np.ndarray, points: np.ndarray) -> list[float]:
    """The Dice of each true particle at `points` with the found instance that shares most voxels with it."""
    out = []
    for x, y, z in points.round().astype(int):
        window = tuple(slice(max(0, c - 3), c + 4) for c in (z, y, x))
        near = truth[window][truth[window] > 0]
        if not near.size:
            continue
        mask = truth == np.bincount(near).argmax()
        labels = found[mask]
        labels = labels[labels > 0]
        if not labels.size:
            out.append(0.0)
            continue
        best = np.bincount(labels.astype(np.int64)).argmax()
        mine = found == best
        out.append(2 * float((mine & mask).sum()) / float(mine.sum() + mask.sum()))
    return out


def run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stderr}")
    return done.stdout


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("phantoms", nargs="+", type=Path)
    parser.add_argument("--program", required=True)
    parser.add_argument("--sam", required=True)
    parser.add_argument("--dino")
    parser.add_argument("--dino-size", default="192")
    parser.add_argument("--species", nargs="+", default=["ribosome"])
    parser.add_argument("--stage", choices=["all", "sam"], default="all")
    parser.add_argument("--options", nargs=argparse.REMAINDER, default=[])
    parser.add_argument("-o", "--output", type=Path, required=True)
    arguments = parser.parse_args()
    for folder in arguments.phantoms:
        record = json.loads((folder / "simulate.json").read_text())
        voxel = record["parameters"]["voxel_size_angstrom"]
        truth = read_mrc(folder / "instances.mrc")
        for name in arguments.species:
            diameter = next(s["diameter_angstrom"] for s in record["species"] if s["name"] == name) / voxel
            table = folder / f"particles-{name}.star"
            points = centres(table)
            points = points[inside(points, truth.shape)]
            if not len(points):
                continue
            target = arguments.output / f"{folder.name}-{name}-{arguments.stage}"
            tomogram = str(folder / "tomogram-filtered.mrc")
            common = [arguments.program, "instance" if arguments.stage == "sam" else "segment", tomogram]
            common += ["--sam", arguments.sam, "-o", str(target), "--force", "--quiet", *arguments.options]
            middle = np.abs(points - np.array(truth.shape[::-1]) / 2).max(1).argmin()
            if arguments.stage == "sam":
                prompts = points
            else:
                prompts = points[middle : middle + 1]
                common += ["--dino", arguments.dino, "--dino-size", arguments.dino_size]
            for point in prompts:
                common += ["--point", ",".join(f"{c:.1f}" for c in point)]
            run(common)
            found = read_mrc(target / "instances.mrc")
            dice = overlap(found, truth, points)
            line = f"{folder.name} {name}: diameter {diameter:.1f}, {len(points)} particles, "
            hits = [d for d in dice if d > 0.2]
            line += f"Dice {np.mean(dice):.3f} of all, {np.mean(hits or [0]):.3f} of the {len(hits)} over 0.2"
            if arguments.stage == "all":
                scores = run(
                    [arguments.program, "evaluate", str(target / "picks.star"), str(table)]
                    + ["--radius", f"{diameter / 2:.2f}", "--tomogram", tomogram, "--json"]
                )
                scores = json.loads(scores)
                line += ", " + ", ".join(
                    f"{key} {value:.3f}" if isinstance(value, float) else f"{key} {value}"
                    for key, value in scores.items()
                    if isinstance(value, int | float)
                )
            print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
