"""Hooks for whole containers: what one call of a method touches, loops over them, and what reads all of one.

One call of a container's method is one step, because it is atomic in Python, unless it calls back or consumes an
iterator: then each callback and each item is followed by a step. A loop takes a step for each item.
"""

from __future__ import annotations

import types
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, cast

from ...engine.active import here
from ...engine.happens_before import Place
from ...engine.places import container_of, is_container, key_of, name_of, place_of
from ...engine.run import Run
from ...engine.words import CALL, ITERATION, READ, WRITE, Mode
from ..objects.iterating import beneath, is_iterator, is_used_up, is_walk, parts_of, runs_python, unwrapped
from ..objects.kinds import OPAQUE, PLAIN, how
from ..objects.unwatched import TEXT
from . import items
from .callbacks import Touched, answers, called_back, stepping, within
from .opaque import place_of_opaque, taken_from, touched_beneath
from .shadowing import hide

READS = {"get", "copy", "count", "index", "isdisjoint", "issubset", "issuperset", "union", "intersection", "difference"}
READS |= {"symmetric_difference", "most_common", "elements", "total"}
READS |= {"__len__", "__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__repr__", "__str__", "__reversed__"}
READS |= {
    "__or__",
    "__ror__",
    "__and__",
    "__rand__",
    "__sub__",
    "__rsub__",
    "__xor__",
    "__rxor__",
    "__add__",
    "__mul__",
}
READS |= {"__rmul__", "__copy__", "__sizeof__", "__format__", "__bool__"}
READS |= {"__reduce__", "__reduce_ex__", "__getstate__", "__dir__"}  # the attributes of a subclass, too

# These make a view or an iterator; nothing is read yet. Or they are about the object, not about its items.
NEITHER = {"keys", "values", "items", "__iter__", "__class__", "__new__", "__init_subclass__", "__hash__"}
NEITHER |= {"__class_getitem__"}

ITEMS: dict[str, Callable[..., Any]] = {
    "__getitem__": items.read_item, "__setitem__": items.write_item, "__delitem__": items.drop_item,
    "__contains__": items.find_item,
}  # fmt: skip

# These keep what they are given, and call nothing.
KEEPING = {"append", "appendleft", "insert", "clear", "copy", "popleft", "popitem", "reverse", "rotate", "__len__"}

# These take every item of what they are given.
TAKING = {"extend", "extendleft", "update", "__init__", "union", "intersection", "difference", "symmetric_difference"}
TAKING |= {"issubset", "issuperset", "isdisjoint", "intersection_update", "difference_update", "__iadd__", "__ior__"}
TAKING |= {"symmetric_difference_update", "subtract"}

# These compare, or show, what is in the container and what they are given.
COMPARING = {"count", "index", "remove", "sort", "__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"}
COMPARING |= {"__repr__", "__str__", "__format__"}

OF_PAIRS = {"update", "__init__", "__ior__"}
PAIRS = (list, deque, bytearray)  # what a pair of a key and a value may be, and change


def of_container(
    run: Run, thing: Any, name: str, do: Callable[..., Any], text: str, site: int, args: Any, options: Any
) -> Any:
    """Call a method of a container, `do`: one step, or more if the method calls back."""
    if name in ITEMS:
        return ITEMS[name](run, thing, *args, text, site, do)
    if name in NEITHER:
        return do(*args, **options)
    place = place_of(run, thing, name_of(text))
    mode: Mode = READ if name in READS else WRITE
    if mode is WRITE and place.by_key:  # an object's own attributes
        given = [key for arg in (*args, options) for key in (arg if type(arg) is dict else [arg])]
        hide(type(place.what), [key for key in given if type(key) is str])
    if name == "get" and args and issubclass(type(thing), dict):
        run.access(place, mode, key_of(args[0]), CALL, site, f"[{args[0]!r}]" if key_of(args[0]) is not None else "")
    elif name in KEEPING:
        run.access(place, mode, None, CALL, site, "")
    else:
        others = args if name in TAKING or name.startswith("__") else ()
        touched = [(place, mode), *(each for arg in others for each in taken_from(run, arg))]
        if name in OF_PAIRS and issubclass(type(thing), dict):
            touched += pairs_in(run, others)
        if type(do) is types.MethodType:  # in Python, and of the library: it may look at all that is in there
            from .library.copying import containers_below  # imported here, because copying imports this file

            touched += containers_below(run, thing)
        if name in COMPARING:
            touched += items.compared_below(run, thing, *args)
        run.together(touched, site)
        do, args, options = calling_back(run, thing, name, do, touched, site, args, options)
    try:
        result = do(*args, **options)
    except Exception as error:
        if run.recorder is not None:
            run.recorder.whole(run, f"{place.label}.{name} raises {type(error).__name__}", place.label, thing)
        raise
    if run.recorder is not None:
        run.recorder.call(run, place.label, name, args, result, mode, thing)
    return result


