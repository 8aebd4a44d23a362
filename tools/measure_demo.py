#!/usr/bin/env python3
"""What the demo weights are worth: `cryosam segment` with single prompts on tomograms with truth, as Markdown tables.

  tools/measure_demo.py WORK_FOLDER --program .build/release/cryosam [--data FOLDER] [-o TABLES.md]

Phantoms are simulated by the program with seeds that training never used (it used 100,000 and above) and named species,
which training never saw either. With --data also ribosome-small and ribosome-medium, tomograms of another simulator.
Runs are kept in WORK_FOLDER and not repeated. Only the standard library is used.
"""

import argparse
import json
import math
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

SEEDS = (2001, 2002, 2003, 2004, 2005)
PAPER = ("--profile", "paper", "--iou", "0.8")
SPECIES = ("ribosome", "proteasome", "tric", "apoferritin")
FIGURES = ("precision", "recall", "f1", "average_precision", "mean_distance", "dice")


def rows_of(path: Path) -> list[dict[str, str]]:
    """The rows of a STAR table by column."""
    lines = path.read_text().splitlines()
    names = [line.split()[0].lstrip("_") for line in lines if line.startswith("_")]
    rows = [line.split() for line in lines if line and not line.startswith(("_", "data_", "loop_", "#"))]
    return [dict(zip(names, row, strict=True)) for row in rows if len(row) == len(names)]


def point_of(row: dict[str, str]) -> tuple[float, float, float]:
    x, y, z = (float(row[f"rlnCoordinate{axis}"]) for axis in "XYZ")
    return x, y, z


