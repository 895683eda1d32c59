"""Weak references: what they lead to may end, and somebody may be told of it.

The lab keeps what a run has touched alive, so that no id is used twice, but not what a weak reference leads to: it ends
where it ends in Python. The end is no step. So where a reference is followed while other threads run, the verdict says
that the object may have ended before.
"""

from __future__ import annotations

import weakref
from typing import Any

from ...engine.places import let_end_if_told
from ...engine.run import Run

PROXIES = (weakref.ProxyType, weakref.CallableProxyType)

WEAK: tuple[Any, ...] = (weakref.ref, weakref.WeakMethod)

CONTAINERS = ("weakref", "_weakrefset")  # modules of containers that hold what they are given weakly


def tell_of_weak(run: Run) -> None:
    """Let the verdict say that a weak reference was followed while other threads ran."""
    run.name_unseen("weak references", "what they lead to may end")


def followed(run: Run, proxy: Any) -> Any:
    """Return what a proxy leads to. Raises ReferenceError if it has ended."""
    tell_of_weak(run)
    return proxy.__init__.__self__


def making(run: Run, function: Any, text: str, site: int, args: tuple[Any, ...], options: Any) -> Any:
    """weakref.ref(thing), weakref.proxy(thing, told)"""
    made = function(*args, **options)
    for thing in args[:1]:
        let_end_if_told(run, getattr(thing, "__self__", thing))  # the object of a bound method
    return made


MAKING: dict[Any, Any] = dict.fromkeys((*WEAK, weakref.proxy), making)
