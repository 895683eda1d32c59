"""Virtual time: what `time` and `datetime` return to a controlled thread.

The clock starts at 0 seconds (time.time() starts at the beginning of 2026, UTC). It stands still while any thread can
go on, and jumps to the next deadline when all threads wait.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from types import FrameType
from typing import Any

from ..engine.active import here
from ..engine.run import Run
from ..engine.words import EPOCH, NEVER

PATIENT = 10_000  # reads of the clock in a row, after which a thread is considered to spin until the clock moves


def sleep(real: Callable[..., Any], seconds: float) -> None:
    """Sleep. Of the threads that wake at the same instant, any may go on first."""
    run = here()
    if run is None:
        real(seconds)
        return
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    run.current.waits_for = ("time", seconds)
    if seconds == 0:
        run.current.yielded = True
        run.visible(None)
    else:
        run.wait(None, gate=_when_due, deadline=run.deadline(seconds))
    if run.recorder is not None:
        run.recorder.note(run, f"has slept {seconds:g} s")


def _when_due(due: bool) -> bool:
    return due


def reader(scale: float, start: float) -> Callable[..., Any]:
    """Return a function that reads the clock: `start` plus the virtual time, in units of 1/scale seconds."""

    def read(real: Callable[..., Any]) -> float:
        run = here()
        if run is None:
            return float(real()) if scale == 1 else real()
        spin(run)
        now = start + run.now
        return now if scale == 1 else int(now * scale)

    return read


def spin(run: Run) -> None:
    """Yield for a thread that reads the clock in a loop and never sleeps: it would wait for ever."""
    run.unseen += 1
    looked(run, sys._getframe(2))
    if run.unseen > PATIENT or run.current.polls == run.moves:
        run.current.yielded = True
        run.visible(None)
    else:
        run.visible(None, hot=NEVER)


def looked(run: Run, frame: FrameType) -> None:
    """Note that the clock was read, and not for a timeout: then the present moment is part of the run's state."""
    run.clock_reads += frame.f_globals.get("__name__") not in ("threading", "queue")


def of_now(real: Callable[..., Any], seconds: float | None = None) -> Any:
    """gmtime(), localtime() and ctime(): of the present moment, if none is given"""
    run = here()
    if run is None or seconds is not None:
        return real(seconds)
    looked(run, sys._getframe(1))
    return real(EPOCH + run.now)


def formatted(real: Callable[..., Any], *given: Any) -> Any:
    """strftime(format) and asctime(), which take a struct_time last, or the present moment"""
    run = here()
    if run is None or len(given) > (real is REAL["strftime"]):
        return real(*given)
    looked(run, sys._getframe(1))
    return real(*given, REAL["localtime"](EPOCH + run.now))


class Kind(type):
    """Takes each ordinary datetime for a virtual one."""

    def __instancecheck__(cls, thing: object) -> bool:
        return isinstance(thing, datetime) if cls is VirtualDatetime else type.__instancecheck__(cls, thing)

    def __subclasscheck__(cls, kind: type) -> bool:
        return issubclass(kind, datetime) if cls is VirtualDatetime else type.__subclasscheck__(cls, kind)


class VirtualDatetime(datetime, metaclass=Kind):
    """Replaces `datetime` in the watched modules: now(), today() and utcnow() are virtual. It makes ordinary ones."""

    def __new__(cls, *args: Any, **options: Any) -> Any:
        return datetime.__new__(ordinary(cls), *args, **options)

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        """Return the virtual time, as an ordinary datetime."""
        run = here()
        if run is not None:
            looked(run, sys._getframe(1))
        kind = ordinary(cls)
        return super().now(tz) if run is None else kind.fromtimestamp(EPOCH + run.now, tz)

    @classmethod
    def today(cls) -> Any:
        """Return the virtual time, without a zone."""
        return cls.now()

    @classmethod
    def utcnow(cls) -> Any:
        """Return the virtual time of UTC, without a zone."""
        return cls.now(UTC).replace(tzinfo=None)


def ordinary(kind: type[datetime]) -> type[datetime]:
    """Return the class of the objects that a class makes: a subclass of the model makes its own."""
    return datetime if kind is VirtualDatetime else kind


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sleep": sleep,
    "monotonic": reader(1, 0.0),
    "perf_counter": reader(1, 0.0),
    "time": reader(1, EPOCH),
    "monotonic_ns": reader(1e9, 0.0),
    "perf_counter_ns": reader(1e9, 0.0),
    "time_ns": reader(1e9, EPOCH),
    **dict.fromkeys(("gmtime", "localtime", "ctime"), of_now),
    **dict.fromkeys(("strftime", "asctime"), formatted),
}
REAL = {name: getattr(time, name) for name in FUNCTIONS}
