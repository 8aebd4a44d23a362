"""Two independent references behind one face: Hugging Face transformers, and the official code from a checkout.

A reference has its `model`, the `points` at which it is traced, `encode(tensor)` and, for SAM, `set_image(image)` and
`predict(prompt)`. Parameters come as an official-layout state dict. Inference only, on the CPU.
"""

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from trace_points import Point, TraceRecorder, official_dino, official_sam, transformers_dino, transformers_sam

State = dict[str, Tensor]


@dataclass
class Prompt:
    """Points `[N, 2]` and box `[4]` are x, y in pixels of the image; `mask` is `[1, 4g, 4g]` logits."""

    points: np.ndarray | None = None
    labels: np.ndarray | None = None
    box: np.ndarray | None = None
    mask: np.ndarray | None = None
    multimask: bool = True


class Reference(Protocol):
    title: str
    model: nn.Module

    def points(self, recorder: TraceRecorder) -> Iterator[Point]: ...
    def encode(self, tensor: Tensor) -> State: ...
    def set_image(self, image: np.ndarray) -> None: ...
    def predict(self, prompt: Prompt) -> State: ...


def is_sam(state: State) -> bool:
    return any(name.startswith("image_encoder.") for name in state)


def depth(state: State) -> int:
    return 1 + max(int(found[1]) for name in state if (found := re.match(r"(?:image_encoder\.)?blocks\.(\d+)\.", name)))


def input_side(state: State) -> int:
    """Side of the input for which the position table is used as it is."""
    prefix = "image_encoder." if is_sam(state) else ""
    table, patch = state[f"{prefix}pos_embed"], state[f"{prefix}patch_embed.proj.weight"].shape[-1]
    return patch * (table.shape[1] if is_sam(state) else round((table.shape[1] - 1) ** 0.5))


def dino_outputs(normed: Tensor, registers: int) -> State:
    """Splits the normalised tokens `[1, n, C]`: class, registers, patches."""
    outputs = {"x_norm_clstoken": normed[0, 0], "x_norm_patchtokens": normed[0, 1 + registers :]}
    return outputs | ({"x_norm_regtokens": normed[0, 1 : 1 + registers]} if registers else {})


# --- Names: official to transformers ----------------------------------------------------------------------------------

DINO_NAMES = [
    (r"^(cls_token|register_tokens|mask_token)$", r"embeddings.\1"),
    (r"^pos_embed$", "embeddings.position_embeddings"),
    (r"^patch_embed\.proj\.", "embeddings.patch_embeddings.projection."),
    (r"^norm\.", "layernorm."),
    (r"^blocks\.", "encoder.layer."),
    (r"\.attn\.proj\.", ".attention.o_proj."),
    (r"\.ls(\d)\.gamma$", r".layer_scale\1.lambda1"),
    (r"\.mlp\.w3\.", ".mlp.down_proj."),
]
SAM_NAMES = [
    (r"^image_encoder\.blocks\.", "vision_encoder.layers."),
    (r"^image_encoder\.", "vision_encoder."),
    (r"\.patch_embed\.proj\.", ".patch_embed.projection."),
    (r"\.neck\.0\.", ".neck.conv1."),
    (r"\.neck\.1\.", ".neck.layer_norm1."),
    (r"\.neck\.2\.", ".neck.conv2."),
    (r"\.neck\.3\.", ".neck.layer_norm2."),
    (r"\.norm(\d)\.", r".layer_norm\1."),
    (r"\.norm_final_attn\.", ".layer_norm_final_attn."),
    (r"\.pe_layer\.positional_encoding_gaussian_matrix$", ".shared_embedding.positional_embedding"),
    (r"\.point_embeddings\.", ".point_embed."),
    (r"\.mask_downscaling\.0\.", ".mask_embed.conv1."),
    (r"\.mask_downscaling\.1\.", ".mask_embed.layer_norm1."),
    (r"\.mask_downscaling\.3\.", ".mask_embed.conv2."),
    (r"\.mask_downscaling\.4\.", ".mask_embed.layer_norm2."),
    (r"\.mask_downscaling\.6\.", ".mask_embed.conv3."),
    (r"\.output_upscaling\.0\.", ".upscale_conv1."),
    (r"\.output_upscaling\.1\.", ".upscale_layer_norm."),
    (r"\.output_upscaling\.3\.", ".upscale_conv2."),
    (r"(mlps\.\d|iou_prediction_head)\.layers\.0\.", r"\1.proj_in."),
    (r"(mlps\.\d|iou_prediction_head)\.layers\.2\.", r"\1.proj_out."),
    (r"(mlps\.\d|iou_prediction_head)\.layers\.1\.", r"\1.layers.0."),
]
# fused official parameters and the ones transformers keeps instead
SPLITS = {
    ".attn.qkv.": [".attention.q_proj.", ".attention.k_proj.", ".attention.v_proj."],
    ".mlp.w12.": [".mlp.gate_proj.", ".mlp.up_proj."],
}


