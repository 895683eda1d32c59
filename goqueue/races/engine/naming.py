"""How reports name a lock, an event or an object: by the variable that the model assigned it to."""

from __future__ import annotations

import contextlib
import re
import sys
import weakref
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any, NamedTuple

from .identity import identity
from .sources import WATCHED, outside_engine, watched_frame
from .targets import Target, field_of, target_of

if TYPE_CHECKING:
    from .run import Run

GENERATED = "<string>"  # the file of what dataclasses generate
COMPREHENSIONS = ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")


def a(kind: str) -> str:
    """Return the name of a class with its article: "a Job", "an Order", "an RLock"."""
    return f"{'an' if re.match('[AEIOaeio]|RLock', kind) else 'a'} {kind}"


class Origin(NamedTuple):
    """Where an object was made, as far as its name depends on that."""

    frame: FrameType | None  # which assigns it to something, or the object of the library for which it was made
    assigned: Any  # this object
    word: str  # what it is without a name
    parts: Sequence[str] = ()  # the attributes that lead from there to the object that was made
    is_result: bool = False  # a function of the library, or a lambda, made it, and perhaps returns it
    name: str = ""  # if it is known without the rest


class Unsettled(NamedTuple):
    """What leads to an item of a container that has only the container's name so far."""

    thing: Callable[[], Any]
    owner: Callable[[], Any] | None  # of the container, if that is an attribute
    text: str  # the variable or the attribute
    shown: str
    parts: Sequence[str]
    kind: str


def creation_name(run: Run, kind: str, made: Any) -> str:
    """Return the name that the running line assigns its new object to: "stock_lock", "Pool._lock".

    An object of the library that makes locks for its own use gives them its name: "jobs.not_empty".
    """
    origin = origin_of(outside_engine(sys._getframe(1)), made)
    if origin.name:
        return numbered(run, origin.name, kind)
    target = target_of(origin.frame) if origin.frame is not None else Target()
    if origin.is_result and not target.is_result:
        target = Target()
    owner, text = owner_of(origin.frame, target.text)
    shown = text if owner is None else f"{type(owner).__name__}.{text}"
    name = numbered(run, ".".join([shown, *origin.parts] if shown else origin.parts) or a(origin.word), kind)
    if target.is_item:
        with contextlib.suppress(TypeError):  # no weak reference to it is possible
            leads = None if owner is None else weakref.ref(owner)
            run.unsettled[name] = Unsettled(weakref.ref(origin.assigned), leads, text, shown, origin.parts, kind)
    return name


def origin_of(frame: FrameType | None, made: Any) -> Origin:
    """Return the nearest frame that gives an object a name, from a frame outwards."""
    word, parts, is_result = type(made).__name__, list[str](), False
    while frame is not None:
        owner = new_object(frame)
        if owner is not None and owner is made:
            pass  # its class calls the `__init__` of its base
        elif frame.f_code.co_filename in WATCHED and frame.f_code.co_name != "<lambda>":
            break
        elif owner is None:
            is_result = True
        elif frame.f_code.co_filename == GENERATED:
            return Origin(frame, made, word, name=".".join([type(owner).__name__, field_of(frame), *parts]))
        elif type(owner).__name__.startswith("_"):
            return Origin(frame, made, word, name=f"{a(word)} of {library(owner)}")
        else:
            part = field_of(frame)
            parts = parts if part.startswith("_") or not part else [part, *parts]
            made, word = owner, word if parts else type(owner).__name__
        frame = outside_engine(frame.f_back)
    return Origin(frame, made, word, parts, is_result)


def new_object(frame: FrameType) -> Any:
    """Return the object that a frame makes, if it is that of an `__init__`."""
    code = frame.f_code
    return frame.f_locals.get(code.co_varnames[0]) if code.co_name == "__init__" and code.co_argcount else None


def library(thing: Any) -> str:
    """Return the name of the module of an object, as its users know it: "concurrent.futures"."""
    return ".".join(part for part in type(thing).__module__.split(".") if not part.startswith("_"))


def owner_of(frame: FrameType | None, text: str) -> tuple[Any, str]:
    """Return the object of whose attribute the text is, and the attribute; None, and the text, if it is a variable."""
    while frame is not None and frame.f_code.co_name in COMPREHENSIONS:
        frame = frame.f_back
    owner = frame.f_locals.get("self") if frame is not None and text.startswith("self.") else None
    return (None, text) if owner is None else (owner, text[5:])


def settled(run: Run, name: str) -> str:
    """Return a name as it is from now on. An item of a container is named after its place there: "forks[1]"."""
    found = run.unsettled.get(name, name)
    if isinstance(found, str):
        return found
    final, thing = name, found.thing()
    for container in containers(found):
        key = next((key for key, item in items_of(container) if item is thing), None)
        if key is not None:
            final = numbered(run, ".".join([f"{found.shown}[{key!r}]", *found.parts]), found.kind)
            break
    run.unsettled[name] = final
    return final


def containers(found: Unsettled) -> Iterator[Any]:
    """Yield what the container's name means: in its owner, or in the watched code that runs now."""
    first, *rest = found.text.split(".")
    if found.owner is not None:
        yield value_of(found.owner(), [first, *rest])
        return
    frame = watched_frame(sys._getframe(1))
    while frame is not None:
        yield value_of(frame.f_locals.get(first, frame.f_globals.get(first)), rest)
        frame = watched_frame(frame.f_back)


def value_of(thing: Any, names: list[str]) -> Any:
    """Return an attribute of an attribute of an object, without running the model's code; None if there is none."""
    for name in names:
        try:
            thing = object.__getattribute__(thing, "__dict__").get(name)
        except AttributeError:
            return None
    return thing


def items_of(container: Any) -> list[tuple[Any, Any]]:
    """Return the items of a container, with indices or keys that reports can show."""
    kind = type(container)
    if kind in (list, tuple):
        return list(enumerate(container))
    if kind is dict:
        return [(key, item) for key, item in container.items() if type(key) in (str, int)]
    return []


def handle(thing: object) -> int:
    """Return the key under which a run keeps its data on a thread or event. Attributes are kept under its identity."""
    return ~identity(thing)


def numbered(run: Run, name: str, kind: str) -> str:
    """Return `name`, with a number if an object of that kind and name exists already."""
    count = run.names[name, kind] = run.names.get((name, kind), 0) + 1
    return name if count == 1 else f"{name}#{count}"
