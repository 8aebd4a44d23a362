#!/usr/bin/env python3
"""Checks the names of Hugging Face transformers that convert-weights knows.

For each small official checkpoint in Tests/Data/golden a model of transformers is built with the same parameters
and saved in the names of its hub and in those of its modules. Two things are then compared:

- the model's output with the reference output of the official code (proof that the parameters went to the right
  places; needs the folder with the reference outputs),
- the weights files that convert-weights makes of the official and of the saved checkpoints: they must hold the
  same names, and the same bytes.

usage: check_hf_names.py CONVERT_WEIGHTS GOLDEN_CHECKPOINTS [REFERENCE_OUTPUTS]
(needs torch, transformers, safetensors; CONVERT_WEIGHTS is the program, e.g. .build/release/convert-weights)
"""
import os
import re
import subprocess
import sys
import tempfile

import torch
from safetensors.torch import load_file
from transformers import (Dinov2Config, Dinov2Model, Dinov2WithRegistersConfig, Dinov2WithRegistersModel, SamConfig,
                          SamMaskDecoderConfig, SamModel, SamPromptEncoderConfig, SamVisionConfig, ViTConfig, ViTModel)

CONVERT, GOLDEN, REFERENCE = (sys.argv[1:4] + [None] * 3)[:3]

DINO_LAYERS = [("norm1", "norm1"), ("norm2", "norm2"), ("ls1.gamma", "layer_scale1.lambda1"),
               ("ls2.gamma", "layer_scale2.lambda1"), ("attn.proj", "attention.o_proj"), ("mlp.fc1", "mlp.fc1"),
               ("mlp.fc2", "mlp.fc2"), ("mlp.w3", "mlp.down_proj")]


def dino_to_transformers(official, block_prefix, norms=("norm1", "norm2")):
    """The official DINO state dict under the module names of transformers 5."""
    out = {}
    for name, value in official.items():
        match = re.match(r"blocks\.(\d+)\.(.*)", name)
        if match is None:
            name = {"cls_token": "embeddings.cls_token", "mask_token": "embeddings.mask_token",
                    "pos_embed": "embeddings.position_embeddings",
                    "register_tokens": "embeddings.register_tokens"}.get(name, name)
            name = name.replace("patch_embed.proj", "embeddings.patch_embeddings.projection")
            out[re.sub(r"^norm\.", "layernorm.", name)] = value
            continue
        block, rest = f"{block_prefix}.{match[1]}", match[2]
        if rest.startswith("attn.qkv."):
            for part, piece in zip("qkv", value.chunk(3)):
                out[f"{block}.attention.{part}_proj.{rest[9:]}"] = piece.clone()
        elif rest.startswith("mlp.w12."):
            for part, piece in zip(("gate", "up"), value.chunk(2)):
                out[f"{block}.mlp.{part}_proj.{rest[8:]}"] = piece.clone()
        else:
            for old, new in DINO_LAYERS:
                if rest.startswith(old):
                    new = {"norm1": norms[0], "norm2": norms[1]}.get(new, new)
                    out[f"{block}.{new}{rest[len(old):]}"] = value
    return out


