"""The models that compare_speed.py times: how each contestant is prepared once, loaded and called.

A case has a folder. `prepare` fills it: random parameters, an input, the official code's output for it, the exported
models, those in int8, and the parameters as this program reads them. `load` gives a function that makes one call and
returns the output: `[1, 256, 64, 64]` of SAM's encoder, `[1, patches, C]` of DINOv2, all prompts' logits
`[N, 3, 256, 256]` of the decoder. All contestants of a case have the same parameters and the same input; this program
has them when its output is compared, and others of the same sizes when it is timed.

The official code is imported as `segment_anything` and `dinov2`; the caller puts the checkouts on the path.
"""

import subprocess
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from speed_cases import CASES, CONTESTANTS, INPUTS, PARAMETERS, WEIGHTS, Case

if TYPE_CHECKING:
    from torch import Tensor, nn

Call = Callable[[], np.ndarray]
SEED = 1
CALIBRATION_INPUTS = 4


def inputs(folder: Path) -> dict[str, np.ndarray]:
    with np.load(folder / INPUTS) as arrays:
        return {name: arrays[name] for name in arrays}


# --- PyTorch ----------------------------------------------------------------------------------------------------------


def tensors(folder: Path) -> "dict[str, Tensor]":
    import torch

    return {name: torch.from_numpy(array) for name, array in inputs(folder).items()}


def assign(model: "nn.Module", folder: Path) -> "nn.Module":
    """Gives a model made on the meta device its parameters, in memory once."""
    import torch

    model.load_state_dict(torch.load(folder / PARAMETERS, weights_only=True), strict=True, assign=True)
    return model.eval()


def official_sam(case: Case, folder: Path) -> "nn.Module":
    """The whole official model; for a decoder case without the image encoder."""
    import torch
    from segment_anything import sam_model_registry

    with torch.device("meta"):
        model = sam_model_registry[case.model.removeprefix("sam_")]()
    if case.prompts:
        model.image_encoder = torch.nn.Identity()
    return assign(model, folder)


def official_encoder(case: Case, folder: Path) -> "nn.Module":
    """A module from image to SAM's embedding or DINOv2's patch tokens."""
    import torch

    if case.is_sam:
        return official_sam(case, folder).image_encoder

    from dinov2.hub import backbones

    class PatchTokens(torch.nn.Module):
        def __init__(self, model: torch.nn.Module) -> None:
            super().__init__()
            self.model = model

        def forward(self, image: torch.Tensor) -> torch.Tensor:
            return self.model.forward_features(image)["x_norm_patchtokens"]

    with torch.device("meta"):
        model = getattr(backbones, case.model)(pretrained=False)
    return PatchTokens(assign(model, folder)).eval()


def call_decoder(case: Case, folder: Path, batch: int) -> Call:
    """Prompt encoder and mask decoder as in the official predictor, `batch` prompts a time, up to the 256 x 256
    logits: the masks are not resized to the image."""
    import torch

    model, given = official_sam(case, folder), tensors(folder)

    def decode(part: slice) -> torch.Tensor:
        sparse, dense = model.prompt_encoder(
            points=(given["points"][part], given["labels"][part]),
            boxes=None,
            masks=given["masks"][part] if case.with_masks else None,
        )
        logits, _ = model.mask_decoder(
            image_embeddings=given["embedding"],
            image_pe=model.prompt_encoder.get_dense_pe(),
            sparse_prompt_embeddings=sparse,
            dense_prompt_embeddings=dense,
            multimask_output=True,
        )
        return logits

    parts = [slice(start, start + batch) for start in range(0, case.prompts, batch)]
    return lambda: torch.cat([decode(part) for part in parts]).numpy()


def call_official(case: Case, folder: Path) -> Call:
    if case.prompts:
        return call_decoder(case, folder, batch=1)
    model, image = official_encoder(case, folder), tensors(folder)["image"]
    return lambda: model(image).numpy()


def call_transformers(case: Case, folder: Path) -> Call:
    import torch

    from reference_models import TransformersDINO, TransformersSAM

    make = TransformersSAM if case.is_sam else TransformersDINO
    state = torch.load(folder / PARAMETERS, weights_only=True)
    reference, image = make(state, torch.float32, kernel="sdpa"), tensors(folder)["image"]
    if case.is_sam:
        return lambda: reference.model.get_image_embeddings(image).numpy()
    return lambda: reference.model(image).last_hidden_state[:, 1 + reference.registers :].numpy()


# --- Exported models --------------------------------------------------------------------------------------------------


def export_onnx(case: Case, folder: Path, into: Path) -> None:
    import torch

    model, image = official_encoder(case, folder), tensors(folder)["image"]
    torch.onnx.export(model, (image,), into / "model.onnx", dynamo=True, external_data=True, input_names=["image"])


def export_openvino(case: Case, folder: Path, into: Path) -> None:
    """By way of torch.export; by way of ONNX or of tracing the model is as fast and as accurate."""
    import openvino
    import torch

    model, image = official_encoder(case, folder), tensors(folder)["image"]
    with torch.no_grad():
        converted = openvino.convert_model(torch.export.export(model, (image,)))
    openvino.save_model(converted, into / "model.xml", compress_to_fp16=False)


def quantize_onnx(case: Case, folder: Path, into: Path) -> None:
    """The linear layers, dynamically, as its documentation advises for transformers: weights by output channel,
    activations by tensor, when called."""
    from onnxruntime.quantization import quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process

    with tempfile.TemporaryDirectory(dir=into) as scratch:
        simplified = Path(scratch, "model.onnx")
        quant_pre_process(folder / "onnxruntime" / "model.onnx", simplified, save_as_external_data=True)
        quantize_dynamic(simplified, into / "model.onnx", ["MatMul"], per_channel=True, use_external_data_format=True)


