"""The runs behind play(): made by hand, press by press, and written down so that they can be shown and replayed.

presses ─> Bench.play() ─> Played: where the threads stood before each press, what each did, how the run ended
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Any, TypeVar

from .engine.faults.faulty_run import FaultyRun
from .engine.faults.killable_run import plan_of
from .engine.faults.plans import NO_FAULTS, Plan
from .engine.run import Run
from .engine.words import BETWEEN, LOCK, WRITE, Verdict
from .exploring import watched
from .report.recorder import Recorder
from .report.text import ending
from .search.budget import Part
from .search.by_hand import ByHand, Situation, at_positions, presses
from .search.exploration import Exploration, Model
from .search.options import Options
from .search.schedules import write_out
from .watch.selection import Modules
from .watch.watching import until_all_is_watched

SETTLING = 300  # schedules that are tried first, to learn which accesses are steps
Found = TypeVar("Found")


@dataclass(frozen=True)
class Press:
    """What one press did: who moved, in words, the shared state after it, and what was to be seen then."""

    thread: str
    what: tuple[str, ...]
    state: tuple[tuple[str, str], ...]
    preempted: str  # the thread that could have gone on, or ""
    entries: tuple[tuple[int, str, str], ...]  # (thread, what, group): all that the checksum of a schedule covers


@dataclass(frozen=True)
class Played:
    """A run made by hand, up to its last press or its end."""

    situations: tuple[Situation, ...]  # before each press
    moved: tuple[int, ...]  # the thread of each press
    now: Situation | None  # after the last press; None if the run is over
    beginning: Press  # what was done before the first press
    done: tuple[Press, ...]
    verdict: Verdict
    how: str  # the run ended, in words
    preemptions: int
    schedule: str
    shared: frozenset[str]  # the groups of entries that two threads touched
    met: int = 0  # faults that came


class Bench:
    """Makes runs of one model by hand. It knows which accesses are steps, from an exploration at its beginning."""

    def __init__(self, model: Model, modules: Modules, options: Options) -> None:
        self.model, self.modules, self.options = model, modules, options
        self.hot: frozenset[Any] = frozenset()
        self.groups: frozenset[str] = frozenset()  # of entries that are shown
        self.settled = False  # all steps that matter are known, as far as the reduction can know
        self.within(self._settle)
        self.known = self.hot

    def play(self, by_hand: ByHand, plan: Plan = NO_FAULTS) -> Played:
        """Make one run by hand, on a stage of its own."""
        return self.within(lambda exploration: self.make(exploration, by_hand.anew(), plan))

    def within(self, attempt: Callable[[Exploration], Found]) -> Found:
        """Do something with an exploration of the model, on the stage."""
        faults = self.options.faults
        with watched(self.model, self.modules, self.options.crashes, faults) as (watching, idle):

            def attempted() -> Found:
                exploration = Exploration(self.model, self.options.steps, idle, watching, faults=self.options.faults)
                exploration.hot = self.hot
                try:
                    return attempt(exploration)
                finally:
                    exploration.let_go()

            return until_all_is_watched(watching, attempted)

    def _settle(self, exploration: Exploration) -> None:
        """Learn which accesses are steps, and what threads share in the first run and in a failing one."""
        self.settled = exploration.search(Part(min(SETTLING, self.options.schedules)), keep_going=True)
        self.hot = exploration.hot
        found = exploration.failure
        self.make(exploration, presses((), go_on=True))
        if self.options.crashes is not None:
            self.make(exploration, presses((), go_on=True), Plan(crash=1))
        if found is not None:
            self.make(exploration, at_positions(dict(found.choices), inf), found.plan)

    def make(self, exploration: Exploration, by_hand: ByHand, plan: Plan = NO_FAULTS) -> Played:
        """Make one run by hand."""
        recorder = Recorder()
        if exploration.faults is not None:
            exploration.faults.plan = plan
        between = frozenset({BETWEEN} if self.options.interrupts else ())
        run = exploration.run(by_hand.pick, hot=exploration.hot | between, recorder=recorder)
        self.hot |= run.wanted
        if run.verdict is not Verdict.REDUNDANT:
            self.groups |= recorder.shared()
        self.groups |= {entry.group for entry in recorder.entries if entry.mode == LOCK}
        if isinstance(run, FaultyRun) and run.crashed:
            self.groups |= {entry.group for entry in recorder.entries if entry.task == len(run.tasks) - 1}
        return self.written_down(run, recorder, by_hand)

    def written_down(self, run: Run, recorder: Recorder, by_hand: ByHand) -> Played:
        """Return what a run did, press by press."""
        cut_off = run.verdict is Verdict.REDUNDANT
        situations = tuple(situation for situation, _ in by_hand.path)
        marks = [*(one.entries for one in situations), by_hand.last.entries if by_hand.last else len(recorder.entries)]
        state: dict[str, str] = {}
        parts = [self._press(run, recorder, 0, marks[0], "", state)]
        for number, (situation, thread) in enumerate(by_hand.path):
            before = run.tasks[situation.current].name if situation.costs(thread) else ""
            parts.append(self._press(run, recorder, marks[number], marks[number + 1], before, state, thread))
        choices = tuple(dict(run.choices).items())  # where a livelock is cut off, nobody goes on
        schedule = f"{plan_of(run)}{write_out(choices, recorder.checksum)}"
        return Played(
            situations,
            tuple(thread for _, thread in by_hand.path),
            by_hand.last if cut_off else None,
            parts[0],
            tuple(parts[1:]),
            Verdict.PASSED if run.verdict is Verdict.WELL else run.verdict,
            "" if cut_off else ending(run.verdict, run, recorder),
            run.preemptions,
            schedule,
            frozenset(recorder.shared()),
            run.met + run.crashed if isinstance(run, FaultyRun) else 0,
        )

    def _press(
        self, run: Run, recorder: Recorder, begin: int, end: int, before: str, state: dict[str, str], thread: int = 0
    ) -> Press:
        what, ended = [], len(recorder.entries) - len(recorder.waiting)  # after it, it says who waits for ever
        for entry in recorder.entries[begin : min(end, ended)]:
            if entry.group and entry.group not in self.groups:
                continue
            if entry.state and (entry.mode == WRITE or entry.state[0] not in state):
                state[entry.state[0]] = entry.state[1]
            own = run.tasks[entry.task].name
            what.append(entry.what if entry.task == thread else f"{own} {entry.what}")
        told = tuple((entry.task, entry.what, entry.group) for entry in recorder.entries[begin:end])
        return Press(run.tasks[thread].name, tuple(what), tuple(state.items()), before, told)
