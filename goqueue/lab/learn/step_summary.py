"""Which promises of a step a learner's own version keeps, in text that can be read aloud."""

from ..versions.course import entry
from ..versions.mend_first import first_to_mend
from ..versions.trial import KEPT, MARKS, NOT_TRIED, Checks, Result, promises
from . import progress_log
from .own_version import next_step

REPLAY = "to see it: "


def summary(checks: Checks, step: int, called: str) -> str:
    """Return a line for each promise that was tried, with all details of the one to mend first.

    Promises that could not be tried share one line for each reason. `called` is the folder's name in commands.
    """
    tried = [result for result in checks if result.outcome != NOT_TRIED]
    first = first_to_mend(tried)
    lines = [_in_full(one, called) if one is first else _line(one, one.message.partition("\n")[0]) for one in tried]
    lines += [f"{MARKS[NOT_TRIED]} {why}" for why in checks.not_tried]
    return "\n".join([*lines, "", *standing(checks, step, called)])


def next_to_keep(checks: Checks, step: int, called: str) -> str:
    """Return the promise to mend first, with all its details, and how many are kept."""
    first = first_to_mend(checks)
    lines = []
    if first is not None:
        lines = [f"{MARKS[NOT_TRIED]} {first.version}: {first.message}", ""]
        if first.outcome != NOT_TRIED:
            lines = [_in_full(first, called), "", f"To try it alone: goqueue check {called} {first.name}"]
    return "\n".join([*lines, *standing(checks, step, called)])


def standing(checks: Checks, step: int, called: str) -> list[str]:
    """Return how many promises of a step are kept, and what comes next if all are."""
    kept, count = sum(result.outcome == KEPT for result in checks), len(checks.results)
    tried = any(result.outcome != NOT_TRIED for result in checks)
    lines = [f"Step {step}, {entry(step).title}: " + (f"kept {kept} of {count}" if tried else "no promise was tried")]
    if checks.kept:
        after = next_step(step)
        lines.append(f"All promises of step {step} are kept.")
        if after == step:
            lines.append("That was the last step: this queue keeps all that the course promises.")
        else:
            lines.append(f"Next is step {after}, {entry(after).title}: goqueue watch {called} --step {after}")
    return lines


def bar(checks: Checks) -> str:
    """Return a bar of how many promises are kept, for a terminal; the text beside it has the numbers."""
    kept = sum(result.outcome == KEPT for result in checks)
    return "[" + "#" * kept + "." * (len(checks.results) - kept) + "]"


def note_kept(checks: Checks, step: int) -> None:
    """Note the promises that are kept, each once for a version and a step."""
    known = {(one.get("version"), one.get("step"), one["name"]) for one in progress_log.entries("promise")}
    for result in checks:
        if result.outcome == KEPT and (result.version, step, result.name) not in known:
            progress_log.note("promise", result.name, version=result.version, step=step)


def _line(result: Result, said: str) -> str:
    return f"{MARKS[result.outcome]} {result.name}" + (said and f": {said}")


def _in_full(result: Result, called: str) -> str:
    sentence = promises()[result.name].sentence
    lines = [_line(result, sentence), *result.message.splitlines()]
    if result.outcome not in (KEPT, "broken"):
        lines[0] += f" ({result.outcome})"
    if any(line.startswith(REPLAY) and "(version)" in line for line in lines):
        lines += [
            "There, version is yours. In Python, or in a cell, before it:",
            "  from pathlib import Path",
            "  from goqueue.lab import load",
            f'  version = load(Path("{called}"))',
        ]
    return "\n      ".join(lines)
