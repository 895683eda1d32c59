"""Values as reports show them, in a few words: without addresses, and without running the model's code."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterable
from enum import Enum
from typing import TYPE_CHECKING, Any
from weakref import ref

from ..engine.identity import identity
from ..engine.naming import a, handle
from ..engine.places import label_of, numbered, own_dict

if TYPE_CHECKING:
    from ..engine.run import Run

WRITTEN_OUT = ("decimal", "fractions", "uuid")  # modules whose values say in their repr what they are
LONGEST = 40  # characters of one value
LOWEST_ID = 1 << 16  # below it, no object is in memory


def short(run: Run, value: Any, depth: int = 2) -> str:
    """Return a value as a report shows it, without addresses and without running the model's code."""
    kind = type(value)
    if issubclass(kind, Enum):
        return f"{kind.__name__}.{own(value, '_name_')}"
    if value is None or kind in (bool, int, float, str, bytes) or kind.__module__ in WRITTEN_OUT:
        text = name_of_id(run, value) or repr(value)
        return text if len(text) <= LONGEST else text[: LONGEST - 3] + "…"
    if kind.__module__ == "datetime":
        zone = getattr(value, "tzinfo", None)
        return str(value) if zone is None or not is_own(type(zone)) else a(kind.__name__)  # else it asks the zone
    place = run.made.get(handle(value), run.made.get(identity(value)))
    label = getattr(place, "label", "") or own(value, "name") or own(value, "_name") if place is not None else ""
    if issubclass(kind, BaseException):
        return kind.__name__
    if kind in (list, tuple, set, frozenset, dict):
        return container(run, value, depth)
    if issubclass(kind, tuple) and isinstance(names := getattr(kind, "_fields", None), tuple) and depth:
        return fields(run, kind, zip(names, tuple.__iter__(value), strict=False), depth)
    if issubclass(kind, dict | deque) and kind.__module__ == "collections":  # others are iterated in Python
        return f"{kind.__name__}({container(run, list(value), depth)})"
    if label and isinstance(label, str):
        return label
    if kind is object:
        return label_of_plain(run, value)
    if kind.__dictoffset__ and is_own(kind):
        return label_of(run, value)  # named now, so that it keeps one name throughout the trace
    name = own(value, "__name__") if is_own(kind) else getattr(value, "__name__", "")
    return name if callable(value) and isinstance(name, str) and name else a(kind.__name__)


def in_full(run: Run, value: Any) -> str:
    """Return a value as the message of an assertion shows it: of a dataclass, what is in its fields."""
    kind, held = type(value), own_dict(value)
    names = [name for name in getattr(kind, "__dataclass_fields__", ()) if name in held]
    return fields(run, kind, ((name, held[name]) for name in names), 2) if names else short(run, value)


def fields(run: Run, kind: type, values: Iterable[tuple[str, Any]], depth: int) -> str:
    """Return the fields of a value, as Python writes them: Point(x=1, y=2)."""
    return f"{kind.__name__}({', '.join(f'{name}={short(run, value, depth - 1)}' for name, value in values)})"


def name_of_id(run: Run, value: object) -> str:
    """Return "id(Job#1)" for the number of an object that was touched, which differs from run to run; else ""."""
    if type(value) is not int or value < LOWEST_ID:
        return ""
    place = run.made.get(value >> 4)  # identity() is made from the address, of which the last bits are 0
    what = getattr(place, "what", None)
    what = what() if type(what) is ref else what
    return f"id({getattr(place, 'label', '')})" if what is not None and id(what) == value else ""


def label_of_plain(run: Run, value: object) -> str:
    """Return "object#1" for the first plain object that is shown. Nothing runs at its end, so it is kept alive."""
    known = run.labels.get(identity(value))
    if known is None or known[0]() is not value:
        known = run.labels[identity(value)] = (lambda: value, numbered(run, "object"))
    return known[1]


def own(value: Any, name: str) -> Any:
    """Return an attribute that an object itself holds, else "". The model's `__getattr__` and properties do not run."""
    return own_dict(value).get(name, "")


def is_own(kind: type) -> bool:
    """Whether a class belongs to the model or to a module that it uses, and not to the standard library."""
    return kind.__module__.partition(".")[0] not in sys.stdlib_module_names and not issubclass(kind, type)


def container(run: Run, value: Any, depth: int) -> str:
    """Return a container as a report shows it."""
    kind = type(value)
    if len(value) > 6 or (value and not depth):
        return f"{kind.__name__} of {len(value)}"
    if kind is dict:
        return "{" + ", ".join(f"{short(run, k, 0)}: {short(run, v, depth - 1)}" for k, v in value.items()) + "}"
    inner = [short(run, item, depth - 1) for item in value]
    if kind in (set, frozenset):
        return "{" + ", ".join(sorted(inner)) + "}" if inner else f"{kind.__name__}()"
    if kind is tuple:
        return "(" + ", ".join(inner) + ("," if len(inner) == 1 else "") + ")"
    return "[" + ", ".join(inner) + "]"
