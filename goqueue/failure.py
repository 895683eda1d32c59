"""What is kept of attempts that failed: the error in a line, its traceback with causes, and the errors before it.

A storage keeps one text. It is the error alone, or the error, the traceback and the earlier errors, one after another,
with SEPARATOR between them. All of them are bounded, because a message may be megabytes long.
"""

import os
from collections.abc import Sequence
from types import TracebackType

SEPARATOR = "\x1f"
LINE = 2_000  # characters of an error
TRACE = 8_000  # characters of a traceback
FRAMES = 30  # the innermost of each error of a chain
EARLIER = 10  # errors of earlier attempts, the last ones
SHORT = 200  # characters of each of these
# Frames of these are between a middleware and the next.
OWN = tuple(
    os.path.join(os.path.dirname(__file__), name) for name in ("middlewares.py", os.path.join("running", "attempt.py"))
)


def describe(err: BaseException) -> str:
    """Return the type and the message of `err`, even if its message cannot be read.

    >>> describe(SystemExit(3))
    'SystemExit: 3'
    """
    try:
        return cut(f"{type(err).__name__}: {err}", LINE)
    except BaseException:
        return f"{type(err).__name__}: (its message cannot be read)"


def trace(err: BaseException) -> str:
    """Return the traceback of `err` and of its causes, without the frames of the queue itself."""
    from traceback import TracebackException  # only what fails needs it

    try:
        found = TracebackException(type(err), err, own_part(err), limit=-FRAMES, compact=True)
        found.stack[:] = [frame for frame in found.stack if frame.filename not in OWN]
        return cut("".join(found.format()), TRACE)
    except Exception:
        return ""


def own_part(err: BaseException) -> TracebackType | None:
    """Return the traceback from the handler on."""
    tb = err.__traceback__
    return tb if tb is None or tb.tb_next is None else tb.tb_next


def place(err: BaseException) -> object:
    """Return what two errors have in common that have the same traceback; None if that is not easily said."""
    if err.__cause__ is not None or err.__context__ is not None or isinstance(err, BaseExceptionGroup):
        return None
    tb, lines = own_part(err), []
    while tb is not None:
        lines.append((tb.tb_frame.f_code, tb.tb_lineno))
        tb = tb.tb_next
    return tuple(lines)


def cut(text: str, most: int) -> str:
    """Return a text, without its middle if it is too long.

    >>> cut("overlong text", 9)
    'ove … ext'
    """
    text = text.replace(SEPARATOR, " ")
    if len(text) <= most:
        return text
    half = (most - 3) // 2
    return f"{text[:half]} … {text[-(most - 3 - half) :]}"


def packed(error: str, trace: str, history: Sequence[str]) -> str:
    """Return the text that a storage keeps.

    >>> unpacked(packed("ValueError: 17", "", ["KeyError: 'order'"]))
    ('ValueError: 17', '', ("KeyError: 'order'",))
    """
    return SEPARATOR.join([error, trace, *history]) if trace or history else error


def unpacked(text: str) -> tuple[str, str, tuple[str, ...]]:
    """Return the error, the traceback and the errors of earlier attempts."""
    error, *rest = text.split(SEPARATOR)
    return error, rest[0] if rest else "", tuple(rest[1:])


def history_after(text: str) -> list[str]:
    """Return the errors of earlier attempts, as the next attempt should keep them, given the text kept so far."""
    error, _, history = unpacked(text)
    return [*history, cut(error, SHORT)][-EARLIER:] if error else list(history)
