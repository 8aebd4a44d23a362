"""Where the official code and transformers compute what `cryosam --trace` names (docs/tracing.md).

A point is a module's output or input that a forward hook records. `TraceRecorder` gives it the name, the shape and
the sampling that `cryosam` gives it: no batch axis, windows put back on the token grid, every k-th element of large
tensors.
"""

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

State = dict[str, Tensor]
SAMPLING_KEY = "cryosam.sampled"
USUAL_LIMIT = 1 << 16


@dataclass
class Point:
    """`name` is what module `module` returns, or, with `before`, what it is called with."""

    name: str
    module: str
    before: bool = False
    whole: bool = False
    # which of several outputs or arguments; a string for a keyword argument
    index: int | str = 0
    then: Callable[[Tensor], Tensor] = lambda tensor: tensor


def stride(shape: tuple[int, ...], limit: int) -> int:
    """The smallest k that leaves at most `limit` elements and has no factor in common with the last axis."""
    count = math.prod(shape)
    if count <= limit:
        return 1
    k = -(-count // limit)
    while math.gcd(k, shape[-1]) > 1:
        k += 1
    return k


class TraceRecorder:
    """Records the points of a model while it computes; `limit` 0 records everything whole."""

    def __init__(self, limit: int = USUAL_LIMIT) -> None:
        self.limit, self.tensors, self.sampled = limit, State(), {}

    def watch(self, model: nn.Module, points: Iterator[Point]) -> None:
        for point in points:
            module = model.get_submodule(point.module)
            if point.before:
                module.register_forward_pre_hook(partial(self._before, point), with_kwargs=True)
            else:
                module.register_forward_hook(partial(self._after, point))

    def _before(self, point: Point, _module: nn.Module, arguments: tuple, keywords: dict) -> None:
        if isinstance(point.index, str) and point.index in keywords:
            self.record(point.name, point.then(keywords[point.index]), point.whole)
        elif isinstance(point.index, int):
            self.record(point.name, point.then(arguments[point.index]), point.whole)

    def _after(self, point: Point, _module: nn.Module, _arguments: tuple, output: Tensor | tuple) -> None:
        self.record(point.name, point.then(output[point.index] if isinstance(output, tuple) else output), point.whole)

    def record(self, name: str, tensor: Tensor, whole: bool = False) -> None:
        if tensor is None or tensor.numel() == 0:
            return
        tensor = tensor.float() if tensor.is_floating_point() else tensor
        while tensor.dim() > 1 and tensor.shape[0] == 1 and name not in ("low_res_logits", "iou_predictions", "masks"):
            tensor = tensor[0]
        k = 1 if whole or self.limit == 0 else stride(tensor.shape, self.limit)
        self.sampled.pop(name, None)
        if k > 1:
            self.sampled[name] = {"shape": list(tensor.shape), "stride": k}
            tensor = tensor.reshape(-1)[::k]
        self.tensors[name] = tensor.clone(memory_format=torch.contiguous_format)

    @property
    def metadata(self) -> dict[str, str]:
        return {SAMPLING_KEY: json.dumps(self.sampled)} if self.sampled else {}


def on_grid(windows: Tensor, grid: int) -> Tensor:
    """Tokens of padded windows `[n, w, w, C]` as `[grid, grid, C]`; a grid that has no windows as it is."""
    _, side, _, width = windows.shape
    across = -(-grid // side)
    image = windows.reshape(across, across, side, side, width).transpose(1, 2)
    return image.reshape(across * side, across * side, width)[:grid, :grid]


def side_by_side(heads: Tensor, grid: int) -> Tensor:
    """As `on_grid`, for the input of the last projection, which transformers gives as `[n, w w, C]`."""
    if heads.dim() == 3:
        side = math.isqrt(heads.shape[1])
        heads = heads.reshape(heads.shape[0], side, side, heads.shape[2])
    return on_grid(heads, grid)


def block(name: str, module: str, norms: tuple[str, str], attention: str, projection: str, last: str) -> Iterator[Point]:
    """What all blocks have in common; `last` is the last layer of the feed-forward."""
    yield Point(f"{name}.norm1", f"{module}.{norms[0]}")
    yield Point(f"{name}.heads", f"{module}.{attention}.{projection}", before=True)
    yield Point(f"{name}.attention", f"{module}.{attention}")
    yield Point(f"{name}.after_attention", f"{module}.{norms[1]}", before=True)
    yield Point(f"{name}.norm2", f"{module}.{norms[1]}")
    yield Point(f"{name}.hidden", f"{module}.mlp.{last}", before=True)
    yield Point(f"{name}.feed_forward", f"{module}.mlp")
    yield Point(name, module, whole=True)


def official_dino(model: nn.Module) -> Iterator[Point]:
    yield Point("input", "", before=True)
    yield Point("patch_embedding", "patch_embed")
    yield Point("tokens", "blocks.0", before=True, whole=True)
    for i, layer in enumerate(model.blocks):
        last = "w3" if hasattr(layer.mlp, "w3") else "fc2"
        yield Point(f"block.{i}.qkv", f"blocks.{i}.attn.qkv")
        yield from block(f"block.{i}", f"blocks.{i}", ("norm1", "norm2"), "attn", "proj", last)


def transformers_dino(model: nn.Module, recorder: TraceRecorder) -> Iterator[Point]:
    yield Point("input", "", before=True)
    yield Point("patch_embedding", "embeddings.patch_embeddings")
    yield Point("tokens", "encoder.layer.0", before=True, whole=True)
    for i, layer in enumerate(model.encoder.layer):
        _joined(recorder, f"block.{i}.qkv", [getattr(layer.attention, f"{part}_proj") for part in "qkv"])
        last = "fc2" if hasattr(layer.mlp, "fc2") else "down_proj"
        yield from block(f"block.{i}", f"encoder.layer.{i}", ("norm1", "norm2"), "attention", "o_proj", last)


def _joined(recorder: TraceRecorder, name: str, modules: list[nn.Module]) -> None:
    """Records the outputs of several layers as one, as the official code computes them."""
    outputs: dict[int, Tensor] = {}

    def record(index: int, _module: nn.Module, _arguments: tuple, output: Tensor) -> None:
        outputs[index] = output
        if len(outputs) == len(modules):
            recorder.record(name, torch.cat([outputs[i] for i in range(len(modules))], dim=-1))
            outputs.clear()

    for index, module in enumerate(modules):
        module.register_forward_hook(partial(record, index))


def sam_encoder(model: nn.Module, encoder: str, blocks: str, norms: tuple[str, str], neck: list[str]) -> Iterator[Point]:
    grid = model.get_submodule(encoder).pos_embed.shape[1]
    yield Point("input", encoder, before=True)
    yield Point("patch_embedding", f"{encoder}.patch_embed")
    yield Point("tokens", f"{encoder}.{blocks}.0", before=True, whole=True)
    for i in range(len(model.get_submodule(f"{encoder}.{blocks}"))):
        module = f"{encoder}.{blocks}.{i}"
        yield Point(f"block.{i}.qkv", f"{module}.attn.qkv", then=partial(on_grid, grid=grid))
        for point in block(f"block.{i}", module, norms, "attn", "proj", "lin2"):
            if point.name.endswith((".heads", ".attention")):
                point.then = partial(side_by_side, grid=grid)
            yield point
    for name, module in zip(("conv1", "norm1", "conv2"), neck, strict=False):
        yield Point(f"neck.{name}", f"{encoder}.neck.{module}")
    yield Point("image_embedding", f"{encoder}.neck", whole=True)


def sam_decoder(norm: str) -> Iterator[Point]:
    decoder = "mask_decoder.transformer"
    for i in range(2):
        layer, module = f"decoder.layer.{i}", f"{decoder}.layers.{i}"
        yield Point(f"{layer}.self_attention", f"{module}.self_attn")
        yield Point(f"{layer}.norm1", f"{module}.{norm}1")
        yield Point(f"{layer}.token_to_image", f"{module}.cross_attn_token_to_image")
        yield Point(f"{layer}.norm2", f"{module}.{norm}2")
        yield Point(f"{layer}.hidden", f"{module}.mlp.lin2", before=True)
        yield Point(f"{layer}.mlp", f"{module}.mlp")
        yield Point(f"{layer}.norm3", f"{module}.{norm}3")
        yield Point(f"{layer}.image_to_token", f"{module}.cross_attn_image_to_token")
        yield Point(f"{layer}.norm4", f"{module}.{norm}4")
    yield Point("decoder.final_attention", f"{decoder}.final_attn_token_to_image")
    for i in range(4):
        yield Point(f"decoder.hypernetwork.{i}", f"mask_decoder.output_hypernetworks_mlps.{i}")
    yield Point("decoder.iou", "mask_decoder.iou_prediction_head")


def official_sam(model: nn.Module) -> Iterator[Point]:
    yield from sam_encoder(model, "image_encoder", "blocks", ("norm1", "norm2"), ["0", "1", "2"])
    yield Point("prompt.sparse", "prompt_encoder")
    yield Point("prompt.mask_features", "prompt_encoder.mask_downscaling.6", before=True)
    yield Point("prompt.dense", "prompt_encoder", index=1)
    for name, index in (("image", 0), ("positions", 1), ("tokens", 2)):
        yield Point(f"decoder.{name}", "mask_decoder.transformer", before=True, index=index)
    yield from sam_decoder("norm")
    yield Point("decoder.final_norm", "mask_decoder.transformer.norm_final_attn")
    yield Point("decoder.upscaling.conv1", "mask_decoder.output_upscaling.0")
    yield Point("decoder.upscaling.norm", "mask_decoder.output_upscaling.1")
    yield Point("decoder.upscaling", "mask_decoder.output_upscaling")


def transformers_sam(model: nn.Module) -> Iterator[Point]:
    norms = ("layer_norm1", "layer_norm2")
    yield from sam_encoder(model, "vision_encoder", "layers", norms, ["conv1", "layer_norm1", "conv2"])
    yield Point("prompt.sparse", "prompt_encoder")
    yield Point("prompt.mask_features", "prompt_encoder.mask_embed.conv3", before=True)
    yield Point("prompt.dense", "prompt_encoder", index=1)
    arguments = {"image": "image_embeddings", "positions": "image_positional_embeddings", "tokens": "point_embeddings"}
    for name, argument in arguments.items():
        yield Point(f"decoder.{name}", "mask_decoder.transformer", before=True, index=argument)
    yield from sam_decoder("layer_norm")
    yield Point("decoder.final_norm", "mask_decoder.transformer.layer_norm_final_attn")
    yield Point("decoder.upscaling.conv1", "mask_decoder.upscale_conv1")
    yield Point("decoder.upscaling.norm", "mask_decoder.upscale_layer_norm")
    # called twice; the second result stays
    yield Point("decoder.upscaling", "mask_decoder.activation")


def plant(model: nn.Module, fault: str) -> None:
    """Makes a mistake on purpose: `epsilon=MODULE:VALUE`, `transpose=PARAMETER` or `identity=MODULE`."""
    kind, _, where = fault.partition("=")
    if kind == "epsilon":
        module, _, value = where.partition(":")
        model.get_submodule(module).eps = float(value)
    elif kind == "transpose":
        parameter = model.get_parameter(where)
        parameter.data = parameter.data.T.contiguous()
    elif kind == "identity":
        parent, _, name = where.rpartition(".")
        setattr(model.get_submodule(parent), name, nn.Identity())
    else:
        raise SystemExit(f"--plant {fault}: the kinds are epsilon, transpose and identity")


__all__ = ["USUAL_LIMIT", "Point", "TraceRecorder", "plant"]
