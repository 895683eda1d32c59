"""A slow search that trusts no watching: every instruction of all Python code is a possible step, chosen by chance.

    traced code ── each instruction ──> count down ──> 0: a step; another task goes on
                                                        └── a schedule names the position: a step, in a replay

It shares the engine and the doubles with the other searches, but not the rewriting, the hot locations or the reduction.
So an outcome that it reaches, and that an exhausted exploration did not, is a mistake of the lab.

The standard library is traced too, but never code that the engine or an import calls: a task that stops there would
keep the engine, or the import lock, half done. Modules that hold real locks while they work are left out as well.
"""

from __future__ import annotations

import random
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from ..engine.active import here
from ..engine.run import Run
from ..engine.sources import ENGINE
from ..engine.tasks import Task
from ..engine.words import NEVER

GAPS = (1, 3, 8, 25, 80, 250)  # instructions between two switches, on average; each run has one of these
SWITCHES = 0.3  # how often another task goes on at a step of a lock, an event or a wait

# Their real locks were made at import, so a task that stops inside would block the others for ever.
LEFT_OUT = ("importlib", "_frozen_importlib", "logging", "_strptime", "warnings", "linecache", "tokenize", "encodings")

BEGINNINGS = frozenset({Task.call_body.__code__})  # the only code of the engine whose callees are traced


def replayable(seed: int, runs: int) -> Oracle:
    """Return an oracle whose schedules can be made again: from Python 3.12 on, that is by lines."""
    return Oracle(seed, runs, lines=sys.version_info >= (3, 12))


class Everything(frozenset[Any]):
    """A set that contains all that can be hot: each operation of a double is a step."""

    def __contains__(self, item: object) -> bool:
        return item is not NEVER

    def __ge__(self, other: object) -> bool:
        return True


class Oracle:
    """Chooses by chance, with a seed. Use: `with oracle.tracing():` run with `pick`, then `plan(run)`, until False."""

    def __init__(self, seed: int, runs: int, *, lines: bool = False) -> None:
        """Take each instruction for a step or, with `lines`, each line."""
        self._lines, self._event = lines, "line" if lines else "opcode"
        self._seed, self._left, self._number = seed, runs, 0
        self._chance = random.Random()
        self._countdown, self._gap = 0, 0
        self._switch = False
        self._prepare()

    def _prepare(self) -> None:
        self._chance.seed(self._seed * 1_000_003 + self._number)
        self._gap = self._chance.choice(GAPS)
        self._draw()

    def _draw(self) -> None:
        self._countdown = 1 + int(self._chance.expovariate(1 / self._gap))

    def pick(self, run: Run, able: list[Task]) -> Task:
        """Choose the task that goes on."""
        others = [task for task in able if task is not run.current]
        switch, self._switch = self._switch, False
        stays = run.current in able and not run.current.yielded
        if not others or (stays and not switch and self._chance.random() >= SWITCHES):
            return run.current if run.current in able else able[0]
        return self._chance.choice(others)

    def plan(self, run: Run) -> bool:
        """Go to the next run. False if none is left."""
        self._left -= 1
        self._number += 1
        self._prepare()
        return self._left > 0

    @contextmanager
    def tracing(self) -> Iterator[None]:
        """Trace the controlled threads meanwhile: those that begin now, by threading's own hook for new threads."""
        before = threading.gettrace()
        threading.settrace(self._call)
        try:
            yield
        finally:
            threading.settrace(before)

    def _call(self, frame: FrameType, event: str, arg: object) -> Any:
        """A function is called: trace its instructions, unless the engine or an import calls it."""
        caller = frame.f_back
        if caller is None or (caller.f_trace is None and caller.f_code not in BEGINNINGS):
            return None
        name = str(frame.f_globals.get("__name__"))
        if name.startswith(ENGINE) or name.partition(".")[0] in LEFT_OUT:
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = not self._lines, self._lines
        return self._instruction

    def _instruction(self, frame: FrameType, event: str, arg: object) -> Any:
        """An instruction comes: count it and, now and then, let another task go on first."""
        run = here() if event == self._event else None
        if run is not None:
            run.position += 1
            self._countdown -= 1
            if run.position in run.forced:
                run.step(None)
            elif run.over or (self._countdown <= 0 and run.pick == self.pick):  # another one picks in a replay
                self._draw()
                self._switch = True
                run.step(None)
        return self._instruction
