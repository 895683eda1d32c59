"""Critical sections that are one step: the order of two matters only if they touch the same data.

    main      ── lock [ reads err ] unlock ──┐  neither changes what the other reads,
    worker-1  ── lock [ reads err ] unlock ──┘  so one order stands for both

A section is one step if its thread comes to no other step before it releases the lock, and if all that it does there is
seen. Then two sections of one lock that touch nothing in common lead to the same state in either order. What one learns
of the other it learns through the data that both touch: this is the lazy happens-before relation (Thomson & Donaldson,
PPoPP 2015). As soon as anything else happens in a section, it is *open*: its order with all others of the lock matters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .words import WRITE, Mode

if TYPE_CHECKING:
    from .happens_before import Clock, Place

Touched = dict[int, tuple[str, dict[Any, bool]]]  # serial of a place -> its sort, key -> whether it is written

ALL = 1 << 62  # more than any serial


class Section:
    """A critical section in which a task is, and which is one step so far."""

    __slots__ = ("before", "serial", "touched")

    def __init__(self, serial: int, before: Clock) -> None:
        self.serial, self.before = serial, before  # of the lock; what all its earlier holders knew
        self.touched: Touched = {}

    def touch(self, place: Place, mode: Mode, key: Any) -> None:
        """Note an access that the task makes inside."""
        found = self.touched.get(place.serial)
        if found is None:
            found = self.touched[place.serial] = (sort_of(place), {})
        if mode is WRITE or key not in found[1]:
            found[1][key] = mode is WRITE


def sort_of(place: Place) -> str:
    """Return what a place is in every run, whoever touches it first."""
    return place.kind if place.by_key or place.what is None else type(place.what).__name__


class Locked(tuple[Any, ...]):
    """The operation of a section that was one step: it takes a lock, touches data, and releases the lock."""

    touched: Touched
    known: int  # the last serial that means the same in other runs

    def __new__(cls, op: Any, touched: Touched, known: int = ALL) -> Locked:
        """Add to an operation what is touched inside."""
        made = super().__new__(cls, op)
        made.touched, made.known = touched, known
        return made

    def meets(self, other: Locked) -> bool:
        """Whether the order of two sections of one lock matters.

        >>> from goqueue.races.engine.words import LOCK
        >>> reads, writes = (Locked((7, LOCK, None), {8: ("Job", {"err": done})}) for done in (False, True))
        >>> reads.meets(reads), reads.meets(writes), writes.meets(Locked(reads, {8: ("Job", {None: False})}))
        (False, True, True)

        Of two runs that part before a place is touched, in which its serial may differ, the sort decides.

        >>> other = {9: ("Job", {"err": True})}
        >>> writes.meets(Locked(reads, other)), writes.meets(Locked(reads, other, known=7))
        (False, True)
        """
        known = min(self.known, other.known)
        for serial, (sort, keys) in self.touched.items():
            if serial <= known:
                found = other.touched.get(serial)
                if found is not None and overlap(keys, found[1]):
                    return True
            elif any(
                at > known and its == sort and overlap(keys, others) for at, (its, others) in other.touched.items()
            ):
                return True
        return False


def overlap(keys: dict[Any, bool], others: dict[Any, bool]) -> bool:
    """Whether two tasks touch the same key of a place, and one of them writes. None is all keys."""
    for key, writes in keys.items():
        for met in others if key is None else (key, None):
            if met in others and (writes or others[met]):
                return True
    return False
