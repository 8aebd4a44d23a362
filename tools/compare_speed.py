#!/usr/bin/env python3
"""Measures this program's encoders and mask decoder beside PyTorch, transformers, ONNX Runtime and OpenVINO.

All on the CPU with the same number of threads, the contestants by turns, each turn in a process of its own between two
SGEMMs; in float32, and the encoders in bfloat16 and int8 too. Writes every figure to OUT.json and a Markdown table to
OUT.md, after every turn. Models have random parameters; they, and what is exported from them, are made once and kept
in the work folder (5.5 GB for DINOv2 ViT-L, 11 GB for SAM ViT-H). A float32 output that differs from the official
code's by more than 1e-4 (relative L2) is not compared; of narrower numbers the error stands beside the time. In the
cases named ...-outliers the parameters have channels as large as trained ones have.

Needs tools/requirements.txt, and checkouts of the official code:
  git clone https://github.com/facebookresearch/segment-anything
  git clone https://github.com/facebookresearch/dinov2
A contestant that is not installed is left out, with a line that says so.
"""

import argparse
import importlib.util
import json
import os
import signal
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from speed_cases import CASES, CONTESTANTS, INPUTS, OURS, PARAMETERS, REFERENCE
from speed_machine import Children, Failure, describe_machine, openvino_computes_in_bfloat16, versions
from speed_report import report

ROOT = Path(__file__).resolve().parent.parent
ERROR_BOUND = 1e-4
DEFAULT_CASES = ["dinov2-vitl14-518", "sam-vith-1024", "decoder-64", "decoder-64-mask"]


def missing(name: str, contestant: str, arguments: argparse.Namespace, children: Children) -> str | None:
    """Why a contestant cannot take part, or None."""
    who, checkout = CONTESTANTS[contestant], CASES[name].checkout
    if who.engine == OURS and not os.access(arguments.cryosam, os.X_OK):
        return f"{arguments.cryosam} is not there: make build, or --cryosam PROGRAM"
    absent = [package for package in who.packages if importlib.util.find_spec(package) is None]
    if absent:
        return f"not installed: pip install {' '.join(absent)}"
    if contestant not in (OURS, "transformers") and children.checkouts[checkout] is None:
        return f"--{checkout} DIR is not given (git clone https://github.com/facebookresearch/{checkout})"
    if contestant == "openvino-bfloat16" and not openvino_computes_in_bfloat16():
        return "this processor has no bfloat16 products, and OpenVINO would compute in float32"
    return None


def prepare(name: str, contestants: list[str], work: Path, children: Children) -> dict[str, str]:
    """Makes what the case's folder lacks; returns the contestants that could not be prepared, with the reason."""
    folder = work / name
    folder.mkdir(parents=True, exist_ok=True)
    if contestants == [OURS]:  # it draws its own
        return {}
    reasons: dict[str, str] = {}  # of what could not be made

    def make(step: str) -> None:
        if (folder / step).exists() or step in reasons:
            return
        started = time.monotonic()
        try:
            children.run("prepare", name, step, folder, prefix=False)
        except Failure as failure:
            reasons[step] = f"{step} cannot be made: {failure}"
        print(f"{name}: {reasons.get(step, f'{step} made')} in {time.monotonic() - started:.0f} s", flush=True)

    compared = children.checkouts[CASES[name].checkout] is not None
    for step in [PARAMETERS, INPUTS, *([REFERENCE] if compared else [])]:
        make(step)
        if step in reasons:
            raise SystemExit(f"{folder}: {reasons[step]}")
    failed: dict[str, str] = {}
    for who in contestants if compared and CASES[name].prompts == 0 else []:
        for step in CONTESTANTS[who].made:
            if who not in failed:
                make(step)
            if step in reasons:
                failed[who] = reasons[step]
    return failed


def start_results(arguments: argparse.Namespace, children: Children) -> dict[str, Any]:
    """An empty record, or with --append the earlier one, which must be of the same machine, threads and versions."""
    results: dict[str, Any] = {
        "machine": describe_machine(),
        "threads": arguments.threads,
        "versions": versions(arguments.cryosam, children.checkouts),
        "left_out": {},
        "turns": [],
    }
    if arguments.append and arguments.output.exists():
        earlier = json.loads(arguments.output.read_text())
        new, old = ({"threads": r["threads"], **r["machine"], **r["versions"]} for r in (results, earlier))
        for what in ("threads", "processor", "cores", *results["versions"]):
            if what in old and old[what] != new[what]:
                raise SystemExit(f"{arguments.output}: {what} was {old[what]}, is {new[what]}: begin another with -o")
        results["versions"] = earlier["versions"] | results["versions"]
        results["turns"], results["left_out"] = earlier["turns"], earlier["left_out"]
    return results


def save(results: dict[str, Any], output: Path) -> None:
    results["finished"] = datetime.now().isoformat(sep=" ", timespec="minutes")
    for path, text in ((output, json.dumps(results, indent=1) + "\n"), (output.with_suffix(".md"), report(results))):
        partial = path.with_name(path.name + ".partial")
        partial.write_text(text)
        partial.rename(path)


