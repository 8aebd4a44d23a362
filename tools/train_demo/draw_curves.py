#!/usr/bin/env python3
"""Draws a training's curve.csv as an SVG: figures between 0 and 1 in one panel, losses in the other."""

import argparse
import csv
import sys
from pathlib import Path

COLOURS = ["#1b6ca8", "#d1495b", "#3a7d44", "#edae49", "#6a4c93", "#00798c", "#8d5524", "#666666"]
LOSSES = ("loss", "norm", "dense")
WIDTH, HEIGHT, LEFT, TOP = 420, 260, 44, 24


def smooth(values: list[float], width: int = 5) -> list[float]:
    windows = [values[max(0, i - width) : i + width + 1] for i in range(len(values))]
    return [sum(window) / len(window) for window in windows]


def panel(left: int, steps: list[float], series: dict[str, list[float]], top: float) -> list[str]:
    def place(step: float, value: float) -> str:
        x = left + LEFT + (WIDTH - LEFT - 12) * step / max(steps[-1], 1)
        return f"{x:.1f},{TOP + (HEIGHT - TOP - 30) * (1 - min(value, top) / top):.1f}"

    frame = f'x="{left + LEFT}" y="{TOP}" width="{WIDTH - LEFT - 12}" height="{HEIGHT - TOP - 30}"'
    out = [f'<rect {frame} fill="none" stroke="#999"/>']
    for part in range(5):
        value = top * part / 4
        y = place(0, value).split(",")[1]
        out.append(f'<text x="{left + LEFT - 4}" y="{float(y) + 4}" text-anchor="end">{value:.2f}</text>')
    out.append(f'<text x="{left + WIDTH - 12}" y="{HEIGHT - 14}" text-anchor="end">{steps[-1]:.0f} steps</text>')
    for index, (name, values) in enumerate(series.items()):
        colour = COLOURS[index % len(COLOURS)]
        known = [step for step, value in zip(steps, values, strict=True) if value == value]
        smoothed = smooth([value for value in values if value == value])
        line = " ".join(place(step, value) for step, value in zip(known, smoothed, strict=True))
        out.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        x, y = left + LEFT + 8 + 116 * (index % 3), HEIGHT + 12 + 14 * (index // 3)
        out.append(f'<text x="{x}" y="{y}" fill="{colour}">{name}</text>')
    return out


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("curve", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    arguments = parser.parse_args()
    with arguments.curve.open(newline="") as file:
        rows = list(csv.DictReader(file))
    steps = [float(row["step"]) for row in rows]
    names = [name for name in rows[0] if name not in ("step", "seconds")]
    series = {name: [float(row[name]) for row in rows] for name in names}
    shares = {name: values for name, values in series.items() if name not in LOSSES}
    losses = {name: values for name, values in series.items() if name in LOSSES and name != "norm"}
    highest = max(losses["loss"][min(4, len(rows) - 1) :])
    parts = panel(0, steps, shares, 1.0) + panel(WIDTH, steps, losses, highest)
    size = f'width="{2 * WIDTH}" height="{HEIGHT + 50}"'
    body = "\n".join(parts)
    arguments.output.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="11">\n'
        f'<rect width="100%" height="100%" fill="white"/>\n{body}\n</svg>\n'
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
