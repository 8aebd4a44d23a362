#!/usr/bin/env python3
"""Fits the end of the trained DINO to how the program uses it: a point's feature is joined from three slices.

The training sees slices one by one. Matching compares, at points of the volume, the features of the z-, y- and x-slice
together with their mean over a particle, and keeps what is over 1/2. Here the rest of the network stays, its hidden
values at many points of many tomograms are computed once, and the last linear layer and the last normalisation are
fitted with the training's own loss on joined features. Some tomograms are left out to tell how good it is.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from common import Pool, Volume
from models import DINO, demo_dino
from torch import Tensor
from train_dino import GRID, SIDE, losses

INSIDE, EMPTY = 6, 400  # points in a particle, points in nothing


def points_of(volume: Volume, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Voxels (z, y, x) `[N, 3]` and the particle each is in, 0 for none."""
    found, particles = [], []
    for label in range(1, len(volume.species)):
        if volume.volumes[label] < 150:
            continue
        voxels = np.argwhere(volume.labels == label)
        away = ((voxels - voxels.mean(0)) ** 2).sum(1)
        core = voxels[away <= np.median(away)]
        found.append(core[random.integers(len(core), size=INSIDE)])
        particles += [label] * INSIDE
    voxels = np.stack([random.integers(n, size=2 * EMPTY) for n in volume.labels.shape], -1)
    voxels = voxels[volume.labels[tuple(voxels.T)] == 0][:EMPTY]
    return np.concatenate([*found, voxels]), np.array(particles + [0] * len(voxels))


@torch.no_grad()
def hidden_values(model: DINO, volume: Volume, points: np.ndarray) -> tuple[Tensor, Tensor]:
    """At each point and view, `[N, 3, ...]`: the tokens before the last layer's sum, and what its last product takes."""
    last = model.blocks[-1]
    kept: dict[str, Tensor] = {}
    hooks = [
        last.mlp.fc1.register_forward_hook(lambda _, __, out: kept.update(hidden=F.gelu(out))),
        last.norm2.register_forward_pre_hook(lambda _, given: kept.update(tokens=given[0])),
    ]
    tokens = torch.zeros(len(points), 3, model.norm.weight.shape[0])
    hidden = torch.zeros(len(points), 3, last.mlp.fc1.weight.shape[0])
    special = 1 + model.register_tokens.shape[1]
    for axis in range(3):
        others = [a for a in range(3) if a != axis]
        cells = [
            np.rint(points[:, a] / (volume.labels.shape[a] - 1) * (SIDE - 1)).astype(int) // (SIDE // GRID)
            for a in others
        ]
        place = special + cells[0] * GRID + cells[1]
        for group in np.array_split(np.unique(points[:, axis]), max(1, len(np.unique(points[:, axis])) // 8)):
            planes = [volume.plane(volume.states["filtered"], axis, int(index)) for index in group]
            images = torch.from_numpy(np.stack(planes).astype(np.float32))[:, None]
            images = F.interpolate(images, (SIDE, SIDE), mode="bilinear", align_corners=True)
            model(images.expand(-1, 3, -1, -1))
            for number, index in enumerate(group):
                chosen = np.flatnonzero(points[:, axis] == index)
                tokens[chosen, axis] = kept["tokens"][number, place[chosen]]
                hidden[chosen, axis] = kept["hidden"][number, place[chosen]]
    for hook in hooks:
        hook.remove()
    return tokens.half(), hidden.half()


def joined(model: DINO, tokens: Tensor, hidden: Tensor) -> Tensor:
    """`[N, 3 C]`"""
    last = model.blocks[-1]
    return model.norm(tokens.float() + last.ls2(last.mlp.fc2(hidden.float()))).flatten(1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of make_data.py")
    parser.add_argument("weights", type=Path, help="average.pth of train_dino.py")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--tomograms", type=int, default=48)
    parser.add_argument("--held-out", type=int, default=8)
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    model = demo_dino()
    model.load_state_dict(torch.load(arguments.weights))
    pool, examples = Pool(arguments.data), []
    for number in range(arguments.tomograms):
        random = np.random.default_rng([arguments.seed, number])
        volume = pool.load(number)
        points, particles = points_of(volume, random)
        sizes = np.stack([np.log(volume.volumes[particles] / 2000), volume.densities[particles]], -1)
        sizes[particles == 0] = 0
        values = hidden_values(model, volume, points)
        examples.append((values, particles, volume.species[particles] * (particles > 0), sizes))
        print(f"tomogram {number}: {len(points)} points", flush=True)
    learnt = examples[arguments.held_out :]

    def show(step: int) -> None:
        with torch.no_grad():
            told = [losses(joined(model, *v), p, s, z)[1] for v, p, s, z in examples[: arguments.held_out]]
        means = {name: np.mean([figures[name] for figures in told]) for name in told[0]}
        print(f"step {step} held out:", " ".join(f"{name} {mean:.3f}" for name, mean in means.items()), flush=True)

    last = model.blocks[-1]
    fitted = [last.mlp.fc2.weight, last.mlp.fc2.bias, model.norm.weight, model.norm.bias]
    optimizer = torch.optim.AdamW(fitted, lr=arguments.rate, weight_decay=0.01)
    show(0)
    for step in range(arguments.steps):
        for group in optimizer.param_groups:
            group["lr"] = arguments.rate * (1 - step / arguments.steps)
        values, particles, species, sizes = learnt[
            np.random.default_rng([arguments.seed, 7, step]).integers(len(learnt))
        ]
        loss, _ = losses(joined(model, *values), particles, species, sizes)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if (step + 1) % 100 == 0:
            show(step + 1)
    torch.save(model.state_dict(), arguments.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