def measure(
    name: str, contestants: list[str], arguments: argparse.Namespace, children: Children, results: dict[str, Any]
) -> bool:
    """All rounds of one case. Returns whether every contestant came through."""
    left_out = results["left_out"].setdefault(name, {})
    first = 1 + max((turn["round"] for turn in results["turns"] if turn["case"] == name), default=0)
    failed: set[str] = set()
    for number in range(first, first + arguments.rounds):
        shift = number % len(contestants)
        for who in contestants[shift:] + contestants[:shift]:  # another one begins each round
            if who in failed:
                continue
            words = ["--calls", arguments.calls, "--warm-ups", arguments.warm_ups]
            started = time.monotonic()
            try:
                output = children.run("turn", name, who, arguments.work / name, *words, prefix=True)
                turn = json.loads(output.splitlines()[-1])
                if CONTESTANTS[who].precision == "float32" and turn.get("error", 0) > ERROR_BOUND:
                    raise Failure(
                        f"differs from the official output by {turn['error']:.1e}, more than {ERROR_BOUND:.0e}"
                    )
            except Failure as failure:
                failed.add(who)
                left_out[who] = str(failure)
                print(f"{name} {who}: {failure}", file=sys.stderr, flush=True)
                continue
            settings = {"calls": arguments.calls, "warm_ups": arguments.warm_ups}
            results["turns"].append({"case": name, "contestant": who, "round": number} | settings | turn)
            save(results, arguments.output)
            share = CASES[name].gflop / turn["median_s"] / turn["sgemm_gflops"]
            print(
                f"{name} round {number} {who}: {turn['median_s']:.3f} s, {share:.2f} of the SGEMM rate, "
                f"{turn['peak_mib']:.0f} MiB"
                + (f", error {turn['error']:.1e}" if "error" in turn else "")
                + f"; the turn {time.monotonic() - started:.0f} s",
                flush=True,
            )
    return not failed


def run(arguments: argparse.Namespace) -> int:
    children = Children(arguments)
    results = start_results(arguments, children)
    passed = True
    for name in arguments.case or DEFAULT_CASES:
        wanted = [who for who in CASES[name].contestants if not arguments.contestant or who in arguments.contestant]
        reasons = {who: missing(name, who, arguments, children) for who in wanted}
        left_out = {who: reason for who, reason in reasons.items() if reason is not None}
        able = [who for who in wanted if who not in left_out]
        unprepared = prepare(name, able, arguments.work, children)
        for who, reason in (left_out | unprepared).items():
            print(f"{name}: {who} is left out: {reason}", file=sys.stderr, flush=True)
        able = [who for who in able if who not in unprepared]
        earlier = results["left_out"].get(name, {})
        results["left_out"][name] = (
            {who: why for who, why in earlier.items() if who not in able} | left_out | unprepared
        )
        if able and not arguments.prepare_only:
            passed &= measure(name, able, arguments, children, results)
        passed &= not unprepared
    if arguments.prepare_only:
        return 0 if passed else 1
    if not results["turns"]:
        print("nothing was measured", file=sys.stderr)
        return 1
    save(results, arguments.output)
    print(f"\n{arguments.output.with_suffix('.md').read_text()}")
    return 0 if passed else 1


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="""examples:
  compare_speed.py --work work --segment-anything segment-anything --dinov2 dinov2
  compare_speed.py --work work --prepare-only --segment-anything segment-anything --case sam-vith-1024
  compare_speed.py --work work --segment-anything segment-anything --case sam-vitb-1024 --rounds 5 -o vitb.json
  compare_speed.py --work work --dinov2 dinov2 --case dinov2-vitl14-518 --contestant cryosam --contestant openvino
  compare_speed.py --work work --dinov2 dinov2 --case dinov2-vitl14-518-outliers -o outliers.json
  compare_speed.py --work work --dinov2 dinov2 --case dinov2-vitl14-518 --prefix 'taskset -c 0,1'
  compare_speed.py --work work --segment-anything segment-anything --rounds 1 --append     (one more round)""",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--work", type=Path, required=True, metavar="DIR", help="models and inputs, kept between runs")
    parser.add_argument("--segment-anything", type=Path, metavar="DIR", help="checkout of the official SAM")
    parser.add_argument("--dinov2", type=Path, metavar="DIR", help="checkout of the official DINOv2")
    parser.add_argument(
        "--cryosam",
        type=Path,
        default=ROOT / ".build/release/cryosam",
        metavar="PROGRAM",
        help="this program (default: .build/release/cryosam)",
    )
    parser.add_argument(
        "--case",
        action="append",
        choices=CASES,
        metavar="NAME",
        help=f"{', '.join(CASES)}; may be repeated (default: {', '.join(DEFAULT_CASES)})",
    )
    parser.add_argument(
        "--contestant",
        action="append",
        choices=CONTESTANTS,
        metavar="NAME",
        help=f"{', '.join(CONTESTANTS)}; may be repeated (default: all)",
    )
    parser.add_argument("--threads", type=int, default=2, metavar="N", help="of every contestant (default: 2)")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="turns of every contestant (default: 3)")
    parser.add_argument("--calls", type=int, default=1, metavar="N", help="timed calls a turn (default: 1)")
    parser.add_argument("--warm-ups", type=int, default=1, metavar="N", help="calls before them (default: 1)")
    parser.add_argument("--timeout", type=int, default=1800, metavar="S", help="of one turn or export (default: 1800)")
    parser.add_argument("--prefix", default="", metavar="COMMAND", help="put before every turn, e.g. 'taskset -c 0,1'")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path("speed.json"),
        metavar="OUT.json",
        help="all figures; the tables go to OUT.md (default: speed.json)",
    )
    parser.add_argument("--append", action="store_true", help="add to the turns that OUT.json has")
    parser.add_argument("--prepare-only", action="store_true", help="make the work folder and stop")
    arguments = parser.parse_args()
    if min(arguments.threads, arguments.rounds, arguments.calls) < 1 or arguments.warm_ups < 0:
        parser.error("--threads, --rounds and --calls are at least 1, --warm-ups at least 0")
    for option, marker in (("segment_anything", "segment_anything"), ("dinov2", "dinov2")):
        path = getattr(arguments, option)
        if path is not None and not (path / marker).is_dir():
            parser.error(f"{path}: is no checkout of {option.replace('_', '-')}: there is no folder {marker} in it")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))  # so that no turn stays behind
    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