@dataclass
class Case:
    """A tomogram and one of its species."""

    name: str
    species: str
    tomogram: Path
    truth: Path
    radius: float
    shape: tuple[int, int, int]
    select: list[str] = field(default_factory=list)
    labels: Path | None = None
    is_species: Callable[[dict[str, str]], bool] = lambda row: True

    def points(self) -> list[tuple[float, float, float]]:
        return [point_of(row) for row in rows_of(self.truth) if self.is_species(row)]

    def prompts(self, count: int) -> list[tuple[float, float, float]]:
        """Particles that are whole in view: the one nearest to the middle, then others at equal steps of the table."""
        inner = [
            p
            for p in self.points()
            if all(self.radius / 2 < c < n - 1 - self.radius / 2 for c, n in zip(p, self.shape, strict=True))
        ]
        away = [sum((c - n / 2) ** 2 for c, n in zip(p, self.shape, strict=True)) for p in inner]
        first = away.index(min(away))
        others = inner[:first] + inner[first + 1 :]
        return [inner[first]] + [others[i * len(others) // (count - 1)] for i in range(count - 1) if others]


class Bench:
    def __init__(self, work: Path, program: Path, weights: Path) -> None:
        self.work, self.program, self.weights = work, program, weights

    def call(self, *arguments: object) -> str:
        done = subprocess.run([self.program, *map(str, arguments)], capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"cryosam {' '.join(map(str, arguments))}\n{done.stderr}")
        return done.stdout

    def phantom(self, seed: int) -> Path:
        folder = self.work / f"phantom-{seed}"
        if not (folder / "simulate.json").exists():
            self.call("simulate", "-o", folder, "--seed", seed, "--deconvolve", 1, "--quiet", "--force")
        return folder

    def phantom_case(self, seed: int, species: str) -> Case | None:
        folder = self.phantom(seed)
        record = json.loads((folder / "simulate.json").read_text())
        voxel = record["parameters"]["voxel_size_angstrom"]
        diameter = next(s["diameter_angstrom"] for s in record["species"] if s["name"] == species) / voxel
        x, y, z = record["parameters"]["size_xyz"]
        case = Case(
            name=f"phantom {seed}",
            species=species,
            tomogram=folder / "tomogram-filtered.mrc",
            truth=folder / f"particles-{species}.star",
            radius=round(diameter / 2, 2),
            shape=(x, y, z),
            labels=folder / "instances.mrc",
        )
        return case if len(case.points()) > 1 else None

    def other_case(self, data: Path, name: str, species: str, code: str, radius: float) -> Case:
        folder = data / name
        meta = json.loads((folder / "meta.json").read_text())
        z, y, x = meta["shape_zyx"]
        target = code == "1"
        return Case(
            name=name,
            species=species,
            tomogram=folder / f"{name}_denoised.mrc",
            truth=folder / ("truth.star" if target else "all_species.star"),
            radius=radius,
            shape=(x, y, z),
            select=[] if target else ["--truth-class", code],
            labels=folder / "labels.mrc" if target else None,
            is_species=lambda row: target or row["rlnClassNumber"] == code,
        )

    def run(self, case: Case, prompts: list[tuple[float, float, float]], options: tuple[str, ...] = ()) -> dict:
        """The figures of `segment` from these prompts, those of its proposals, and its seconds."""
        spots = "_".join("-".join(f"{c:.0f}" for c in p) for p in prompts)
        name = f"{case.name} {case.species} {spots} {' '.join(options)}".strip().replace(" ", "_")
        folder = self.work / "runs" / name
        if not (folder / "run.json").exists():
            points = [part for p in prompts for part in ("--point", ",".join(f"{c:.1f}" for c in p))]
            dino, sam = self.weights / "demo-dinov2.safetensors", self.weights / "demo-sam.safetensors"
            cache = self.cache(case)
            self.call(
                *("segment", case.tomogram, "--dino", dino, "--sam", sam, "--cache", cache, "-o", folder),
                *("--quiet", "--force", *points, *options),
            )
        figures = self.figures(case, folder / "picks.star", folder / "instances.mrc")
        return figures | {"folder": str(folder)}

    def finds(self, case: Case, run: dict, score: Callable[[dict[str, float]], float] | None = None) -> dict:
        """The figures of all finds of a run, picks or not, scored anew by `score`."""
        table = Path(run["folder"]) / "candidates.star"
        if score:
            rows = [{k: float(v) for k, v in row.items() if k[3:] != "MicrographName"} for row in rows_of(table)]
            lines = [
                ",".join(f"{row[f'rlnCoordinate{a}']}" for a in "XYZ") + f",{score(row):.9f}" for row in rows
            ]
            table = Path(run["folder"]) / "scored.csv"
            table.write_text("\n".join(["x,y,z,score", *lines]) + "\n")
        return self.figures(case, table)

    def cache(self, case: Case) -> Path:
        return self.work / "cache" / case.name.replace(" ", "-")

    def masks(self, case: Case, options: tuple[str, ...] = ()) -> dict:
        """Stage 2 alone from every true centre: what the masks are worth."""
        name = f"{case.name} {case.species} true-centres {' '.join(options)}".strip().replace(" ", "_")
        folder = self.work / "runs" / name
        inside = [p for p in case.points() if all(-0.5 <= c < n - 0.5 for c, n in zip(p, case.shape, strict=True))]
        if not (folder / "run.json").exists():
            points = [part for p in inside for part in ("--point", ",".join(f"{c:.1f}" for c in p))]
            sam = self.weights / "demo-sam.safetensors"
            cache = self.cache(case)
            self.call(
                *("instance", case.tomogram, "--sam", sam, "--cache", cache, "-o", folder),
                *("--quiet", "--force", *points, *options),
            )
        return self.figures(case, folder / "picks.star", folder / "instances.mrc")

    def figures(self, case: Case, picks: Path, instances: Path | None = None) -> dict:
        arguments = ["evaluate", picks, case.truth, "--radius", case.radius, "--tomogram", case.tomogram, "--json"]
        arguments += case.select
        if instances and case.labels:
            arguments += ["--instances", instances, "--truth-instances", case.labels]
            if case.labels.name == "labels.mrc":
                arguments += ["--truth-labels", case.truth]
        return json.loads(self.call(*arguments))


def value(figures: dict, name: str) -> float | None:
    if name == "dice":
        return figures.get("instances", {}).get("picked_dice")
    return figures.get(name)


def mean(runs: list[dict], name: str) -> float | None:
    values = [v for v in (value(run, name) for run in runs) if v is not None]
    return statistics.fmean(values) if values else None


def cells(runs: list[dict], names: tuple[str, ...] = FIGURES) -> str:
    """The means over runs; a dash where there is no such figure."""
    means = [mean(runs, name) for name in names]
    return " | ".join(
        "-" if m is None else f"{m:.2f}" if n == "mean_distance" else f"{m:.3f}"
        for m, n in zip(means, names, strict=True)
    )


def table(first: str, rows: list[tuple[str, list[dict]]], names: tuple[str, ...] = FIGURES) -> list[str]:
    titles = {"f1": "F1", "average_precision": "AP", "mean_distance": "distance (voxels)", "dice": "Dice of matched"}
    head = [first, "picks", "particles", *(titles.get(name, name) for name in names)]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for title, runs in rows:
        counts = [statistics.fmean(run[key] for run in runs) for key in ("picks", "particles")]
        lines.append(f"| {title} | {counts[0]:.0f} | {counts[1]:.0f} | {cells(runs, names)} |")
    return [*lines, ""]


def score_without(part: str) -> Callable[[dict[str, float]], float]:
    """The total score (docs/design.md) with one of its parts left out."""

    def score(row: dict[str, float]) -> float:
        parts = {
            "cosine": math.sqrt(max(0.0, row["cryosamCosine"])),
            "correlation": row["cryosamCorrelation"],
            "profile": math.exp(-row["cryosamProfileDistance"]),
            "size": math.exp(-abs(row["cryosamLogSize"]) / 4),
        }
        return math.prod(value for name, value in parts.items() if name != part)

    return score


def best(figures: dict) -> dict:
    """The best F1 that a cut could have had in the place of the F1."""
    return figures | {"f1": figures.get("best_f1", {}).get("f1", figures["f1"])}


def report(bench: Bench, data: Path | None, settings: bool) -> list[str]:
    main_cases = [case for seed in SEEDS if (case := bench.phantom_case(seed, "ribosome"))]
    single = {case.name: bench.run(case, case.prompts(1)) for case in main_cases}
    lines = ["## Five phantoms, one click on a ribosome", ""]
    rows = [(name, [run]) for name, run in single.items()]
    lines += table("tomogram", [*rows, ("mean", list(single.values()))])

    lines += ["## Other species of the same phantoms, one click each", ""]
    rows = []
    small: list[tuple[Case, dict]] = []
    for species in SPECIES[1:]:
        cases = [case for seed in SEEDS if (case := bench.phantom_case(seed, species))]
        runs = [bench.run(case, case.prompts(1)) for case in cases]
        small += zip(cases, runs, strict=True)
        rows.append((f"{species}, {len(cases)} phantoms", runs))
    lines += table("species", rows)

    lines += ["## Ablations", ""]
    ribosomes = list(zip(main_cases, single.values(), strict=True))
    for title, runs in (("Ribosomes", ribosomes), ("Proteasome, TRiC and apoferritin", small)):
        lines += [f"{title} of the five phantoms: all finds ranked by the score, and by the score without a part of it.", ""]
        rows = [("the score", [bench.finds(case, run) for case, run in runs])]
        for part in ("cosine", "correlation", "profile", "size"):
            rows.append((f"without {part}", [bench.finds(case, run, score_without(part)) for case, run in runs]))
        lines += table("ranked by", [(name, [best(f) for f in figures]) for name, figures in rows])

    if settings:
        lines += settings_report(bench, main_cases)
    if data:
        lines += others_report(bench, data)
    return lines


def settings_report(bench: Bench, main_cases: list[Case]) -> list[str]:
    lines = ["Ribosomes of the five phantoms: settings.", ""]
    variants: list[tuple[str, int, tuple[str, ...]]] = [
        ("as above", 1, ()),
        ("masks are unions", 1, ("--masks", "union")),
        ("masks along z alone", 1, ("--axes", "z")),
        ("every find of any size is a pick", 1, ("--threshold", "0", "--size", "0,1000")),
        ("every find of a fitting size is a pick", 1, ("--threshold", "0")),
        ("told how many there are", 1, ("--count", "12")),
        ("coarse to fine as in the paper (r = 16, 8, 4)", 1, ("--matching", "hierarchical")),
        ("masks followed down to an IoU of 0.5", 1, ("--iou", "0.5")),
        ("five clicks", 5, ()),
        ("the paper's method: --profile paper, with the weights' IoU", 1, PAPER),
    ]
    rows = [(title, [bench.run(c, c.prompts(count), extra) for c in main_cases]) for title, count, extra in variants]
    title = "a second round, from the five surest picks of the first"
    rows.append((title, [second_round(bench, case) for case in main_cases]))
    lines += table("variant", rows)

    lines += ["The other species of the five phantoms: settings.", ""]
    small = [c for s in SPECIES[1:] for seed in SEEDS if (c := bench.phantom_case(seed, s))]
    rows = [
        ("as above", [bench.run(c, c.prompts(1)) for c in small]),
        ("masks are unions", [bench.run(c, c.prompts(1), ("--masks", "union")) for c in small]),
        (title, [second_round(bench, c) for c in small]),
    ]
    lines += table("variant", rows)

    lines += ["Stage 2 alone, masks from all true centres of the five phantoms.", ""]
    rows = []
    for species in SPECIES:
        cases = [case for seed in SEEDS if (case := bench.phantom_case(seed, species))]
        rows.append((species, [bench.masks(case) for case in cases]))
        rows.append((f"{species}: unions", [bench.masks(case, ("--masks", "union")) for case in cases]))
    lines += table("masks", rows)

    return lines


def second_round(bench: Bench, case: Case) -> dict:
    """A run prompted at the five surest picks of a run with one click; where there are none it is that run."""
    first = bench.run(case, case.prompts(1))
    picks = rows_of(Path(first["folder"]) / "picks.star")
    return bench.run(case, [point_of(row) for row in picks[:5]]) if picks else first


def others_report(bench: Bench, data: Path) -> list[str]:
    lines = [
        "## Tomograms of another simulator",
        "",
        "One click; means over five different clicks on ribosomes, over two on the others.",
        "",
    ]
    rows, stages = [], []
    for name in ("ribosome-small", "ribosome-medium"):
        for species, code, radius in (("ribosome", "1", 11.3), ("TRiC", "4", 8.0), ("20S proteasome", "5", 7.0)):
            case = bench.other_case(data, name, species, code, radius)
            runs = [bench.run(case, [prompt]) for prompt in case.prompts(5 if code == "1" else 2)]
            rows.append((f"{name}, {species}", runs))
            stages.append((f"{name}, {species}", [best(bench.finds(case, run)) for run in runs]))
    lines += table("tomogram and species", rows)
    lines += ["All finds, ranked by their scores; F1 is that of the best cut.", ""]
    lines += table("tomogram and species", stages)
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("--program", type=Path, required=True)
    parser.add_argument("--weights", type=Path, default=Path("Weights"))
    parser.add_argument("--data", type=Path, help="folder of ribosome-small and ribosome-medium")
    parser.add_argument("--no-settings", action="store_true", help="leave out the comparison of settings")
    parser.add_argument("-o", "--output", type=Path, help="Markdown file to write (default: standard output)")
    arguments = parser.parse_args()
    bench = Bench(arguments.work, arguments.program, arguments.weights)
    text = "\n".join(report(bench, arguments.data, not arguments.no_settings))
    if arguments.output:
        arguments.output.write_text(text)
    else:
        print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
