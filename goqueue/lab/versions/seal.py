"""Whether what judges a version is the same after its code ran as it was before.

    seal() ──> a version's code runs, and a promise judges it ──> broken(): "" or what was replaced

A version may replace a function that judges only where it is judged itself. Then no control finds it, because a control
is another version (see `trial_process._deceived`). So each function of the judges is noted before the version's code
runs, with its code, its defaults and the functions it encloses, and looked at when the promise was found kept.

This asks for more knowledge from code that wants to deceive; it does not make that impossible, for both run in one
process.
"""

import sys
from collections.abc import Callable, Iterator
from types import CellType, FunctionType
from typing import Any

_JUDGES = ("steps.promises", "steps.exercises", "goqueue.races", "goqueue.lab.versions", "goqueue.lab.subprocesses")
_TOOLS = ("builtins", "contextlib", "copy", "inspect", "threading", "time")  # of Python, which the judges use
_FOR_EVERYBODY = ("threading.excepthook",)  # what a program may set


def seal() -> Callable[[], str]:
    """Note all that judges, and return a function that names what was replaced since then, or returns ''."""
    before = dict(_noted())

    def broken() -> str:
        now = dict(_noted())
        for name, parts in before.items():
            found = now.get(name, ())
            if len(found) != len(parts) or any(one is not other for one, other in zip(found, parts, strict=True)):
                return name
        return ""

    return broken


def _noted() -> Iterator[tuple[str, tuple[Any, ...]]]:
    for name, module in list(sys.modules.items()):
        judge = any(name == one or name.startswith(f"{one}.") for one in _JUDGES)
        if judge or name in _TOOLS:
            for key, part in list(getattr(module, "__dict__", {}).items()):
                if callable(part) or hasattr(part, "check"):
                    yield from _parts(f"{name}.{key}", part, name)


def _parts(name: str, part: Any, module: str) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Yield a function or class with all that makes it what it is."""
    if name in _FOR_EVERYBODY:
        return
    if isinstance(part, type) and part.__module__ == module:
        yield name, (part,)
        for key, inner in list(vars(part).items()):
            if isinstance(inner, FunctionType):
                yield f"{name}.{key}", _function(inner)
    elif isinstance(part, FunctionType):
        yield name, _function(part)
    elif isinstance(check := getattr(part, "check", getattr(part, "run", None)), FunctionType):  # a promise, a check
        yield name, (part, *_function(check))
    else:
        yield name, (part,)


def _function(function: FunctionType) -> tuple[Any, ...]:
    """Return a function, its code, its defaults and those it encloses; likewise of the one that it wraps."""
    enclosed = (cell.cell_contents for cell in function.__closure__ or () if cell != CellType())
    cells = (one for one in enclosed if isinstance(one, FunctionType))  # other contents may change as it runs
    wrapped = getattr(function, "__wrapped__", None)
    inner = _function(wrapped) if isinstance(wrapped, FunctionType) else ()
    return (function, function.__code__, function.__defaults__, function.__kwdefaults__, *cells, *inner)