def to_transformers(state: State) -> State:
    rules, splits = (SAM_NAMES, {}) if is_sam(state) else (DINO_NAMES, SPLITS)
    renamed: State = {}
    for name, tensor in state.items():
        for pattern, replacement in rules:
            name = re.sub(pattern, replacement, name)
        fused = next((part for part in splits if part in name), None)
        if fused is None:
            renamed[name] = tensor
        else:
            names = [name.replace(fused, part) for part in splits[fused]]
            renamed |= zip(names, tensor.chunk(len(names)), strict=True)
    if is_sam(state):
        shared = renamed["prompt_encoder.shared_embedding.positional_embedding"]
        renamed["shared_image_embedding.positional_embedding"] = shared
    return renamed


def assemble(make: Callable[[], nn.Module], state: State, dtype: torch.dtype) -> nn.Module:
    """Builds a transformers model around `state`, without a second copy; every name and shape must match."""
    with torch.device("meta"):
        model = make()
    model.load_state_dict(to_transformers(state), strict=True, assign=True)
    return model.eval().to(dtype)


def attention(dtype: torch.dtype) -> str:
    """In float32 plain matrix products and softmax, other arithmetic than the official code's fused attention.

    In float64 the fused one: SAM's plain path in transformers takes the softmax in float32.
    """
    return "sdpa" if dtype == torch.float64 else "eager"


def transformers_title() -> str:
    import transformers

    return f"transformers {transformers.__version__}"


class TransformersDINO:
    def __init__(
        self, state: State, dtype: torch.dtype, kernel: str | None = None, heads: int | None = None
    ) -> None:
        from transformers import Dinov2Config, Dinov2Model, Dinov2WithRegistersConfig, Dinov2WithRegistersModel

        self.dtype = dtype
        self.registers = state["register_tokens"].shape[1] if "register_tokens" in state else 0
        width, _, patch, _ = state["patch_embed.proj.weight"].shape
        sizes = {
            "hidden_size": width,
            "num_hidden_layers": depth(state),
            "num_attention_heads": heads or width // 64,  # as in all published models
            "image_size": input_side(state),
            "patch_size": patch,
            "use_swiglu_ffn": "blocks.0.mlp.w12.weight" in state,
            "attn_implementation": kernel or attention(dtype),
        }
        if self.registers:
            config = Dinov2WithRegistersConfig(num_register_tokens=self.registers, **sizes)
            self.model = assemble(lambda: Dinov2WithRegistersModel(config), state, dtype)
        else:
            config = Dinov2Config(**sizes)
            self.model = assemble(lambda: Dinov2Model(config), state, dtype)
        self.title = transformers_title()

    def points(self, recorder: TraceRecorder) -> Iterator[Point]:
        return transformers_dino(self.model, recorder)

    def encode(self, tensor: Tensor) -> State:
        return dino_outputs(self.model(tensor.to(self.dtype)).last_hidden_state, self.registers)


