"""Logging in a model: each record is in the report, and reaches the handlers that a program can ask what they got.

    a handler of the model's, a QueueHandler, a stream in memory, caplog    gets the records, under a lock of this run
    a handler that writes to the terminal or to a file                      gets none: a model runs thousands of times
    the other handlers of a test runner                                     get none

Loggers and handlers that were made before a run are put back after it.
"""

from __future__ import annotations

import contextlib
import io
import logging
import logging.handlers
import sys
from collections.abc import Callable, Iterator
from typing import Any

from ..engine.active import here
from ..engine.places import place_of
from ..engine.run import Run
from ..engine.tasks import Outside
from ..engine.words import CALL, READ, WRITE, Mode
from .stage.references import RUNNERS
from .stage.snapshots import Snapshot, Snapshots
from .stand_ins import RLockReference

FIELDS = ("level", "propagate", "disabled", "handlers", "filters")  # of a logger; its place in the tree stays
FOR_PEOPLE = RUNNERS | {"rich"}  # their handlers show records to somebody


class Heard:
    """The handlers of a test runner that get records, because the test asks for them."""

    handlers: list[logging.Handler] = []  # noqa: RUF012  # one exploration at a time


@contextlib.contextmanager
def heard(*handlers: logging.Handler) -> Iterator[None]:
    """Let some handlers of a test runner get the records of runs."""
    locks = [handler.lock for handler in handlers]
    Heard.handlers = list(handlers)
    try:
        for handler in handlers:
            handler.lock = RLockReference(handler.lock)  # type: ignore[assignment]
        yield
    finally:
        Heard.handlers = []
        for handler, lock in zip(handlers, locks, strict=True):
            handler.lock = lock


class Before:
    """What a logger held before a run."""

    def __init__(self, logger: Any) -> None:
        self._logger = logger
        self._values = {name: vars(logger)[name] for name in FIELDS}
        self._lists = list(logger.handlers), list(logger.filters)

    def restore(self) -> None:
        """Put it back."""
        vars(self._logger).update(self._values)
        self._logger.handlers[:], self._logger.filters[:] = self._lists
        self._logger.manager._clear_cache()


def current_run() -> Run | None:
    """Return the run that the calling thread belongs to. virtual_time() makes one run, so its logging is real."""
    run = here()
    return None if run is None or run.guest is not None else run


def touch(thing: Any) -> None:
    """A run is about to change a logger or a handler."""
    run = current_run()
    if run is None or (isinstance(thing, logging.Logger) and "_cache" not in vars(thing)):  # it is being made
        return
    Snapshots.take(thing, Before if isinstance(thing, logging.Logger) else Snapshot)
    asks(run, WRITE)
    run.access(place_of(run, thing), WRITE, None, CALL, 0, "")  # for code that reads handler.level itself


def asks(run: Run, mode: Mode) -> None:
    """A thread is about to ask loggers and handlers, in a step, what to do with a record; or to change that."""
    run.access(place_of(run, logging.Manager), mode, None, CALL, 0, "")


def is_enabled_for(real: Callable[..., Any], self: Any, level: int) -> bool:
    """Whether a record of a level would be processed. Each call that logs asks this."""
    run = current_run()
    if run is not None and not run.over:
        asks(run, READ)
    return bool(real(self, level))


def asking(real: Callable[..., Any], self: Any, *args: Any) -> Any:
    """Ask a logger or a handler itself: filter(), format() and the like."""
    run = current_run()
    if run is not None and not run.over:
        asks(run, READ)
        run.access(place_of(run, self.filters, "filters"), READ, None, CALL, 0, "")
    return real(self, *args)


def changing(real: Callable[..., Any], self: Any, *args: Any) -> Any:
    """Change a logger or a handler: addHandler(), setLevel() and the like."""
    touch(self)
    return real(self, *args)


def set_attribute(real: Callable[..., Any], self: Any, name: str, value: Any) -> None:
    """logger.propagate = False"""
    if name in FIELDS:
        touch(self)
    real(self, name, value)


def call_handlers(real: Callable[..., Any], self: Any, record: Any) -> None:
    """Write a controlled thread's log record into the trace, and pass it to the handlers that get records."""
    run = current_run()
    if run is None:
        real(self, record)
        return
    if run.over:
        return
    said = message_of(record)
    if run.recorder is not None:
        run.recorder.note(run, f"logs {said}")
    asks(run, READ)
    logger = self
    while logger is not None:
        run.access(place_of(run, logger.handlers, "handlers"), READ, None, CALL, 0, "")
        for handler in logger.handlers:
            if record.levelno >= handler.level and is_heard(handler):
                Snapshots.take(handler)
                handler.handle(record)
        logger = logger.parent if logger.propagate else None


def message_of(record: Any) -> str:
    """Return what a record says. This may run code of the model, so it is done in each run."""
    try:
        return str(record.getMessage())
    except Exception as error:
        return f"{record.msg}, which cannot be formatted: {error}"


def is_heard(handler: Any) -> bool:
    """Whether a handler gets records."""
    kind = type(handler)
    if kind.__module__.partition(".")[0] in FOR_PEOPLE:
        return handler in Heard.handlers
    return not (
        isinstance(handler, logging.StreamHandler)
        and kind.emit.__module__ in ("logging", "logging.handlers", __name__)
        and is_of_the_outside(handler.stream)
    )


def is_of_the_outside(stream: Any) -> bool:
    """Whether a stream leads to a file or a terminal. None is a file that is opened later."""
    real = isinstance(stream, io.IOBase) and not isinstance(stream, io.StringIO | io.BytesIO)
    return stream is None or real or stream in (sys.stdout, sys.stderr)


def emit(real: Callable[..., Any], self: Any, record: Any) -> None:
    """Write a record to a stream, if the stream is in memory. A subclass's own emit() may call this."""
    run = current_run()
    if run is None or not is_of_the_outside(self.stream):
        if run is not None:
            run.access(place_of(run, self.stream), WRITE, None, CALL, 0, "")
        real(self, record)


def handle_error(real: Callable[..., Any], self: Any, record: Any) -> None:
    """Tell that a handler has failed, unless the lab has refused what the handler does, and tells it."""
    run = current_run()
    if run is None or not (run.over or isinstance(sys.exc_info()[1], Outside)):
        real(self, record)


LOGGING: dict[type, dict[str, Callable[..., Any]]] = {
    logging.Logger: {
        "callHandlers": call_handlers,
        "isEnabledFor": is_enabled_for,
        "addHandler": changing,
        "removeHandler": changing,
        "__setattr__": set_attribute,
    },
    logging.Filterer: {"addFilter": changing, "removeFilter": changing, "filter": asking},
    logging.Handler: {
        "setLevel": changing,
        "setFormatter": changing,
        "set_name": changing,
        "get_name": asking,
        "format": asking,
        "handleError": handle_error,
    },
    logging.StreamHandler: {"emit": emit},
    logging.FileHandler: {"emit": emit},
}
