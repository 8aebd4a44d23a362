#!/usr/bin/env python3
"""Trains the demo DINO: patch features that tell species apart, by cosine around 1/2.

A step takes a few slices (any view) of a tomogram, resized as the program does. Every place is given a code, a point
on a sphere that follows from the mass of particles around it and from the size, shape and density of the species it
belongs to, as they appear in this slice, so that unlike places' codes are nearly at right angles. Each patch's feature
is to point to its code, seen from the middle of all codes. Species are random: what is learnt is to tell apart, not
which species there are. While training, a layer that is not kept reads off every patch's feature the way to its
particle's middle.
"""

import argparse
import math
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from common import Plan, Pool, Volume, train
from models import count, demo_dino
from torch import Tensor, nn

SIDE, GRID = 192, 24
TILE = 100_000  # between the particles' numbers of different tiles and slices
LEAST = 3  # patches a particle must cover on a slice to count: smaller ones teach noise


def crop(length: int, share: tuple[float, float], random: np.random.Generator) -> slice:
    size = int(round(length * random.uniform(*share)))
    start = int(random.integers(length - size + 1))
    return slice(start, start + size)


def plane_of(volume: Volume, state: str, axis: int, random: np.random.Generator) -> list[np.ndarray]:
    """A slice, its labels and the masses around, turned over at random."""
    index = int(random.integers(4, volume.labels.shape[axis] - 4))
    planes = [volume.plane(array, axis, index) for array in (volume.states[state], volume.labels, *volume.masses())]
    if axis == 0 and random.random() < 0.5:
        planes = [plane.T for plane in planes]
    for direction in range(2):
        if random.random() < 0.5:
            planes = [np.flip(plane, direction) for plane in planes]
    return planes


def slice_of(volume: Volume, random: np.random.Generator) -> tuple[Tensor, np.ndarray, np.ndarray, float, float]:
    """A normalised slice, resized with corners aligned, `[S, S]`, labels `[S, S]`, masses around `[3, S, S]`, how
    much larger than usual lengths appear, as a logarithm, and how much particles stand out, as a share of usual. Some
    are cut from four slices laid side by side, so that a patch covers as much as it does in larger tomograms."""
    axis = int(random.integers(3))
    state = str(random.choice(["filtered", "noisy", "raw"], p=[0.5, 0.47, 0.03]))
    if random.random() < 0.15:
        tiles = [plane_of(volume, state, axis, random) for _ in range(4)]
        for number, tile in enumerate(tiles):
            tile[1] = np.where(tile[1] > 0, tile[1] + TILE * number, 0)
        planes = [np.block([[a, b], [c, d]]) for a, b, c, d in zip(*tiles, strict=True)]
        share = (0.5, 0.85)
    else:
        planes = plane_of(volume, state, axis, random)
        share = (0.6, 1) if random.random() < 0.2 else (0.85, 1)
    whole = volume.plane(volume.labels, axis, 0).size
    part = (crop(planes[0].shape[0], share, random), crop(planes[0].shape[1], share, random))
    values, labels, *masses = (plane[part] for plane in planes)
    gain = np.exp(random.uniform(-0.25, 0.2))
    values = values * np.float32(gain) + np.float32(random.normal(0, 0.05))
    tensor = torch.from_numpy(np.ascontiguousarray(values, np.float32))[None, None]
    resized = F.interpolate(tensor, (SIDE, SIDE), mode="bilinear", align_corners=True)[0, 0]
    rows, columns = (np.rint(np.linspace(0, n - 1, SIDE)).astype(int) for n in labels.shape)
    larger = float(np.log(whole / labels.size) / 2)
    contrast = gain * volume.contrast[state]
    return resized, labels[rows][:, columns], np.stack(masses)[:, rows][:, :, columns], larger, contrast


