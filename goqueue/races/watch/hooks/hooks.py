"""What watched code calls at each access: tell the run, let it choose a thread, then do what the code asked for.

Each hook does exactly what the plain code would do; in uncontrolled threads it does nothing else. One call of a
container's method is one step, because it is atomic in Python. A loop over a container takes a step for each item.
"""

from __future__ import annotations

import builtins
import contextlib
import sys
import weakref
from collections.abc import Callable
from functools import partial
from operator import delitem, getitem, setitem
from typing import Any

from ...engine.active import here
from ...engine.ends.spinning import Rounds
from ...engine.places import container_of, place_of, record
from ...engine.words import PLAIN, READ, WRITE
from ...report.values import in_full, short
from ..objects.fields_in_c import let_go
from ..objects.iterating import is_iterator, runs_python
from ..objects.kinds import OPAQUE, how
from ..objects.kinds import PLAIN as PLAIN_CODE
from ..rewriting.base import HOOK
from ..rewriting.interrupting import POINTS
from .attributes import load, remove, store
from .callbacks import answer, any_answers
from .calls import bound, call, called, method, real, value
from .containers import delegate, follow, namespace, spread, taken, truth, unseen, walk
from .formatting import form
from .items import drop_item, find_item, read_item, write_item
from .iterators import handing
from .library.redirected import enter
from .matching import PATTERNS
from .opaque import of_opaque, touched_beneath
from .operators import SIMPLE, change, found_in, operate


def holder(token: Any) -> Any:
    """Return what holds a variable: the name of a module or, of a variable of a function, its cell."""
    return token if type(token) is str else token.__closure__[0]


def touch(token: Any, name: str, site: int) -> None:
    """A variable is about to be read. Returns None: the code says `touch(…) or name`."""
    run = here()
    if run is not None:
        place = place_of(run, holder(token))
        run.access(place, READ, name, PLAIN, site, name)
        if run.recorder is not None:
            value = run.values.get((place.serial, name), UNKNOWN)
            value = value() if type(value) is Kept else value
            run.recorder.access(run, name, READ, value, f"one value {name}")


def write(value: Any, token: Any, name: str, site: int) -> Any:
    """A variable is about to be written. Returns the value: the code says `name = write(value, …)`."""
    run = here()
    if run is not None:
        place = place_of(run, holder(token))
        run.access(place, WRITE, name, PLAIN, site, name)
        if run.recorder is not None:
            run.values[place.serial, name] = kept(value)
        record(run, place, WRITE, name, value)
    return value


class Kept(weakref.ref[Any]):
    """The value of a variable, of which a run that is recorded must not delay the end."""


def kept(value: Any) -> Any:
    """Return what the recorder keeps of a value: a weak reference, if its class allows one."""
    with contextlib.suppress(TypeError):
        return Kept(value)
    return value


def bind(token: Any, name: str, site: int) -> None:
    """del name, import name: a variable is about to lose its value, or to get one."""
    run = here()
    if run is not None:
        place = place_of(run, holder(token))
        run.access(place, WRITE, name, PLAIN, site, name)
        run.values.pop((place.serial, name), None)


def binding(token: Any, name: str, site: int) -> Callable[[Any], Any]:
    """def name(): …, class name: …  The last decorator writes the variable."""
    return lambda value: write(value, token, name, site)


class Unknown:
    """The value of a variable that was not written while it was watched."""

    __name__ = "(not known)"

    def __call__(self) -> None:
        """Be shown by name."""


UNKNOWN = Unknown()


def item(thing: Any, key: Any, text: str, site: int) -> Any:
    """thing[key]"""
    run = here()
    if run is None:
        return thing[key]
    kind = type(thing)
    if kind is not dict and kind is not list:
        way = how(kind, "__getitem__")
        if way is PLAIN_CODE:
            return thing[key]
        if way is OPAQUE:
            return of_opaque(run, thing, "__getitem__", partial(getitem, thing), site, (key,), {})
    return read_item(run, thing, key, text, site)


def put(value: Any, thing: Any, key: Any, text: str, site: int) -> None:
    """thing[key] = value"""
    run = here()
    way = how(type(thing), "__setitem__") if run is not None else PLAIN_CODE
    if run is None or way is PLAIN_CODE:
        thing[key] = value
    elif way is OPAQUE:
        of_opaque(run, thing, "__setitem__", partial(setitem, thing), site, (key, value), {})
    else:
        write_item(run, thing, key, value, text, site)


def drop(thing: Any, key: Any, text: str, site: int) -> None:
    """del thing[key]"""
    run = here()
    way = how(type(thing), "__delitem__") if run is not None else PLAIN_CODE
    if run is None or way is PLAIN_CODE:
        del thing[key]
    elif way is OPAQUE:
        of_opaque(run, thing, "__delitem__", partial(delitem, thing), site, (key,), {})
    else:
        drop_item(run, thing, key, text, site)


def contains(key: Any, thing: Any, text: str, site: int) -> bool:
    """key in thing"""
    run = here()
    if run is None:
        return key in thing
    container = container_of(thing)
    if container is None and is_iterator(thing):
        if type(key) not in SIMPLE:
            return any(each is key or operate("eq", each, key, "", "", site) for each in follow(thing, text, site))
        if runs_python(thing) or any_answers((key,), touched_beneath(run, thing)):
            return key in follow(thing, text, site)
        return key in taken(thing, text, site)
    if container is None and how(type(thing), "__contains__") is not OPAQUE:
        return found_in(run, key, thing, site)
    if container is not thing:  # a view of a dict, or an object that is not watched
        spread(thing, text, site)
        return found_in(run, key, thing, site)
    return key in thing if how(type(thing), "__contains__") is PLAIN_CODE else find_item(run, thing, key, text, site)


def rounds() -> Rounds | None:
    """while …: the loop begins"""
    return None if here() is None else Rounds()


def next_round(known: Rounds | None) -> None:
    """while …: a round begins. Returns None: the code says `next_round(…) or condition`."""
    run = here()
    if run is not None and known is not None:
        known.begin(run, sys._getframe(1))


def explain(left: Any, symbol: str, right: Any) -> str:
    """assert left == right: the message of an assertion that fails"""
    run = here()
    if run is None:
        return f"{left!r} {symbol} {right!r}"
    shown = short if symbol in ("is", "is not") else in_full
    return f"{shown(run, left)} {symbol} {shown(run, right)}"


HOOKS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        load, store, remove, touch, write, bind, binding, item, put, drop, contains, bound, method, call, called,
        value, real, truth, walk, follow, spread, taken, change, answer, explain, enter, operate, form, let_go,
        delegate, rounds, next_round, namespace, unseen, handing,
    )
}  # fmt: skip

HOOKS["slice"] = slice
HOOKS.update(POINTS)
HOOKS.update(PATTERNS)


def install() -> None:
    """Put the hooks among the builtins, before any code is swapped, and leave them there.

    Watched code may outlive its exploration: in a thread of the caller, in a generator, in a finaliser. Outside of a
    run each hook does what the plain code does.
    """
    vars(builtins).update({HOOK.format(name): function for name, function in HOOKS.items()})
