"""The queue's logger: `logging.getLogger("goqueue")`.

It is fetched when there is something to say: `logging` takes a third of the time of `import goqueue`, and many
programs that only submit never need it.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logging import Logger


def log() -> "Logger":
    """Return the logger."""
    import logging

    return logging.getLogger("goqueue")


def says_attempts() -> bool:
    """Whether anybody wants to hear of each attempt (level INFO)."""
    import logging

    return log().isEnabledFor(logging.INFO)
