#!/usr/bin/env python3
"""Writes the tests' small checkpoints: one tiny DINOv2, one DINO v1 and one Segment Anything model with random
parameters, each in the many forms in which checkpoints come, and files that must be refused.

usage: make_small_checkpoints.py FOLDER      (needs torch and safetensors)

All parameters are multiples of 1/32 below 2, so that every storage type holds them exactly: whatever the form, the
same weights must come out.
"""
import argparse
import os
import pickle
import re
import sys
import zipfile

import torch
from safetensors.torch import save_file

if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
    sys.exit(__doc__)
folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)
torch.manual_seed(0)


def values(*shape):
    return torch.randint(-63, 64, shape).float() / 32


def linear(state, name, inputs, outputs):
    state[f"{name}.weight"] = values(outputs, inputs)
    state[f"{name}.bias"] = values(outputs)


def norm(state, name, width):
    state[f"{name}.weight"] = values(width)
    state[f"{name}.bias"] = values(width)


def convolution(state, name, inputs, outputs, side, bias=True, transposed=False):
    state[f"{name}.weight"] = values(*((inputs, outputs) if transposed else (outputs, inputs)), side, side)
    if bias:
        state[f"{name}.bias"] = values(outputs)


def dino(width=8, depth=2, patch=2, grid=3, registers=1, version=2, gated=False):
    state = {"cls_token": values(1, 1, width), "pos_embed": values(1, 1 + grid * grid, width)}
    if registers:
        state["register_tokens"] = values(1, registers, width)
    if version == 2:
        state["mask_token"] = values(1, width)
    convolution(state, "patch_embed.proj", 3, width, patch)
    for i in range(depth):
        block = f"blocks.{i}"
        norm(state, f"{block}.norm1", width)
        linear(state, f"{block}.attn.qkv", width, 3 * width)
        linear(state, f"{block}.attn.proj", width, width)
        norm(state, f"{block}.norm2", width)
        if gated:
            linear(state, f"{block}.mlp.w12", width, 32)
            linear(state, f"{block}.mlp.w3", 16, width)
        else:
            linear(state, f"{block}.mlp.fc1", width, 4 * width)
            linear(state, f"{block}.mlp.fc2", 4 * width, width)
        if version == 2:
            state[f"{block}.ls1.gamma"] = values(width)
            state[f"{block}.ls2.gamma"] = values(width)
    norm(state, "norm", width)
    return state


