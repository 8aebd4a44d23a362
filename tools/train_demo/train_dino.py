#!/usr/bin/env python3
"""Trains the demo DINO: patch features that tell species apart, by cosine around 1/2.

A step takes a few slices (any view) of a few tomograms, resized as the program does. Every particle on them gives a
query, the mean of its patches' features; the query's cosine with all other patches of its species is to be over 0.6,
and with those of other species, of empty ice and of membranes under 0.4. Species are random: what is learnt is to
tell apart, not which species there are.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from common import Plan, Pool, Volume, train
from models import count, demo_dino
from torch import Tensor

SIDE, GRID = 192, 24
LEAST = 3  # patches a particle must cover on a slice to count: smaller ones teach noise


def crop(length: int, share: tuple[float, float], random: np.random.Generator) -> slice:
    size = int(round(length * random.uniform(*share)))
    start = int(random.integers(length - size + 1))
    return slice(start, start + size)


def plane_of(volume: Volume, state: str, axis: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A slice and its labels, turned over at random."""
    index = int(random.integers(4, volume.labels.shape[axis] - 4))
    values, labels = volume.plane(volume.states[state], axis, index), volume.plane(volume.labels, axis, index)
    if axis == 0 and random.random() < 0.5:
        values, labels = values.T, labels.T
    for direction in range(2):
        if random.random() < 0.5:
            values, labels = np.flip(values, direction), np.flip(labels, direction)
    return values, labels


def slice_of(volume: Volume, random: np.random.Generator) -> tuple[Tensor, np.ndarray]:
    """A normalised slice, resized with corners aligned, `[S, S]`, and labels `[S, S]`. Some are cut from four slices
    laid side by side, so that a patch covers as much as it does in larger tomograms."""
    axis = int(random.integers(3))
    state = "filtered" if random.random() < 0.85 else "raw"
    if random.random() < 0.4:
        tiles = [plane_of(volume, state, axis, random) for _ in range(4)]
        values, labels = (np.block([[t[k] for t in tiles[:2]], [t[k] for t in tiles[2:]]]) for k in range(2))
        share = (0.5, 0.85)
    else:
        values, labels = plane_of(volume, state, axis, random)
        share = (0.75, 1)
    part = (crop(values.shape[0], share, random), crop(values.shape[1], share, random))
    values, labels = values[part].astype(np.float32), labels[part]
    values = values * np.float32(np.exp(random.normal(0, 0.1))) + np.float32(random.normal(0, 0.05))
    tensor = torch.from_numpy(np.ascontiguousarray(values))[None, None]
    resized = F.interpolate(tensor, (SIDE, SIDE), mode="bilinear", align_corners=True)[0, 0]
    rows, columns = (np.rint(np.linspace(0, n - 1, SIDE)).astype(int) for n in labels.shape)
    return resized, labels[rows][:, columns]


