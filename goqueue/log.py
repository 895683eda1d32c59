"""The queue's logger: `logging.getLogger("goqueue")`.

`logging` is imported at the first message, because it takes a third of the time of `import goqueue`, and many programs
that only submit jobs never log. A log handler may be anybody's code, so the queue logs through `tell`, outside of its
locks: what a handler raises costs no thread.
"""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logging import Logger

INFO, WARNING, ERROR, CRITICAL = 20, 30, 40, 50  # as in logging


def log() -> "Logger":
    """Return the logger."""
    import logging

    return logging.getLogger("goqueue")


def tell(level: int, message: str, *values: object, error: BaseException | None = None) -> None:
    """Log a message, and the traceback of `error`. What a log handler raises is printed, except KeyboardInterrupt."""
    try:
        log().log(level, message, *values, exc_info=error)
    except (Exception, SystemExit, GeneratorExit) as failure:
        said = message % values if values else message
        print(f"goqueue: {said}\ngoqueue: a log handler failed: {failure!r}", file=sys.stderr)


def logs_attempts() -> bool:
    """Whether messages about each attempt are wanted (level INFO)."""
    return log().isEnabledFor(INFO)
