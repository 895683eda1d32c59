"""The queue's logger: `logging.getLogger("goqueue")`.

`logging` is imported at the first message, because it takes a third of the time of `import goqueue`, and many programs
that only submit jobs never log.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logging import Logger


def log() -> "Logger":
    """Return the logger."""
    import logging

    return logging.getLogger("goqueue")


def says_attempts() -> bool:
    """Whether messages about each attempt are wanted (level INFO)."""
    import logging

    return log().isEnabledFor(logging.INFO)
