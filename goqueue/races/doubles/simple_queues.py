"""queue.SimpleQueue, for controlled threads: each call is one step, because the real one is written in C.

A thread that waits for an item can go on when there is one, and takes it in the same step. If several wait, any may be
the one that takes it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from queue import Empty
from typing import Any

from ..engine.active import here
from ..engine.ends.leaving import after_the_run
from ..engine.happens_before import Clock, join
from ..engine.naming import creation_name
from ..engine.run import Run
from ..engine.tasks import Abort
from ..engine.words import READ, WRITE, Mode
from ..report.values import short
from .stage.snapshots import Snapshots

NAME = "SimpleQueue"


class SimpleQueue:
    """What queue.SimpleQueue() returns to a controlled thread. Outside of runs it never waits."""

    def __init__(self, run: Run, name: str = "") -> None:
        self._items: deque[Any] = deque()
        self._begin(run)
        self.name = name or (creation_name(run, NAME, self) if run.recorder is not None else "")

    def _begin(self, run: Run) -> None:
        self._run, self.serial = run, run.serial()
        self._clock: Clock = []

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Put an item in: see queue.SimpleQueue. It never waits."""
        run = here()
        if run is not None:
            self._come(run, WRITE)
            run.publish(self._clock)
        self._items.append(item)
        self._tell(run, lambda run: f"puts {short(run, item)} into {self.name}")

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Take the oldest item out; wait for one: see queue.SimpleQueue. Raises Empty if none comes in time."""
        if block and timeout is not None and timeout < 0:
            raise ValueError("'timeout' must be a non-negative number")
        run = here()
        if run is not None:
            self._come(run, WRITE, block, timeout)
            run.publish(self._clock)
        elif block and timeout is None and not self._items:  # a finaliser, for which nobody will put one in
            after_the_run()
            raise Abort
        if not self._items:
            self._tell(run, lambda _: f"finds no item in {self.name}")
            raise Empty
        item = self._items.popleft()
        self._tell(run, lambda run: f"takes {short(run, item)} from {self.name}")
        return item

    def _come(self, run: Run, mode: Mode, waits: bool = False, timeout: float | None = None) -> None:
        """Come to a step; with `waits`, until there is an item or the time is up. After it, know what others knew."""
        if self._run is not run:
            Snapshots.take(self)
            self._begin(run)
        if run.over:
            run.unwinding(waits and timeout is None and not self._items)
        elif waits:
            run.current.waits_for = ("item", self)
            gate = self._has_item if timeout is None else self._has_item_or_is_due
            run.wait((self.serial, mode, None), gate=gate, deadline=run.deadline(timeout))
        else:
            run.visible((self.serial, mode, None))
        join(run.current.clock, self._clock)

    def _has_item(self, due: bool) -> bool:
        return bool(self._items)

    def _has_item_or_is_due(self, due: bool) -> bool:
        return due or bool(self._items)

    def _tell(self, run: Run | None, what: Callable[[Run], str]) -> None:
        if run is not None and run.recorder is not None and not run.over:
            run.recorder.note(run, what(run))

    def put_nowait(self, item: Any) -> None:
        """Put an item in."""
        self.put(item)

    def get_nowait(self) -> Any:
        """Take the oldest item out. Raises Empty if there is none."""
        return self.get(block=False)

    def qsize(self) -> int:
        """Return how many items are in it."""
        run = here()
        if run is not None:
            self._come(run, READ)
            self._tell(run, lambda _: f"counts the items in {self.name}: {len(self._items)}")
        return len(self._items)

    def empty(self) -> bool:
        """Whether no item is in it."""
        return not self.qsize()

    def __reduce__(self) -> Any:
        raise TypeError("cannot pickle '_queue.SimpleQueue' object")  # nor can it be copied, like a real one

    def __repr__(self) -> str:
        return f"<_queue.SimpleQueue object {self.name} at number {self.serial}>"  # an address differs each time
