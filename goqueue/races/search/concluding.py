"""Turns what an exploration found into a result: the run to be shown is repeated and recorded."""

from __future__ import annotations

from queue import Empty
from typing import cast

from ..engine.faults.killable_run import plan_of
from ..engine.faults.plans import NO_FAULTS
from ..engine.happens_before import SEVERAL, Place
from ..engine.run import Run
from ..engine.sections import Locked
from ..engine.words import FAILURES, Verdict
from ..report.recorder import Recorder
from ..report.result import AGAIN, PASSED, Result
from ..report.text import HEADLINES, Race, call_of_replay, covered, ending, races_of
from .exploration import Exploration, record
from .faults import told as tried
from .schedules import TRACED, Choices, write_out

MOST_RACES = 20  # in one report


def conclude(exploration: Exploration, exhausted: bool, races: str, seconds: float | None = None) -> Result:
    """Repeat and record the run to be shown: a failure, a race or, if there is neither, an ordinary run.

    `races` says what a race counts for: "detect", or one of options.RACES. `seconds` is the time, if that was spent.
    """
    exhausted = exhausted and not exploration.unfair and not exploration.too_long
    verdict, choices, plan = Verdict.EXHAUSTED if exhausted else Verdict.BUDGET_SPENT, cast(Choices, ()), NO_FAULTS
    if exploration.too_long:
        verdict, (_, choices, plan, _) = Verdict.TOO_LONG, exploration.too_long[0]
    racing = bool(exploration.races) and (races == "detect" or (races == "fail" and exploration.failure is None))
    if racing:
        verdict, (_, choices, plan, _) = Verdict.DATA_RACE, min(exploration.races.values())
    elif exploration.failure is not None:
        _, choices, plan, verdict = exploration.failure
    run, recorder = record(exploration, choices, plan)
    remark = ""
    if exploration.failure is not None and not racing:
        told = effort(exploration, sum(bool(step.preempted) for step in recorder.trace(run, "").steps))
    else:
        watched = recorder.files | {exploration.own_file()}
        remark = only_schedule(run) if exhausted and exploration.schedules == 1 else ""
        told = covered(f"{remark}." if remark else how_chosen(exploration, exhausted), watched)
        if exploration.faults is not None:
            told += f"\n{tried(exploration.faults, exhausted)}"
        told = f"Stopped after {seconds:g} s.\n{told}" if seconds is not None else told
        if racing or (exploration.races and races == "report"):
            told = f"{besides(exploration) if racing else seen(exploration)}\n{told}"
        if exploration.chance:
            told = f"{exploration.chance}\n{told}"
        if exploration.too_long or exploration.unfair:
            remark = long_runs(exploration)
            told = f"{remark}\n{told}"
    listed = () if races == "off" else all_races(exploration)
    return make_result(exploration, verdict, run, recorder, listed, told, remark)


def only_schedule(run: Run) -> str:
    """Say why one schedule was all there was to try, if that is not what its author can have meant."""
    threads = {task.serial for task in run.tasks}
    users: dict[int, set[int]] = {}
    for task, op, _ in run.log.events:
        if op is not None and op[0] not in threads:
            users.setdefault(op[0], set()).add(task)
    if any(len(users[op[0]]) > 1 for _, op, _ in run.log.events if type(op) is Locked):
        return ""  # threads shared a lock, and touched nothing in common while they had it
    places = [place for place in run.made.values() if isinstance(place, Place)]
    if any(place.sole == SEVERAL for place in places) or any(len(tasks) > 1 for tasks in users.values()):
        return "1 schedule: threads touched the same things, but only one after the other"
    return "1 schedule: no two threads touched the same thing"


def besides(exploration: Exploration) -> str:
    """Say whether anything failed besides the races."""
    if exploration.failure is None:
        return "In no schedule tried did anything fail."
    return f"And something fails, in some schedule: {exploration.failure.verdict}. explore() shows it."


def seen(exploration: Exploration) -> str:
    """Say how many races were seen, none of which made anything fail."""
    if len(exploration.races) == 1:
        return "1 data race was seen, and it made nothing fail; detect() shows it."
    return f"{len(exploration.races)} data races were seen, and none made anything fail; detect() shows them."


def long_runs(exploration: Exploration) -> str:
    """Say how many runs were too long, and what helps."""
    long, unfair, limit = len(exploration.too_long), exploration.unfair, exploration.limit
    runs = f"{long or unfair} of {exploration.schedules} schedule{'s' * (exploration.schedules != 1)}"
    of_one = "because one thread ran on while another could have gone on"
    if not long:
        told = f"{runs} {'was' if unfair == 1 else 'were'} cut at the limit (steps={limit}), {of_one}"
    else:
        told = f"{runs} had not ended at the limit (steps={limit})"
        told += f", and {unfair} more {'was' if unfair == 1 else 'were'} cut there, {of_one}" if unfair else ""
    return f"{told}. Allow longer runs (steps={10 * limit}), or make the model shorter."


