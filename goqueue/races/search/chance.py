"""Chance is noticed: the first schedule runs twice, and what both runs did is compared, line by line.

    run 1 == run 2                 nothing is left to chance, as far as can be seen
    run 1 != run 2 == run 3        something outlives a run, such as a cache: the search goes on, and the result says so
    run 1 != run 2 != run 3        the model differs from run to run, so no schedule means anything: ChanceError
    the same steps, other values   the result says so, because only the values that came up were tried

A later run that begins like an earlier one, and then does something else, is noticed too: see `choosing.again`. What a
call into C returns is not written down, so two runs that draw other numbers may look alike: `watch/state.py` sees that.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from ..engine.tasks import Misfit
from ..report.recorder import Entry, Recorder
from .reduction import Reduction

if TYPE_CHECKING:
    from .exploration import Exploration

ADVICE = (
    "it must make all that it uses, and use no random number without a seed, no real clock, no id(), and no set or "
    "hash() whose order changes from run to run"
)


class ChanceError(Misfit, RuntimeError):
    """The model does something else each time it runs in the same order."""


def compare_first_runs(exploration: Exploration) -> str:
    """Run the first schedule twice or, if the two differ, three times. Return what the result must say, or "".

    Raises ChanceError if the second and the third run differ in what they do.
    """
    first, second = written_down(exploration), written_down(exploration)
    at = first_difference(first, second)
    if at is None:
        return ""
    third = written_down(exploration)
    again = first_difference(second, third)
    if again is None:
        return (
            f"The first run differs from all later ones, first at {told(first, second, at)}:\n"
            "something outlives a run, such as a cache of a module. What only a first run does is not covered."
        )
    if differ_in_steps(second, third):
        again = next(at for at, (one, other) in enumerate(zip_longest(second, third)) if step(one) != step(other))
        differs = f"the model differs from run to run, first at {told(second, third, again)}; {ADVICE}"
        raise ChanceError(with_reason(differs, exploration.left_over))
    return (
        f"Values differ from run to run, first at {told(second, third, again)}.\n"
        "Only the values that came up were tried."
    )


def with_reason(message: str, reason: str) -> str:
    """Add to a message what may have made a run differ, if that is known."""
    return f"{message}. {reason.removesuffix('.')}" if reason else message


def written_down(exploration: Exploration) -> list[Entry]:
    """Run the first schedule, and return what it did."""
    recorder = Recorder()
    exploration.run(Reduction().pick, recorder=recorder)
    return recorder.entries


def step(entry: Entry | None) -> tuple[object, ...]:
    """Return what must be the same in each run: who did what to which object, at which line. Values may differ."""
    return () if entry is None else (entry.task, entry.where, entry.group, entry.mode, entry.time)


def differ_in_steps(one: list[Entry], other: list[Entry]) -> bool:
    """Whether two runs took different steps."""
    return [step(entry) for entry in one] != [step(entry) for entry in other]


def first_difference(one: list[Entry], other: list[Entry]) -> int | None:
    """Return the index of the first entry that differs, or None."""
    for at, (mine, yours) in enumerate(zip_longest(one, other)):
        if step(mine) != step(yours) or (mine and mine.what) != (yours and yours.what):
            return at
    return None


def told(one: list[Entry], other: list[Entry], at: int) -> str:
    """Say what the two runs did there."""
    both = [said(entries[at]) for entries in (one, other) if at < len(entries)]
    return "; in another run: ".join([*both, "nothing more"][:2])


def said(entry: Entry) -> str:
    """Return what one entry says."""
    return f"{entry.where or 'the beginning of a thread'} ({entry.what})"
