#!/usr/bin/env python3
"""Checks a run's folder with independent packages: mrcfile for volumes, starfile for picks.

Every .mrc must pass `mrcfile.validate`. Volumes of the input's size must have its voxel size, origin and start;
coarser ones (similarity.mrc) its origin, and a voxel size that is the input's or spans the same extent.
picks.star must open, with coordinates inside the volume. run.json must parse. Prints a Markdown table;
exit status 1 if a check fails.
"""

import argparse
import contextlib
import io
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import mrcfile
import numpy as np
import starfile

COORDINATES = ["rlnCoordinateX", "rlnCoordinateY", "rlnCoordinateZ"]
Row = tuple[str, str, bool, str]  # file, check, passed, detail


@dataclass
class Geometry:
    """Everything along x, y, z, whatever the order of the axes in the file."""

    size: np.ndarray
    voxel: np.ndarray
    origin: np.ndarray
    start: np.ndarray
    standard_order: bool


def text(values: np.ndarray) -> str:
    return ", ".join(f"{value:.6g}" for value in values)


def read_geometry(path: Path) -> Geometry:
    with mrcfile.open(path, permissive=True, header_only=True) as file:
        header = file.header
        axes = np.array([header.mapc, header.mapr, header.maps]) - 1
        if sorted(axes) != [0, 1, 2]:
            axes = np.arange(3)  # unset: the standard order
        size, start = np.empty(3, int), np.empty(3, int)
        size[axes] = header.nx, header.ny, header.nz
        start[axes] = header.nxstart, header.nystart, header.nzstart
        voxel = np.array([file.voxel_size[axis] for axis in "xyz"], float)
        origin = np.array([header.origin[axis] for axis in "xyz"], float)
        return Geometry(size, voxel, origin, start, list(axes) == [0, 1, 2])


def check_volume(path: Path, expected: Geometry) -> list[Row]:
    messages = io.StringIO()
    try:
        with contextlib.redirect_stderr(messages):
            valid = mrcfile.validate(path, print_file=messages)
        found = read_geometry(path)
    except (OSError, ValueError) as error:
        return [(path.name, "opens", False, str(error))]
    detail = "" if valid else " ".join(messages.getvalue().split())
    rows = [
        (path.name, "mrcfile.validate", valid, detail),
        (path.name, "standard axis order", found.standard_order, ""),
        (path.name, "origin", np.allclose(found.origin, expected.origin, rtol=1e-5), text(found.origin)),
    ]
    same = np.allclose(found.voxel, expected.voxel, rtol=1e-5)
    if (found.size == expected.size).all():
        rows.append((path.name, "voxel size", same, text(found.voxel)))
        rows.append((path.name, "start", bool((found.start == expected.start).all()), text(found.start)))
    else:
        extent = np.abs(found.size * found.voxel - expected.size * expected.voxel)
        spans = bool((found.size <= expected.size).all() and (extent <= found.voxel * 1.001).all())
        detail = f"{text(found.size)} voxels of {text(found.voxel)}"
        rows.append((path.name, "voxel size of a coarser grid", same or spans, detail))
    return rows


def check_picks(path: Path, volume: Geometry) -> list[Row]:
    try:
        table = starfile.read(path)
        if isinstance(table, dict):
            table = next(block for block in table.values() if COORDINATES[0] in block)
        points = table[COORDINATES].to_numpy(float).reshape(-1, 3)
    except Exception as error:  # whatever the reader raises is the finding
        return [(path.name, "starfile.read", False, f"{type(error).__name__}: {error}")]
    inside = bool(((points >= 0) & (points <= volume.size - 1)).all())
    rows = [
        (path.name, "starfile.read", True, f"{len(points)} picks: {', '.join(table.columns)}"),
        (path.name, "picks inside the volume", inside, ""),
    ]
    if "rlnPixelSize" in table and len(table):
        sizes = table["rlnPixelSize"].to_numpy(float)
        rows.append((path.name, "rlnPixelSize", np.allclose(sizes, volume.voxel[0], rtol=1e-4), f"{sizes[0]}"))
    return rows


def check_run(path: Path) -> list[Row]:
    try:
        keys = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return [(path.name, "parses", False, str(error))]
    return [(path.name, "parses", True, ", ".join(keys))]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="""examples:
  validate_outputs.py results/ tomogram.mrc
  validate_outputs.py results/ tomogram.mrc.gz""",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("run", type=Path, metavar="RUN_DIR", help="folder written by `cryosam segment` or `instance`")
    parser.add_argument("input", type=Path, metavar="INPUT.mrc", help="the tomogram it was made from")
    arguments = parser.parse_args()

    volume = read_geometry(arguments.input)
    volumes = sorted(arguments.run.glob("*.mrc"))
    rows = [row for path in volumes for row in check_volume(path, volume)]
    if not volumes:
        rows.append((str(arguments.run), "has volumes", False, "no .mrc file"))
    rows += check_picks(arguments.run / "picks.star", volume)
    rows += check_run(arguments.run / "run.json")

    print("| file | check | result | found |\n|---|---|---|---|")
    for name, check, passed, detail in rows:
        print(f"| {name} | {check} | {'pass' if passed else 'FAIL'} | {detail} |")
    failed = sum(not row[2] for row in rows)
    print(f"\n{len(rows)} checks, {failed} failed; input {text(volume.size)} voxels of {text(volume.voxel)} Å")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
