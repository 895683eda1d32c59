"""What the views share when they write: numbers, short lines, and a check of numbers."""

from __future__ import annotations

import math


def number(value: float) -> str:
    """A number as a reader wants it: to three decimals, or four digits when it is below one.

    >>> number(0.1 + 0.2), number(3.0), number(-0.0), number(1234.56789), number(0.00123456)
    ('0.3', '3', '0', '1234.568', '0.001235')
    """
    if abs(value) < 1:
        return format(value + 0.0, ".4g")
    return format(value, ".3f").rstrip("0").rstrip(".")


def one_line(text: str, most: int = 0) -> str:
    """`text` on one line, cut to `most` characters (0: not cut) with an ellipsis.

    >>> one_line("a very long\\nname", 8)
    'a very …'
    """
    line = " ".join(text.split())
    return line if not most or len(line) <= most else line[: most - 1] + "…"


def check_finite(what: str, value: float) -> None:
    """Raises ValueError when `value` is NaN or infinite: it has no place in a picture."""
    if not math.isfinite(value):
        raise ValueError(f"{what} is {value}: it must be a finite number; leave the point out, or give its real value")
