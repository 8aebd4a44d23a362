"""What compare_speed.py prints: the turns of a run as Markdown tables."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from speed_cases import CASES, CONTESTANTS, OURS, describe

Turn = dict[str, Any]
STEADY = 0.15  # how much the SGEMMs before and after a turn's calls may differ


@dataclass(frozen=True)
class Row:
    """One contestant's turns in one case, in order of rounds."""

    contestant: str
    turns: Sequence[Turn]
    gflop: float

    @property
    def precision(self) -> str:
        return CONTESTANTS[self.contestant].precision

    @property
    def is_ours(self) -> bool:
        return CONTESTANTS[self.contestant].engine == OURS

    @property
    def median_s(self) -> float:
        return median(turn["median_s"] for turn in self.turns)

    @property
    def min_s(self) -> float:
        return min(turn["min_s"] for turn in self.turns)

    @property
    def sgemm(self) -> float:
        return median(turn["sgemm_gflops"] for turn in self.turns)

    @property
    def steady(self) -> list[Turn]:
        """The turns during which the machine kept its speed."""
        return [turn for turn in self.turns if max(turn["sgemm"]) <= (1 + STEADY) * min(turn["sgemm"])]

    @property
    def shares(self) -> list[float]:
        """The rate over that of the SGEMMs around it, of each steady turn, or of all if none was."""
        return [self.gflop / turn["median_s"] / turn["sgemm_gflops"] for turn in self.steady or self.turns]

    @property
    def peak_gb(self) -> float:
        return max(turn["peak_mib"] for turn in self.turns) * 2**20 / 1e9

    @property
    def running_gb(self) -> float | None:
        largest = self.of_all("running_mib", max)
        return None if largest is None else largest * 2**20 / 1e9

    def of_all(self, what: str, worst: Callable[[list[float]], float]) -> float | None:
        """What each turn has, or None."""
        values = [turn.get(what) for turn in self.turns]
        return None if None in values else worst(values)

    def seconds_by_round(self) -> dict[int, float]:
        return {turn["round"]: turn["median_s"] for turn in self.turns}


def rows(name: str, turns: Sequence[Turn]) -> list[Row]:
    mine = [turn for turn in turns if turn["case"] == name]
    grouped = {who: [turn for turn in mine if turn["contestant"] == who] for who in CASES[name].contestants}
    return [Row(who, its_turns, CASES[name].gflop) for who, its_turns in grouped.items() if its_turns]


def seconds(value: float) -> str:
    return f"{value:.1f}" if value >= 20 else f"{value:.2f}" if value >= 1 else f"{value:.3f}"


def by_precision(its_rows: Sequence[Row]) -> dict[str, Row]:
    return {row.precision: row for row in its_rows if row.is_ours}