def of_view(run: Run, thing: Any, name: str, do: Callable[..., Any], site: int, args: Any) -> Any:
    """Call a method of a view of a dict: jobs.keys().isdisjoint(others)"""
    if name not in NEITHER:
        touched = [(place_of(run, container_of(thing)), READ), *(each for arg in args for each in taken_from(run, arg))]
        run.together(touched, site)
        do = within(run, do, touched) if any(map(answers, args)) else do
    return do(*args)


def pairs_in(run: Run, args: tuple[Any, ...]) -> Touched:
    """Return reads of the pairs of which a dict is made, if they are no tuples. They may come from an iterator."""
    given = [arg for arg in args if not issubclass(type(arg), dict)]
    sources = [each for arg in given for each in (arg, container_of(arg), *beneath(arg)) if each is not None]
    pairs = [pair for each in sources if is_container(each) or type(each) is tuple for pair in parts_of(each)]
    return [(place_of(run, pair), READ) for pair in pairs if type(pair) in PAIRS]


def calling_back(
    run: Run, thing: Any, name: str, do: Callable[..., Any], touched: list[tuple[Place, Mode]], site: int, args: Any,
    options: Any,
) -> tuple[Callable[..., Any], Any, Any]:  # fmt: skip
    """Return a method and its arguments, with a step after each callback and each item of an iterator."""
    if options.get("key") is not None and name == "sort":
        options = {"key": called_back(run, options.pop("key"), touched, site), **options}
    if name in TAKING:
        args = tuple(stepping(run, arg, touched, site) if many_steps(arg) else unwrapped(arg) for arg in args)
    if any(map(answers, args)) or (type(thing) in (list, deque) and any(map(answers, thing))):
        do = within(run, do, touched)
    elif generators := [(place, mode) for place, mode in touched if is_generator(place)]:
        do = within(run, do, generators)
    return do, args, options


def many_steps(thing: Any) -> bool:
    """Whether a thing is an iterator, between two items of which another thread may run."""
    return is_iterator(thing) and runs_python(thing)


def through_generators(run: Run, touched: Touched) -> Callable[..., Any]:
    """Return next(), in which each answer of a generator that is touched is followed by a step."""
    generators = [(place, mode) for place, mode in touched if is_generator(place)]
    return within(run, next, generators) if generators else next


def is_generator(place: Place) -> bool:
    """Whether a place is that of a generator."""
    return place.kind == types.GeneratorType.__name__


def truth(thing: Any, text: str, site: int) -> Any:
    """if thing: … checks whether a container is empty, or the dict behind a view"""
    run = here()
    if run is None:
        return thing
    container = container_of(thing)
    if container is not None and (container is not thing or how(type(thing), "__len__") is not PLAIN):
        place = place_of(run, container, name_of(text) if container is thing else "")
        run.access(place, READ, None, CALL, site, "")
        if run.recorder is not None:
            run.recorder.whole(run, f"looks whether {place.label} is empty: {not thing}", place.label, container)
    elif how(type(thing), "__len__") is OPAQUE:
        run.access(place_of_opaque(run, thing), READ, None, CALL, site, "")
    return thing


def spread(thing: Any, text: str, site: int) -> Any:
    """thing + other: reads all of a container in one step"""
    run = here()
    if run is not None:
        looks_at(run, thing, text, site)
    return thing


def namespace(thing: Any, site: int) -> Any:
    """eval(text, thing), exec(text, thing): reads and writes what the text names, in one step"""
    run = here()
    if run is not None and is_container(thing):
        run.access(place_of(run, thing), WRITE, None, CALL, site, "")
    return thing


