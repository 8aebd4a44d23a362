"""What both trainings share: tomograms, slices, and a loop that can be stopped, resumed and repeated exactly.

Everything random in step s is drawn from (seed, s), so a run that was resumed is the run that was not stopped. The
learning rate rises, stays, and falls over the last quarter of the steps.
"""

import csv
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Volume:
    """A simulated tomogram: float16 `[D, H, W]` arrays in three states, labels, and each label's species."""

    def __init__(self, path: Path) -> None:
        with np.load(path) as arrays:
            self.states = {name: arrays[name] for name in ("filtered", "raw", "noisy")}
            self.labels = arrays["labels"].astype(np.int32)
            self.species = arrays["species"].astype(np.int64)
        self.number = int(path.stem)
        inside = self.labels > 0
        means = {name: array[inside].mean(dtype=np.float32) for name, array in self.states.items()}
        # how much particles stand out in each state, in units of the filtered one
        self.contrast = {name: float(mean / means["filtered"]) for name, mean in means.items()}
        self.traits = self.measured_traits()
        self.around: list[np.ndarray] = []
        self.greatest: np.ndarray | None = None
        self.limits = {name: np.percentile(v.astype(np.float32), [0.5, 99.5]) for name, v in self.states.items()}

    def masses(self) -> list[np.ndarray]:
        """Mass of particles around each voxel, weighed by Gaussians of 2, 3.5 and 6 voxels, float16 `[D, H, W]`."""
        if not self.around:
            mass = (self.labels > 0) * np.clip(-self.traits[self.labels, 2], 0, 3) / 1.3
            self.around = [blurred(mass.astype(np.float32), sigma) for sigma in (2.0, 3.5, 6.0)]
        return self.around

    def hearts(self) -> np.ndarray:
        """The greatest of each of `masses` within every particle, `[labels + 1, 3]`."""
        if self.greatest is None:
            flat = self.labels.reshape(-1)
            places = np.flatnonzero(flat)
            order = places[np.argsort(flat[places], kind="stable")]
            present, starts = np.unique(flat[order], return_index=True)
            self.greatest = np.zeros((len(self.species), 3), np.float32)
            for k, mass in enumerate(self.masses()):
                self.greatest[present, k] = np.maximum.reduceat(mass.reshape(-1)[order].astype(np.float32), starts)
        return self.greatest

    def measured_traits(self) -> np.ndarray:
        """Of each label's species, `[labels + 1, 3]`: log volume in 1000 voxels, log of the radius of gyration over
        that of a ball of the volume, mean value; medians over the particles."""
        number = len(self.species)
        flat = self.labels.reshape(-1)
        places = np.flatnonzero(flat)
        own = flat[places]
        volumes = np.bincount(own, minlength=number).clip(min=1)
        values = self.states["filtered"].reshape(-1)[places].astype(np.float32)
        spread = np.zeros(number)
        for x in np.unravel_index(places, self.labels.shape):
            spread += np.bincount(own, x.astype(float) ** 2, number) / volumes
            spread -= (np.bincount(own, x, number) / volumes) ** 2
        ball = 0.6 * (3 * volumes / (4 * np.pi)) ** (2 / 3)
        each = np.stack(
            [
                np.log(volumes / 1000),
                0.5 * np.log(np.maximum(spread, 0.1) / ball),
                np.bincount(own, values, number) / volumes,
            ],
            1,
        )
        traits = np.zeros((number, 3))
        for kind in np.unique(self.species[1:]):
            members = np.flatnonzero(self.species == kind)
            traits[members] = np.median(each[members], 0)
        return traits

    def plane(self, array: np.ndarray, axis: int, index: int) -> np.ndarray:
        return np.take(array, index, axis)

    def gray(self, state: str, axis: int, index: int) -> np.ndarray:
        """The slice as the program gives it to SAM: 0 ... 255 between two percentiles, rounded."""
        low, high = self.limits[state]
        values = self.plane(self.states[state], axis, index).astype(np.float32)
        return np.clip((values - low) * (255 / (high - low)), 0, 255).round()


