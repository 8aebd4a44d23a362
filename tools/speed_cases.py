"""The cases that compare_speed.py times and who takes part in them. Imports nothing heavy."""

from dataclasses import dataclass, replace

SAM_SIDE = 1024
DECODER_GFLOP, MASK_GFLOP = 3.62470, 0.03618  # one prompt with a point; what its mask adds
OURS = "cryosam"
PARAMETERS, INPUTS, REFERENCE = "parameters.pth", "inputs.npz", "reference.npy"  # in a case's folder
OUTLIERS = "-outliers"  # ends the name of a case whose parameters have them planted
WEIGHTS = "weights.safetensors"  # the parameters as this program reads them


@dataclass(frozen=True)
class Case:
    """`model` is a name of make_random_checkpoint.py, `side` the input's.

    `gflop` is what the official code's matrix products, attention and convolutions take, 2 a multiply-add, SAM's
    padded windows included, as torch.utils.flop_counter counts it; preparing a case counts it again.
    """

    title: str
    model: str
    side: int
    gflop: float
    prompts: int = 0
    with_masks: bool = False
    outliers: bool = False

    @property
    def is_sam(self) -> bool:
        return self.model.startswith("sam_")

    @property
    def checkout(self) -> str:
        """The official repository, as the option that names its checkout."""
        return "segment-anything" if self.is_sam else "dinov2"

    @property
    def contestants(self) -> tuple[str, ...]:
        if self.prompts == 0:
            return tuple(who for who in CONTESTANTS if who != "official-batch")
        return ("official", "official-batch", OURS) if self.prompts > 1 else ("official", OURS)


def decoder(prompts: int, with_masks: bool = False) -> Case:
    given = "a point and a mask each" if with_masks else "a point each"
    title = f"SAM mask decoder, {prompts} prompt{'s' if prompts > 1 else ''} on one slice, {given}"
    gflop = prompts * (DECODER_GFLOP + (MASK_GFLOP if with_masks else 0))
    return Case(title, "sam_vit_b", SAM_SIDE, gflop, prompts, with_masks)  # its decoder is ViT-H's


CASES = {
    "dinov2-vitl14-518": Case("DINOv2 ViT-L/14 with registers at 518 x 518", "dinov2_vitl14_reg", 518, 1017.103),
    "sam-vitb-1024": Case("SAM ViT-B image encoder at 1024 x 1024", "sam_vit_b", SAM_SIDE, 972.077),
    "sam-vith-1024": Case("SAM ViT-H image encoder at 1024 x 1024", "sam_vit_h", SAM_SIDE, 5961.083),
    "decoder-1": decoder(1),
    "decoder-8": decoder(8),
    "decoder-64": decoder(64),
    "decoder-64-mask": decoder(64, with_masks=True),
}
CASES |= {
    name + OUTLIERS: replace(case, title=f"{case.title}, outliers planted", outliers=True)
    for name, case in CASES.items()
    if case.prompts == 0
}

@dataclass(frozen=True)
class Contestant:
    """An engine at one precision: the packages it takes, and what is made for it in a case's folder, in that order."""

    engine: str
    title: str
    packages: tuple[str, ...] = ()
    made: tuple[str, ...] = ()
    precision: str = "float32"


TORCH, ONNX = ("torch", "torchvision"), ("torch", "onnx", "onnxscript", "onnxruntime")
CONTESTANTS = {
    "official": Contestant("official", "official PyTorch code", TORCH),
    "official-batch": Contestant("official", "official PyTorch code, all prompts as one batch", TORCH),
    "transformers": Contestant("transformers", "`transformers`, sdpa attention", ("torch", "transformers")),
    "onnxruntime": Contestant("onnxruntime", "ONNX Runtime, CPU provider", ONNX, ("onnxruntime",)),
    "openvino": Contestant("openvino", "OpenVINO, CPU, f32, latency", ("torch", "openvino"), ("openvino",)),
    OURS: Contestant(OURS, "this program, float32", (), (WEIGHTS,)),
    "openvino-bfloat16": Contestant("openvino", "OpenVINO, bf16", ("torch", "openvino"), ("openvino",), "bfloat16"),
    f"{OURS}-bfloat16": Contestant(OURS, "this program, bfloat16", ("torch", "safetensors"), (WEIGHTS,), "bfloat16"),
    "onnxruntime-int8": Contestant(
        "onnxruntime", "ONNX Runtime, int8, dynamic", ONNX, ("onnxruntime", "onnxruntime-int8"), "int8"
    ),
    "openvino-int8": Contestant(
        "openvino", "OpenVINO, int8 by NNCF", ("torch", "openvino", "nncf"), ("openvino", "openvino-int8"), "int8"
    ),
    f"{OURS}-int8": Contestant(OURS, "this program, int8", ("torch", "safetensors"), (WEIGHTS,), "int8"),
}


def describe(name: str, contestant: str) -> str:
    if CASES[name].prompts > 1 and contestant == "official":
        return f"{CONTESTANTS[contestant].title}, prompt by prompt"
    return CONTESTANTS[contestant].title
