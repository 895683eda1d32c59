"""How far a handler has come, as it says itself.

    handler ── ctx.progress(3, 10, "orders") ──> its record ──── at once, in memory ────> job.progress
                                                    └── in a file, with the next heartbeat ──> job.progress, everywhere

A call takes no lock and makes no commit: it replaces one value, and the maintenance thread writes the last one together
with the heartbeat, which is written anyway. So a handler may call it for each row of a table. It ends with the attempt.
"""

from typing import Any, NamedTuple

from .failure import cut
from .names import shown
from .payload import plain_text

LONGEST = 200  # characters of the text that are kept


class Progress(NamedTuple):
    """How far an attempt has come: `done` of `total`, and what it does now. `total` is None if nobody knows it.

    >>> str(Progress(3, 10, "orders")), str(Progress(17)), Progress(3, 12).fraction
    ('3/10 (30%) orders', '17', 0.25)
    """

    done: float
    total: float | None = None
    text: str = ""

    @property
    def fraction(self) -> float | None:
        """The part that is done, from 0.0 to 1.0, or None if nobody knows the total."""
        if self.total is None:
            return None
        return min(1.0, self.done / self.total) if self.total else 1.0

    def __str__(self) -> str:
        part = self.fraction
        count = f"{self.done:g}" if part is None else f"{self.done:g}/{self.total:g} ({int(100 * part)}%)"
        return f"{count} {self.text}".rstrip()


def progress_of(done: Any, total: Any, text: Any) -> Progress:
    """Return a progress, checked. Raises TypeError or ValueError if a value is not valid."""
    if not isinstance(text, str):
        raise TypeError(f"text is {text!r:.80}: it must be a string, such as 'orders'")
    total = None if total is None else check_amount(total, "total")
    return Progress(check_amount(done, "done"), total, text if len(text) <= LONGEST else cut(text, LONGEST))


def check_amount(amount: Any, name: str) -> float:
    """Return a number. Raises TypeError if it is none, ValueError if it is less than 0 or not finite."""
    if not isinstance(amount, int | float) or isinstance(amount, bool):
        raise TypeError(f"{name} is {shown(amount)}: it must be a number, such as 17")
    if not 0 <= amount <= 1e15:  # which nan is not
        raise ValueError(f"{name} is {shown(amount)}: it must be from 0 to 1e15")
    return amount


def kept(progress: Progress) -> str:
    """Return the text that a file keeps."""
    return plain_text(list(progress))


def loaded(text: Any) -> Progress | None:
    """Return the progress in a text that a file has kept, or None if there is none. It is never an error.

    >>> loaded(kept(Progress(3, 10, "orders"))), loaded("[3"), loaded(None)
    (Progress(done=3, total=10, text='orders'), None, None)
    """
    import json  # only what reads a file needs it

    try:
        return progress_of(*json.loads(text))
    except (TypeError, ValueError, RecursionError):
        return None
