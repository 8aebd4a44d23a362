#!/usr/bin/env python3
"""One step of compare_speed.py in a process of its own; it is not meant to be called by hand.

  speed_turn.py prepare CASE STEP FOLDER --threads N --cryosam PROGRAM
  speed_turn.py turn CASE CONTESTANT FOLDER --threads N --calls K --warm-ups W --cryosam PROGRAM
  speed_turn.py sgemm --threads N

`turn` prints one JSON line: `median_s` and `min_s` of the timed calls, `sgemm_gflops` right before and right after
them, `peak_mib` of the process (VmHWM) and `running_mib` of the timed calls alone, `error` against the official
code's output (relative L2) and, of encoders, `cosine` with it (mean over the places). An SGEMM runs in another process,
so that it leaves no memory in the contestant's.
"""

import argparse
import ctypes
import ctypes.util
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from speed_cases import CASES, CONTESTANTS, INPUTS, OURS, OUTLIERS, REFERENCE, WEIGHTS, Case

SGEMM_SIDE, SGEMM_REPEATS = 4096, 5  # as `cryosam bench` does
ROW_MAJOR, NO_TRANSPOSE = 101, 111


def openblas(threads: int) -> Any | None:
    """The system's OpenBLAS, which this program uses too, or None."""
    name = ctypes.util.find_library("openblas")
    if name is None:
        return None
    library = ctypes.CDLL(name)
    library.openblas_set_num_threads(ctypes.c_int(threads))
    return library


def sgemm_gflops(threads: int) -> dict[str, Any]:
    """The median rate of a product of two 4096 x 4096 matrices, after one that is not counted."""
    side, generator = SGEMM_SIDE, np.random.default_rng(0)
    a, b = (generator.standard_normal((side, side), dtype=np.float32) for _ in range(2))
    c = np.zeros((side, side), np.float32)
    library = openblas(threads)

    def multiply() -> None:
        if library is None:
            np.matmul(a, b, out=c)
            return
        one, zero, n = ctypes.c_float(1), ctypes.c_float(0), ctypes.c_int(side)
        pa, pb, pc = (ctypes.c_void_p(matrix.ctypes.data) for matrix in (a, b, c))
        library.cblas_sgemm(ROW_MAJOR, NO_TRANSPOSE, NO_TRANSPOSE, n, n, n, one, pa, n, pb, n, zero, pc, n)

    times = []
    for _ in range(1 + SGEMM_REPEATS):
        started = time.perf_counter()
        multiply()
        times.append(time.perf_counter() - started)
    expected = a[:8].astype(np.float64) @ b
    assert np.allclose(c[:8], expected, atol=1e-2), "the SGEMM is wrong"
    version = "numpy's BLAS"
    if library is not None:
        library.openblas_get_config.restype = ctypes.c_char_p
        version = library.openblas_get_config().decode()
    return {"gflops": 2 * side**3 / float(np.median(times[1:])) / 1e9, "library": version}