def patches(labels: np.ndarray) -> np.ndarray:
    """The particle that covers half of a patch or more; 0 if hardly any does, -1 between, `[g * g]`."""
    side = SIDE // GRID
    cells = labels.reshape(GRID, side, GRID, side).transpose(0, 2, 1, 3).reshape(GRID * GRID, side * side)
    ordered = np.sort(cells, 1)
    middle = ordered[:, side * side // 2]  # a particle over half of the patch may be above or below others
    share = (cells == middle[:, None]).mean(1)
    covered = (cells > 0).mean(1)
    return np.where(covered < 0.08, 0, np.where((middle > 0) & (share >= 0.5), middle, -1))


def losses(features: Tensor, particles: np.ndarray, species: np.ndarray) -> tuple[Tensor, dict[str, float]]:
    """features `[N, C]` of all patches, particles and species `[N]`: 0 empty, -1 not counted."""
    keys = F.normalize(features, dim=1)
    counted = particles > 0
    numbers, inverse, sizes = np.unique(particles[counted], return_inverse=True, return_counts=True)
    kinds = np.zeros(len(numbers), np.int64)
    kinds[inverse] = species[counted]
    members = torch.zeros(len(numbers), len(particles))
    members[inverse, np.flatnonzero(counted)] = 1
    queries = F.normalize(members @ features, dim=1)
    cosine = queries @ keys.T
    # another particle of the species; another species; nothing
    kinds, species, particles = (torch.from_numpy(a) for a in (kinds, species, particles))
    other = torch.from_numpy(numbers)[:, None] != particles[None]
    same = (kinds[:, None] == species[None]) & other & (particles > 0)
    different = (kinds[:, None] != species[None]) & (particles > 0)
    nothing = (particles == 0)[None].expand_as(same)
    weight = torch.from_numpy(np.sqrt(sizes)).float()[:, None]

    def mean(values: Tensor, where: Tensor) -> Tensor:
        weights = where * weight
        return (values * weights).sum() / weights.sum().clamp(min=1)

    steep = 12
    pull, push = F.softplus(-steep * (cosine - 0.6)), F.softplus(steep * (cosine - 0.4))
    own = members > 0
    loss = 1.5 * mean(pull, same) + 0.25 * mean(pull, own) + 1.0 * mean(push, different) + 1.0 * mean(push, nothing)
    # which patches are of the query's species, among all
    chance = torch.where(different | nothing | same, cosine / 0.1, -torch.inf).log_softmax(1)
    seen = same.any(1)
    contrast = -(torch.where(same, chance, 0).sum(1) / same.sum(1).clamp(min=1))
    loss = loss + 0.3 * (contrast * seen * weight[:, 0]).sum() / (seen * weight[:, 0]).sum().clamp(min=1)
    with torch.no_grad():
        right = [((cosine > 0.5) & where).sum() / where.sum().clamp(min=1) for where in (same, different, nothing)]
        figures = {
            "same": mean(cosine, same).item(),
            "different": mean(cosine, different).item(),
            "nothing": mean(cosine, nothing).item(),
            "same_over": right[0].item(),
            "different_over": right[1].item(),
            "nothing_over": right[2].item(),
        }
    return loss, figures


def batch(volumes: list[Volume], each: int, random: np.random.Generator) -> tuple[Tensor, np.ndarray, np.ndarray]:
    images, particles, kinds = [], [], []
    for number, volume in enumerate(volumes):
        for index in range(each):
            image, labels = slice_of(volume, random)
            found = patches(labels)
            numbers, sizes = np.unique(found, return_counts=True)
            small = numbers[(numbers > 0) & (sizes < LEAST)]
            found = np.where(np.isin(found, small), -1, found)
            table = volume.species[np.maximum(found, 0)] + 1000 * number
            # the same particle on two slices is two examples
            particles.append(np.where(found > 0, found + 100_000 * (number * each + index), found))
            kinds.append(np.where(found > 0, table, found))
            images.append(image)
    stacked = torch.stack(images)[:, None].expand(-1, 3, -1, -1)
    return stacked, np.concatenate(particles), np.concatenate(kinds)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of make_data.py")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--tomograms", type=int, default=1, help="in a step")
    parser.add_argument("--slices", type=int, default=4, help="of each tomogram")
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    model = demo_dino()
    print(f"{count(model):,} parameters")
    pool = Pool(arguments.data)

    def measure(step: int, random: np.random.Generator) -> tuple[Tensor, dict[str, float]]:
        volumes = [pool.draw(step, random) for _ in range(arguments.tomograms)]
        images, particles, kinds = batch(volumes, arguments.slices, random)
        return losses(model(images).flatten(0, 1), particles, kinds)

    plan = Plan(arguments.steps, arguments.rate, arguments.seed)
    train(model, None, plan, arguments.output, measure, pool.is_ready)
    return 0


if __name__ == "__main__":
    sys.exit(main())
