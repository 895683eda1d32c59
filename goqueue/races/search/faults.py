"""The faults of one exploration, and its crashes.

A crash needs no search of its own: what survives depends on the changes before it, and all orders of the changes are
tried anyway. So after each run it is made once more for each change, and killed there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..engine.faults.faulty_run import FaultyRun
from ..engine.faults.plans import NO_FAULTS, Crashes, Interrupt, Interrupts, Plan
from ..engine.run import Run
from ..engine.words import FAILURES, Verdict
from .choosing import plainly

if TYPE_CHECKING:
    from .exploration import Exploration

MOST_OUTCOMES = 1_000  # states that one crash may leave on the disks


@dataclass
class Faults:
    """The faults of one exploration: what is asked for, what was tried."""

    interrupts: Interrupts | None
    crashes: Crashes | None
    plan: Plan = NO_FAULTS  # of the next run
    open: dict[tuple[Interrupt, ...], dict[tuple[int, int], int]] = field(default_factory=dict)  # points, by plan
    killed: set[int] = field(default_factory=set)  # beginnings of runs, by their hash, that were ended by a crash
    crashed: int = 0  # runs that were ended by a crash
    changes: int = 0  # the most changes in one run
    jumps: bool = False  # the clock jumped after a change
    points: int = 0  # points of a run without an interrupt
    performed: set[str] = field(default_factory=set)  # calls that were named as changes, and made
    parallel: bool = False  # `recover` has started threads

    def anew(self) -> Faults:
        """Return the same, of which nothing was tried."""
        return Faults(self.interrupts, self.crashes)

    def run(self, *args: Any, **options: Any) -> FaultyRun:
        """Make a run that meets the faults of the plan."""
        return FaultyRun(*args, interrupts=self.interrupts, crashes=self.crashes, plan=self.plan, **options)

    def note(self, run: Run) -> None:
        """Keep at which points of a run a further interrupt may come."""
        if isinstance(run, FaultyRun) and not self.plan.crash:
            known = self.open.setdefault(self.plan.interrupts, {})
            for point, ticks in run.open.items():
                known[point] = max(ticks, known.get(point, 0))
            self.changes = max(self.changes, run.changes - run.jumps)
            self.jumps = self.jumps or run.jumps > 0
            self.performed |= run.performed
            if not self.plan.interrupts:
                self.points = len(known)

    def exceptions(self) -> tuple[str, ...]:
        """Name what was asked for and not tried, so that "exhausted" alone would say too much."""
        if self.crashes is None:
            return ()
        unseen = ["what survives a crash, of which no change was seen"] if not self.changes else []
        unseen += [
            f"calls of {name}, of which none was seen" for name in self.crashes.calls if name not in self.performed
        ]
        return (*unseen, *(["other orders of the threads that recover starts"] if self.parallel else []))

    def further(self, plan: Plan) -> Iterator[Plan]:
        """Yield the plans with one more interrupt, at a later point of the same thread or at any of another."""
        last: dict[int, int] = {interrupt.task: interrupt.point for interrupt in plan.interrupts}
        for (task, point), ticks in sorted(self.open.get(plan.interrupts, {}).items()):
            if point > last.get(task, 0):
                for tick in range(ticks + 1):
                    yield Plan(tuple(sorted((*plan.interrupts, Interrupt(task, point, tick)))))


def kill(exploration: Exploration, run: Run) -> None:
    """Make a run again for each of its changes, and kill it there; and once more, killed at its end."""
    faults = exploration.faults
    if faults is None or faults.crashes is None or not isinstance(run, FaultyRun):
        return
    if faults.plan.crash or run.verdict not in {Verdict.WELL, Verdict.REDUNDANT, *FAILURES}:
        return
    usual, at_its_end = faults.plan, int(run.verdict not in FAILURES)
    for crash in range(1, run.changes + 1 + at_its_end):
        if exploration.may_be_simpler(run) and is_new(faults, run, crash):
            outcomes, outcome = 1, 0
            while outcome < outcomes and exploration.may_be_simpler(run):
                faults.plan = usual._replace(crash=crash, outcome=outcome)
                outcomes = _kill_once(exploration, run)
                outcome += 1
    faults.plan = usual


def is_new(faults: Faults, run: FaultyRun, crash: int) -> bool:
    """Whether no other run began like this one up to its change number `crash`.

    A redundant run is given up somewhere, perhaps after a daemon wrote, which need not go on in any other run. Its end
    is new only if no other run was killed between the same changes.
    """
    events, changed_at = run.log.events, run.changed_at
    length = changed_at[crash - 1][0] if crash <= run.changes else len(events) + 1
    changed = changed_at[crash - 2][0] + 1 if crash > 1 else 0
    beginning = hash((faults.plan.interrupts, crash, tuple(events[:length])))
    left = hash((faults.plan.interrupts, crash, "left", tuple(events[:changed])))
    given_up = run.verdict is Verdict.REDUNDANT and crash > run.changes
    new = (left if given_up else beginning) not in faults.killed
    faults.killed |= {beginning, left}
    return new


def _kill_once(exploration: Exploration, run: FaultyRun) -> int:
    """Make a run again and kill it, as the plan says. Return how many states the crash can leave."""
    faults = exploration.faults
    assert faults is not None
    crash = faults.plan.crash
    end = run.changed_at[crash - 1][1] if crash <= run.changes else run.position
    before = {position: task for position, task in run.choices if position <= end}
    killed = exploration.run(plainly, forced=before)
    assert isinstance(killed, FaultyRun)
    if run.verdict is Verdict.REDUNDANT and crash > run.changes and not killed.crashed:
        return 1  # nothing changes any more, and it ends as another run does, such as in a deadlock
    if killed.verdict is Verdict.MISFIT or not killed.crashed:
        raise RuntimeError("the model did something else when it was run again in the same order, up to a crash")
    exploration.schedules += 1
    faults.crashed += 1
    faults.parallel |= killed.parallel
    if killed.outcomes > MOST_OUTCOMES:
        raise ValueError(
            f"one crash can leave {killed.outcomes} states on the disks, more than {MOST_OUTCOMES}: write less between "
            "two calls of fsync"
        )
    if killed.verdict in FAILURES:
        exploration.found(killed)
    return killed.outcomes


def told(faults: Faults, exhausted: bool) -> str:
    """Say which faults were tried."""
    lines = []
    each = "each" if exhausted else "some"
    if faults.interrupts is not None:
        asked = faults.interrupts
        name = "Ctrl-C" if asked.error is KeyboardInterrupt else asked.error.__name__
        often = "once" if asked.most == 1 else f"up to {asked.most} times"
        threads = "main" if asked.threads == "main" else "all threads"
        lines.append(
            f"{name}: {often} in a run, at {each} of {faults.points} points of {threads}\n"
            + "where Python looks for signals"
            + (" or shared state is accessed;\n" if asked.at == "steps" else ";\n")
            + "not inside of C functions, nor in code that is not watched, unless main waits there."
        )
    if faults.crashes is not None:
        jumps = "before the clock jumps, " if faults.jumps else ""
        lines.append(
            f"Crash: before {each} of the changes of what survives, {faults.changes} in a run at most, {jumps}"
            f"and at the end: {faults.crashed} runs."
        )
    return "\n".join(lines)
