"""Items of containers: reading, writing, deleting one, and looking for one."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any

from ...engine.places import KEYS, record, spot
from ...engine.run import Run
from ...engine.words import CALL, INSERT, PLAIN, READ, WRITE
from ..objects.iterating import is_iterator, is_python, runs_python, unwrapped
from .callbacks import Touched, answers, stepping, within
from .opaque import taken_from
from .shadowing import hide

Do = Callable[..., Any] | None  # a method that the code called by name; None: the plain syntax


def read_item(run: Run, thing: Any, key: Any, text: str, site: int, do: Do = None) -> Any:
    """thing[key]"""
    again = True
    while again:  # until no other thread has changed which item it is
        place, compared, shown = spot(run, thing, key, text)
        makes = makes_item(thing, key)
        mode, sort = (WRITE, CALL) if makes else (READ, CALL if type(key) is slice else PLAIN)
        steps = run.steps
        run.access(place, mode, None if makes else compared, sort, site, shown)
        again = run.steps > steps and (compared != spot(run, thing, key, text)[1] or makes != makes_item(thing, key))
    if makes and takes_steps(thing.default_factory):
        value = thing.default_factory()
        run.access(place, WRITE, None, CALL, site, shown)
        dict.__setitem__(thing, key, value)
    elif answers(key):
        value = within(run, do or thing.__getitem__, [(place, READ)])(key)
    else:
        value = thing[key] if do is None else do(key)
    record(run, place, READ, shown, value)
    return value


def makes_item(thing: Any, key: Any) -> bool:
    """Whether reading an item makes it."""
    return type(thing) is defaultdict and thing.default_factory is not None and not dict.__contains__(thing, key)


def takes_steps(factory: Any) -> bool:
    """Whether other threads may move before the value of a factory is stored: not if a class in C makes it."""
    return not isinstance(factory, type) or is_python(factory)


def write_item(run: Run, thing: Any, key: Any, value: Any, text: str, site: int, do: Do = None) -> None:
    """thing[key] = value"""
    if type(key) is slice:
        write_slice(run, thing, key, value, text, site, do)
        return
    again = True
    while again:  # until no other thread has changed which item it is
        place, compared, shown = spot(run, thing, key, text)
        is_new = is_new_key(thing, compared) and not place.by_key
        sort = INSERT if is_new else PLAIN
        if place.by_key and type(compared) is str:
            hide(type(place.what), [compared])
        steps = run.steps
        run.access(place, WRITE, None if is_new else compared, sort, site, shown)
        again = run.steps > steps and (
            compared != spot(run, thing, key, text)[1]
            or (compared is not None and is_new != (is_new_key(thing, compared) and not place.by_key))
        )
    if answers(key):
        do = within(run, do or thing.__setitem__, [(place, WRITE)])
    if do is None:
        thing[key] = value
    else:
        do(key, value)
    record(run, place, WRITE, shown, value)


def write_slice(run: Run, thing: Any, key: Any, value: Any, text: str, site: int, do: Do) -> None:
    """thing[1:] = value. An iterator is asked for all items first; another value is read in the same step."""
    if is_iterator(value):
        drawn = taken_from(run, value)
        if drawn:
            run.together(drawn, site)
        value = list(stepping(run, value, drawn, site) if runs_python(value) else unwrapped(value))
    place, _, shown = spot(run, thing, key, text)
    run.together([(place, WRITE), *taken_from(run, value)], site)
    if do is None:
        thing[key] = value
    else:
        do(key, value)
    record(run, place, WRITE, shown, value)


def is_new_key(thing: Any, compared: Any) -> bool:
    """Whether a write adds a key to a dict."""
    return issubclass(type(thing), dict) and (compared is None or not dict.__contains__(thing, compared))


def drop_item(run: Run, thing: Any, key: Any, text: str, site: int, do: Do = None) -> None:
    """del thing[key]"""
    place, _, shown = spot(run, thing, key, text)
    run.access(place, WRITE, None, INSERT, site, shown)
    do = do or thing.__delitem__
    (within(run, do, [(place, WRITE)]) if answers(key) else do)(key)


def compared_below(run: Run, thing: Any, *others: Any) -> Touched:
    """Return reads of all containers inside of a container, and of all that it is compared with."""
    from .library.copying import containers_below  # imported here, because copying imports this file

    return [*containers_below(run, thing), *containers_below(run, others)]


def find_item(run: Run, thing: Any, key: Any, text: str, site: int, do: Do = None) -> bool:
    """key in thing"""
    place, compared, shown = spot(run, thing, key, text)
    by_hash = issubclass(type(thing), dict | set)
    if by_hash or type(key) in KEYS:
        run.access(place, READ, compared if by_hash else None, CALL, site, shown)
    else:  # the key and the items are compared with each other
        run.together([(place, READ), *compared_below(run, thing, key)], site)
    if answers(key) or (type(thing) in (list, deque) and any(map(answers, thing))):
        do = within(run, do or thing.__contains__, [(place, READ)])
    found = key in thing if do is None else bool(do(key))
    if run.recorder is not None:
        what = f"looks for {shown[1:-1]} in {place.label}: {'found' if found else 'not there'}"
        run.recorder.whole(run, what, place.label, thing)
    return found