def sam_to_transformers(official, iou_layers=3):
    """The official Segment Anything state dict under the names of transformers."""
    rules = [(r"^image_encoder\.", "vision_encoder."), (r"\.blocks\.", ".layers."),
             (r"(vision_encoder\.layers\.\d+)\.norm", r"\1.layer_norm"), (r"patch_embed\.proj", "patch_embed.projection"),
             (r"neck\.0", "neck.conv1"), (r"neck\.1", "neck.layer_norm1"), (r"neck\.2", "neck.conv2"),
             (r"neck\.3", "neck.layer_norm2"), (r"mask_downscaling\.0", "mask_embed.conv1"),
             (r"mask_downscaling\.1", "mask_embed.layer_norm1"), (r"mask_downscaling\.3", "mask_embed.conv2"),
             (r"mask_downscaling\.4", "mask_embed.layer_norm2"), (r"mask_downscaling\.6", "mask_embed.conv3"),
             (r"point_embeddings", "point_embed"), (r"(transformer\.layers\.\d+)\.norm", r"\1.layer_norm"),
             (r"norm_final_attn", "layer_norm_final_attn"), (r"output_upscaling\.0", "upscale_conv1"),
             (r"output_upscaling\.1", "upscale_layer_norm"), (r"output_upscaling\.3", "upscale_conv2"),
             (r"(mlps\.\d)\.layers\.2", r"\1.proj_out"),
             (rf"(iou_prediction_head)\.layers\.{iou_layers - 1}", r"\1.proj_out"),
             (r"(mlps\.\d|iou_prediction_head)\.layers\.0", r"\1.proj_in"),
             (r"(mlps\.\d|iou_prediction_head)\.layers\.([1-9])",
              lambda match: f"{match[1]}.layers.{int(match[2]) - 1}"),
             (r"prompt_encoder\.pe_layer\.positional_encoding_gaussian_matrix",
              "shared_image_embedding.positional_embedding")]
    out = {}
    for name, value in official.items():
        for pattern, replacement in rules:
            name = re.sub(pattern, replacement, name)
        out[name] = value
    out["prompt_encoder.shared_embedding.positional_embedding"] = out["shared_image_embedding.positional_embedding"]
    return out


