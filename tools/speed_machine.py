"""What compare_speed.py needs of the machine: child processes, and a description of it and of the versions."""

import argparse
import hashlib
import importlib.util
import os
import platform
import shlex
import signal
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path
from typing import Any

from speed_cases import CONTESTANTS, OURS

TURN = Path(__file__).resolve().with_name("speed_turn.py")


class Failure(Exception):
    """One line: what went wrong in a child process."""


class Children:
    """Runs the steps of speed_turn.py with the threads and the paths they need."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.threads, self.timeout, self.program = arguments.threads, arguments.timeout, arguments.cryosam
        self.prefix = shlex.split(arguments.prefix)
        self.checkouts = {"segment-anything": arguments.segment_anything, "dinov2": arguments.dinov2}
        paths = [str(path.resolve()) for path in self.checkouts.values() if path is not None]
        variables = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        self.environment = os.environ | dict.fromkeys(variables, str(self.threads))
        self.environment |= {"PYTHONPATH": os.pathsep.join(paths), "PYTHONWARNINGS": "ignore"}

    def run(self, *words: object, prefix: bool) -> str:
        """Standard output of one step. None of its processes outlives it."""
        command = [*(self.prefix if prefix else []), sys.executable, str(TURN), *map(str, words)]
        command += ["--threads", str(self.threads), "--cryosam", str(self.program)]
        with tempfile.TemporaryFile("w+") as errors:
            process = subprocess.Popen(
                command, env=self.environment, stdout=subprocess.PIPE, stderr=errors, text=True, start_new_session=True
            )
            try:
                output, _ = process.communicate(timeout=self.timeout)
            except subprocess.TimeoutExpired:
                raise Failure(f"took longer than {self.timeout} s (--timeout)") from None
            finally:
                if process.returncode is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
            if process.returncode == 0:
                return output
            errors.seek(0)
            said = [line.strip() for line in errors if line.strip()]
        killed = process.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL)
        how = "was killed (out of memory?)" if killed else f"exit status {process.returncode}"
        raise Failure(f"{how}: {said[-1] if said else 'no message'}")


def describe_machine() -> dict[str, Any]:
    lines = Path("/proc/cpuinfo").read_text().split("\n\n")[0].splitlines()
    fields = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    flags = fields.get("flags", "").split()
    known = {"avx2": "AVX2", "avx512f": "AVX-512", "avx512_vnni": "VNNI", "amx_tile": "AMX"}
    return {
        "processor": f"{fields.get('model name', platform.machine())} (family {fields.get('cpu family', '?')}, "
        f"model {fields.get('model', '?')})",
        "cores": len(os.sched_getaffinity(0)),
        "instructions": ", ".join(text for flag, text in known.items() if flag in flags) or "neither AVX2 nor AVX-512",
        "memory_gb": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9,
        "system": f"{platform.system()} {platform.release()}",
    }


def openvino_computes_in_bfloat16() -> bool:
    """On a processor without such products it computes in float32 without a word."""
    import openvino

    return "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def printed(command: list[Any]) -> str:
    """What a program prints, or nothing when it fails."""
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def versions(program: Path, checkouts: dict[str, Path | None]) -> dict[str, str]:
    """Of the packages that are installed, of the checkouts, and of this program with the start of its SHA-256."""
    found = {"Python": platform.python_version()}
    for package in sorted({package for who in CONTESTANTS.values() for package in who.packages}):
        if importlib.util.find_spec(package) is not None:
            found[package] = metadata.version(package)
    for name, path in checkouts.items():
        if path is not None:
            found[name] = printed(["git", "-C", path, "rev-parse", "--short", "HEAD"]) or "of unknown commit"
    if os.access(program, os.X_OK):
        digest = hashlib.sha256(program.read_bytes()).hexdigest()[:12]
        found[OURS] = f"{printed([program, '--version']).removeprefix('cryosam ')} ({digest})"
    return found
