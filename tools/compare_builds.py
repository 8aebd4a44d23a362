#!/usr/bin/env python3
"""How fast one build of the program is beside another: both are begun, and run by turns of half a second, the other one
stopped meanwhile.

  tools/compare_builds.py before/cryosam after/cryosam -- encode sam --weights sam-h.safetensors \\
      --tomogram tomo.mrc --axis z --index 8 -o OUT

Where others share the machine, what it does in a second changes by a tenth and more from one minute to the next; with turns
as short as these both programs meet the same. It is for commands of many turns: the first to start pays for what the other
finds in memory. OUT stands for a file in a temporary folder; those of both builds must be the same bytes, or, with
--other-bytes, need not. Prints for each round the seconds that each had, and those of its processors, then the median of
the ratios, after to before. Ends with 1 if that of the seconds had is over --limit, or bytes differ. Only the standard
library is used. OPENBLAS_CORETYPE and OPENBLAS_L2_SIZE are not handed on.
"""

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

NAMES = ("before", "after")
# Seconds: of a turn, and between two looks whether the process has ended in it.
TURN = 0.5
LOOK = 0.002


class Run:
    """One process that runs in turns only: the seconds that it had, those of its processors, and its exit status."""

    def __init__(self, command: list[str]) -> None:
        hidden = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
        environment = {name: value for name, value in os.environ.items() if name not in hidden}
        start = time.monotonic()
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        self.process.send_signal(signal.SIGSTOP)
        self.had = time.monotonic() - start
        self.processor = 0.0
        self.status: int | None = None

    def turn(self) -> None:
        """Lets it run for a turn, or until it ends."""
        start = time.monotonic()
        self.process.send_signal(signal.SIGCONT)
        while self.status is None and time.monotonic() < start + TURN:
            time.sleep(LOOK)
            process, status, usage = os.wait4(self.process.pid, os.WNOHANG)
            if process:
                self.status = self.process.returncode = os.waitstatus_to_exitcode(status)
                self.processor = usage.ru_utime + usage.ru_stime
        if self.status is None:
            self.process.send_signal(signal.SIGSTOP)
        self.had += time.monotonic() - start


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("arguments", nargs="+", help="the command to run; OUT stands for its output file")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--limit", type=float, default=1.03)
    parser.add_argument("--other-bytes", action="store_true", help="the output files may differ")
    options = parser.parse_args()

    ratios: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(options.rounds):
            outputs = [Path(folder) / f"{name}-{number}.safetensors" for name in NAMES]
            runs = [
                Run([str(program), *(str(output) if a == "OUT" else a for a in options.arguments)])
                for program, output in zip((options.before, options.after), outputs, strict=True)
            ]
            try:
                while any(run.status is None for run in runs):
                    for run in runs if number % 2 == 0 else reversed(runs):
                        if run.status is None:
                            run.turn()
            finally:
                for run in runs:
                    if run.status is None:
                        run.process.kill()
            if any(run.status for run in runs):
                print(f"exit status {runs[0].status} before, {runs[1].status} after", file=sys.stderr)
                return 1
            ratios.append((runs[1].had / runs[0].had, runs[1].processor / runs[0].processor))
            print(
                f"{number + 1}: {runs[0].had:.2f} and {runs[1].had:.2f} s, {ratios[-1][0]:.3f}; "
                f"of processors {runs[0].processor:.2f} and {runs[1].processor:.2f} s, {ratios[-1][1]:.3f}",
                flush=True,
            )
            if all(output.exists() for output in outputs) and not options.other_bytes:
                if outputs[0].read_bytes() != outputs[1].read_bytes():
                    print("the output files differ", file=sys.stderr)
                    return 1
            for output in outputs:
                output.unlink(missing_ok=True)
    had, processor = (statistics.median(ratio[kind] for ratio in ratios) for kind in (0, 1))
    print(f"median of {len(ratios)}: {had:.3f}, of processors {processor:.3f}")
    return 0 if had <= options.limit else 1


if __name__ == "__main__":
    sys.exit(main())
