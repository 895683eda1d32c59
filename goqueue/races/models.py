"""What can be a model: a function of Python code whose call runs its body, and that takes the right arguments."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import FunctionType
from typing import Any

from .engine.faults.plans import Crashes
from .search.exploration import Model
from .watch.functions import function_of

AWAITED = "the lab explores threads, and an event loop has one; give it a function that starts threads"
ITERATED = "give it a function without `yield`"


def checked(model: Model, crashes: Crashes | None = None) -> FunctionType:
    """Return the function behind a model. Raises TypeError if it cannot be one."""
    if not callable(model):
        raise TypeError(f"model is {model!r}: it must be a function that takes no arguments")
    function = function_of(model)
    refuse_what_would_not_run("model", function)
    required = function.__code__.co_argcount - len(function.__defaults__ or ())
    if function is model and crashes is not None:
        takes_any = function.__code__.co_flags & inspect.CO_VARARGS
        if not (function.__code__.co_argcount or takes_any) or required > 1:
            raise TypeError(f"model {function.__qualname__} must take one argument: what survives a crash")
    elif function is model and required:
        raise TypeError(f"model {function.__qualname__} needs {required} arguments: it must take none")
    if crashes is not None:
        refuse_what_would_not_run("survives", crashes.survives)
        refuse_what_would_not_run("recover", crashes.recover)
    return function


def refuse_what_would_not_run(role: str, function: Callable[..., Any]) -> None:
    """Raise TypeError for a function whose call runs nothing of it, so that nothing could ever fail."""
    kind, way_out = kind_that_would_not_run(function)
    if kind:
        name = getattr(function, "__qualname__", "")
        raise TypeError(f"{role} {name} is {kind}: a call runs nothing of its body; {way_out}".replace("  ", " "))


def kind_that_would_not_run(function: Any) -> tuple[str, str]:
    """Return what kind of function it is whose call only makes an object, and the way out; ("", "") for any other.

    >>> kind_that_would_not_run(lambda: (yield))[0], kind_that_would_not_run(print)[0]
    ('a generator function', '')
    """
    for one in (function, getattr(type(function), "__call__", None)):  # noqa: B004  # it is looked at, not called
        if inspect.iscoroutinefunction(one) or inspect.isasyncgenfunction(one):
            return "an async function", AWAITED
        if inspect.isgeneratorfunction(one):
            return "a generator function", ITERATED
    return "", ""