def measure_sgemm(threads: int) -> dict[str, Any]:
    command = [sys.executable, __file__, "sgemm", "--threads", str(threads)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


@contextmanager
def between_sgemms(threads: int, record: dict[str, Any]) -> Iterator[None]:
    before = measure_sgemm(threads)
    yield
    after = measure_sgemm(threads)
    record["sgemm"] = [before["gflops"], after["gflops"]]
    record["sgemm_gflops"] = (before["gflops"] + after["gflops"]) / 2
    record["sgemm_library"] = before["library"]


def peak_mib() -> float:
    """The largest resident memory of this process since its start or since the last `forget_peak`."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def forget_peak() -> bool:
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return False
    return True


def errors(case: Case, output: np.ndarray, path: Path) -> dict[str, float]:
    """Nothing where there is no output of the official code."""
    if not path.exists():
        return {}
    reference = np.load(path)
    if output.shape != reference.shape:
        raise SystemExit(f"the output's shape is {output.shape}, the official code's {reference.shape}")
    norms = [np.linalg.norm(values.ravel()) for values in (output - reference, reference)]
    found = {"error": float(norms[0] / norms[1])}
    if not case.prompts:
        axis = 1 if case.is_sam else -1  # the channels
        lengths = np.linalg.norm(output, axis=axis) * np.linalg.norm(reference, axis=axis)
        found["cosine"] = float(np.mean(np.sum(output * reference, axis=axis) / lengths, dtype=np.float64))
    return found


def run_peer(arguments: argparse.Namespace) -> dict[str, Any]:
    from speed_models import load

    started = time.perf_counter()
    call, context = load(arguments.case, arguments.contestant, arguments.folder, arguments.threads)
    record: dict[str, Any] = {"load_s": time.perf_counter() - started, "loaded_mib": peak_mib()}
    case, reference = CASES[arguments.case], arguments.folder / REFERENCE

    def timed_calls(count: int) -> list[float]:
        nonlocal output
        times = []
        for _ in range(count):
            started = time.perf_counter()
            output = call()
            times.append(time.perf_counter() - started)
        return times

    output = None
    with context, between_sgemms(arguments.threads, record):
        record["warm_up_times"] = timed_calls(arguments.warm_ups)
        warm_up_peak = peak_mib()
        if arguments.warm_ups > 0:
            record |= errors(case, output, reference)
        forgotten = forget_peak()
        record["times"] = timed_calls(arguments.calls)
        running = peak_mib()
    if arguments.warm_ups == 0:
        record |= errors(case, output, reference)
    record |= {"median_s": float(np.median(record["times"])), "min_s": min(record["times"])}
    return record | {"peak_mib": max(warm_up_peak, running), "running_mib": running if forgotten else None}


def encode(arguments: argparse.Namespace, options: list[str]) -> np.ndarray:
    """This program's output for the case's own parameters and input."""
    from safetensors.numpy import load_file

    is_sam = CASES[arguments.case].is_sam
    with tempfile.TemporaryDirectory() as scratch, np.load(arguments.folder / INPUTS) as inputs:
        image, output = Path(scratch, "image.npy"), Path(scratch, "output.safetensors")
        np.save(image, inputs["image"])
        command = [arguments.cryosam, "encode", "sam" if is_sam else "dinov2", "--quiet", "--tensor", image]
        command += ["--weights", arguments.folder / WEIGHTS, "-o", output, *options]
        subprocess.run(command, check=True)
        return load_file(output)["image_embedding" if is_sam else "x_norm_patchtokens"][None]


def run_ours(arguments: argparse.Namespace) -> dict[str, Any]:
    """`cryosam bench` checks its result, warms up, and measures the same SGEMM closer to its runs than we can, which
    is taken instead of ours. Its memory is that of loading and running, without the checks. Its parameters are others,
    so the error is that of `cryosam encode`, before it."""
    case = CASES[arguments.case]
    options = ["--threads", str(arguments.threads), "--precision", CONTESTANTS[arguments.contestant].precision]
    record: dict[str, Any] = {}
    if (arguments.folder / WEIGHTS).exists() and (arguments.folder / REFERENCE).exists():
        record |= errors(case, encode(arguments, options), arguments.folder / REFERENCE)
    name = arguments.case.removesuffix(OUTLIERS)
    command = [str(arguments.cryosam), "bench", "--json", "--case", name]
    command += [*options, "--repeats", str(arguments.calls)]
    with between_sgemms(arguments.threads, record):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"{' '.join(command)}: exit status {os.waitstatus_to_exitcode(status)}")
    lines = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    bench = next((line for line in lines if line.get("case") == name), None)
    if bench is None:
        raise SystemExit(f"{' '.join(command)}: printed no line of case {name}")
    record["sgemm"].insert(1, bench["sgemm_gflops"])
    return record | {
        "sgemm_gflops": bench["sgemm_gflops"],
        "median_s": bench["median_s"],
        "min_s": bench["min_s"],
        "peak_mib": bench["rss_mib"],
        "process_peak_mib": usage.ru_maxrss / 1024,
        "bench": bench,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    actions = parser.add_subparsers(dest="action", required=True)
    for name in ("prepare", "turn", "sgemm"):
        action = actions.add_parser(name)
        action.add_argument("--threads", type=int, default=2)
        if name != "sgemm":
            action.add_argument("case", choices=CASES)
            action.add_argument("step" if name == "prepare" else "contestant")
            action.add_argument("folder", type=Path)
            action.add_argument("--cryosam", type=Path)
        if name == "turn":
            action.add_argument("--calls", type=int, default=1)
            action.add_argument("--warm-ups", type=int, default=1)
    arguments = parser.parse_args()

    if arguments.action == "prepare":
        from speed_models import prepare

        prepare(arguments.case, arguments.step, arguments.folder, arguments.threads, arguments.cryosam)
    elif arguments.action == "sgemm":
        print(json.dumps(sgemm_gflops(arguments.threads)))
    else:
        is_ours = CONTESTANTS[arguments.contestant].engine == OURS
        record = (run_ours if is_ours else run_peer)(arguments)
        print(json.dumps(record))
    return 0


if __name__ == "__main__":
    sys.exit(main())
