"""The queue's logger: `logging.getLogger("goqueue")`.

`logging` is imported at the first message, because it takes a third of the time of `import goqueue`, and many programs
that only submit jobs never log. A log handler may be anybody's code: it may raise, take long, or call the queue. So the
queue logs through `tell`, outside of its locks, and a thread for which others wait logs through `tell_in_background`.
"""

import contextlib
import sys
import threading
import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .errors import ends_thread

if TYPE_CHECKING:
    from logging import Logger

INFO, WARNING, ERROR, CRITICAL = 20, 30, 40, 50  # as in logging

_background: "weakref.WeakSet[threading.Thread]" = weakref.WeakSet()  # those that log now


def log() -> "Logger":
    """Return the logger."""
    import logging

    return logging.getLogger("goqueue")


def fields(job_id: str, job_type: str, attempt: int) -> dict[str, object]:
    """Return what a record about a job has as attributes of its own, for formatters that write JSON."""
    return {"job_id": job_id, "job_type": job_type, "attempt": attempt}


def tell(
    level: int,
    message: str,
    *values: object,
    error: BaseException | None = None,
    about: dict[str, object] | None = None,
) -> None:
    """Log a message, the traceback of `error`, and the fields of the job that it is `about`.

    What a log handler raises is printed; only Ctrl-C comes out.

    The caller holds no lock that somebody may wait for.
    """
    try:
        log().log(level, message, *values, exc_info=error, extra=about)
    except BaseException as failure:
        ends = isinstance(failure, KeyboardInterrupt) and threading.current_thread() is threading.main_thread()
        if ends or ends_thread(failure):
            raise
        with contextlib.suppress(Exception):  # stderr may be closed, and then nobody can be told
            said = message % values if values else message
            print(f"goqueue: {said}\ngoqueue: a log handler failed: {failure!r}", file=sys.stderr)


def tell_in_background(level: int, messages: Sequence[str], error: BaseException | None = None) -> None:
    """Log messages in a thread of their own, because others wait for the calling one."""

    def tell_each() -> None:
        for message in messages:
            tell(level, "%s", message, error=error)

    thread = threading.Thread(target=tell_each, name="log", daemon=True)
    try:
        if sys.is_finalizing():
            raise RuntimeError("Python ends, and begins no thread any more")
        thread.start()
        _background.add(thread)
    except RuntimeError:  # or the system has no thread left
        with contextlib.suppress(OSError, ValueError):  # stderr may be closed
            print(*(f"goqueue: {message}" for message in messages), sep="\n", file=sys.stderr)


def wait_for_background(seconds: float) -> None:
    """Wait until what was said in the background is logged, for at most `seconds` for each thread. For the exit."""
    for thread in list(_background):
        thread.join(seconds)


def logs_attempts() -> bool:
    """Whether messages about each attempt are wanted (level INFO)."""
    return log().isEnabledFor(INFO)