def unseen(text: Any, site: int) -> Any:
    """eval(text), exec(text): nothing but the names in given dicts is seen of what it does, so the verdict says so"""
    run = here()
    if run is not None:
        run.name_unseen(TEXT, "not watched")
    return text


def taken(thing: Any, text: str, site: int) -> Any:
    """[*thing], one, two = thing: the same, where Python then takes the items one by one, in one step"""
    return thing if type(thing) is tuple else unwrapped(spread(thing, text, site))


def looks_at(run: Run, thing: Any, text: str, site: int) -> None:
    """All of a container is about to be read, if `thing` is one, or a view of one."""
    container = container_of(thing)
    if container is not None:
        place = place_of(run, container, name_of(text))
        run.access(place, READ, None, CALL, site, "")
        if run.recorder is not None:
            run.recorder.whole(run, f"looks at all of {place.label}", place.label, container)
    elif how(type(thing), "__iter__") is OPAQUE:
        run.together(taken_from(run, thing), site)


def walk(thing: Any, text: str, site: int) -> Any:
    """for … in thing: each item is a step of its own"""
    run = here()
    return thing if run is None else walk_in(run, thing, container_of(thing), text, site)


def walk_in(run: Run, thing: Any, container: Any, text: str, site: int) -> Any:
    """Return what yields the items of `thing`, behind which there may be a container, in steps."""
    if container is None and is_iterator(thing):
        tells_itself = is_walk(thing) and container_of(thing.whole) is None
        return each_from(thing, site) if touched_beneath(run, thing) and not tells_itself else thing
    if container is None and how(type(thing), "__iter__") is OPAQUE:
        return each_of_opaque(iter(unwrapped(thing)), thing, WRITE if is_used_up(thing) else READ, site)
    if container is None or (container is thing and how(type(thing), "__iter__") is PLAIN):
        return thing
    place = place_of(run, container, name_of(text))
    if type(container) is not list:  # the other kinds notice a change after this
        run.access(place, READ, None, ITERATION, site, "")
    return each(iter(thing), container, site)


def delegate(thing: Any, text: str, site: int) -> Any:
    """yield from thing. What is sent goes to a generator, so nothing can stand between."""
    run = here()
    if run is not None and type(thing) is types.GeneratorType:
        run.access(place_of_opaque(run, thing), WRITE, None, CALL, site, "")
        return thing
    return follow(thing, text, site)


def each_from(source: Iterator[Any], site: int) -> Iterator[Any]:
    """Yield what an iterator in C yields, and tell the run before each item what it draws from."""
    while True:
        run, go_on = here(), cast(Callable[..., Any], next)
        if run is not None:
            touched = touched_beneath(run, source)
            run.together(touched, site, ITERATION)
            go_on = through_generators(run, touched)
        try:
            value = go_on(unwrapped(source))
        except StopIteration:
            return
        yield value


def follow(thing: Any, text: str, site: int) -> Any:
    """for … in thing, which is no new object: threads may share an iterator, or an object that is not watched"""
    run = here()
    if run is None:
        return thing
    container = container_of(thing)
    if container is not None or how(type(thing), "__iter__") is not OPAQUE:
        return walk_in(run, thing, container, text, site)
    return each_of_opaque(iter(unwrapped(thing)), thing, WRITE if is_used_up(thing) else READ, site)


def each(source: Iterator[Any], container: Any, site: int) -> Iterator[Any]:
    """Yield what `source` yields, and tell the run before each item."""
    while True:
        run = here()
        if run is not None:
            place = place_of(run, container)
            run.access(place, READ, None, ITERATION, site, "")
            if run.recorder is not None:
                run.recorder.whole(run, f"asks for the next of {place.label}", place.label, container)
        try:
            following = next(source)
        except StopIteration:
            return
        yield following


def each_of_opaque(source: Iterator[Any], thing: Any, mode: Mode, site: int) -> Iterator[Any]:
    """Yield what `source` yields, and tell the run before each item."""
    while True:
        run = here()
        if run is not None:
            touched = [(place_of_opaque(run, thing), mode), *touched_beneath(run, thing)]
            run.together(touched, site)
            go_on = through_generators(run, touched)
        else:
            go_on = next
        try:
            following = go_on(source)
        except StopIteration:
            return
        yield following