def how_chosen(exploration: Exploration, exhausted: bool) -> str:
    """Say how many schedules were tried, how they were chosen, and what that covers."""
    schedules, bound = exploration.schedules, exploration.bound
    runs = f"{schedules} schedule{'s' if schedules != 1 else ''}"
    some = "".join(f"{count} {how}, " for how, count in exploration.sampled.items())
    few = "" if bound is None else "without a preemption" if bound == 0 else f"with at most {bound} preemption"
    few += "s" * ((bound or 0) > 1)
    if exhausted:
        others = "the others " if some else ""
        method = (
            f"{some}{others}one of each kind (dynamic partial-order reduction: orders of independent steps count once)"
        )
    elif few:
        method = f"{some}among them all {few}"
    elif sum(exploration.sampled.values()) == schedules:
        method = f"{', '.join(exploration.sampled)}; no kind of schedule is covered"
    else:
        others = "the others " if some else ""
        method = f"{some}{others}chosen by dynamic partial-order reduction; no kind of schedule is covered"
    return "\n".join(part for part in (f"{runs}, {method}.", exploration.promised) if part)


def effort(exploration: Exploration, shown: int) -> str:
    """Say how a failure was found. `shown` is how many preemptions the trace shows.

    These may be more than the search counts: it lets the others go first when a thread goes on for long, or polls.
    """
    assert exploration.failure is not None
    preemptions = max(exploration.failure.preemptions, shown)
    few = f"{preemptions or 'no'} preemption{'s' if preemptions != 1 else ''}"
    forced = preemptions - exploration.failure.preemptions
    if forced:
        few += f", {'all' if forced == preemptions else forced} because a thread had gone on for long or polled"
    found = f"Schedule {exploration.schedules} failed" + (f", {exploration.found_by}" if exploration.found_by else "")
    if not exploration.simplified:
        return f"{found}, with {few}."
    more = f"{exploration.simplified} more {'was' if exploration.simplified == 1 else 'were'} tried"
    return f"{found}; {more} to find the simplest failure: {few}."


def may_want_an_answer(run: Run) -> bool:
    """Whether a failing run may have waited for a thread that takes no part in it. Most exceptions say why."""
    return run.verdict is not Verdict.EXCEPTION or isinstance(run.error, Empty | TimeoutError)


def all_races(exploration: Exploration) -> tuple[Race, ...]:
    """Return the races of all runs, with their stacks. Each run that showed a race is repeated and recorded."""
    found: dict[tuple[str, int, int], Race] = {}
    for key, (_, choices, plan, _) in list(exploration.races.items())[:MOST_RACES]:
        if key not in found:
            run, recorder = record(exploration, choices, plan)
            for other, race in races_of(run, recorder).items():
                found.setdefault(other, race)
    return tuple(found.values())


def make_result(
    exploration: Exploration,
    verdict: Verdict,
    run: Run,
    recorder: Recorder,
    races: tuple[Race, ...],
    told: str,
    remark: str = "",
) -> Result:
    """Return a result that shows one run."""
    unwatched = exploration.unwatched
    headline = HEADLINES[verdict]
    if unwatched and verdict is Verdict.EXHAUSTED:
        headline = headline.replace("EXHAUSTED", f"EXHAUSTED, EXCEPT: {', '.join(unwatched)}", 1)
        if exploration.opaque_objects:
            told = f"Of these objects, each call counts as one step: what happens inside of it was not watched.\n{told}"
    if exploration.apart and verdict in FAILURES and may_want_an_answer(run):
        remark, told = exploration.apart, f"{told}\n{exploration.apart}".lstrip("\n")
    if verdict in FAILURES and exploration.left_over:
        told = f"{told}\n{exploration.left_over}".lstrip("\n")
    traced = TRACED if exploration.oracle is not None else ""
    schedule = f"{traced}{plan_of(run)}{write_out(tuple(run.choices), recorder.checksum)}"
    how = ending(verdict, run, recorder)
    reports = "".join(f"{race}\n" for race in races) if verdict is Verdict.DATA_RACE else ""
    again = call_of_replay(exploration.name, schedule, exploration.meaning) if verdict not in PASSED else ""
    parts = [headline, reports.rstrip(), how, told, again and AGAIN + again]
    summary = "\n".join(part for part in parts if part)
    trace = recorder.trace(run, how)
    runs, place = exploration.schedules, exploration.place
    return Result(verdict, runs, schedule, races, trace, summary, unwatched, remark, again, place)