def quantize_openvino(case: Case, folder: Path, into: Path) -> None:
    """Static, by NNCF's scheme for transformers, which smooths outliers of the activations into the weights."""
    import nncf
    import openvino

    like_the_input = [draw_image(case, SEED + number) for number in range(1, 1 + CALIBRATION_INPUTS)]
    quantized = nncf.quantize(
        openvino.Core().read_model(folder / "openvino" / "model.xml"),
        nncf.Dataset(like_the_input),
        model_type=nncf.ModelType.TRANSFORMER,
        subset_size=CALIBRATION_INPUTS,
    )
    openvino.save_model(quantized, into / "model.xml", compress_to_fp16=False)


def call_onnxruntime(folder: Path, threads: int) -> Call:
    """`folder` is the exported model's."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    model = str(folder / "model.onnx")
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    image = {session.get_inputs()[0].name: inputs(folder.parent)["image"]}
    return lambda: session.run(None, image)[0]


def call_openvino(folder: Path, threads: int, hint: str) -> Call:
    """`folder` is the exported model's; what is not quantised in it is computed in `hint`."""
    import openvino

    settings = {
        "INFERENCE_PRECISION_HINT": hint,
        "INFERENCE_NUM_THREADS": threads,
        "PERFORMANCE_HINT": "LATENCY",
    }
    compiled = openvino.Core().compile_model(str(folder / "model.xml"), "CPU", settings)
    request, image = compiled.create_infer_request(), inputs(folder.parent)["image"]
    return lambda: request.infer({0: image}, share_inputs=True, share_outputs=True)[0]


# --- What a turn uses -------------------------------------------------------------------------------------------------

EXPORTERS = {
    "onnxruntime": export_onnx,
    "onnxruntime-int8": quantize_onnx,
    "openvino": export_openvino,
    "openvino-int8": quantize_openvino,
}


def load(name: str, contestant: str, folder: Path, threads: int) -> tuple[Call, AbstractContextManager]:
    """One contestant of a prepared case, and the context to call it in. Imports torch only for those who need it."""
    case, who = CASES[name], CONTESTANTS[contestant]
    if who.engine == "onnxruntime":
        return call_onnxruntime(folder / who.made[-1], threads), nullcontext()
    if who.engine == "openvino":
        hint = "bf16" if who.precision == "bfloat16" else "f32"
        return call_openvino(folder / who.made[-1], threads, hint), nullcontext()

    import torch

    torch.set_num_threads(threads)
    torch.set_num_interop_threads(1)
    if contestant == "transformers":
        return call_transformers(case, folder), torch.inference_mode()
    if contestant == "official-batch":
        return call_decoder(case, folder, batch=case.prompts), torch.inference_mode()
    return call_official(case, folder), torch.inference_mode()


# --- Preparation: each step once, each in a process of its own --------------------------------------------------------


def draw_parameters(case: Case, into: Path) -> None:
    import torch

    from make_random_checkpoint import make_state_dict

    state = make_state_dict(case.model, SEED, case.outliers)
    if case.prompts:
        state = {name: values for name, values in state.items() if not name.startswith("image_encoder.")}
    torch.save(state, into)


def draw_image(case: Case, seed: int) -> np.ndarray:
    from make_inputs import pattern

    return pattern(np.random.default_rng(seed), 3, case.side, case.side)[None]


def draw_inputs(case: Case, into: Path) -> None:
    from make_inputs import pattern

    generator = np.random.default_rng(SEED)
    if not case.prompts:
        arrays = {"image": draw_image(case, SEED)}
    else:
        arrays = {
            "embedding": generator.standard_normal((1, 256, 64, 64), dtype=np.float32),
            "points": generator.uniform(0, case.side, (case.prompts, 1, 2)).astype(np.float32),
            "labels": np.ones((case.prompts, 1), np.int32),
        }
    if case.with_masks:
        arrays["masks"] = 6 * pattern(generator, case.prompts, 256, 256)[:, None]
    with into.open("wb") as file:
        np.savez(file, **arrays)


def compute_reference(case: Case, folder: Path, into: Path) -> None:
    """The official code's output, and a check of `Case.gflop`."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    call = call_official(case, folder)
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        output = call()
    counted = counter.get_total_flops() / 1e9
    if abs(counted / case.gflop - 1) > 1e-3:
        raise SystemExit(f"the official code takes {counted:.3f} GFLOP, not {case.gflop:.3f} as speed_cases.py says")
    with into.open("wb") as file:
        np.save(file, output)


def convert(folder: Path, into: Path, program: Path) -> None:
    """By the program beside this one."""
    command = [program.with_name("convert-weights"), folder / PARAMETERS, "-o", into, "--quiet", "--force"]
    subprocess.run(command, check=True)


def prepare(name: str, step: str, folder: Path, threads: int, program: Path) -> None:
    """Makes `folder / step`, a file or an exporter's folder; it has its name only when it is complete."""
    import torch

    torch.set_num_threads(threads)
    case, partial = CASES[name], folder / f"{step}.partial"
    if step in EXPORTERS:
        partial.mkdir(exist_ok=True)
        EXPORTERS[step](case, folder, partial)
    elif step == PARAMETERS:
        draw_parameters(case, partial)
    elif step == INPUTS:
        draw_inputs(case, partial)
    elif step == WEIGHTS:
        convert(folder, partial, program)
    else:
        compute_reference(case, folder, partial)
    partial.rename(folder / step)
