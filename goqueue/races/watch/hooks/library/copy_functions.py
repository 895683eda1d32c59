"""Functions that copy a thing or write it down: copy, pickle, json, dataclasses. They read what it leads to."""

from __future__ import annotations

import dataclasses
import types
from typing import Any

from ....engine.places import is_container, place_of
from ....engine.run import Run
from ....engine.words import CALL, PLAIN, READ, WRITE, Mode
from ...objects.iterating import is_iterator
from ...objects.kinds import OPAQUE, how
from ...objects.unwatched import FILES_IN_MEMORY
from ..callbacks import Touched, called_back, settled, within
from ..opaque import of_opaque, place_of_opaque
from .as_dict import as_dict, as_tuple
from .copying import deep, fields_of, is_plain, reached, read_field
from .general_rule import Handler, generic
from .library_code import line_by_line


def shallow(run: Run, function: Any, text: str, site: int, args: Any, options: Any) -> Any:
    """copy.copy(thing)"""
    if len(args) != 1 or not is_plain(args[0]):
        kept = len(args) == 1 and (how(type(args[0]), "__len__") is OPAQUE or is_iterator(args[0]))
        if kept and not is_container(args[0]):
            return of_opaque(run, args[0], "copy", lambda: function(*args), site, (), {})
        if len(args) == 1 and not is_container(args[0]):
            return to_the_bottom(run, function, text, site, args, options)
        return generic(run, function, text, site, args, options, READ)
    place = place_of(run, args[0])
    run.access(place, READ, None, PLAIN, site, "")  # all fields, in one step
    if run.recorder is not None:
        run.recorder.note(run, f"copies {place.label}")
    return function(*args)


def to_the_bottom(run: Run, function: Any, text: str, site: int, args: Any, options: Any) -> Any:
    """pickle.dumps(thing), json.dumps(thing), dataclasses.asdict(thing): reads all that a thing leads to"""
    written: Touched = [
        (place_of_opaque(run, arg), WRITE) for arg in (*args[1:], *options.values()) if type(arg) in FILES_IN_MEMORY
    ]
    touched = settled(run, lambda: [*reached(run, args[:1]), *written], site)
    if not touched:
        return function(*args, **options)
    do = line_by_line(run, function, touched, site) if type(function) is types.FunctionType else function
    return within(run, do, touched)(*args, **options)


def dumping(run: Run, function: Any, text: str, site: int, args: Any, options: Any) -> Any:
    """json.dumps(thing, default=…): asks the model's code for what it cannot write, and reads that to the bottom"""
    if options.get("default") is not None:
        touched = reached(run, args[:1])
        options = {**options, "default": called_back(run, options["default"], touched, site)}
    elif options.get("cls") is None:
        return generic(run, function, text, site, args, options)
    return to_the_bottom(run, function, text, site, args, options)


def wrapping(run: Run, function: Any, text: str, site: int, args: Any, options: Any) -> Any:
    """functools.update_wrapper(made, real): copies attributes of the real one, as functools.wraps(real)(made) does"""
    real = args[1] if len(args) > 1 else options.get("wrapped")
    if real is not None:
        run.access(place_of(run, real), READ, None, CALL, site, "")
    return function(*args, **options)


def deepcopy(run: Run, function: Any, text: str, site: int, args: Any, options: Any) -> Any:
    """copy.deepcopy(thing)"""
    if len(args) == 1 and not options:
        return deep(run, args[0], site, {})
    return generic(run, function, text, site, args, options, READ)


def of_slots(run: Run, function: Any, text: str, site: int, args: Any, options: Any) -> Any:
    """job.__getstate__() and job.__setstate__(state), which @dataclass(frozen=True, slots=True) adds"""
    mode: Mode = READ if function.__name__ == "_dataclass_getstate" else WRITE
    run.access(place_of(run, function.__self__), mode, None, CALL, site, "")
    return function(*args, **options)


OF_SLOTS: dict[Any, Handler] = {
    vars(dataclasses)[name]: of_slots for name in ("_dataclass_getstate", "_dataclass_setstate")
}


def fields(run: Run, function: Any, text: str, site: int, args: Any, options: Any) -> Any:
    """dataclasses.replace(thing, …), copy.replace(thing, …)"""
    if not args or not is_plain(args[0]):
        return to_the_bottom(run, function, text, site, args, options)
    for name in fields_of(args[0]):
        read_field(run, args[0], name, site)
    return function(*args, **options)


def as_fields(run: Run, function: Any, text: str, site: int, args: Any, options: Any) -> Any:
    """dataclasses.asdict(thing), dataclasses.astuple(thing)"""
    if len(args) != 1 or options or not dataclasses.is_dataclass(args[0]) or isinstance(args[0], type):
        return to_the_bottom(run, function, text, site, args, options)
    return (as_dict if function is dataclasses.asdict else as_tuple)(run, args[0], site)
