"""Turns what an exploration found into a result: the run to be shown is repeated and recorded."""

from __future__ import annotations

from typing import cast

from ..engine.faults import NO_FAULTS
from ..engine.faulty_run import plan_of
from ..engine.run import Run
from ..engine.words import Verdict
from ..report.recorder import Recorder
from ..report.result import PASSED, Result
from ..report.text import HEADLINES, Race, covered, ending, races_of
from .exploration import Exploration, record
from .faults import told as tried
from .schedules import Choices, write_out

MOST_RACES = 20  # in one report


def conclude(exploration: Exploration, exhausted: bool, races: str) -> Result:
    """Repeat and record the run to be shown: a failure, a race or, if there is neither, an ordinary run.

    `races` says what a race counts for: "detect", or one of options.RACES.
    """
    exhausted = exhausted and not exploration.unfair
    verdict, choices, plan = Verdict.EXHAUSTED if exhausted else Verdict.BUDGET_SPENT, cast(Choices, ()), NO_FAULTS
    racing = bool(exploration.races) and (races == "detect" or (races == "fail" and exploration.failure is None))
    if racing:
        verdict, (_, choices, plan) = Verdict.DATA_RACE, min(exploration.races.values())
    elif exploration.failure is not None:
        verdict, _, choices = exploration.failure
        plan = exploration.failing
    run, recorder = record(exploration, choices, plan)
    if exploration.failure is not None and not racing:
        told = effort(exploration)
    else:
        watched = recorder.files | {exploration.filename}
        told = covered(exhausted, exploration.schedules, exploration.bound, watched)
        if exploration.faults is not None:
            told += f"\n{tried(exploration.faults, exhausted)}"
        if racing or (exploration.races and races == "report"):
            told = f"{besides(exploration) if racing else seen(exploration)}\n{told}"
    listed = () if races == "off" else all_races(exploration)
    return make_result(exploration, verdict, run, recorder, listed, told)


def besides(exploration: Exploration) -> str:
    """Say whether anything failed besides the races."""
    if exploration.failure is None:
        return "In no schedule tried did anything fail."
    return f"And something fails, in some schedule: {exploration.failure[0]}. explore() shows it."


def seen(exploration: Exploration) -> str:
    """Say how many races were seen, none of which made anything fail."""
    if len(exploration.races) == 1:
        return "1 data race was seen, and it made nothing fail; detect() shows it."
    return f"{len(exploration.races)} data races were seen, and none made anything fail; detect() shows them."


def effort(exploration: Exploration) -> str:
    """Say how a failure was found."""
    assert exploration.failure is not None
    preemptions = exploration.failure[1]
    few = f"{preemptions or 'no'} preemption{'s' if preemptions != 1 else ''}"
    if not exploration.simplified:
        return f"Schedule {exploration.schedules} failed, with {few}."
    more = f"{exploration.simplified} more {'was' if exploration.simplified == 1 else 'were'} tried"
    return f"Schedule {exploration.schedules} failed; {more} to find the simplest failure: {few}."


def all_races(exploration: Exploration) -> tuple[Race, ...]:
    """Return the races of all runs, with their stacks. Each run that showed a race is repeated and recorded."""
    found: dict[tuple[str, int, int], Race] = {}
    for key, (_, choices, plan) in list(exploration.races.items())[:MOST_RACES]:
        if key not in found:
            run, recorder = record(exploration, choices, plan)
            for other, race in races_of(run, recorder).items():
                found.setdefault(other, race)
    return tuple(found.values())


def make_result(
    exploration: Exploration, verdict: Verdict, run: Run, recorder: Recorder, races: tuple[Race, ...], told: str
) -> Result:
    """Return a result that shows one run."""
    schedule = f"{plan_of(run)}{write_out(tuple(run.choices), recorder.checksum)}"
    how = ending(verdict, run, recorder)
    reports = "".join(f"{race}\n" for race in races) if verdict is Verdict.DATA_RACE else ""
    again = f'To run it again: replay({exploration.name}, "{schedule}")' if verdict not in PASSED else ""
    parts = [HEADLINES[verdict], reports.rstrip(), how, told, again]
    summary = "\n".join(part for part in parts if part)
    return Result(verdict, exploration.schedules, schedule, races, recorder.trace(run, how), summary)
