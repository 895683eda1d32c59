"""What watched code calls at each access: tell the run, let it choose a thread, then do what the code asked for.

Each hook does exactly what the plain code would do; in uncontrolled threads it does nothing else. One call of a
container's method is one step, because it is atomic in Python. A loop over a container takes a step for each item.
"""

from __future__ import annotations

import builtins
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from ..engine.active import here
from ..engine.places import Scope, is_container, place_of, record, spot
from ..engine.words import CALL, INSERT, PLAIN, READ, WRITE
from ..report.recorder import short
from .attributes import enter, load, remove, store
from .containers import call, change, library, method, spread, truth, walk
from .interrupting import POINTS
from .rewriting_base import HOOK


def scope() -> Scope:
    """Begin a function that has captured variables."""
    return Scope()


def touch(token: Any, name: str, site: int) -> None:
    """A variable is about to be read. Returns None: the code says `touch(…) or name`."""
    run = here()
    if run is not None:
        place = place_of(run, token)
        run.access(place, READ, name, PLAIN, site, name)
        if run.recorder is not None:
            value = run.values.get((place.serial, name), UNKNOWN)
            run.recorder.access(run, name, READ, value, f"one value {name}")


def write(value: Any, token: Any, name: str, site: int) -> Any:
    """A variable is about to be written. Returns the value: the code says `name = write(value, …)`."""
    run = here()
    if run is not None:
        place = place_of(run, token)
        run.access(place, WRITE, name, PLAIN, site, name)
        if run.recorder is not None:
            run.values[place.serial, name] = value
        record(run, place, WRITE, name, value)
    return value


class Unknown:
    """The value of a variable that was not written while it was watched."""

    __name__ = "(not known)"

    def __call__(self) -> None:
        """Be shown by name."""


UNKNOWN = Unknown()


def item(thing: Any, key: Any, text: str, site: int) -> Any:
    """thing[key]"""
    run = here()
    if run is None or not is_container(thing):
        return thing[key]
    again = True
    while again:  # until no other thread has changed which item it is
        place, compared, shown = spot(run, thing, key, text)
        makes = type(thing) is defaultdict and not dict.__contains__(thing, key)
        mode, sort = (WRITE, CALL) if makes else (READ, CALL if type(key) is slice else PLAIN)
        steps = run.steps
        run.access(place, mode, None if makes else compared, sort, site, shown)
        again = run.steps > steps and (
            compared != spot(run, thing, key, text)[1]
            or makes != (type(thing) is defaultdict and not dict.__contains__(thing, key))
        )
    value = thing[key]
    record(run, place, READ, shown, value)
    return value


def put(value: Any, thing: Any, key: Any, text: str, site: int) -> None:
    """thing[key] = value"""
    run = here()
    if run is None or not is_container(thing):
        thing[key] = value
        return
    again = True
    while again:  # until no other thread has changed which item it is
        place, compared, shown = spot(run, thing, key, text)
        is_new = issubclass(type(thing), dict) and (compared is None or not dict.__contains__(thing, compared))
        sort = INSERT if is_new else CALL if type(key) is slice else PLAIN
        steps = run.steps
        run.access(place, WRITE, None if is_new else compared, sort, site, shown)
        again = run.steps > steps and (
            compared != spot(run, thing, key, text)[1]
            or (
                (compared is not None and issubclass(type(thing), dict))
                and is_new == dict.__contains__(thing, compared)
            )
        )
    thing[key] = value
    record(run, place, WRITE, shown, value)


def drop(thing: Any, key: Any, text: str, site: int) -> None:
    """del thing[key]"""
    run = here()
    if run is not None and is_container(thing):
        place, _, shown = spot(run, thing, key, text)
        run.access(place, WRITE, None, INSERT, site, shown)
    del thing[key]


def contains(key: Any, thing: Any, text: str, site: int) -> bool:
    """key in thing"""
    run = here()
    if run is None or not is_container(thing):
        return key in thing
    place, compared, shown = spot(run, thing, key, text)
    run.access(place, READ, compared if issubclass(type(thing), dict | set) else None, CALL, site, shown)
    found = key in thing
    if run.recorder is not None:
        what = f"looks for {shown[1:-1]} in {place.label}: {'found' if found else 'not there'}"
        run.recorder.whole(run, what, place.label, thing)
    return found


def explain(left: Any, symbol: str, right: Any) -> str:
    """assert left == right: the message of an assertion that fails"""
    run = here()
    return f"{short(run, left)} {symbol} {short(run, right)}" if run is not None else f"{left!r} {symbol} {right!r}"


HOOKS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        load, store, remove, scope, touch, write, item, put, drop, contains, method, call, library, truth, walk,
        spread, change, explain, enter
    )
}  # fmt: skip

HOOKS["slice"] = slice
HOOKS.update(POINTS)


def install() -> None:
    """Put the hooks among the builtins, before any code is swapped, and leave them there.

    Watched code may outlive its exploration: in a thread of the caller, in a generator, in a finaliser. Outside of a
    run each hook does what the plain code does.
    """
    vars(builtins).update({HOOK.format(name): function for name, function in HOOKS.items()})
