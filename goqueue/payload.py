"""Payloads and results: JSON values, checked once, kept so that nobody else can edit them.

    caller's dict ── freeze ──> what a storage keeps ── thaw ──> the handler's own dict

A frozen value is JSON text, or, when that is certain to mean the same, a private copy of a small flat dict: making
text of it and reading it back would cost more than all else that a queue in memory does for a job. What comes back
is what JSON has: a tuple comes back as a list, and each key of a dict as text.

Never pickle: reading a pickle runs what is in it.
"""

import json
from typing import Any

from .errors import PayloadError

MAX_BYTES = 262_144  # of JSON text; larger things belong in a file or a table, and their name in the payload

Frozen = dict[str, Any] | str | None

_PLAIN = frozenset({str, int, bool, type(None)})  # floats are not: nan is no JSON
_SMALL = 8  # items, of at most 64 characters or bits each: nowhere near any limit


def freeze(value: Any, what: str = "payload", limit: int = MAX_BYTES) -> Frozen:
    """Return what a storage may keep of a JSON `value`. Raises PayloadError if it is none, or too large.

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
    return as_text(value, what, limit)


def as_text(value: Any, what: str = "payload", limit: int = MAX_BYTES) -> str:
    """Return `value` as JSON text. Raises PayloadError if it is no JSON, or longer than `limit` bytes."""
    try:
        text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    except TypeError as err:
        raise PayloadError(f"{what} cannot be JSON: {err}") from None
    except (ValueError, RecursionError) as err:
        endless = isinstance(err, RecursionError) or "ircular" in str(err)
        why = "it contains itself, or is nested too deep" if endless else "it holds nan or an infinity"
        why = str(err) if "digits" in str(err) else why  # a whole number that Python itself will not write out
        raise PayloadError(f"{what} cannot be JSON: {why}") from None
    if len(text) > limit:
        size = f"{what} is {len(text):,} bytes of JSON, and {limit:,} is the most"
        raise PayloadError(f"{size}: keep the data elsewhere, and send its name")
    return text


def thaw(frozen: Frozen) -> Any:
    """Return a value of one's own: editing it changes nothing that is kept.

    >>> thaw('{"orders":[17,18]}')
    {'orders': [17, 18]}
    """
    if frozen is None:
        return None
    return json.loads(frozen) if isinstance(frozen, str) else frozen.copy()
