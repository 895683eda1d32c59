"""Runs a generated program with the reduction and with the oracle, and shrinks one on which they do not agree."""

from __future__ import annotations

import itertools
import linecache
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FunctionType, ModuleType
from typing import Any

from goqueue.races.doubles.stage.staging import stage
from goqueue.races.engine.run import Run
from goqueue.races.engine.words import Verdict
from goqueue.races.report.recorder import Recorder
from goqueue.races.search.budget import Part
from goqueue.races.search.exploration import Exploration, record
from goqueue.races.search.oracle import Everything, Oracle
from goqueue.races.watch.functions import function_of
from goqueue.races.watch.watching import Watching, until_all_is_watched

from .programs import Program

SCHEDULES = 600  # what the reduction may take
RUNS = 70  # of the oracle
STEPS = 1_000  # of one run of the reduction
ENDLESS = 3  # runs of the oracle that did not end, after which it gives up, because they take long
ENDS_NOT = "without end"
INSTRUCTIONS = 10_000  # of one run of the oracle
ADDRESS = re.compile(r" at 0x[0-9a-f]+|\bgenerated_\d+")  # of a function, or of the module: other runs have others

_numbers = itertools.count(1)


@dataclass
class Seen:
    """The outcomes of many runs: what each run left, or how it failed."""

    outcomes: dict[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)  # -> the choices of one such run
    exhausted: bool = False
    runs: int = 0
    unwatched: tuple[str, ...] = ()  # what the result would name beside "exhausted"


@contextmanager
def module_of(program: Program) -> Iterator[tuple[FunctionType, list[str]]]:
    """Yield the program's model, in a module of its own, and the list to which it appends what a run left."""
    name = f"generated_{next(_numbers)}"
    source, filename = program.source(), f"<{name}.py>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    kept: list[str] = []
    module = sys.modules[name] = ModuleType(name)
    module.__dict__["keep"] = kept.append
    try:
        exec(compile(source, filename, "exec", dont_inherit=True), module.__dict__)
        yield module.__dict__["model"], kept
    finally:
        del sys.modules[name], linecache.cache[filename]


class Collecting(Exploration):
    """An exploration that does not stop at a failure, and keeps each outcome."""

    kept: list[str]
    seen: Seen

    def note(self, run: Run) -> None:
        """Keep the outcome of a run."""
        super().note(run)
        self.failure = None
        if run.verdict is not Verdict.REDUNDANT:
            self.seen.outcomes.setdefault(outcome(run, self.kept), tuple(run.choices))
        self.kept.clear()


def outcome(run: Run, kept: list[str]) -> str:
    """Return how a run ended: what it left, or how it failed and for whom."""
    if run.verdict in (Verdict.LIVELOCK, Verdict.UNFAIR, Verdict.TOO_LONG):
        return ENDS_NOT
    if run.verdict in (
        Verdict.DEADLOCK,
        Verdict.LOST_WAKE_UP,
    ):
        return f"deadlock of {sorted(task.name for task in run.left)}"
    who = f"{type(run.error).__name__} in {run.culprit.name}" if run.error is not None and run.culprit else ""
    return f"{run.verdict}{who}{ADDRESS.sub('', ''.join(kept))}"


def collecting(model: FunctionType, idle: Any, kept: list[str], steps: int = STEPS) -> Collecting:
    """Return an exploration of a model."""
    exploration = Collecting(model, steps, idle)
    exploration.kept, exploration.seen = kept, Seen()
    return exploration


def reduced(program: Program, schedules: int = SCHEDULES) -> Seen:
    """Return the outcomes that the reduction reaches."""
    with module_of(program) as (model, kept), stage() as (replaced, idle):
        watching = Watching(function_of(model), None, replaced)

        def attempt() -> Seen:
            kept.clear()
            exploration = collecting(model, idle, kept)
            exploration.watching, seen = watching, exploration.seen
            seen.exhausted = exploration.search(Part(schedules), keep_going=True) and not exploration.unfair
            seen.runs, seen.unwatched = exploration.runs, exploration.unwatched
            return seen

        return until_all_is_watched(watching, attempt)


def asked(program: Program, seed: int = 0, runs: int = RUNS, known: Callable[[str], bool] = lambda end: True) -> Seen:
    """Return the outcomes that the oracle reaches. It stops at the first one that is not known."""
    with module_of(program) as (model, kept), stage() as (_, idle):
        oracle, exploration = Oracle(seed, runs), collecting(model, idle, kept, INSTRUCTIONS)
        going, endless = True, 0
        with oracle.tracing():
            while going and endless < ENDLESS:
                run = exploration.run(oracle.pick, hot=Everything())
                exploration.note(run)
                endless += ENDS_NOT in exploration.seen.outcomes
                going = oracle.plan(run) and all(map(known, exploration.seen.outcomes))
        exploration.seen.runs = exploration.runs
        return exploration.seen


def missed(
    program: Program, seed: int = 0, runs: int = RUNS, schedules: int = SCHEDULES
) -> tuple[set[str], Seen, Seen]:
    """Return the outcomes that only the oracle reaches, though the reduction says that it has tried all.

    What the result names as unwatched is no claim. An exception that leaves a thread ends a run, and the exploration
    with it, so nothing is said of other outcomes.
    """
    few = reduced(program, schedules)
    if not few.exhausted or few.unwatched or any(end.startswith(Verdict.EXCEPTION) for end in few.outcomes):
        return set(), few, Seen()
    some = asked(program, seed, runs, few.outcomes.__contains__)
    return {end for end in some.outcomes if end not in few.outcomes}, few, some


def shrunk(program: Program, still_fails: Callable[[Program], bool]) -> Program:
    """Return the smallest program that is found by leaving out parts while it still fails."""
    for smaller in program.smaller():
        try:
            fails = still_fails(smaller)
        except (SyntaxError, NameError):
            fails = False
        if fails:
            return shrunk(smaller, still_fails)
    return program


def confirmed(program: Program, end: str, runs: int = 3_000) -> bool:
    """Whether the oracle, too, reaches an end."""
    return end in asked(program, seed=1, runs=runs, known=lambda other: other != end).outcomes


def replayed(program: Program, choices: tuple[tuple[int, int], ...]) -> tuple[str, str]:
    """Return how a schedule ends, and its whole trace."""
    with module_of(program) as (model, kept), stage() as (replaced, idle):
        watching = Watching(function_of(model), None, replaced)
        exploration = Exploration(model, STEPS, idle, watching=watching)

        def attempt() -> tuple[Run, Recorder]:
            kept.clear()
            return record(exploration, choices)

        run, recorder = until_all_is_watched(watching, attempt)
        return outcome(run, kept), str(recorder.trace(run, "")).replace(model.__module__, "generated")
