#!/usr/bin/env python3
"""Trains the demo SAM: masks from a click, and from the neighbouring slice's mask.

A step takes pairs of neighbouring canvases. A canvas is a square laid out with slices (any of the three views, turned
and cropped) of one tomogram, resized to the model's input, so that particles come in many sizes; its partner shows
the same places a few slices on. On both, particles and empty places are clicked. Then each canvas's masks prompt its
partner, as the program does: the logits, the model's own or a spoilt truth, and the point where they are greatest.
Prompts are included whose particle is not on the partner: the answer is then an empty mask.
"""

import argparse
import math
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from common import Plan, Pool, Volume, train, turned
from models import SAM, count, demo_sam
from torch import Tensor, nn

MEAN, DEVIATION = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)
SIDE, LOW = 192, 96
LEAST = 60  # pixels a particle must cover to be clicked: smaller ones teach noise


def sample(array: np.ndarray, side: int) -> np.ndarray:
    rows = ((np.arange(side) + 0.5) * array.shape[0] / side).astype(int)
    return array[rows][:, rows]


def canvases(volume: Volume, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Gray `[2, C, C]` (NaN: padding) and labels `[2, C, C]` of a pair of canvases, C voxels wide."""
    alone = random.random() < 0.6  # one slice, as the program shows it
    side = int(round(np.exp(random.uniform(np.log(115), np.log(165 if alone else 270)))))
    state = "filtered" if random.random() < 0.97 else "raw"
    gray = np.full((2, side, side), np.nan, np.float32)
    labels = np.zeros((2, side, side), np.int32)
    top, tiles = 0, 0
    while top < side:
        left, height = 0, 0
        while left < side:
            axis, turn = (
                int(random.choice(3, p=(0.4, 0.3, 0.3))),
                int(random.integers(8)),
            )
            depth = volume.labels.shape[axis]
            away = 1 if random.random() < 0.75 else int(random.integers(2, 5))
            first = int(random.integers(3, depth - 3 - away))
            pair = (first, first + away) if random.random() < 0.5 else (first + away, first)
            shift = None
            for k, index in enumerate(pair):
                tile = turned(volume.gray(state, axis, index), turn)
                own = turned(volume.plane(volume.labels, axis, index), turn)
                if shift is None:
                    room = [
                        max(0, tile.shape[0] - (side - top)),
                        max(0, tile.shape[1] - (side - left)),
                    ]
                    shift = [int(random.integers(extra + 1)) for extra in room]
                part = (
                    slice(shift[0], shift[0] + side - top),
                    slice(shift[1], shift[1] + side - left),
                )
                tile, own = tile[part], own[part]
                target = (
                    k,
                    slice(top, top + tile.shape[0]),
                    slice(left, left + tile.shape[1]),
                )
                gray[target] = tile
                labels[target] = np.where(own > 0, own + 10_000 * tiles, 0)
            tiles += 1
            left, height = left + tile.shape[1], max(height, tile.shape[0])
            if alone or random.random() < 0.15:
                break
        top += height
        if alone or random.random() < 0.15:
            break
    contrast, light = np.exp(random.normal(0, 0.12)), random.normal(0, 8)
    return np.clip((gray - 128) * contrast + 128 + light, 0, 255).astype(np.float32), labels


def as_input(gray: np.ndarray) -> Tensor:
    """`[C, C]` with NaN for padding -> [3, S, S] as SAM's preprocessing gives it; padding is 0 after it."""
    held = torch.from_numpy(np.isfinite(gray).astype(np.float32))
    values = torch.from_numpy(np.nan_to_num(gray, nan=128.0))
    both = torch.stack([values, held])[None]
    resized = F.interpolate(both, (SIDE, SIDE), mode="bilinear", antialias=gray.shape[0] > SIDE)[0]
    mean, deviation = (torch.tensor(v)[:, None, None] for v in (MEAN, DEVIATION))
    return (resized[0].round() - mean) / deviation * (resized[1] > 0.99)


def low_masks(labels: np.ndarray, chosen: np.ndarray) -> Tensor:
    """Shares of the cells that each chosen label covers, `[N, 4g, 4g]`."""
    fine = torch.from_numpy(sample(labels, SIDE))
    masks = (fine[None] == torch.from_numpy(chosen)[:, None, None]) & (torch.from_numpy(chosen)[:, None, None] > 0)
    return F.avg_pool2d(masks.float(), 2)


class Pair:
    """A pair of canvases with their prompts: the same labels on both; 0 is an empty place."""

    def __init__(self, volume: Volume, random: np.random.Generator, prompts: int, ends: bool) -> None:
        self.ends = ends
        gray, self.labels = canvases(volume, random)
        self.images = torch.stack([as_input(g) for g in gray])
        self.coarse = [sample(canvas, SIDE) for canvas in self.labels]
        self.chosen = np.stack([self.choose(k, random, prompts) for k in range(2)])
        self.clicks = torch.stack([self.click(k, random) for k in range(2)])
        self.targets = torch.stack([low_masks(self.labels[k], self.chosen[k]) for k in range(2)])
        self.partners = torch.stack([low_masks(self.labels[1 - k], self.chosen[k]) for k in range(2)])

    def choose(self, k: int, random: np.random.Generator, prompts: int) -> np.ndarray:
        found, areas = np.unique(self.coarse[k], return_counts=True)
        found, areas = found[1:], areas[1:]
        found, areas = found[areas >= LEAST], areas[areas >= LEAST]
        empty = 1 if random.random() < (0.4 if self.ends else 0.7) else 2
        count = min(prompts - empty, len(found))
        if count == 0:
            return np.zeros(prompts, np.int32)
        weight = areas
        if self.ends:  # particles that are over on the partner, or nearly: there following has to stop
            after = np.array([(self.coarse[1 - k] == label).sum() for label in found])
            weight = areas * np.where(after < 0.3 * areas, 6, 1)
        chosen = random.choice(found, count, replace=False, p=weight / weight.sum())
        more = random.choice(found, prompts - empty - count) if prompts - empty > count else []
        return np.concatenate([chosen, more, np.zeros(empty)]).astype(np.int32)

    def click(self, k: int, random: np.random.Generator) -> Tensor:
        """A point in each particle, more often near its middle; in an empty place for label 0."""
        points = []
        empty = np.argwhere(self.coarse[k] == 0)
        for label in self.chosen[k]:
            places = np.argwhere(self.coarse[k] == label) if label else empty
            picked = places[random.integers(len(places), size=3)]
            if label:
                away = ((picked - places.mean(0)) ** 2).sum(1)
                picked = picked[[away.argmin()] if random.random() < 0.7 else [0]]
            elif random.random() < 0.5:  # where dark things are: membranes, small proteins
                picked = picked[[self.images[k, 0, picked[:, 0], picked[:, 1]].argmin()]]
            points.append(picked[0][::-1] + random.uniform(-0.5, 0.5, 2))
        return torch.tensor(np.array(points), dtype=torch.float32)


def spoilt(masks: Tensor, random: np.random.Generator) -> Tensor:
    """Logits a model might have given for true masks `[N, h, w]`: softened, thicker or thinner, uneven."""
    out = []
    for mask in masks:
        blur = int(random.choice([3, 5, 7]))
        soft = F.avg_pool2d(mask[None], blur, 1, blur // 2, count_include_pad=False)[0]
        soft = F.avg_pool2d(soft[None], 3, 1, 1, count_include_pad=False)[0]
        noise = F.interpolate(torch.randn(1, 1, 12, 12), mask.shape, mode="bilinear")[0, 0]
        edge = random.uniform(0.35, 0.6)
        gain = random.uniform(8, 20)
        logits = gain * (soft - edge) + noise * random.uniform(0, 1.0)
        logits = logits - 4 * (soft == 0) * random.uniform(0, 1.5)
        shift = random.integers(-1, 2, 2) * int(random.integers(2))
        out.append(torch.roll(logits, tuple(int(s) for s in shift), (0, 1)))
    return torch.stack(out)


def peaks(logits: Tensor) -> Tensor:
    """The greatest logit's place, `[..., h, w]` -> [..., 2] in pixels of the input."""
    index = logits.flatten(-2).argmax(-1)
    cell = SIDE / LOW
    row, column = index // LOW, index % LOW
    return torch.stack([(column + 0.5) * cell - 0.5, (row + 0.5) * cell - 0.5], -1)


def overlaps(logits: Tensor, targets: Tensor) -> Tensor:
    """IoU of masks `[..., h, w]`; 1 for two empty ones."""
    mine, truth = logits > 0, targets > 0.5
    shared, union = (
        (mine & truth).sum((-2, -1)).float(),
        (mine | truth).sum((-2, -1)).float(),
    )
    return torch.where(union > 0, shared / union.clamp(min=1), torch.ones_like(union))


def prompt_losses(logits: Tensor, scores: Tensor, targets: Tensor, excess: float) -> tuple[Tensor, dict[str, Tensor]]:
    """logits `[I, N, 4, h, w]`, targets `[I, N, h, w]`: focal and Dice loss of the best of the three candidates (of all
    where the target is empty: none may go on), of the single mask, and of the predicted IoU. `excess` is how much more
    than 1 a cell too many counts in the Dice loss, and how much less one that is missing: the program joins the masks
    of three views, so what is too much adds up."""
    targets = targets[:, :, None].expand_as(logits)
    entropy = F.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    share = logits.sigmoid()
    focal = (entropy * (share - targets) ** 2).mean((-2, -1)) * 30
    crossed = (share * targets).sum((-2, -1))
    both = (1 + excess) * share.sum((-2, -1)) + (1 - excess) * targets.sum((-2, -1))
    dice = 1 - (2 * crossed + 2) / (both + 2)
    each = focal + dice
    iou = overlaps(logits.detach(), targets)
    candidates = each[:, :, 1:]
    empty = targets[:, :, 0].amax((-2, -1)) < 0.5
    best = torch.where(
        empty,
        candidates.mean(-1),
        0.75 * candidates.amin(-1) + 0.25 * candidates.mean(-1),
    )
    loss = best.mean() + 0.25 * each[:, :, 0].mean() + ((scores - iou) ** 2).mean()
    chosen = scores[:, :, 1:].argmax(-1, keepdim=True)
    taken = iou[:, :, 1:].gather(-1, chosen)[..., 0]
    return loss, {"taken": taken, "best": iou[:, :, 1:].amax(-1), "empty": empty}


class Dense(nn.Module):
    """What else the image embedding must tell while it is trained, for every cell of a mask: particle or not, and the
    particle's middle: the way to it, and waves of its place, which are what attention compares. Not kept."""

    WAVES = 12

    def __init__(self, width: int) -> None:
        super().__init__()
        self.channels = 3 + 2 * self.WAVES
        self.layer = nn.Linear(width, 16 * self.channels)
        random = np.random.default_rng(3)
        direction = random.uniform(0, 2 * np.pi, self.WAVES)
        period = np.geomspace(16, 120, self.WAVES)  # cells
        vectors = 2 * np.pi / period * np.stack([np.cos(direction), np.sin(direction)])
        self.register_buffer("frequencies", torch.from_numpy(vectors).float(), persistent=False)

    def forward(self, embedding: Tensor, labels: np.ndarray) -> Tensor:
        """embedding `[B, g * g, C]`, labels `[B, 4g, 4g]`: -1 where it does not matter."""
        batch, cells, _ = embedding.shape
        grid = int(cells**0.5)
        out = self.layer(embedding).reshape(batch, grid, grid, 4, 4, self.channels).transpose(2, 3)
        out = out.reshape(batch, 4 * grid, 4 * grid, self.channels)
        inside, counted = torch.from_numpy(labels > 0), torch.from_numpy(labels >= 0)
        found = F.binary_cross_entropy_with_logits(out[..., 0][counted], inside[counted].float())
        if not inside.any():
            return found
        ways = torch.from_numpy(np.stack([self.ways(canvas) for canvas in labels]))
        way = F.smooth_l1_loss(out[..., 1:3][inside], ways[inside])
        places = torch.stack(torch.meshgrid(*[torch.arange(4.0 * grid)] * 2, indexing="ij"), -1)
        angles = ((places + 6 * ways)[inside]) @ self.frequencies
        waves = F.mse_loss(out[..., 3:][inside], torch.cat([angles.cos(), angles.sin()], -1))
        return found + way + waves

    @staticmethod
    def ways(labels: np.ndarray) -> np.ndarray:
        """From each cell to the middle of its particle, in units of 6 cells, `[h, w, 2]`."""
        _, flat = np.unique(labels, return_inverse=True)
        flat = flat.reshape(-1)
        rows, columns = np.divmod(np.arange(flat.size), labels.shape[1])
        number = np.bincount(flat)
        middle = [np.bincount(flat, places) / number for places in (rows, columns)]
        ways = np.stack([middle[0][flat] - rows, middle[1][flat] - columns], -1) / 6
        return ways.reshape(*labels.shape, 2).astype(np.float32)


def large(labels: np.ndarray) -> np.ndarray:
    """Labels `[4g, 4g]` for `Dense`: particles too small to be clicked become -1."""
    _, flat, areas = np.unique(labels, return_inverse=True, return_counts=True)
    small = (areas * 4 < LEAST)[flat].reshape(labels.shape)
    return np.where(small & (labels > 0), -1, labels)


def step_loss(
    model: SAM,
    dense: Dense,
    pairs: list[Pair],
    random: np.random.Generator,
    encoder_alone: bool = False,
    excess: float = 0,
) -> tuple[Tensor, dict[str, float]]:
    images = torch.cat([pair.images for pair in pairs])
    embedding = model.encode(images)
    labels = np.concatenate([np.stack([large(sample(canvas, LOW)) for canvas in pair.labels]) for pair in pairs])
    extra = dense(embedding, labels)
    figures = {f"{name}_{kind}": math.nan for name in ("click", "mask") for kind in ("iou", "best", "absent")}
    figures["dense"] = extra.item()
    if encoder_alone:
        return extra, figures
    clicks = torch.cat([pair.clicks for pair in pairs])
    targets = torch.cat([pair.targets for pair in pairs])
    logits, scores = model.decode(embedding, clicks)
    loss, click = prompt_losses(logits, scores, targets, excess)

    # each canvas's masks prompt its partner
    partner = torch.arange(len(images)).reshape(-1, 2).flip(1).flatten()
    truth = torch.cat([pair.partners for pair in pairs])
    taken = scores[:, :, 1:].detach().argmax(-1)
    own = logits.detach()[:, :, 1:].gather(2, taken[..., None, None, None].expand(-1, -1, 1, LOW, LOW))[:, :, 0]
    made = torch.stack([spoilt(masks, random) for masks in targets])
    gone = targets.amax((-2, -1)) < 0.5
    # an empty place's prompt: another particle's mask, elsewhere; its target is empty unless it lands on something
    for image, prompt in gone.nonzero().tolist():
        made[image, prompt] = torch.roll(made[image, 0], tuple(int(s) for s in random.integers(10, 86, 2)), (0, 1))
    trust = (click["taken"] > 0.5) & ~gone & torch.from_numpy(random.random(gone.shape) < 0.6)
    given = torch.where(trust[..., None, None], own, made)
    logits, scores = model.decode(embedding[partner], peaks(given), given)
    again, mask = prompt_losses(logits, scores, truth, excess)
    total = loss + again
    for name, part in (("click", click), ("mask", mask)):
        here, absent = ~part["empty"], part["empty"]
        if here.any():
            figures[f"{name}_iou"] = part["taken"][here].mean().item()
            figures[f"{name}_best"] = part["best"][here].mean().item()
        if absent.any():
            figures[f"{name}_absent"] = part["taken"][absent].mean().item()
    return total + extra, figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of make_data.py")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--pairs", type=int, default=1, help="pairs of canvases in a step")
    parser.add_argument("--prompts", type=int, default=6, help="prompts on a canvas, of each kind")
    parser.add_argument("--encoder-steps", type=int, default=0, help="first steps, which train the encoder alone")
    parser.add_argument("--ends-from", type=int, default=0, help="step from which particles that end are favoured")
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    model, dense = demo_sam(), Dense(128)
    print(f"{count(model):,} parameters")
    pool = Pool(arguments.data)

    def measure(step: int, random: np.random.Generator) -> tuple[Tensor, dict[str, float]]:
        late = step >= arguments.ends_from
        pairs = [Pair(pool.draw(step, random), random, arguments.prompts, late) for _ in range(arguments.pairs)]
        return step_loss(model, dense, pairs, random, step < arguments.encoder_steps, 0.25 if late else 0)

    plan = Plan(arguments.steps, arguments.rate, arguments.seed)
    train(model, dense, plan, arguments.output, measure, pool.is_ready)
    return 0


if __name__ == "__main__":
    sys.exit(main())
