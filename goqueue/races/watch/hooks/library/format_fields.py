"""What "{0.price} of {0[name]}".format(job) reads: besides what it shows, each object whose attribute a field names.

Like copy.copy, the call is one step, which reads all fields of these objects, and what it shows to the bottom.
A string.Formatter does the same in Python. It runs in its watched form, so each field that it looks up is a step.
"""

from __future__ import annotations

import gc
import importlib
import inspect
import string
from collections import ChainMap, UserDict
from types import BuiltinFunctionType, MappingProxyType
from typing import Any

from ....engine.places import container_of, place_of
from ....engine.run import Run
from ....engine.words import READ
from ...objects.fields_in_c import DESCRIPTORS
from ...objects.iterating import shown_by
from ..attributes import looked_through
from ..callbacks import Touched
from .copying import containers_below
from .library_code import in_watched_form

TEXTS: Any = importlib.import_module("_string")  # what string.Formatter is made of
OWN_ITEMS = (dict, list, tuple)


def is_formatting(function: Any) -> bool:
    """Whether a function is the format() or the format_map() of a text that names attributes."""
    if type(function) is not BuiltinFunctionType or function.__name__ not in ("format", "format_map"):
        return False
    return isinstance(function.__self__, str) and "." in function.__self__


def shown_fields(run: Run, function: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Touched:
    """Return reads of all objects of which a text shows an attribute."""
    by_name: Any = options
    if function.__name__ == "format_map":
        by_name, args = args[0], ()
    found, shown = list[Any](), list[Any]()
    try:
        names = fields_named(function.__self__)
    except ValueError:  # the real function raises it too
        return []
    number = 0
    for name in names:
        first, rest = TEXTS.formatter_field_name_split(name)
        if first == "":
            first, number = number, number + 1
        found += looked_into(args if type(first) is int else by_name, first, rest, shown)
    return [*((place_of(run, thing), READ) for thing in found), *containers_below(run, shown)]


def fields_named(text: str) -> list[str]:
    """Return the fields of a text in their order, with those inside of what says how to show one: {0:{1.width}}."""
    found: list[str] = []
    for _, name, way, _ in TEXTS.formatter_parser(text):
        if name is not None:
            found += [name, *fields_named(way or "")]
    return found


def looked_into(given: Any, first: Any, rest: Any, shown: list[Any]) -> list[Any]:
    """Return the objects of which a field names an attribute, as far as no code of the model runs to find them.

    What is found in the end goes to `shown`.
    """
    found = list[Any]()
    try:
        thing = item_of(given, first)
        for is_attribute, name in rest:
            if is_attribute:
                found += [thing, *looked_through(thing, name)]
                thing = attribute_of(thing, name)
            else:
                found += [each for each in (container_of(thing), *shown_by(thing)) if each is not None]
                thing = item_of(thing, name)
        shown.append(thing)
    except (AttributeError, LookupError, TypeError):  # what the text names is not there, or is no plain data
        pass
    return found


def attribute_of(thing: Any, name: str) -> Any:
    """Return what an object or its class keeps under a name. AttributeError: there is none, or it is computed."""
    found = inspect.getattr_static(thing, name)
    if isinstance(found, DESCRIPTORS):  # of a slot
        return getattr(thing, name)
    if hasattr(type(found), "__get__"):
        raise AttributeError(name)
    return found


def item_of(thing: Any, key: Any) -> Any:
    """Return an item. LookupError: there is none, or the code of the model may say what it is."""
    kind = type(thing)
    if kind is UserDict:
        return item_of(thing.data, key)
    if kind is MappingProxyType:
        return item_of(gc.get_referents(thing)[0], key)
    if kind is ChainMap:
        return item_of(next((each for each in thing.maps if type(each) is dict and key in each), {}), key)
    for own in OWN_ITEMS:
        if issubclass(kind, own) and kind.__getitem__ is own.__getitem__:
            return own.__getitem__(thing, key)
    raise LookupError(key)


FORMATTER = [string.Formatter.format, string.Formatter.vformat, string.Formatter._vformat, string.Formatter.get_field]


def by_formatter(run: Run, function: Any, text: str, site: int, args: Any, options: Any) -> Any:
    """string.Formatter().format(text, job)"""
    return in_watched_form(function)(*args, **options)
