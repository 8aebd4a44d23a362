#!/usr/bin/env python3
"""Simulated training tomograms: one `cryosam simulate` run for each seed, kept as arrays.

Every tomogram holds random species only, drawn by its seed; imaging and crowding are drawn from wide ranges, so
that the networks see many kinds of particles under many conditions. The named species of the evaluation phantoms
(ribosome, proteasome, ...) are never asked for.

A tomogram `NNNN` becomes `NNNN.npz` with
  filtered, raw   float16 [D, H, W]: deconvolved, and as reconstructed; mean 0 and standard deviation 1
  noisy           float16 [D, H, W]: the same specimen deconvolved after a series of 1/10 to 2/3 of the dose
  labels          uint16 [D, H, W]: 0 background, else the particle's number
  species         uint16 [labels + 1]: the species of a label, unique over all tomograms of a seed; 0 for label 0
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

FIRST_SEED = 100_000  # of the simulator; evaluation phantoms use small seeds and named species


def read_mrc(path: Path) -> np.ndarray:
    """Voxels `[D, H, W]` of a plain little-endian MRC file of mode 0, 1, 2 or 6."""
    data = path.read_bytes()
    nx, ny, nz, mode = np.frombuffer(data, "<i4", 4)
    extended = int(np.frombuffer(data, "<i4", 1, 92)[0])
    kind = {0: "<i1", 1: "<i2", 2: "<f4", 6: "<u2"}[int(mode)]
    return np.frombuffer(data, kind, int(nx * ny * nz), 1024 + extended).reshape(nz, ny, nx)


def conditions(number: int, attempt: int) -> list[str]:
    """The simulator's options for tomogram `number`: a function of the number and the attempt alone."""
    draw = np.random.default_rng([2024, number + 10_000 * attempt])

    def between(low: float, high: float) -> str:
        return f"{draw.uniform(low, high):.3f}"

    options = {
        "--seed": str(FIRST_SEED + number + 10_000 * attempt),
        "--random-species": str(draw.integers(4, 8)),
        "--random-sizes": "150,330",
        "--dose": between(80, 160),
        "--defocus": between(2, 4.5),
        "--crowding": between(20, 120),
        "--film": between(0, 0.8),
        "--membranes": str(draw.integers(0, 3)),
        "--gold": str(draw.integers(0, 3)),
        "--jitter": between(0, 0.4),
        "--voxel-size": between(8.5, 11.5),
        "--cutoff": between(0.28, 0.4),
        "--deconvolve": between(0.7, 1.2),
    }
    return [part for option in options.items() for part in option]


def weaker(options: list[str], number: int) -> list[str]:
    """The same specimen and imaging with fewer electrons: particles stand out less."""
    share = np.exp(np.random.default_rng([2025, number]).uniform(np.log(0.1), np.log(0.67)))
    place = options.index("--dose") + 1
    return options[:place] + [f"{float(options[place]) * share:.3f}"] + options[place + 1 :]


def normal(volume: np.ndarray) -> np.ndarray:
    return ((volume - volume.mean()) / volume.std()).clip(-60000, 60000).astype(np.float16)


def species_of_labels(folder: Path, labels: np.ndarray) -> np.ndarray:
    """The species of every label, by the species volume (each label lies in one species)."""
    species = read_mrc(folder / "species.mrc").astype(np.int64)
    table = np.zeros(int(labels.max()) + 1, np.uint16)
    inside = labels > 0
    flat, kinds = labels[inside].astype(np.int64), species[inside]
    votes = np.zeros((len(table), 128), np.int32)
    np.add.at(votes, (flat, kinds.clip(0, 127)), 1)
    table[:] = votes.argmax(1)
    table[0] = 0
    return table


def make(simulator: Path, folder: Path, number: int, lock: str | None) -> None:
    target = folder / f"{number:04d}.npz"
    if target.exists():
        return
    scratch = folder / f"scratch-{number:04d}"
    prefix = [lock] if lock else []

    def simulate(options: list[str]) -> bool:
        command = [*prefix, str(simulator), "simulate", "-o", str(scratch), "--quiet", "--force", *options]
        return subprocess.run(command, stdout=subprocess.DEVNULL).returncode == 0

    for attempt in range(5):  # a draw the simulator cannot place is drawn again
        options = conditions(number, attempt)
        if simulate(weaker(options, number)):
            noisy = normal(read_mrc(scratch / "tomogram-filtered.mrc"))
            if simulate(options):
                break
    else:
        raise SystemExit(f"tomogram {number}: the simulator failed")
    labels = read_mrc(scratch / "instances.mrc").astype(np.uint16)
    partial = folder / f"partial-{number:04d}.npz"
    np.savez(
        partial,
        filtered=normal(read_mrc(scratch / "tomogram-filtered.mrc")),
        raw=normal(read_mrc(scratch / "tomogram.mrc")),
        noisy=noisy,
        labels=labels,
        species=species_of_labels(scratch, labels),
    )
    partial.rename(target)
    shutil.rmtree(scratch)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--simulator", type=Path, required=True, help="the program cryosam")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--prefix", help="program to run every command under")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for number in range(arguments.first, arguments.first + arguments.count):
        make(arguments.simulator, arguments.folder, number, arguments.prefix)
        print(number, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
