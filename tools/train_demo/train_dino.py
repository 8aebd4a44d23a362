#!/usr/bin/env python3
"""Trains the demo DINO: patch features that tell species apart, by cosine around 1/2.

A step takes a few slices (any view) of a few tomograms, resized as the program does. Every particle on them gives a
query, the mean of its patches' features; the query's cosine with all other patches of its species is to be over 0.6,
and with those of other species, of empty ice and of membranes under 0.4. Species are random: what is learnt is to
tell apart, not which species there are. While training, a layer that is not kept reads off every patch's feature
whether it is of a particle, the particle's size and density, and the way to its middle.
"""

import argparse
import sys
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
    state = "filtered" if random.random() < 0.95 else "raw"
    if random.random() < 0.15:
        tiles = [plane_of(volume, state, axis, random) for _ in range(4)]
        tiles = [(v, np.where(own > 0, own + TILE * k, 0)) for k, (v, own) in enumerate(tiles)]
        values, labels = (np.block([[t[k] for t in tiles[:2]], [t[k] for t in tiles[2:]]]) for k in range(2))
        share = (0.5, 0.85)
    else:
        values, labels = plane_of(volume, state, axis, random)
        share = (0.85, 1)
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


class Reading(nn.Module):
    """What else a patch's feature must tell while it is trained: particle or not, the particle's size and density, the
    way to its middle on the slice."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layer = nn.Linear(width, 5)

    def forward(self, features: Tensor, particles: np.ndarray, sizes: np.ndarray) -> Tensor:
        """features `[N, C]` of all patches, particles `[N]`, sizes `[N, 2]`."""
        out = self.layer(features)
        inside, counted = torch.from_numpy(particles > 0), torch.from_numpy(particles >= 0)
        found = F.binary_cross_entropy_with_logits(out[counted, 0], inside[counted].float())
        if not inside.any():
            return found
        size = F.smooth_l1_loss(out[inside, 1:3], torch.from_numpy(sizes).float()[inside])
        way = F.smooth_l1_loss(out[inside, 3:], torch.from_numpy(self.ways(particles)).float()[inside])
        return found + 2 * size + way

    @staticmethod
    def ways(particles: np.ndarray) -> np.ndarray:
        """From each patch to the middle of its particle, in units of 2 patches, `[N, 2]`."""
        rows, columns = np.divmod(np.arange(particles.size) % GRID**2, GRID)
        _, flat = np.unique(particles, return_inverse=True)
        number = np.bincount(flat)
        middle = [np.bincount(flat, places) / number for places in (rows, columns)]
        return np.stack([middle[0][flat] - rows, middle[1][flat] - columns], -1) / 2


def losses(
    features: Tensor, particles: np.ndarray, species: np.ndarray, sizes: np.ndarray
) -> tuple[Tensor, dict[str, float]]:
    """features `[N, C]` of all patches, particles and species `[N]`: 0 empty, -1 not counted; sizes `[N, 2]`.

    Species of nearly the same size and density are hardly pushed apart: on a noisy slice nothing tells them.
    """
    keys = F.normalize(features, dim=1)
    counted = particles > 0
    numbers, inverse, patch_counts = np.unique(particles[counted], return_inverse=True, return_counts=True)
    kinds = np.zeros(len(numbers), np.int64)
    kinds[inverse] = species[counted]
    own_sizes = np.zeros((len(numbers), 2))
    own_sizes[inverse] = sizes[counted]
    unlike = np.abs(own_sizes[:, None] - sizes[None]).max(-1) / 0.5
    unlike = torch.from_numpy(unlike.clip(0.05, 1)).float()
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
    weight = torch.from_numpy(np.sqrt(patch_counts)).float()[:, None]

    def mean(values: Tensor, where: Tensor) -> Tensor:
        weights = where * weight
        return (values * weights).sum() / weights.sum().clamp(min=1)

    steep = 12
    pull, push = F.softplus(-steep * (cosine - 0.6)), F.softplus(steep * (cosine - 0.4))
    own = members > 0
    loss = 1.5 * mean(pull, same) + 0.25 * mean(pull, own) + mean(push, different * unlike) + mean(push, nothing)
    # which patches are of the query's species, among all
    harder = torch.where(different, unlike.log(), 0)
    chance = torch.where(different | nothing | same, cosine / 0.1 + harder, -torch.inf).log_softmax(1)
    seen = same.any(1)
    contrast = -(torch.where(same, chance, 0).sum(1) / same.sum(1).clamp(min=1))
    loss = loss + 0.6 * (contrast * seen * weight[:, 0]).sum() / (seen * weight[:, 0]).sum().clamp(min=1)
    with torch.no_grad():
        right = [((cosine > 0.5) & where).sum() / where.sum().clamp(min=1) for where in (same, different, nothing)]
        figures = {
            "same": mean(cosine, same).item(),
            "different": mean(cosine, different).item(),
            "unlike": mean(cosine, different & (unlike == 1)).item(),
            "nothing": mean(cosine, nothing).item(),
            "same_over": right[0].item(),
            "different_over": right[1].item(),
            "nothing_over": right[2].item(),
        }
    return loss, figures


def batch(
    volumes: list[Volume], each: int, random: np.random.Generator
) -> tuple[Tensor, np.ndarray, np.ndarray, np.ndarray]:
    """Images `[B, 3, S, S]`; of every patch the particle, its species, and its size and density `[N, 2]`."""
    images, particles, kinds, sizes = [], [], [], []
    for number, volume in enumerate(volumes):
        for index in range(each):
            image, labels = slice_of(volume, random)
            found = patches(labels)
            numbers, areas = np.unique(found, return_counts=True)
            small = numbers[(numbers > 0) & (areas < LEAST)]
            found = np.where(np.isin(found, small), -1, found)
            own = np.maximum(found, 0) % TILE
            table = volume.species[own] + 1000 * number
            sizes.append(np.stack([np.log(volume.volumes[own] / 2000), volume.densities[own]], -1))
            # the same particle on two slices is two examples
            particles.append(np.where(found > 0, found + 10 * TILE * (number * each + index), found))
            kinds.append(np.where(found > 0, table, found))
            images.append(image)
    stacked = torch.stack(images)[:, None].expand(-1, 3, -1, -1)
    return stacked, np.concatenate(particles), np.concatenate(kinds), np.concatenate(sizes)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of make_data.py")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--tomograms", type=int, default=1, help="in a step")
    parser.add_argument("--slices", type=int, default=2, help="of each tomogram")
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    model, reading = demo_dino(), Reading(192)
    print(f"{count(model):,} parameters")
    pool = Pool(arguments.data)

    def measure(step: int, random: np.random.Generator) -> tuple[Tensor, dict[str, float]]:
        volumes = [pool.draw(step, random) for _ in range(arguments.tomograms)]
        images, particles, kinds, sizes = batch(volumes, arguments.slices, random)
        features = model(images).flatten(0, 1)
        loss, figures = losses(features, particles, kinds, sizes)
        read = reading(features, particles, sizes)
        return loss + 3 * read, figures | {"reading": read.item()}

    plan = Plan(arguments.steps, arguments.rate, arguments.seed)
    train(model, reading, plan, arguments.output, measure, pool.is_ready)
    return 0


if __name__ == "__main__":
    sys.exit(main())
