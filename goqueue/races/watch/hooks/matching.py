"""What a rewritten pattern calls, a step each: how long, which items, what stands under these keys, which attributes.

Each does what Python's own instruction of about the same name does, with the same errors.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

from .attributes import load
from .calls import bound, call
from .containers import taken

SEQUENCE, MAPPING, ITSELF = 1 << 5, 1 << 6, 1 << 22  # flags of a class: what a pattern takes its objects for
MISSING = object()


def is_sequence(thing: Any, site: int) -> bool:
    """Whether a pattern takes a thing for a sequence. No string is one."""
    return bool(type(thing).__flags__ & SEQUENCE)


def is_mapping(thing: Any, site: int) -> bool:
    """Whether a pattern takes a thing for a mapping."""
    return bool(type(thing).__flags__ & MAPPING)


def size(thing: Any, site: int) -> int:
    """len(thing)"""
    length: int = call(len, "", site, thing)
    return length


def unpacked(thing: Any, before: int, after: int, site: int) -> list[Any]:
    """Return so many items, and for a star (unless `after` is -1) a list of those between."""
    source = taken(thing, "", site)
    if after < 0:
        items = list(islice(iter(source), before + 1))
        check(len(items), before, f"expected {before}")
        if len(items) > before:
            raise ValueError(f"too many values to unpack (expected {before})")
        return items
    drawn = iter(source)
    items = [*islice(drawn, before)]
    items += drawn
    check(len(items), before + after, f"expected at least {before + after}")
    end = len(items) - after
    return [*items[:before], items[before:end], *items[end:]]


def check(count: int, least: int, expected: str) -> None:
    """Raise what Python raises if a sequence became shorter after its length was compared."""
    if count < least:
        raise ValueError(f"not enough values to unpack ({expected}, got {count})")


def nth(thing: Any, index: int, text: str, site: int) -> Any:
    """Return an item of a sequence; for a negative index its length is asked for again, as Python does."""
    from .hooks import item  # imported here, because hooks imports this file

    return item(thing, index if index >= 0 else size(thing, site) + index, text, site)


def found_at(thing: Any, keys: tuple[Any, ...], text: str, site: int) -> list[Any] | None:
    """Return what stands under keys, one step each; None if one is not there."""
    get, values, seen = bound(thing, "get", text, site), list[Any](), set[Any]()
    for key in keys:
        if key in seen:
            raise ValueError(f"mapping pattern checks duplicate key ({key!r})")
        seen.add(key)
        value = get(key, MISSING)
        if value is MISSING:
            return None
        values.append(value)
    return values


def left(thing: Any, keys: tuple[Any, ...], site: int) -> dict[Any, Any]:
    """Return the other items of a mapping. KeyError: it has lost a key since it was looked at."""
    rest = {**taken(thing, "", site)}
    for key in keys:
        del rest[key]
    return rest


def fields(thing: Any, kind: Any, count: int, names: tuple[str, ...], site: int) -> list[Any] | None:
    """Return attributes of an object, `count` by position and others by name; None if one is missing."""
    if not isinstance(kind, type):
        match thing:
            case kind():  # raises what Python raises
                pass
    if not call(isinstance, "", site, thing, kind):
        return None
    by_position = positions(kind, count, site)
    values = [thing] if by_position is None else []
    asked = [*(by_position or ()), *names]
    for at, name in enumerate(asked):
        if type(name) is not str:
            raise TypeError(f"__match_args__ elements must be strings (got {type(name).__name__})")
        if name in asked[:at]:
            raise TypeError(f"{kind.__name__}() got multiple sub-patterns for attribute {name!r}")
        try:
            values.append(load(thing, name, site))
        except AttributeError:
            return None
    return values


def positions(kind: type, count: int, site: int) -> tuple[Any, ...] | None:
    """Return the names of so many fields of a class; None for one whose objects are their own only field."""
    if count == 0:
        return ()
    try:
        listed: Any = load(kind, "__match_args__", site)
        if type(listed) is not tuple:
            raise TypeError(f"{kind.__name__}.__match_args__ must be a tuple (got {type(listed).__name__})")
        allowed, itself = len(listed), False
    except AttributeError:
        listed, itself = (), bool(kind.__flags__ & ITSELF)
        allowed = int(itself)
    if count > allowed:
        plural = "" if allowed == 1 else "s"
        raise TypeError(f"{kind.__name__}() accepts {allowed} positional sub-pattern{plural} ({count} given)")
    return None if itself else listed[:count]


PATTERNS: dict[str, Callable[..., Any]] = {
    function.__name__: function for function in (is_sequence, is_mapping, size, unpacked, nth, found_at, left, fields)
}
