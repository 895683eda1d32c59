"""Payloads and results: JSON values, checked once, then stored where no other code can edit them.

    caller's dict ── freeze ──> what a storage keeps ── thaw ──> the handler's own dict

A frozen value is JSON text. A small flat dict that JSON would not change is kept as a private copy instead, because
converting it to text and back would cost more than everything else that a queue in memory does for a job. What comes
back is JSON: a tuple becomes a list, and each key of a dict becomes a string.

Pickle is never used, because reading a pickle can run any code.
"""

import json
from collections.abc import Iterator
from typing import Any

from .errors import PayloadError

DEEPEST = 200  # lists and dicts, one inside the other: far less than Python's limit, so whoever reads it can, too
MAX_BYTES = 262_144  # of JSON text; put larger things into a file or a table, and their name into the payload

Frozen = dict[str, Any] | str | None

plain_text = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode  # made once: that is half of its work

NESTED = (dict, list, tuple)
_PLAIN = frozenset({str, int, bool, type(None)})  # no floats, because nan is not JSON
_SMALL = 8  # items of at most 64 characters or bits each, which is far from any limit


def freeze(value: Any, what: str = "payload", limit: int = MAX_BYTES, deepest: int = DEEPEST) -> Frozen:
    """Return the form in which a storage keeps a JSON value. Raises PayloadError if it is not JSON, too large or deep.

    >>> freeze({"order": 17})
    {'order': 17}
    >>> freeze({"orders": [17, 18]})
    '{"orders":[17,18]}'
    >>> freeze({"order": {17}})
    Traceback (most recent call last):
    goqueue.errors.PayloadError: payload cannot be JSON: Object of type set is not JSON serializable
    """
    if value is None:
        return None
    if type(value) is dict and len(value) <= _SMALL:
        for key, item in value.items():
            kind = type(item)
            if kind not in _PLAIN or type(key) is not str or len(key) > 64:
                break
            if (kind is str and len(item) > 64) or (kind is int and item.bit_length() > 64):
                break
        else:
            return value.copy()
    text = as_text(value, what, limit)
    if is_deeper(value, deepest):
        raise PayloadError(f"{what} is nested too deep: {DEEPEST} lists and dicts inside each other are the most")
    return text


def as_text(value: Any, what: str = "payload", limit: int = MAX_BYTES) -> str:
    """Return `value` as JSON text. Raises PayloadError if it is not JSON, or longer than `limit` bytes."""
    try:
        text = plain_text(value)
    except TypeError as err:
        raise PayloadError(f"{what} cannot be JSON: {err}") from None
    except (ValueError, RecursionError) as err:
        endless = isinstance(err, RecursionError) or "ircular" in str(err)
        why = "it contains itself, or is nested too deep" if endless else "it holds nan or an infinity"
        why = str(err) if "digits" in str(err) else why  # an integer too long for Python to write
        raise PayloadError(f"{what} cannot be JSON: {why}") from None
    if loses_a_key(value):
        raise PayloadError(f"{what} cannot be JSON: two keys of a dict, such as 1 and '1', become the same text")
    if len(text) > limit:
        size = f"{what} is {len(text):,} bytes of JSON, and {limit:,} is the most"
        raise PayloadError(f"{size}: keep the data elsewhere, and send its name")
    return text


def loses_a_key(value: Any) -> bool:
    """Whether two keys of a dict in a JSON value become one, because JSON has only texts as keys.

    >>> loses_a_key([{1: "a", "1": "b"}]), loses_a_key({1: "a", "2": "b"})
    (True, False)
    """
    return any(
        any(type(key) is not str for key in each) and len(json.loads(json.dumps(each))) < len(each)
        for level in levels(value)
        for each in level
        if isinstance(each, dict)
    )


def is_deeper(value: Any, most: int) -> bool:
    """Whether a JSON value has more lists and dicts inside each other than `most`.

    >>> is_deeper([[17]], 1), is_deeper([[17]], 2)
    (True, False)
    """
    return any(number > most for number, _ in enumerate(levels(value), 1))


def levels(value: Any) -> Iterator[list[Any]]:
    """Yield the lists and dicts of a JSON value: the outermost, those directly inside it, and so on."""
    level = [value] if isinstance(value, NESTED) else []
    while level:
        yield level
        inner = (each.values() if isinstance(each, dict) else each for each in level)
        level = [item for items in inner for item in items if isinstance(item, NESTED)]


def thaw(frozen: Frozen) -> Any:
    """Return a new copy of the value: editing it does not change what is stored.

    >>> thaw('{"orders":[17,18]}')
    {'orders': [17, 18]}
    """
    if frozen is None:
        return None
    return json.loads(frozen) if isinstance(frozen, str) else frozen.copy()
