#!/usr/bin/env python3
"""The rooms of Sources/ and what each may reach, from `swift package dump-package`.

  tools/draw_rooms.py          writes docs/images/rooms.svg
  tools/draw_rooms.py --check  fails if that picture is not current, or a wall is broken

Arrows that others imply are left out. `make lint` runs the check.
"""
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs/images/rooms.svg"

# The walls: no room at the left may reach, directly or through others, one at the right.
WALLS = [
    (["Volumes", "Points", "Images", "Evaluation", "Simulation", "Runs", "Markup"], ["SAM", "DINOv2", "ViT", "NN"]),
    (["Cryo"], ["Markup", "Evaluation", "Reports", "Simulation", "Study", "Project"]),
    (["NN", "ViT", "DINOv2", "SAM"], ["Cryo", "Points", "Runs", "Evaluation"]),
]
# The only ones that may name ArgumentParser.
PARSERS = {"cryosam", "convert-weights", "CommandLineKit"}

# Rows of the picture, from the top; rooms that are not named here come last.
ROWS = [
    ("programs", ["convert-weights", "cryosam", "CommandLineKit"]),
    ("made of the method", ["Checkpoints", "Benchmarks", "Project", "Study", "Reports", "Comparison", "Simulation"]),
    ("the paper", ["Cryo", "Evaluation", "Markup", "Downloads"]),
    ("networks", ["SAM", "DINOv2", "Points", "Runs"]),
    ("arithmetic and data", ["ViT", "Images"]),
    ("", ["NN", "Volumes"]),
    ("", ["KernelsAVX512", "KernelsAVX2", "Kernels", "Parallel", "Files"]),
    ("ground", ["KernelTypes", "Platform"]),
]


def rooms():
    """Each room with the rooms that it names, and those that name ArgumentParser."""
    text = subprocess.run(
        ["swift", "package", "dump-package"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    targets = [t for t in json.loads(text)["targets"]
               if t["type"] in ("regular", "executable") and any((ROOT / "Sources" / t["name"]).glob("**/*.swift"))]
    names = {t["name"] for t in targets}
    reaches, parsers = {}, set()
    for target in targets:
        named = {d[kind][0] for d in target["dependencies"] for kind in ("byName", "target") if kind in d}
        products = {d["product"][0] for d in target["dependencies"] if "product" in d}
        reaches[target["name"]] = named & names
        if "ArgumentParser" in named | products:
            parsers.add(target["name"])
    return reaches, parsers


def closure(reaches):
    """What each room reaches through any number of others."""
    every = {}

    def visit(name):
        if name not in every:
            every[name] = set()
            for other in reaches[name]:
                every[name] |= {other} | visit(other)
        return every[name]

    for name in reaches:
        visit(name)
    return every


def broken(reaches, parsers):
    every = closure(reaches)
    faults = [f"{room} reaches {other}" for rooms, others in WALLS for room in rooms if room in every
              for other in others if other in every[room]]
    faults += [f"{room} names ArgumentParser" for room in sorted(parsers - PARSERS)]
    missing = {r for rooms, others in WALLS for r in rooms + others} - set(reaches)
    return faults + [f"there is no room {name}" for name in sorted(missing)]


def picture(reaches):
    every = closure(reaches)
    arrows = [(a, b) for a in sorted(reaches) for b in sorted(reaches[a])
              if not any(b in every[c] for c in reaches[a] if c != b)]
    placed = {name for _, row in ROWS for name in row}
    rest = sorted(set(reaches) - placed)
    rows = [(title, [n for n in row if n in reaches]) for title, row in ROWS] + ([("", rest)] if rest else [])
    width, step, height = 1060, 92, 34
    place = {}
    for index, (_, row) in enumerate(rows):
        for number, name in enumerate(row):
            place[name] = (150 + (width - 170) * (number + 0.5) / len(row), 30 + index * step)
    half = {name: 4.3 * len(name) + 14 for name in place}
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {30 + len(rows) * step - 30}" '
        'font-family="system-ui, sans-serif" font-size="14">',
        "<style>.room{fill:#eef2fa;stroke:#5b6f94}.arrow{fill:none;stroke:#8a94a8}.name{fill:#1d2330}"
        ".row{fill:#6b7488;font-size:12px}marker path{fill:#8a94a8}.ground{fill:#fff}"
        "@media(prefers-color-scheme:dark){.room{fill:#223049;stroke:#7f93ba}.name{fill:#e6e9ef}"
        ".row{fill:#9aa4b5}.ground{fill:#14171c}}</style>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>',
        '<rect class="ground" width="100%" height="100%"/>',
    ]
    for title, y in [(title, 30 + i * step) for i, (title, _) in enumerate(rows)]:
        if title:
            lines.append(f'<text class="row" x="12" y="{y + 5}">{title}</text>')
    for a, b in arrows:
        (ax, ay), (bx, by) = place[a], place[b]
        if ay == by:
            side = 1 if bx > ax else -1
            path = f"M{ax + side * half[a]:.0f} {ay}L{bx - side * half[b]:.0f} {by}"
        else:
            side = 1 if by > ay else -1
            start, end = ay + side * height / 2, by - side * height / 2
            bend = (end - start) * 0.45
            path = f"M{ax:.0f} {start:.0f}C{ax:.0f} {start + bend:.0f} {bx:.0f} {end - bend:.0f} {bx:.0f} {end:.0f}"
        lines.append(f'<path class="arrow" d="{path}" marker-end="url(#tip)"/>')
    for name, (x, y) in place.items():
        lines.append(f'<rect class="room" x="{x - half[name]:.0f}" y="{y - height / 2:.0f}" '
                     f'width="{2 * half[name]:.0f}" height="{height}" rx="7"/>'
                     f'<text class="name" x="{x:.0f}" y="{y + 5}" text-anchor="middle">{name}</text>')
    return "\n".join(lines + ["</svg>", ""])


def main():
    reaches, parsers = rooms()
    faults = broken(reaches, parsers)
    if faults:
        sys.exit("\n".join(f"a wall is broken: {fault}" for fault in faults))
    drawn = picture(reaches)
    if "--check" in sys.argv[1:]:
        if not PICTURE.exists() or PICTURE.read_text() != drawn:
            sys.exit(f"{PICTURE.relative_to(ROOT)} is not current: run tools/draw_rooms.py")
    else:
        PICTURE.write_text(drawn)


if __name__ == "__main__":
    main()
