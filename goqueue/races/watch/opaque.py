"""Objects of classes that are not watched: one call is one access to the whole object.

The search tries the orders of these calls. What happens inside of a call stays unseen, so the verdict names the class.
"""

from __future__ import annotations

import types
import weakref
from collections.abc import Callable
from typing import Any

from ..engine.happens_before import Place
from ..engine.places import container_of, place_of
from ..engine.run import Run
from ..engine.words import READ, WRITE, Mode
from .callbacks import within
from .kinds import beneath, is_iterator, is_named, told

READS = frozenset(
    [
        "get",
        "keys",
        "values",
        "items",
        "copy",
        "count",
        "index",
        "getvalue",
        "tell",
        "tolist",
        "tobytes",
        "cache_info",
        "cache_parameters",
        "find",
        "rfind",
        "decode",
        "hex",
        "startswith",
        "endswith",
        "most_common",
        "__getitem__",
        "__len__",
        "__contains__",
        "__iter__",
        "__reversed__",
        "__eq__",
        "__ne__",
        "__lt__",
        "__le__",
        "__gt__",
        "__ge__",
        "__repr__",
        "__str__",
        "__bool__",
        "__add__",
        "__mul__",
        "__or__",
        "__and__",
        "__sub__",
        "__xor__",
        "__getattribute__",
        "sum",
        "mean",
        "min",
        "max",
        "any",
        "all",
        "dot",
        "shape",
        "isatty",
        "readable",
        "writable",
        "seekable",
        "fileno",
        "closed",
        "getstate",
    ]
)


def place_of_opaque(run: Run, thing: Any) -> Place:
    """Return the place of an object that is not watched. A generator is not kept alive, because its end runs code."""
    place = place_of(run, thing)
    kind = type(thing)
    if kind is types.GeneratorType and place.what is thing:
        key, made = id(thing), run.made
        place.what = weakref.ref(thing, lambda _: made.pop(key, None))
    if is_named(kind):
        run.opaque[place.kind] = told(kind)
    return place


def mode_of(thing: Any, name: str) -> Mode:
    """Return whether a method changes an object, as far as its name tells."""
    return READ if name in READS and not is_iterator(thing) else WRITE


def of_opaque(run: Run, thing: Any, name: str, do: Callable[..., Any], site: int, args: Any, options: Any) -> Any:
    """Call a method that is not watched, `do`: one access to the whole object, and to each container that it gets."""
    mode = mode_of(thing, name)
    below = mode if type(thing) is memoryview else READ
    touched = [(place_of_opaque(run, thing), mode), *((place_of(run, each), below) for each in beneath(thing))]
    for arg in args:
        container = container_of(arg)
        if container is not None:
            touched.append((place_of(run, container), WRITE if name in ("readinto", "readinto1") else READ))
    run.together(touched, site)
    if run.recorder is not None:
        label = touched[0][0].label
        run.recorder.note(run, f"{label}.{name}(…)", label, mode)
    return within(run, do, touched)(*args, **options)