def sam(width=8, heads=2, patch=4, grid=4, windows=(2, 0), decoder=16, hidden=16):
    state = {"image_encoder.pos_embed": values(1, grid, grid, width)}
    convolution(state, "image_encoder.patch_embed.proj", 3, width, patch)
    for i, window in enumerate(windows):
        block = f"image_encoder.blocks.{i}"
        norm(state, f"{block}.norm1", width)
        for axis in "hw":
            state[f"{block}.attn.rel_pos_{axis}"] = values(2 * (window or grid) - 1, width // heads)
        linear(state, f"{block}.attn.qkv", width, 3 * width)
        linear(state, f"{block}.attn.proj", width, width)
        norm(state, f"{block}.norm2", width)
        linear(state, f"{block}.mlp.lin1", width, 2 * width)
        linear(state, f"{block}.mlp.lin2", 2 * width, width)
    convolution(state, "image_encoder.neck.0", width, decoder, 1, bias=False)
    norm(state, "image_encoder.neck.1", decoder)
    convolution(state, "image_encoder.neck.2", decoder, decoder, 3, bias=False)
    norm(state, "image_encoder.neck.3", decoder)
    prompts = "prompt_encoder"
    state[f"{prompts}.pe_layer.positional_encoding_gaussian_matrix"] = values(2, decoder // 2)
    for i in range(4):
        state[f"{prompts}.point_embeddings.{i}.weight"] = values(1, decoder)
    state[f"{prompts}.not_a_point_embed.weight"] = values(1, decoder)
    convolution(state, f"{prompts}.mask_downscaling.0", 1, 1, 2)
    norm(state, f"{prompts}.mask_downscaling.1", 1)
    convolution(state, f"{prompts}.mask_downscaling.3", 1, 4, 2)
    norm(state, f"{prompts}.mask_downscaling.4", 4)
    convolution(state, f"{prompts}.mask_downscaling.6", 4, decoder, 1)
    state[f"{prompts}.no_mask_embed.weight"] = values(1, decoder)

    def attention(name, inner):
        for part in "qkv":
            linear(state, f"{name}.{part}_proj", decoder, inner)
        linear(state, f"{name}.out_proj", inner, decoder)

    layer = "mask_decoder.transformer.layers.0"
    attention(f"{layer}.self_attn", decoder)
    for i in range(4):
        norm(state, f"{layer}.norm{i + 1}", decoder)
    attention(f"{layer}.cross_attn_token_to_image", decoder // 2)
    attention(f"{layer}.cross_attn_image_to_token", decoder // 2)
    linear(state, f"{layer}.mlp.lin1", decoder, hidden)
    linear(state, f"{layer}.mlp.lin2", hidden, decoder)
    attention("mask_decoder.transformer.final_attn_token_to_image", decoder // 2)
    norm(state, "mask_decoder.transformer.norm_final_attn", decoder)
    state["mask_decoder.iou_token.weight"] = values(1, decoder)
    state["mask_decoder.mask_tokens.weight"] = values(3, decoder)
    upscaling = "mask_decoder.output_upscaling"
    convolution(state, f"{upscaling}.0", decoder, decoder // 4, 2, transposed=True)
    norm(state, f"{upscaling}.1", decoder // 4)
    convolution(state, f"{upscaling}.3", decoder // 4, decoder // 8, 2, transposed=True)
    for i in range(3):
        for j, outputs in enumerate((decoder, decoder, decoder // 8)):
            linear(state, f"mask_decoder.output_hypernetworks_mlps.{i}.layers.{j}", decoder, outputs)
    for j, (inputs, outputs) in enumerate(((decoder, hidden), (hidden, hidden), (hidden, hidden), (hidden, 3))):
        linear(state, f"mask_decoder.iou_prediction_head.layers.{j}", inputs, outputs)
    return state


def transformers_dino(state, style):
    """DINO names of transformers: on its hub, or of its modules since version 5."""
    gamma = "norm" if "blocks.0.ls1.gamma" in state else "layernorm_"
    out = {}
    for name, value in state.items():
        match = re.match(r"blocks\.(\d+)\.(.*?)(?:\.(weight|bias|gamma))$", name)
        if not match:
            name = {"pos_embed": "position_embeddings"}.get(name, name)
            name = name if name.startswith("norm.") else f"embeddings.{name}"
            out[name.replace("patch_embed.proj", "patch_embeddings.projection").replace("norm.", "layernorm.")] = value
            continue
        number, layer, kind = match.groups()
        prefix = f"layers.{number}" if gamma != "norm" and style == "modules" else f"encoder.layer.{number}"
        parts = None
        if layer == "attn.qkv":
            parts = (["attention.attention.query", "attention.attention.key", "attention.attention.value"]
                     if style == "hub" else ["attention.q_proj", "attention.k_proj", "attention.v_proj"])
        elif layer == "mlp.w12" and style == "modules":
            parts = ["mlp.gate_proj", "mlp.up_proj"]
        if parts:
            for part, piece in zip(parts, value.chunk(len(parts))):
                out[f"{prefix}.{part}.{kind}"] = piece.clone()
            continue
        v1 = gamma != "norm" and style == "hub"
        layer = {"ls1": "layer_scale1", "ls2": "layer_scale2",
                 "norm1": "layernorm_before" if gamma != "norm" else "norm1",
                 "norm2": "layernorm_after" if gamma != "norm" else "norm2",
                 "attn.proj": "attention.output.dense" if style == "hub" else "attention.o_proj",
                 "mlp.fc1": "intermediate.dense" if v1 else "mlp.fc1",
                 "mlp.fc2": "output.dense" if v1 else "mlp.fc2",
                 "mlp.w12": "mlp.weights_in",
                 "mlp.w3": "mlp.weights_out" if style == "hub" else "mlp.down_proj"}[layer]
        out[f"{prefix}.{layer}.{'lambda1' if kind == 'gamma' else kind}"] = value
    return out


def save(name, state, **options):
    torch.save(state, f"{folder}/{name}.pth", **options)


def strided(value):
    """The same values with the axes reversed in memory."""
    reverse = list(range(value.dim()))[::-1]
    return value.permute(reverse).contiguous().permute(reverse)


v2, v1, gated, anything = dino(), dino(version=1, registers=0, depth=1), dino(gated=True, registers=0), sam()

# One model in many forms.
save("dino", v2)
for kind in ("half", "bfloat16", "double"):
    save(f"dino_{kind}", {k: getattr(v, kind)() for k, v in v2.items()})
save("dino_parameters", {k: torch.nn.Parameter(v) for k, v in v2.items()})
save("dino_strided", {k: strided(v) for k, v in v2.items()})
flat = torch.cat([v.flatten() for v in v2.values()])
ends = torch.tensor([v.numel() for v in v2.values()]).cumsum(0).tolist()
save("dino_one_storage", {k: flat[e - v.numel():e].view(v.shape) for (k, v), e in zip(v2.items(), ends)})
save("dino_protocol_4", v2, pickle_protocol=4)
save("dino_module", {f"module.{k}": v for k, v in v2.items()})
save("dino_chunked", {re.sub(r"^blocks\.(\d)", r"blocks.\1.\1", k): v for k, v in v2.items()})
save("dino_head", {**v2, "head.weight": values(5, 8), "head.bias": values(5)})
save("dino_nested", {
    "model": v2, "epoch": 3, "rate": 0.1, "best": None, "name": "x", "done": True, "size": torch.Size([1, 2]),
    "big": 2**40, "negative": -2**40, "list": [1, "a", (2, 3)],
    "optimizer": {"state": {0: {"step": torch.tensor(1.0), "exp_avg": values(8)}}}})
teacher = {**{f"backbone.{k}": v for k, v in v2.items()}, "dino_head.mlp.0.weight": values(4, 8)}
student = {k: values(*v.shape) for k, v in teacher.items()}
save("dino_teacher", {"student": student, "teacher": teacher})
module = torch.nn.Module()
module.cls_token = torch.nn.Parameter(v2["cls_token"])
state = module.state_dict()  # an OrderedDict with version numbers as an attribute
state.update(v2)
save("dino_module_state", state)
save("dino_v1", v1)
save("dino_gated", gated)
save("sam", anything)
save("sam_normalisation", {**anything, "pixel_mean": torch.tensor([1.0, 2, 3]).view(3, 1, 1),
                           "pixel_std": torch.tensor([4.0, 5, 6]).view(3, 1, 1)})
for name, state in (("dino", v2), ("dino_v1", v1), ("dino_gated", gated)):
    for style in ("hub", "modules"):
        extra = {"pooler.dense.weight": values(8, 8), "pooler.dense.bias": values(8)} if name == "dino_v1" else {}
        save_file({**transformers_dino(state, style), **extra}, f"{folder}/transformers_{name}_{style}.safetensors",
                  metadata={"format": "pt"})
# The names of Segment Anything in transformers: rules shared with the check against transformers itself.
sys.argv = ["check_hf_names.py", "", ""]
from check_hf_names import sam_to_transformers  # noqa: E402

save_file({k: v.clone() for k, v in sam_to_transformers(anything, iou_layers=4).items()},
          f"{folder}/transformers_sam.safetensors", metadata={"format": "pt"})

# Files that must be refused; of `refused_namespace` and `refused_code` the model is taken, and nothing is executed.
save("refused_legacy", v2, _use_new_zipfile_serialization=False)
save("refused_namespace", {"model": v2, "args": argparse.Namespace(lr=0.1)})
save("refused_tensor_alone", v2["cls_token"])
save("refused_no_tensors", {"a": 1})
save("refused_integers", {**v2, "norm.bias": v2["norm.bias"].long()})
save("refused_missing", {k: v for k, v in v2.items() if k != "blocks.1.mlp.fc2.bias"})
save("refused_unexpected", {**v2, "blocks.1.attn.extra": values(1)})
save("refused_misshapen", {**v2, "blocks.1.norm2.weight": values(9)})
save("refused_two_models", {"a": v2, "b": v2})
save("refused_no_model", {"weight": values(2)})
save("refused_sparse", {"a": torch.eye(2).to_sparse()})


class Evil:
    def __reduce__(self):
        return os.system, ("touch /tmp/cryosam-was-executed",)


save("refused_code", {"model": v2, "evil": Evil()})


def repack(name, source, compression=zipfile.ZIP_STORED, change=lambda name, data: (name, data)):
    with zipfile.ZipFile(f"{folder}/{source}.pth") as old, \
            zipfile.ZipFile(f"{folder}/{name}.pth", "w", compression) as new:
        for entry in old.infolist():
            changed = change(entry.filename, old.read(entry))
            if changed is not None:
                new.writestr(zipfile.ZipInfo(changed[0]), changed[1], compression)


repack("refused_compressed", "dino", zipfile.ZIP_DEFLATED)
repack("refused_big_endian", "dino", change=lambda n, d: (n, b"big" if n.endswith("byteorder") else d))
repack("refused_no_data", "dino", change=lambda n, d: None if n.endswith("data/3") else (n, d))
repack("refused_short_data", "dino", change=lambda n, d: (n, d[:-1] if n.endswith("data/3") else d))
repack("refused_torchscript", "dino",
       change=lambda n, d: (n.replace("version", "constants.pkl") if n.endswith("/version") else n, d))
repack("dino_repacked", "dino")

# The pickles alone, for the fuzzer.
os.makedirs(f"{folder}/../pickles", exist_ok=True)
for name in ("dino", "dino_nested", "dino_one_storage", "dino_parameters", "dino_protocol_4", "dino_module_state", "sam",
             "refused_code", "refused_namespace", "refused_sparse", "refused_no_tensors"):
    with zipfile.ZipFile(f"{folder}/{name}.pth") as archive, open(f"{folder}/../pickles/{name}.pkl", "wb") as file:
        file.write(archive.read(f"{name}/data.pkl"))