def official_positions(table, x, patch=14, offset=0.1):
    """The position table of DINOv2 without registers for an input of another size."""
    side = round((table.shape[1] - 1) ** 0.5)
    grid = table[:, 1:].reshape(1, side, side, -1).permute(0, 3, 1, 2)
    scale = tuple((n // patch + offset) / side for n in x.shape[-2:])
    grid = torch.nn.functional.interpolate(grid, scale_factor=scale, mode="bicubic")
    return torch.cat([table[:, :1], grid.flatten(2).transpose(1, 2)], dim=1)


def dino_case(name, size, image, **config):
    official = torch.load(f"{GOLDEN}/dino/{name}.pth", weights_only=True)
    width = official["cls_token"].shape[-1]
    depth = 1 + max(int(k.split(".")[1]) for k in official if k.startswith("blocks."))
    common = dict(hidden_size=width, num_hidden_layers=depth, image_size=image, layer_norm_eps=1e-6,
                  patch_size=official["patch_embed.proj.weight"].shape[-1], **config)
    if name.startswith("dinov1"):
        model = ViTModel(ViTConfig(intermediate_size=4 * width, **common), add_pooling_layer=False)
        state = dino_to_transformers(official, "layers", ("layernorm_before", "layernorm_after"))
    elif "register_tokens" in official:
        model = Dinov2WithRegistersModel(Dinov2WithRegistersConfig(num_register_tokens=4, **common))
        state = dino_to_transformers(official, "encoder.layer")
    else:
        model = Dinov2Model(Dinov2Config(use_swiglu_ffn="blocks.0.mlp.w12.weight" in official, **common))
        state = dino_to_transformers(official, "encoder.layer")
    model.load_state_dict(state)
    error = None
    if REFERENCE:
        inputs = load_file(f"{REFERENCE}/dino/inputs.safetensors")
        golden = load_file(f"{REFERENCE}/dino/{name}.golden.safetensors")
        x = (inputs[f"u8_{size}"].float() - 128) / 64
        if x.shape[-1] != image:  # transformers resizes the table in another way than the official code
            model.embeddings.interpolate_pos_encoding = lambda *_: official_positions(official["pos_embed"], x)
        with torch.no_grad():
            y = model.eval()(x[None]).last_hidden_state[0]
        wanted = golden[f"{size}.x_norm_patchtokens"]
        error = ((y[-len(wanted):] - wanted).norm() / wanted.norm()).item()
    return f"dino/{name}", model, error, ["--heads", str(config["num_attention_heads"])]


def sam_case(name):
    official = torch.load(f"{GOLDEN}/sam/{name}.pth", weights_only=True)
    width = official["image_encoder.pos_embed"].shape[-1]
    grid = official["image_encoder.pos_embed"].shape[1]
    patch = official["image_encoder.patch_embed.proj.weight"].shape[-1]
    decoder = official["mask_decoder.iou_token.weight"].shape[1]
    depth = 1 + max(int(k.split(".")[2]) for k in official if k.startswith("image_encoder.blocks."))
    head = official["image_encoder.blocks.0.attn.rel_pos_h"].shape[1]
    model = SamModel(SamConfig(
        vision_config=SamVisionConfig(
            hidden_size=width, num_hidden_layers=depth, num_attention_heads=width // head, output_channels=decoder,
            image_size=grid * patch, patch_size=patch, window_size=14, global_attn_indexes=[1, 3],
            num_pos_feats=decoder // 2, layer_norm_eps=1e-6).to_dict(),
        prompt_encoder_config=SamPromptEncoderConfig(
            hidden_size=decoder, image_size=grid * patch, patch_size=patch).to_dict(),
        mask_decoder_config=SamMaskDecoderConfig(
            hidden_size=decoder, mlp_dim=official["mask_decoder.transformer.layers.0.mlp.lin1.weight"].shape[0],
            iou_head_hidden_dim=official["mask_decoder.iou_prediction_head.layers.0.weight"].shape[0],
        ).to_dict()))
    model.load_state_dict(sam_to_transformers(official))
    error = None
    if REFERENCE:
        golden = load_file(f"{REFERENCE}/sam/{name}.encoder.safetensors")
        x = (golden["input_u8"].float() - 128) / 40
        with torch.no_grad():
            y = model.eval().vision_encoder(x[None]).last_hidden_state[0]
        error = ((y - golden["neck"]).norm() / golden["neck"].norm()).item()
    return f"sam/{name}", model, error, []


CASES = [
    lambda: dino_case("dinov2_reg4", "518x518", 518, num_attention_heads=3),
    lambda: dino_case("dinov2_noreg", "518x518", 518, num_attention_heads=2),
    lambda: dino_case("dinov2_swiglu", "224x224", 518, num_attention_heads=4),
    lambda: dino_case("dinov1_p16", "224x224", 224, num_attention_heads=3),
    lambda: sam_case("sam_256"),
]


def main():
    if CONVERT is None or GOLDEN is None:
        sys.exit(__doc__)
    failures = 0
    for case in CASES:
        name, model, error, options = case()
        with tempfile.TemporaryDirectory() as folder:
            reference = f"{folder}/official.safetensors"
            subprocess.run([CONVERT, f"{GOLDEN}/{name}.pth", "-o", reference, "--quiet", *options], check=True)
            wanted = load_file(reference)
            for style in ("hub", "modules", "sharded", "prefixed"):
                saved = f"{folder}/{style}"
                if style == "prefixed":
                    from safetensors.torch import save_file
                    os.mkdir(saved)
                    state = {f"dinov2.{k}" if name[0] == "d" else f"module.{k}": v.contiguous().clone()
                             for k, v in model.state_dict().items()}
                    save_file(state, f"{saved}/model.safetensors")
                else:
                    size = "500KB" if style == "sharded" else "5GB"
                    model.save_pretrained(saved, save_original_format=style != "modules", max_shard_size=size)
                index = f"{saved}/model.safetensors.index.json"
                source = index if os.path.exists(index) else f"{saved}/model.safetensors"
                subprocess.run([CONVERT, source, "-o", f"{saved}.safetensors", "--quiet", *options], check=True)
                found = load_file(f"{saved}.safetensors")
                same = found.keys() == wanted.keys() and all(torch.equal(found[k], wanted[k]) for k in wanted)
                failures += not same
                print(f"{name:20} {style:9} {len(found)} tensors {'identical' if same else 'DIFFERENT'}"
                      + (f", output against the official code: {error:.1e}" if error is not None else ""))
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
