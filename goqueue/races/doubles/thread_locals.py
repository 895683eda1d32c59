"""A `threading.local` that was made before a run: each thread of the run has its own, as each real thread does.

    LOCAL ──> the real local    becomes    LOCAL ──> a stand-in ──> a local of this thread and this run

The first thread of a run begins with what the caller's thread had in it. Each other begins with an empty one, or with
what `__init__` of the subclass puts into it. Outside of a run, the stand-in does what the real one does.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from typing import Any

from ..engine.active import here
from ..engine.identity import identity

LOCAL = threading.local


class LocalReference:
    """Replaces a reference to a real `threading.local`."""

    __slots__ = ("__weakref__", "_goqueue_before", "_goqueue_real")

    def __init__(self, real: Any, before: dict[str, Any]) -> None:
        object.__setattr__(self, "_goqueue_real", real)
        object.__setattr__(self, "_goqueue_before", before)

    def __getattribute__(self, name: str) -> Any:
        return getattr(of_this_thread(self), name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(of_this_thread(self), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(of_this_thread(self), name)

    def __repr__(self) -> str:
        return repr(of_this_thread(self))


def of_this_thread(reference: LocalReference) -> Any:
    """Return the local of the calling thread: in a run, one that no other thread has."""
    real = object.__getattribute__(reference, "_goqueue_real")
    run = here()
    if run is None or run.guest is not None:
        return real
    key = "thread-local", identity(real), run.current.index
    found = run.stand_ins.get(key)
    if found is None:
        found = run.stand_ins[key] = made_like(real)
        if not run.current.index:
            vars(found).update(object.__getattribute__(reference, "_goqueue_before"))
    return found


def made_like(real: Any) -> Any:
    """Return a new local of the same class, made with the same arguments. Only the collector knows these."""
    args, options = arguments_of(real)
    return type(real)(*args, **options)


def arguments_of(real: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return what a local was made with."""
    if type(real).__init__ is object.__init__:
        return (), {}
    found = gc.get_referents(real)
    at = next((at for at, one in enumerate(found) if type(one) is tuple), len(found))
    args, options = (*found[at : at + 2], (), {})[:2]
    # What else a local refers to are dicts of other keys: one for each thread.
    return args, options if type(options) is dict and all(type(name) is str for name in options) else {}


def reference_to(real: Any) -> LocalReference:
    """Return what replaces a local: it also has the special methods of the local's class."""
    return kind_for(type(real))(real, dict(vars(real)))


def kind_for(kind: type) -> type[LocalReference]:
    """Return a class of stand-ins for threading.local or a subclass."""
    special = [name for name in dir(kind) if name.startswith("__") and not hasattr(LOCAL, name)]
    members: dict[str, Any] = {name: passed_on(name) for name in special if callable(getattr(kind, name))}
    if not members:
        return LocalReference
    return type(kind.__name__, (LocalReference,), {"__slots__": (), "__module__": __name__, **members})


def passed_on(name: str) -> Callable[..., Any]:
    """Return a special method that calls the one of the calling thread's local."""

    def call(self: LocalReference, *args: Any) -> Any:
        return getattr(of_this_thread(self), name)(*args)

    return call


def is_local(thing: Any) -> bool:
    """Whether a thing is a `threading.local` that can be replaced: a cache finds it by its hash."""
    kind = type(thing)
    return issubclass(kind, LOCAL) and kind.__hash__ is object.__hash__
