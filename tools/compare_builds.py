#!/usr/bin/env python3
"""How fast one build of the program is beside another: both run at the same time, a core each, and exchange cores every round.

  tools/compare_builds.py before/cryosam after/cryosam -- encode sam --weights sam-h.safetensors \\
      --tomogram tomo.mrc --axis z --index 8 -o OUT --threads 1

Where others share the machine, what it does in a second changes by a tenth and more from one minute to the next; two
programs that run at the same time meet the same, so that their ratio is sure to a few per cent in a round. OUT stands for a file in
a temporary folder; those of both builds must be the same bytes, or, with --other-bytes, need not. Prints each round's wall
and processor seconds, then the median of the ratios, after to before. Ends with 1 if that of the wall times is over --limit, or
bytes differ. Only the standard library is used. OPENBLAS_CORETYPE and OPENBLAS_L2_SIZE are not handed on.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

NAMES = ("before", "after")


class Run(threading.Thread):
    """One process on one core: its wall and processor seconds, and its exit status."""

    def __init__(self, command: list[str], core: int) -> None:
        super().__init__()
        self.command, self.core = command, core
        self.wall = self.processor = 0.0
        self.status = -1

    def run(self) -> None:
        hidden = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
        environment = {name: value for name, value in os.environ.items() if name not in hidden}
        start = time.monotonic()
        process = subprocess.Popen(
            ["taskset", "-c", str(self.core), *self.command], env=environment, stdout=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
        self.wall = time.monotonic() - start
        self.processor = usage.ru_utime + usage.ru_stime
        self.status = os.waitstatus_to_exitcode(status)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("arguments", nargs="+", help="the command to run; OUT stands for its output file")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--limit", type=float, default=1.03)
    parser.add_argument("--other-bytes", action="store_true", help="the output files may differ")
    options = parser.parse_args()

    cores = sorted(os.sched_getaffinity(0))[:2]
    if len(cores) < 2:
        parser.error("two cores are needed")
    ratios: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(options.rounds):
            outputs = [Path(folder) / f"{name}-{number}.safetensors" for name in NAMES]
            runs = [
                Run([str(program), *(str(output) if a == "OUT" else a for a in options.arguments)], core)
                for program, output, core in zip(
                    (options.before, options.after), outputs, cores if number % 2 == 0 else cores[::-1], strict=True
                )
            ]
            for run in runs:
                run.start()
            for run in runs:
                run.join()
            if any(run.status for run in runs):
                print(f"exit status {runs[0].status} before, {runs[1].status} after", file=sys.stderr)
                return 1
            ratios.append((runs[1].wall / runs[0].wall, runs[1].processor / runs[0].processor))
            print(
                f"{number + 1}: wall {runs[0].wall:.2f} and {runs[1].wall:.2f} s, {ratios[-1][0]:.3f}; "
                f"processor {runs[0].processor:.2f} and {runs[1].processor:.2f} s, {ratios[-1][1]:.3f}",
                flush=True,
            )
            if all(output.exists() for output in outputs) and not options.other_bytes:
                if outputs[0].read_bytes() != outputs[1].read_bytes():
                    print("the output files differ", file=sys.stderr)
                    return 1
            for output in outputs:
                output.unlink(missing_ok=True)
    wall, processor = (statistics.median(ratio[kind] for ratio in ratios) for kind in (0, 1))
    print(f"median of {len(ratios)}: wall {wall:.3f}, processor {processor:.3f}")
    return 0 if wall <= options.limit else 1


if __name__ == "__main__":
    sys.exit(main())