class TransformersSAM:
    def __init__(self, state: State, dtype: torch.dtype, kernel: str | None = None) -> None:
        from transformers import SamConfig, SamModel

        self.dtype, self.side = dtype, input_side(state)
        width, _, patch, _ = state["image_encoder.patch_embed.proj.weight"].shape
        tables = [state[f"image_encoder.blocks.{i}.attn.rel_pos_h"] for i in range(depth(state))]
        global_rows = 2 * (self.side // patch) - 1
        decoder_width = state["mask_decoder.iou_token.weight"].shape[1]
        vision = {
            "hidden_size": width,
            "output_channels": decoder_width,
            "num_hidden_layers": len(tables),
            "num_attention_heads": width // tables[0].shape[1],
            "image_size": self.side,
            "patch_size": patch,
            "window_size": (min(len(table) for table in tables) + 1) // 2,
            "global_attn_indexes": [i for i, table in enumerate(tables) if len(table) == global_rows],
            "num_pos_feats": decoder_width // 2,
        }
        prompt = {"hidden_size": decoder_width, "image_size": self.side, "patch_size": patch}
        # The class's default epsilon for the two-way transformer is 1e-6; the official code's is 1e-5.
        decoder = {
            "hidden_size": decoder_width,
            "mlp_dim": state["mask_decoder.transformer.layers.0.mlp.lin1.weight"].shape[0],
            "iou_head_hidden_dim": state["mask_decoder.iou_prediction_head.layers.0.weight"].shape[0],
            "layer_norm_eps": 1e-5,
        }
        config = SamConfig(
            vision_config=vision,
            prompt_encoder_config=prompt,
            mask_decoder_config=decoder,
            attn_implementation=kernel or attention(dtype),
        )
        self.model = assemble(lambda: SamModel(config), state, dtype)
        self.title = transformers_title()

    def points(self, recorder: TraceRecorder) -> Iterator[Point]:
        return transformers_sam(self.model)

    def encode(self, tensor: Tensor) -> State:
        return {"image_embedding": self.model.get_image_embeddings(tensor.to(self.dtype))[0]}

    def set_image(self, image: np.ndarray) -> None:
        self.original = image.shape[:2]
        scale = self.side / max(self.original)
        self.resized = tuple(int(length * scale + 0.5) for length in self.original)
        height, width = self.resized
        pixels = np.array(Image.fromarray(image).resize((width, height), Image.Resampling.BILINEAR))
        mean, deviation = torch.tensor([123.675, 116.28, 103.53]), torch.tensor([58.395, 57.12, 57.375])
        normalised = ((torch.from_numpy(pixels) - mean) / deviation).permute(2, 0, 1)
        padded = nn.functional.pad(normalised, (0, self.side - width, 0, self.side - height))
        self.embedding = self.encode(padded[None])["image_embedding"][None]

    def predict(self, prompt: Prompt) -> State:
        scale = np.array([self.resized[1] / self.original[1], self.resized[0] / self.original[0]])

        def in_frame(points: np.ndarray, *shape: int) -> Tensor:
            return torch.from_numpy((points.reshape(-1, 2) * scale).astype(np.float32)).reshape(shape).to(self.dtype)

        out = self.model(
            image_embeddings=self.embedding,
            input_points=None if prompt.points is None else in_frame(prompt.points, 1, 1, -1, 2),
            input_labels=None if prompt.labels is None else torch.from_numpy(prompt.labels)[None, None],
            input_boxes=None if prompt.box is None else in_frame(prompt.box, 1, 1, 4),
            input_masks=None if prompt.mask is None else torch.from_numpy(prompt.mask)[None].to(self.dtype),
            multimask_output=prompt.multimask,
        )
        low = out.pred_masks[0]
        height, width = self.resized
        full = nn.functional.interpolate(low, (self.side, self.side), mode="bilinear")[..., :height, :width]
        full = nn.functional.interpolate(full, self.original, mode="bilinear")
        masks = (full[0] > 0).to(torch.uint8)
        return {"low_res_logits": low[0], "iou_predictions": out.iou_scores[0, 0], "masks": masks}


class OfficialDINO:
    def __init__(self, state: State, dtype: torch.dtype, heads: int | None = None) -> None:
        from dinov2.layers import MemEffAttention, NestedTensorBlock
        from dinov2.models.vision_transformer import DinoVisionTransformer

        width, _, patch, _ = state["patch_embed.proj.weight"].shape
        registers = state["register_tokens"].shape[1] if "register_tokens" in state else 0
        self.title, self.dtype = "dinov2", dtype
        self.model = DinoVisionTransformer(
            img_size=input_side(state),
            patch_size=patch,
            embed_dim=width,
            depth=depth(state),
            num_heads=heads or width // 64,  # as in all published models
            ffn_layer="swiglufused" if "blocks.0.mlp.w12.weight" in state else "mlp",
            block_fn=partial(NestedTensorBlock, attn_class=MemEffAttention),
            block_chunks=0,
            init_values=1.0,
            num_register_tokens=registers,
            interpolate_antialias=registers > 0,  # as dinov2/hub/backbones.py does
            interpolate_offset=0.0 if registers else 0.1,
        )
        self.model.load_state_dict(state, strict=True, assign=True)
        self.model.eval().to(dtype)

    def points(self, recorder: TraceRecorder) -> Iterator[Point]:
        return official_dino(self.model)

    def encode(self, tensor: Tensor) -> State:
        features = self.model(tensor.to(self.dtype), is_training=True)
        names = ("x_norm_clstoken", "x_norm_regtokens", "x_norm_patchtokens")
        return {name: features[name][0] for name in names if features[name].numel()}


class OfficialSAM:
    def __init__(self, state: State, dtype: torch.dtype) -> None:
        from segment_anything import SamPredictor
        from segment_anything.modeling import ImageEncoderViT, MaskDecoder, PromptEncoder, Sam, TwoWayTransformer

        width, _, patch, _ = state["image_encoder.patch_embed.proj.weight"].shape
        tables = [state[f"image_encoder.blocks.{i}.attn.rel_pos_h"] for i in range(depth(state))]
        side, decoder_width = input_side(state), state["mask_decoder.iou_token.weight"].shape[1]
        grid = side // patch
        norm = partial(nn.LayerNorm, eps=1e-6)
        encoder = ImageEncoderViT(
            img_size=side,
            patch_size=patch,
            embed_dim=width,
            depth=len(tables),
            num_heads=width // tables[0].shape[1],
            mlp_ratio=state["image_encoder.blocks.0.mlp.lin1.weight"].shape[0] / width,
            out_chans=decoder_width,
            norm_layer=norm,
            use_rel_pos=True,
            window_size=(min(len(table) for table in tables) + 1) // 2,
            global_attn_indexes=tuple(i for i, table in enumerate(tables) if len(table) == 2 * grid - 1),
        )
        hidden = state["mask_decoder.transformer.layers.0.mlp.lin1.weight"].shape[0]
        decoder = MaskDecoder(
            transformer_dim=decoder_width,
            transformer=TwoWayTransformer(depth=2, embedding_dim=decoder_width, num_heads=8, mlp_dim=hidden),
            iou_head_hidden_dim=state["mask_decoder.iou_prediction_head.layers.0.weight"].shape[0],
        )
        prompts = PromptEncoder(decoder_width, (grid, grid), (side, side), mask_in_chans=16)
        self.model = Sam(encoder, prompts, decoder)
        values = state | {name: getattr(self.model, name) for name in ("pixel_mean", "pixel_std")}
        self.model.load_state_dict(values, strict=False, assign=True)
        missing = [name for name, _ in self.model.named_parameters() if name not in state]
        if missing or set(state) - set(self.model.state_dict()):
            raise SystemExit(f"the checkpoint does not fit the official SAM: {missing[:3]}")
        self.title, self.dtype, self.predictor = "segment_anything", dtype, SamPredictor(self.model.eval())
        self.model.image_encoder.to(dtype)

    def points(self, recorder: TraceRecorder) -> Iterator[Point]:
        return official_sam(self.model)

    def encode(self, tensor: Tensor) -> State:
        return {"image_embedding": self.model.image_encoder(tensor.to(self.dtype))[0]}

    def set_image(self, image: np.ndarray) -> None:
        self.predictor.set_image(image)

    def predict(self, prompt: Prompt) -> State:
        masks, scores, low = self.predictor.predict(
            prompt.points, prompt.labels, prompt.box, prompt.mask, multimask_output=prompt.multimask
        )
        low, scores, masks = (torch.from_numpy(array) for array in (low, scores, masks))
        return {"low_res_logits": low, "iou_predictions": scores, "masks": masks.to(torch.uint8)}


def make_reference(
    state: State, repository: Path | None, dtype: torch.dtype, heads: int | None = None
) -> Reference:
    """The official code if a checkout is given, else transformers."""
    if repository is not None:
        sys.path.insert(0, str(repository))
    if is_sam(state):
        return TransformersSAM(state, dtype) if repository is None else OfficialSAM(state, dtype)
    return (
        TransformersDINO(state, dtype, heads=heads) if repository is None else OfficialDINO(state, dtype, heads)
    )