def patches(labels: np.ndarray) -> np.ndarray:
    """The particle that covers half of a patch or more; 0 if hardly any does, -1 between, `[g * g]`."""
    side = SIDE // GRID
    cells = labels.reshape(GRID, side, GRID, side).transpose(0, 2, 1, 3).reshape(GRID * GRID, side * side)
    ordered = np.sort(cells, 1)
    middle = ordered[:, side * side // 2]  # a particle over half of the patch may be above or below others
    share = (cells == middle[:, None]).mean(1)
    covered = (cells > 0).mean(1)
    return np.where(covered < 0.08, 0, np.where((middle > 0) & (share >= 0.5), middle, -1))


class Reading(nn.Module):
    """What else a patch's feature must tell while it is trained: the way to its particle's middle on the slice."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layer = nn.Linear(width, 2)

    def forward(self, features: Tensor, particles: np.ndarray) -> Tensor:
        """features `[N, C]` and particles `[N]` of all patches."""
        inside = torch.from_numpy(particles > 0)
        if not inside.any():
            return features.sum() * 0
        ways = torch.from_numpy(self.ways(particles)).float()
        return F.smooth_l1_loss(self.layer(features[inside]), ways[inside])

    @staticmethod
    def ways(particles: np.ndarray) -> np.ndarray:
        """From each patch to the middle of its particle, in units of 2 patches, `[N, 2]`."""
        rows, columns = np.divmod(np.arange(particles.size) % GRID**2, GRID)
        _, flat = np.unique(particles, return_inverse=True)
        number = np.bincount(flat)
        middle = [np.bincount(flat, places) / number for places in (rows, columns)]
        return np.stack([middle[0][flat] - rows, middle[1][flat] - columns], -1) / 2


class Codes:
    """The feature a place is to get: a point on a sphere. Two places' cosine falls with the difference d of their
    surroundings as exp(-d^2 / 2); inside particles it falls also with the difference of their species' traits. By
    random Fourier features (Rahimi and Recht 2007)."""

    WAVES = 46
    UNITS = ((0.22, 0.2, 0.16), (0.5, 0.3, 0.3))  # what a slice lets one tell: of surroundings; of traits
    SHARE = 0.6  # of the traits' part

    def __init__(self, width: int) -> None:
        random = np.random.default_rng(2007)
        self.frequencies = [random.standard_normal((3, self.WAVES)) / np.array(unit)[:, None] for unit in self.UNITS]
        # orthonormal rows, each of mean 0, as the last layer norm's outputs are
        square = np.concatenate([np.ones((width, 1)), random.standard_normal((width, 4 * self.WAVES))], 1)
        self.axes = np.linalg.qr(square)[0][:, 1:].T.astype(np.float32)

    def waves(self, values: np.ndarray, kind: int) -> np.ndarray:
        angles = values @ self.frequencies[kind]
        return np.concatenate([np.cos(angles), np.sin(angles)], 1).astype(np.float32) / np.sqrt(self.WAVES)

    def surroundings(self, masses: np.ndarray) -> np.ndarray:
        """Mass of particles in three neighbourhoods `[N, 3]` -> [N, C]"""
        return self.waves(masses, 0) @ self.axes[: 2 * self.WAVES]

    def traits(self, traits: np.ndarray) -> np.ndarray:
        """`[N, 3]` -> [N, C]"""
        return self.SHARE * self.waves(traits, 1) @ self.axes[2 * self.WAVES :]


def loss_of(features: Tensor, seen: "Batch", middle: Tensor) -> Tensor:
    """1 - cosine of features `[N, C]` and codes, both seen from the `middle` of all codes."""
    apart = 1 - (F.normalize(features, dim=1) * F.normalize(seen.codes - middle, dim=1)).sum(1)
    return (apart * seen.weights).sum()


@torch.no_grad()
def figures_of(features: Tensor, particles: np.ndarray, species: np.ndarray, mass: np.ndarray) -> dict[str, float]:
    """Of particles that are large and dense (the middle of the mass around them is over 0.4): mean cosines of their mean
    features with other particles' patches of their species, with other species' and with empty ones, and the
    chance that one of the first is higher than one of the others. `[N]` each."""
    keys = F.normalize(features, dim=1)
    counted = particles > 0
    out = dict.fromkeys(("same", "different", "nothing", "rank"), math.nan)
    if not counted.any():
        return out
    numbers, inverse = np.unique(particles[counted], return_inverse=True)
    kinds = np.zeros(len(numbers), np.int64)
    kinds[inverse] = species[counted]
    members = torch.zeros(len(numbers), len(particles))
    members[inverse, np.flatnonzero(counted)] = 1
    heavy = np.bincount(inverse, mass[counted]) / np.bincount(inverse) > 0.4
    if not heavy.any():
        return out
    numbers, kinds, members = numbers[heavy], kinds[heavy], members[torch.from_numpy(heavy)]
    cosine = (F.normalize(members @ features, dim=1) @ keys.T).numpy()
    same = (kinds[:, None] == species) & (numbers[:, None] != particles) & counted
    different = (kinds[:, None] != species) & counted
    nothing = np.broadcast_to(particles == 0, same.shape)
    for name, where in (("same", same), ("different", different), ("nothing", nothing)):
        if where.any():
            out[name] = float(cosine[where].mean())
    ranks = []
    for row, mine, others in zip(cosine, same, different | nothing, strict=True):
        if mine.any() and others.any():
            ranks.append((row[mine][:, None] > row[others][None]).mean())
    return out | ({"rank": float(np.mean(ranks))} if ranks else {})


@dataclass
class Batch:
    images: Tensor  # [B, 3, S, S]
    particles: np.ndarray  # [N]: of every patch; 0 empty, -1 not counted
    species: np.ndarray  # [N]
    mass: np.ndarray  # [N]: particles' mass close by
    codes: Tensor  # [N, C], unit length
    weights: Tensor  # [N]: particles, heavy ones above all, half of the sum, empty places the other


def by_patch(plane: np.ndarray) -> np.ndarray:
    """`[S, S]` -> [g * g, pixels of a patch]"""
    side = SIDE // GRID
    return plane.reshape(GRID, side, GRID, side).transpose(0, 2, 1, 3).reshape(GRID * GRID, side * side)


def batch(
    volume: Volume, count: int, codes: Codes, hearts: bool, random: np.random.Generator, hard: bool = False
) -> Batch:
    """With `hard` dark places without particles, membranes above all, count much more than others. With `hearts` every
    place in a particle gets the code of the particle's heaviest place, else its own."""
    images, particles, kinds, near, targets, shares, dark = [], [], [], [], [], [], []
    for index in range(count):
        image, labels, masses, larger, contrast = slice_of(volume, random)
        images.append(image)
        found = patches(labels)
        numbers, areas = np.unique(found, return_counts=True)
        small = numbers[(numbers > 0) & (areas < LEAST)]
        found = np.where(np.isin(found, small), -1, found)
        # the same particle on two slices is two examples
        particles.append(np.where(found > 0, found + 10 * TILE * index, found))
        kinds.append(np.where(found > 0, volume.species[np.maximum(found, 0) % TILE], found))
        present, flat = np.unique(by_patch(labels), return_inverse=True)
        place = np.arange(GRID * GRID)[:, None] * len(present) + flat.reshape(GRID * GRID, -1)
        parts = np.bincount(place.ravel(), minlength=GRID * GRID * len(present)).reshape(GRID * GRID, -1)
        parts = parts.astype(np.float32) / (SIDE // GRID) ** 2
        inside = present > 0
        around = np.stack([by_patch(mass.astype(np.float32)).mean(1) for mass in masses], 1)
        near.append(around[:, 0])
        dark.append((-by_patch(image.numpy()).mean(1)).clip(0, 3))
        own = present[inside] % TILE
        code = codes.surroundings(around * contrast)
        if hearts:
            code *= parts[:, ~inside].sum(1, keepdims=True)
            code += parts[:, inside] @ codes.surroundings(volume.hearts()[own] * contrast)
        traits = volume.traits[own] * np.array([1, 1, contrast]) + np.array([3 * larger, 0, 0])
        code += parts[:, inside] @ codes.traits(traits)
        targets.append(code / np.linalg.norm(code, axis=1, keepdims=True))
        shares.append(parts[:, inside].sum(1))
    mass, share = np.concatenate(near), np.concatenate(shares)
    full = share * (mass + 0.05) * (mass > 0.1)
    darkness = np.concatenate(dark)  # membranes, small proteins
    empty = (1 - share) ** 2 * (mass < 0.1) * (1 + (12 * darkness**2 if hard else 2 * darkness))
    weights = 0.5 * (full / full.sum().clip(min=0.5) + empty / empty.sum().clip(min=1))
    return Batch(
        torch.stack(images)[:, None].expand(-1, 3, -1, -1),
        np.concatenate(particles),
        np.concatenate(kinds),
        mass,
        torch.from_numpy(np.concatenate(targets).astype(np.float32)),
        torch.from_numpy(weights.astype(np.float32)),
    )


def middle_of(pool: Pool, codes: Codes, hearts: bool) -> Tensor:
    """The mean of all codes `[C]`, by the loss's weights, from the first tomograms."""
    while not pool.is_ready(0):
        time.sleep(1)
    random = np.random.default_rng(1)
    seen = [batch(pool.load(number), 8, codes, hearts, random) for number in range(12)]
    total = sum(torch.einsum("n,nc->c", each.weights, each.codes) for each in seen)
    return total / sum(each.weights.sum() for each in seen)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of make_data.py")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--slices", type=int, default=2, help="in a step, of one tomogram")
    parser.add_argument("--until", type=int, help="stop at this step of the plan")
    parser.add_argument("--start", type=Path, help="folder of a training to go on from")
    parser.add_argument("--hearts", action="store_true", help="one code for all of a particle: its heaviest place's")
    parser.add_argument("--hard-from", type=int, default=1 << 30, help="step from which membranes count more")
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    model, reading, codes = demo_dino(), Reading(192), Codes(192)
    print(f"{count(model):,} parameters")
    pool = Pool(arguments.data, start=96 if arguments.start else 16)
    middle = middle_of(pool, codes, arguments.hearts)

    def measure(step: int, random: np.random.Generator) -> tuple[Tensor, dict[str, float]]:
        seen = batch(
            pool.draw(step, random), arguments.slices, codes, arguments.hearts, random, step >= arguments.hard_from
        )
        features = model(seen.images).flatten(0, 1)
        apart, way = loss_of(features, seen, middle), reading(features, seen.particles)
        figures = {"apart": apart.item(), "way": way.item()}
        if step % 5 == 0:
            figures |= figures_of(features, seen.particles, seen.species, seen.mass)
        return apart + 0.3 * way, figures

    plan = Plan(arguments.steps, arguments.rate, arguments.seed)
    train(model, reading, plan, arguments.output, measure, pool.is_ready, arguments.until, arguments.start)
    return 0


if __name__ == "__main__":
    sys.exit(main())