def table(name: str, its_rows: Sequence[Row]) -> list[str]:
    ours = by_precision(its_rows)
    lines = [
        "| | median s | best s | GFLOP/s | of SGEMM, median (best) | SGEMM GFLOP/s | peak GB (calls) | s / ours "
        "| error | cosine |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in its_rows:
        error, cosine = row.of_all("error", max), row.of_all("cosine", min)
        memory = f"{row.peak_gb:.2f}" + ("" if row.running_gb is None else f" ({row.running_gb:.2f})")
        cells = [
            describe(name, row.contestant),
            seconds(row.median_s),
            seconds(row.min_s),
            f"{row.gflop / row.median_s:.0f}",
            f"{median(row.shares):.2f} ({max(row.shares):.2f})",
            f"{row.sgemm:.0f}",
            memory,
            f"{row.median_s / ours[row.precision].median_s:.2f}" if row.precision in ours else "",
            "" if error is None else f"{error:.1e}",
            "" if cosine is None else f"{cosine:.6f}",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def against(name: str, peer: Row, ours: Row) -> str:
    """How many times as fast as `peer` this program is: by medians, by best times, by shares, and over the rounds."""
    theirs, mine = peer.seconds_by_round(), ours.seconds_by_round()
    ratios = [theirs[number] / mine[number] for number in theirs if number in mine]
    text = f"{peer.median_s / ours.median_s:.2f} times as fast as {describe(name, peer.contestant)}"
    text += f" (by best times {peer.min_s / ours.min_s:.2f}, by shares {median(ours.shares) / median(peer.shares):.2f}"
    return text + (f"; by rounds {min(ratios):.2f} ... {max(ratios):.2f})" if ratios else ")")


def case_report(name: str, turns: Sequence[Turn], left_out: dict[str, str]) -> list[str]:
    case, its_rows = CASES[name], rows(name, turns)
    counts = sorted({len(row.turns) for row in its_rows})
    lines = [f"## {name}: {case.title}", "", f"Official operations: {case.gflop:.1f} GFLOP."]
    if its_rows:
        lines[-1] += f" Turns each: {' to '.join(str(count) for count in (counts[0], counts[-1])[: len(counts)])}, "
        lines[-1] += " or ".join(sorted({calls(turn) for row in its_rows for turn in row.turns})) + "."
        lines += ["", *table(name, its_rows)]
    for precision, ours in by_precision(its_rows).items():
        peers = [row for row in its_rows if row.precision == precision and not row.is_ours]
        wanted = sorted(peers, key=lambda row: row.median_s)[:1]
        wanted += [row for row in peers if row.contestant.startswith("official") and row not in wanted]
        wanted += [row for row in its_rows if row.contestant == OURS and row is not ours]
        if wanted:
            ratios = ", ".join(against(name, row, ours) for row in wanted)
            lines += ["", f"This program in {precision} is {ratios}."]
    if case.prompts and its_rows:
        lines += ["", f"Prompts a second: {listed(its_rows, lambda row: f'{case.prompts / row.median_s:.1f}')}."]
    unsteady = [row for row in its_rows if len(row.steady) < len(row.turns)]
    if unsteady:
        changed = listed(unsteady, lambda row: f"{len(row.turns) - len(row.steady)} of {len(row.turns)}")
        lines += ["", f"Turns in which the machine changed its speed, not in the shares while others are: {changed}."]
    if left_out:
        lines += ["", "Left out:", "", *(f"- {who}: {reason}" for who, reason in left_out.items())]
    return [*lines, ""]


def calls(turn: Turn) -> str:
    """`cryosam bench` always makes a call before those it times: its check at full size."""
    text = f"{turn['calls']} timed call{'s' if turn['calls'] > 1 else ''} after {turn['warm_ups'] or 'no'} other"
    return text if turn["warm_ups"] else f"{text} (this program after one)"


def listed(its_rows: Sequence[Row], value: Callable[[Row], str]) -> str:
    return ", ".join(f"{row.contestant} {value(row)}" for row in its_rows)


def report(results: dict[str, Any]) -> str:
    turns = results["turns"]
    lines = ["# Speed beside other implementations", "", conditions(results), ""]
    lines += ["Versions: " + ", ".join(f"{name} {version}" for name, version in results["versions"].items()) + ".", ""]
    lines += [EXPLANATION, ""]
    for name in CASES:
        left_out = results["left_out"].get(name, {})
        if left_out or any(turn["case"] == name for turn in turns):
            lines += case_report(name, turns, left_out)
    return "\n".join(lines).rstrip() + "\n"


def conditions(results: dict[str, Any]) -> str:
    machine, libraries = results["machine"], sorted({turn["sgemm_library"] for turn in results["turns"]})
    return (
        f"{machine['processor']}, {machine['cores']} cores, {machine['instructions']}, {machine['memory_gb']:.0f} GB, "
        f"{machine['system']}; {results['threads']} threads, batch 1; SGEMM by {' and '.join(libraries)}; "
        f"{results['finished']}."
    )


EXPLANATION = """\
Each turn is a process of its own, and the contestants take turns. Loading is not timed. The rate counts the
official code's operations, whatever is really computed; its share is of the rate of an SGEMM of 4096 x 4096 x 4096
measured right before and after the calls. Memory is the process's peak, and in parentheses that of the timed calls
alone. `s / ours` is beside this program in the same precision, float32 where none is named. Error (relative L2) and
cosine (mean over an encoder's places) are against the official code's output in float32, the worst of the turns."""
