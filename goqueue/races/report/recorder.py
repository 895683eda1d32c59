"""Records what a run does, in words. Only the run that is shown is recorded, because recording is slow."""

from __future__ import annotations

import sys
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ..engine.carrying import current_frames
from ..engine.sources import Site, place_of_frame, site_of, stack_of
from ..engine.words import LOCK, READ, WRITE, Verdict
from .trace import Step, Trace
from .values import short
from .waits import waiting

if TYPE_CHECKING:
    from ..engine.run import Run
    from ..engine.tasks import Task


NOBODY_GOES_ON = (Verdict.DEADLOCK, Verdict.LOST_WAKE_UP)


@dataclass
class Entry:
    """One thing that a task did."""

    task: int
    where: str
    line: str
    what: str
    time: float
    preempted: str  # the task that was preempted for this one
    group: str = ""  # the lock, location or container that decides whether the entry is shown
    mode: str = ""  # READ, WRITE or LOCK
    state: tuple[str, str] | None = None  # name and value of what was touched
    filename: str = ""


class Recorder:
    """Collects what one run does. Called by the thread that holds the baton."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.stacks: dict[int, tuple[Site, ...]] = {}  # position of an access -> its stack
        self.held: dict[int, tuple[str, ...]] = {}  # position of an access -> the locks held there
        self.files: set[str] = set()  # the files in which something was done
        self.waiting: list[str] = []  # which task waited for what, when none could go on
        self._locks: dict[int, list[str]] = {}  # task -> names of the locks it holds
        self._begun: set[int] = set()  # tasks that have done something
        self._preempted = ""

    def preempted(self, task: Task) -> None:
        """Note that `task` could have gone on but had to wait."""
        self._preempted = self._preempted or task.name

    def note(self, run: Run, what: str, group: str = "", mode: str = "", state: tuple[str, str] | None = None) -> None:
        """Note what the current task does, and at which line. What it does on its way out is not part of the run."""
        if run.over:
            return
        task = run.current
        site = site_of(sys._getframe(1))
        where, line = (site.where, site.text) if site else ("", self.apart(task))
        if site is not None:
            self.files.add(site.filename)
        name = site.filename if site is not None else ""
        self.entries.append(Entry(task.index, where, line, what, run.now, self._preempted, group, mode, state, name))
        self._begun.add(task.index)
        self._preempted = ""

    def apart(self, task: Task) -> str:
        """Say what a task does outside of watched code: it begins, or goes on in the library."""
        return f"{task.name} {'goes on' if task.index in self._begun else 'begins'}"

    def access(self, run: Run, location: str, mode: str, value: Any, group: str) -> None:
        """Note that the current task has read or written an attribute or a variable."""
        shown = short(run, value)
        self.note(run, f"{'writes' if mode == 'w' else 'reads'} {location}: {shown}", group, mode, (location, shown))

    def item(self, run: Run, label: str, shown: str, mode: str, value: Any, thing: Any) -> None:
        """Note that the current task has read or written an item of a container."""
        what = f"{'writes' if mode == 'w' else 'reads'} {label}{shown}: {short(run, value)}"
        self.note(run, what, label, mode, (label, short(run, thing)))

    def call(self, run: Run, label: str, name: str, args: tuple[Any, ...], result: Any, mode: str, thing: Any) -> None:
        """Note that the current task has called a method of a container."""
        given = ", ".join(short(run, arg) for arg in args)
        came = "" if result is None else f" gives {short(run, result)}"
        self.note(run, f"{label}.{name}({given}){came}", label, mode, (label, short(run, thing)))

    def whole(self, run: Run, what: str, label: str, thing: Any, mode: str = READ) -> None:
        """Note that the current task reads a whole container, or changes it in place."""
        self.note(run, what, label, mode, (label, short(run, thing)))

    def at(self, run: Run) -> None:
        """Keep the stack of the access at this position, and the locks held there."""
        stack = self.stacks[run.position] = stack_of(sys._getframe(1))
        self.files |= {site.filename for site in stack}
        self.held[run.position] = tuple(self._locks.get(run.current.index, ()))

    def takes(self, run: Run, name: str) -> None:
        """Note that the current task has taken a lock."""
        self._locks.setdefault(run.current.index, []).append(name)
        self.note(run, f"takes {name}", name, LOCK)

    def gives(self, run: Run, name: str, what: str) -> None:
        """Note that the current task releases a lock."""
        for held in [self._locks.get(run.current.index, []), *self._locks.values()]:
            if name in held:  # its own lock, or one that another task took
                held.remove(name)
                break
        self.note(run, what, name, LOCK)

    def end(self, run: Run) -> None:
        """Note which tasks wait for ever, and where, before all are unwound."""
        frames = current_frames()
        for task in run.left if run.verdict in NOBODY_GOES_ON else ():
            if task.gate is not None and task.carrier is not None:
                frame = frames.get(task.carrier.ident)
                what, (where, line) = waiting(task, frame), place_of_frame(frame)
                if task.is_spare():  # its place is one in the library
                    what, where, line = "has no work", "", ""
                self.waiting.append(f"{task.name} {what}{f': {where}    {line}' if where else ''}")
                lock = str(task.waits_for[1].name) if task.waits_for[0] == "lock" else ""
                self.entries.append(Entry(task.index, where, line, what, run.now, "", lock, LOCK if lock else ""))

    def trace(self, run: Run, ending: str) -> Trace:
        """Return what threads did to each other, step by step, from when the first of them is started."""
        shared, known = self.shared(), dict[str, str]()
        begin = next((at for at, entry in enumerate(self.entries) if entry.what.startswith("starts ")), 0)
        steps: list[Step] = []
        preempted = ""
        for at, entry in enumerate(self.entries):
            preempted = preempted or entry.preempted
            preempted = "" if preempted == run.tasks[entry.task].name else preempted  # it goes on itself
            if entry.group and entry.group not in shared:
                continue
            if entry.state and (entry.mode == WRITE or entry.state[0] not in known):
                known[entry.state[0]] = entry.state[1]
            if at < begin:
                continue
            state, name = tuple(known.items()), run.tasks[entry.task].name
            last = steps[-1] if steps else None
            if last and not preempted and (last.thread, last.where, last.time) == (name, entry.where, entry.time):
                steps[-1] = replace(last, what=(*last.what, entry.what), state=state)
            else:
                done = (entry.what,)
                steps.append(Step(name, entry.where, entry.line, done, state, preempted, entry.time, entry.filename))
            preempted = ""
        return Trace(tuple(dict.fromkeys(task.name for task in run.tasks)), tuple(steps), ending)

    def shared(self) -> set[str]:
        """Return the locks that two threads take, and the locations that two threads touch and one changes.

        An object's creation by the main thread, before another thread sees it, is no change.
        """
        users: dict[str, set[int]] = {}
        changes: set[str] = set()
        for entry in self.entries:
            if entry.group:
                if entry.mode == LOCK or (entry.mode == WRITE and (entry.task or entry.group in users)):
                    changes.add(entry.group)
                users.setdefault(entry.group, set()).add(entry.task)
        return {group for group in changes if len(users[group]) > 1}

    @property
    def checksum(self) -> int:
        """A number that tells whether a schedule still fits. It covers what threads did to each other, in order."""
        shared, number = self.shared(), 0
        for entry in self.entries:
            if not entry.group or entry.group in shared:
                number = zlib.crc32(f"{entry.task} {entry.what}".encode(), number)
        return number
