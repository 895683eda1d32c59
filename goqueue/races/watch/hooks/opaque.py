"""Objects of classes that are not watched: one call is one access to the whole object.

The search tries the orders of these calls. What happens inside of a call stays unseen, so the verdict names the class.
"""

from __future__ import annotations

import contextvars
import types
from collections.abc import Callable
from typing import Any

from ...engine.happens_before import Place
from ...engine.identity import identity
from ...engine.places import container_of, let_end_if_told, place_of
from ...engine.run import Run
from ...engine.words import READ, WRITE, Mode
from ..objects import weak
from ..objects.iterating import beneath, is_iterator, is_used_up, iterators_in, unwrapped
from ..objects.kinds import OPAQUE, how, reads_given
from ..objects.linked import linked_to
from ..objects.unwatched import is_memory, is_named, told, whole_of
from .callbacks import Touched, called_back, within

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
        "__reduce__",
        "__reduce_ex__",
        "__getstate__",
        "__format__",
        "__hash__",
        "__dir__",
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
        "fill",
        "wrap",
        "repr",
    ]
)


def place_of_opaque(run: Run, thing: Any) -> Place:
    """Return the place of an object that is not watched."""
    thing = whole_of(unwrapped(thing))
    kind = type(thing)
    if is_memory(kind):
        place = place_of(run, kind.__mro__[-2])  # one for all objects, because two may show the same bytes
        run.opaque[place.kind] = "memory (ctypes)"
        return place
    place = place_of(run, thing)
    if kind.__module__ in weak.CONTAINERS and run.others_run:  # what it holds may end
        run.wanted.add((place.kind, None))
    if is_named(kind):
        run.opaque[place.kind] = told(kind)
    return place


def places_of(run: Run, linked: list[Any], leading: tuple[Place, Mode]) -> Touched:
    """Return the places of what an object leads to. What has none yet belongs to that of the object itself."""
    place, mode = leading
    found: dict[int, Place] = {}
    for each in linked:
        known = run.made.setdefault(identity(each), place)
        run.made[~identity(each)] = each  # kept alive, so that its number is not that of another object
        if type(known) is Place and known is not place:
            found[known.serial] = known
    return [(each, mode) for each in found.values()]


def touched_beneath(run: Run, thing: Any) -> Touched:
    """Return what an iterator or a view in C touches when it is used: containers, and iterators that it draws from."""
    found: Touched = [(place_of_opaque(run, each), WRITE) for each in iterators_in(thing)]
    return found + [(place_of(run, each), READ) for each in beneath(thing)]


def taken_from(run: Run, thing: Any) -> Touched:
    """Return what is touched if all items of a thing are taken: of a container, a view, an iterator, or the like."""
    container = container_of(thing)
    if container is not None:
        return [(place_of(run, container), READ)]
    if OPAQUE in (how(type(thing), name) for name in ("__iter__", "__len__", "__contains__")):
        return [(place_of_opaque(run, thing), WRITE if is_used_up(thing) else READ), *touched_beneath(run, thing)]
    return touched_beneath(run, thing)


def mode_of(thing: Any, name: str) -> Mode:
    """Return whether a method changes an object, as far as its name tells."""
    return READ if name in READS and not is_iterator(thing) else WRITE


def of_opaque(
    run: Run,
    thing: Any,
    name: str,
    do: Callable[..., Any],
    site: int,
    args: Any,
    options: Any,
    mode: Mode | None = None,
) -> Any:
    """Call a method that is not watched, `do`: one access to the whole object, and to each container that it gets.

    With a `mode`, it is no method but a property that is read or set.
    """
    run.open_section()
    shown = f"{name}(…)" if mode is None else name
    mode = mode_of(thing, name) if mode is None else mode
    touched = [(place_of_opaque(run, thing), mode), *touched_beneath(run, thing)]
    linked = linked_to(run, thing)
    touched += places_of(run, linked, touched[0])
    if type(thing) is memoryview:
        touched = [(place, mode) for place, _ in touched]
    given = WRITE if name in ("readinto", "readinto1") else READ
    for arg in (*args, *options.values()):
        container = container_of(arg)
        if container is not None:
            touched.append((place_of(run, container), given))
        elif not is_iterator(arg) and how(type(arg), "__len__") is OPAQUE:  # a bytearray
            touched += [(place_of_opaque(run, arg), given), *((place_of(run, each), given) for each in beneath(arg))]
        elif is_iterator(arg) and type(arg) is not types.GeneratorType:
            touched += taken_from(run, arg)
    if type(do) is types.MethodType or reads_given(type(thing)) or linked:
        from .library.copying import containers_below  # imported here, because copying imports this file

        touched += containers_below(run, args)
    run.together(touched, site)
    if run.recorder is not None:
        label = touched[0][0].label
        run.recorder.note(run, f"{label}.{shown}", label, mode)
    if type(thing) is contextvars.Context and name == "run" and args:
        args = (called_back(run, args[0], touched, site), *args[1:])  # else none could come while it is in use
    if type(do) is types.MethodType and any(container_of(arg) is not None for arg in args):
        result = in_lines(run, do, touched, site, args, options)
    else:
        result = within(run, do, touched)(*args, **options)
    if type(thing).__module__ in weak.CONTAINERS:
        for arg in args:
            let_end_if_told(run, arg)
    return result


def in_lines(run: Run, do: Callable[..., Any], touched: Touched, site: int, args: Any, options: Any) -> Any:
    """Call a method in Python that gets a container, and may look at it many times."""
    from .library.library_code import lazily, line_by_line  # imported here, because what it imports imports this file

    made = within(run, line_by_line(run, do, touched, site), touched)(*args, **options)
    return lazily(run, made, touched, site)