class Pool:
    """The tomograms that step s may use: the first `start + s // pace`, `limit` at most.

    Training can so begin while the simulator still works; it waits for a tomogram that is due.
    """

    def __init__(self, folder: Path, start: int = 16, pace: int = 16, limit: int = 96) -> None:
        self.folder, self.start, self.pace, self.limit = folder, start, pace, limit
        self.volumes: dict[int, Volume] = {}

    def count(self, step: int) -> int:
        return min(self.limit, self.start + step // self.pace)

    def is_ready(self, step: int) -> bool:
        return (self.folder / f"{self.count(step) - 1:04d}.npz").exists()

    def draw(self, step: int, random: np.random.Generator) -> Volume:
        return self.load(int(random.integers(self.count(step))))

    def load(self, number: int) -> Volume:
        if number not in self.volumes:
            self.volumes[number] = Volume(self.folder / f"{number:04d}.npz")
        return self.volumes[number]


def blurred(array: np.ndarray, sigma: float) -> np.ndarray:
    """A Gaussian average of `[D, H, W]`, zero outside, as float16."""
    reach = int(3 * sigma)
    kernel = torch.exp(-(torch.arange(-reach, reach + 1).float() ** 2) / (2 * sigma**2))
    values = torch.from_numpy(array)[None, None]
    for axis in range(3):
        shape = [1, 1, 1, 1, 1]
        shape[2 + axis] = -1
        padding = [reach if a == axis else 0 for a in range(3)]
        values = F.conv3d(values, (kernel / kernel.sum()).reshape(shape), padding=padding)
    return values[0, 0].half().numpy()


def turned(array: np.ndarray, turn: int) -> np.ndarray:
    """One of the 8 symmetries of the square."""
    array = np.rot90(array, turn % 4)
    return array.T if turn >= 4 else array


@dataclass
class Plan:
    steps: int
    rate: float
    seed: int
    warm_up: int = 30
    decay: float = 0.6
    weight_decay: float = 0.02
    average: float = 0.99

    def rate_at(self, step: int) -> float:
        left = (self.steps - step) / max(1, self.decay * self.steps)
        return self.rate * min(1, (step + 1) / self.warm_up) * min(1, max(0.01, left))


def train(
    model: nn.Module,
    extra: nn.Module | None,
    plan: Plan,
    folder: Path,
    measure: Callable[[int, np.random.Generator], tuple[Tensor, dict[str, float]]],
    is_ready: Callable[[int], bool],
    until: int | None = None,
    start: Path | None = None,
) -> None:
    """Trains `model` with `extra`, which is not kept. `measure(step, random)` gives the loss and figures to record.
    Stops at step `until` of the plan; begins with the parts that the folder `start` holds.

    `folder` gets `state.pt` (to resume from), `average.pth` (the averaged weights of `model` alone) and `curve.csv`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parts = nn.ModuleList([model] + ([extra] if extra else []))
    parameters = list(parts.parameters())
    plain = [p for p in parameters if p.ndim < 2]
    matrices = [p for p in parameters if p.ndim >= 2]
    optimizer = torch.optim.AdamW(
        [
            {"params": matrices, "weight_decay": plan.weight_decay},
            {"params": plain, "weight_decay": 0.0},
        ],
        lr=plan.rate,
        betas=(0.9, 0.98),
    )
    average = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    step, seconds, state_path = 0, 0.0, folder / "state.pt"
    if start:
        parts.load_state_dict(torch.load(start / "state.pt", weights_only=False)["parts"])
        average = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    if state_path.exists():
        state = torch.load(state_path, weights_only=False)
        parts.load_state_dict(state["parts"])
        optimizer.load_state_dict(state["optimizer"])
        average, step, seconds = state["average"], state["step"], state["seconds"]
        cut(folder / "curve.csv", step)

    def keep() -> None:
        state = {"parts": parts.state_dict(), "optimizer": optimizer.state_dict()}
        torch.save(
            state | {"average": average, "step": step, "seconds": seconds},
            folder / "state.partial",
        )
        (folder / "state.partial").rename(state_path)
        torch.save(average, folder / "average.partial")
        (folder / "average.partial").rename(folder / "average.pth")

    sums: dict[str, list[float]] = {}
    kept = time.time()
    while step < min(plan.steps, until or plan.steps):
        while not is_ready(step):
            time.sleep(1)
        began = time.time()
        random = np.random.default_rng([plan.seed, step])
        torch.manual_seed(plan.seed * 1_000_003 + step)
        for group in optimizer.param_groups:
            group["lr"] = plan.rate_at(step)
        loss, figures = measure(step, random)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        step += 1
        share = min(plan.average, (1 + step) / (10 + step))
        for name, tensor in model.state_dict().items():
            average[name].lerp_(tensor, 1 - share)
        seconds += time.time() - began
        for name, value in ({"loss": loss.item(), "norm": norm.item()} | figures).items():
            sums.setdefault(name, []).append(value)
        if step % 10 == 0:
            record(folder / "curve.csv", step, seconds, sums)
            sums = {}
        if time.time() - kept > 60:
            keep()
            kept = time.time()
    keep()


def cut(path: Path, step: int) -> None:
    """Leaves out of the curve what came after `step`, which will be done again, and a row that is cut off."""
    if path.exists():
        head, *rows = path.read_text().splitlines(keepends=True)
        kept = [row for row in rows if row.endswith("\n") and int(row.split(",")[0]) <= step]
        path.write_text("".join([head, *kept]))


def record(path: Path, step: int, seconds: float, sums: dict[str, list[float]]) -> None:
    """Adds the means of the last steps to the curve."""
    known = {name: [value for value in values if math.isfinite(value)] for name, values in sums.items()}
    means = {name: sum(values) / len(values) if values else math.nan for name, values in known.items()}
    row = {"step": step, "seconds": round(seconds, 1)} | {name: f"{mean:.4f}" for name, mean in means.items()}
    new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        if new:
            writer.writeheader()
        writer.writerow(row)
    print(" ".join(f"{name} {value}" for name, value in row.items()), flush=True)
