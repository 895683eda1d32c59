"""What a scene hands back: claims, a timeline, and nothing printed.

A `Claim` is one sentence, what this run measured, and whether the sentence held in this run. The tour prints no
figure that is not part of one: so what it says is what it checked.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Claim:
    """A sentence, the figures behind it, and whether it held in this run.

    >>> Claim("Nothing is lost", "200 of 200 delivered", holds=True).holds
    True
    """

    text: str
    measured: str
    holds: bool


@dataclass(frozen=True)
class Scene:
    """What one version showed in this run.

    `before` holds what the version before it gets wrong, `now` what this one does right, `wrong` what this one gets
    wrong. `timeline` is one interesting order on one line.
    """

    now: tuple[Claim, ...]
    before: tuple[Claim, ...] = ()
    wrong: tuple[Claim, ...] = ()
    timeline: str = ""

    @property
    def claims(self) -> tuple[Claim, ...]:
        """All of them, in the order they are told."""
        return self.before + self.now + self.wrong


@dataclass
class Timeline:
    """Follows one order through a run. Any thread may note what happens to it.

    >>> ticks = iter([5.0, 5.01])
    >>> timeline = Timeline(order=17, clock=lambda: next(ticks))
    >>> timeline.note(17, "submitted")
    >>> timeline.note(18, "submitted")
    >>> timeline.note_attempt(17, "✓")
    >>> timeline.text
    'Order 17, in seconds: 0.00 submitted · 0.01 attempt 1 ✓'
    """

    order: int
    clock: Callable[[], float] = time.monotonic
    _lock: threading.Lock = field(default_factory=threading.Lock)  # guards _notes and _attempts
    _notes: list[tuple[float, str]] = field(default_factory=list)
    _attempts: int = 0

    def note(self, order: int, what: str) -> None:
        """Write down what happened to `order` just now, if it is the one followed."""
        if order == self.order:
            with self._lock:
                self._notes.append((self.clock(), what))

    def note_attempt(self, order: int, outcome: str) -> None:
        """Write down how an attempt at `order` went, with its number, if it is the one followed."""
        if order == self.order:
            with self._lock:
                self._attempts += 1
                self._notes.append((self.clock(), f"attempt {self._attempts} {outcome}"))

    @property
    def text(self) -> str:
        """The line: what happened, and when, in seconds since the first note."""
        with self._lock:
            notes = list(self._notes)
        events = " · ".join(f"{at - notes[0][0]:.2f} {what}" for at, what in notes)
        return f"Order {self.order}, in seconds: {events}"


NOBODY = Timeline(order=0)  # follows no order: they count from 1
