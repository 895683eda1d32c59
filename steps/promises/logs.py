"""What a version logs, as a list of lines."""

import contextlib
import logging
from collections.abc import Iterator
from types import ModuleType


@contextlib.contextmanager
def logged(version: ModuleType) -> Iterator[list[str]]:
    """Collect what the loggers of a version say, instead of printing it."""
    lines: list[str] = []
    logger, handler = logging.getLogger(version.__name__), logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    propagate, level, logger.propagate = logger.propagate, logger.level, False
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    try:
        yield lines
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = propagate
