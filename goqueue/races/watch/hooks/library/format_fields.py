"""What "{0.price} of {0[name]}".format(job) reads: besides what it shows, each object whose attribute a field names.

Like copy.copy, the call is one step, which reads all fields of these objects, and what it shows to the bottom.
"""

from __future__ import annotations

import importlib
from types import BuiltinFunctionType
from typing import Any

from ....engine.places import place_of
from ....engine.run import Run
from ....engine.words import READ
from ..callbacks import Touched
from .copying import containers_below

TEXTS: Any = importlib.import_module("_string")  # what string.Formatter is made of
OPEN = (dict, list, tuple)  # whose items are looked up without running code of the model


def is_formatting(function: Any) -> bool:
    """Whether a function is the format() or the format_map() of a text that names attributes."""
    if type(function) is not BuiltinFunctionType or function.__name__ not in ("format", "format_map"):
        return False
    return type(function.__self__) is str and "." in function.__self__


def shown_fields(run: Run, function: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Touched:
    """Return reads of all objects of which a text shows an attribute."""
    if function.__name__ == "format_map":
        options = args[0] if type(args[0]) is dict else {}
        args = ()
    found, shown = list[Any](), list[Any]()
    try:
        names = [name for _, name, _, _ in TEXTS.formatter_parser(function.__self__) if name is not None]
    except ValueError:  # the real function raises it too
        return []
    number = 0
    for name in names:
        first, rest = TEXTS.formatter_field_name_split(name)
        if first == "":
            first, number = number, number + 1
        found += looked_into(args if type(first) is int else options, first, rest, shown)
    return [*((place_of(run, thing), READ) for thing in found), *containers_below(run, shown)]


def looked_into(given: Any, first: Any, rest: Any, shown: list[Any]) -> list[Any]:
    """Return the objects of which a field names an attribute, as far as no code of the model runs to find them.

    What is found in the end goes to `shown`.
    """
    found = list[Any]()
    try:
        thing = given[first]
        for is_attribute, name in rest:
            if is_attribute:
                found.append(thing)
                thing = getattr(thing, "__dict__", {})[name]
            elif type(thing) in OPEN:
                thing = thing[name]
            else:
                break
        else:
            shown.append(thing)
    except (LookupError, TypeError):  # what the text names is not there, or is no plain data
        pass
    return found
