"""Happens-before: which of two accesses could have known of the other.

    main      w ──────── start ─────────────── join ── r          each thread counts its own moments, and carries
    worker-1               └──> r ── release     ↑                 what it has heard of the others' counts: its clock
    worker-2                 acquire <──┘ ── w ──┘

What a thread did before it released a lock, started a thread, ended, or set an event is known to the thread that
afterwards acquires the lock, begins, joins, or sees the event. Two accesses are *concurrent* if neither is known to the
other's thread. If both touch one location and at least one writes, that is a race, even if nothing went wrong. It is
none if the line of one of them is marked: `# race: meant, because …`.

Such a location becomes *hot*: from then on a thread may be preempted before it touches the location. Other locations
need no step of their own: where locks order all accesses, the order of the locks is the order of the accesses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .sources import is_meant
from .words import CALL, INSERT, ITERATION, READ, WRITE

if TYPE_CHECKING:
    from .run import Run
    from .sections import Section
    from .tasks import Task

Clock = list[int]  # how much is known of each task, by its index; a missing entry is 0
Access = tuple[int, str, int, int]  # task, mode, site, position in the run

SEVERAL = -1
NOTHING: dict[Any, Any] = {}


def join(clock: Clock, other: Clock) -> None:
    """Make `clock` know what `other` knows.

    >>> mine = [3, 0]
    >>> join(mine, [1, 2, 5])
    >>> mine
    [3, 2, 5]
    """
    if clock == other:
        return
    if len(clock) < len(other):
        clock.extend([0] * (len(other) - len(clock)))
    for index, known in enumerate(other):
        if known > clock[index]:
            clock[index] = known


def knows(clock: Clock, task: int, moment: int) -> bool:
    """Whether a thread with this clock knows that moment of a task."""
    return task < len(clock) and clock[task] >= moment


class Place:
    """An object whose accesses are watched. `by_key`: each key (attribute, name) is a location of its own."""

    __slots__ = ("accesses", "by_key", "kind", "label", "serial", "sole", "what")

    def __init__(self, serial: int, kind: str, label: str, what: Any, by_key: bool) -> None:
        self.serial, self.kind, self.label, self.what, self.by_key = serial, kind, label, what, by_key
        self.sole: int | None = None  # the only task that has touched it, or SEVERAL
        # key -> {(task, mode, sort, shown): (moment, site, position)}: the last of each sort by each task
        self.accesses: dict[Any, dict[tuple[int, str, str, str], tuple[int, int, int]]] = {}


@dataclass(frozen=True)
class Found:
    """Two concurrent accesses, the earlier first, by their positions in the run."""

    location: str
    first: Access
    second: Access


class Races:
    """Finds concurrent accesses in one run. Called by the thread that holds the baton."""

    __slots__ = ("_run", "found")

    def __init__(self, run: Run) -> None:
        self._run = run
        self.found: dict[tuple[str, int, int], Found] = {}  # (location without numbers, site, site) -> the first one

    def note(self, task: Task, place: Place, mode: str, key: Any, sort: str, site: int, shown: str) -> None:
        """Compare one access with the earlier accesses of other tasks, and remember it."""
        own = task.index
        if place.sole != own:  # another task has touched it too
            place.sole = own if place.sole is None else SEVERAL
            if place.sole == SEVERAL:
                self._compare(task, place, mode, key, sort, site, shown)
        where = place.accesses.get(key)
        if where is None:
            where = place.accesses[key] = {}
        where[own, mode, sort, shown] = (task.clock[own], site, self._run.position)

    def _compare(self, task: Task, place: Place, mode: str, key: Any, sort: str, site: int, shown: str) -> None:
        own, clock, reads = task.index, task.clock, mode is READ
        for other_key in place.accesses if key is None else (key, None):
            for access, (moment, their_site, position) in place.accesses.get(other_key, NOTHING).items():
                index, their_mode, their_sort, their_shown = access
                if index == own or (reads and their_mode is READ):
                    continue
                if index < len(clock) and clock[index] >= moment:  # as `knows` says, which is called too often here
                    continue
                if task.section is not None and self._follows(task.section, index, moment, clock):
                    continue
                # Both become hot, or the search would not see that the order of the two matters.
                for met in (key, other_key):
                    self._run.wanted.add((place.kind, met if place.by_key else None))
                if reported(mode, sort, shown, their_mode, their_sort, their_shown):
                    first = (index, their_mode, their_site, position)
                    one = shown if shown == their_shown else ""  # one item, or else the whole container
                    self._report(place, one, first, (own, mode, site, self._run.position))

    def _follows(self, section: Section, index: int, moment: int, clock: Clock) -> bool:
        """Whether an access came in an earlier section of the same lock, which the current task now learns of."""
        earlier = self._run.sections.get((index, moment))
        if earlier is None or earlier[0] != section.serial:
            return False
        join(clock, earlier[1])
        return True

    def _report(self, place: Place, shown: str, first: Access, second: Access) -> None:
        sites = sorted((first[2], second[2]))
        key = place.kind + shown, sites[0], sites[1]
        if key not in self.found and not (is_meant(sites[0]) or is_meant(sites[1])):
            self.found[key] = Found(place.label + shown, first, second)


def reported(mode: str, sort: str, shown: str, their_mode: str, their_sort: str, their_shown: str) -> bool:
    """Whether two concurrent accesses are a data race, or an order that Python allows.

    "plain" reads or replaces a named value, and "insert" adds one. A "call" of a container's method is atomic in
    Python, so two calls are no race. An "iteration" is many steps.

    >>> from goqueue.races.engine.words import PLAIN
    >>> reported(WRITE, PLAIN, ".status", READ, PLAIN, ".status")
    True
    >>> reported(WRITE, CALL, "", WRITE, CALL, "")
    False
    >>> reported(READ, ITERATION, "", WRITE, CALL, "")
    True
    """
    if sort == ITERATION:
        return their_mode == WRITE and their_sort in (CALL, INSERT)
    if their_sort == ITERATION:
        return mode == WRITE and sort in (CALL, INSERT)
    return shown == their_shown and CALL not in (sort, their_sort)
