"""The call of replay() at the end of a report, as a reader can paste it where the report was printed.

explore(two_clerks)                 replay(two_clerks, "8.2-65b496")
explore(registering(load(10)))      replay(registering(load(10)), "24.2-266a98")     the words of the call
explore(shop.two_clerks)            replay(shop.two_clerks, …)
a helper that calls explore(model)  from shop import two_clerks; replay(two_clerks, …)
modules=["queue"], steps=9_000      are part of what a schedule means, so they are named too
"""

from __future__ import annotations

import ast
import linecache
import sys
from types import FrameType, ModuleType
from typing import Any

from .engine.faults.plans import Crashes, Interrupts
from .engine.sources import outside_engine
from .search.options import Options
from .watch.selection import Modules

LONGEST = 60  # characters of an expression


def meaning(modules: Modules, steps: int, interrupts: int | Interrupts = 0, crashes: Crashes | None = None) -> str:
    """Return the arguments that a replay needs besides the schedule, which itself says where an interrupt comes.

    >>> meaning(["shop", ...], 5000), meaning(None, 9000)
    (", modules=['shop', ...]", ', steps=9000')
    """
    told = ""
    if modules is not None:
        told += f", modules=[{', '.join(map(module_text, modules))}]"
    if isinstance(interrupts, Interrupts) and interrupts != Interrupts(most=interrupts.most):
        told += f", interrupts={as_written('interrupts')}"
    if crashes is not None:
        told += f", crashes={as_written('crashes')}"
    if steps != Options().steps:
        told += f", steps={steps}"
    return told


def as_written(name: str) -> str:
    """Return an argument of explore() as the caller wrote it, or its name."""
    frame = outside_engine(sys._getframe())
    call = call_at(frame) if frame is not None else None
    found = [argument.value for argument in call.keywords if argument.arg == name] if call is not None else []
    return ast.unparse(found[0]) if found else name


def module_text(one: Any) -> str:
    """Return what names a module in a list of modules."""
    return "..." if one is ... else repr(one.__name__ if isinstance(one, ModuleType) else one)


def called(model: Any) -> str:
    """Return what to call a model where explore() was called, or ""."""
    frame = outside_engine(sys._getframe())
    if frame is None:
        return ""
    return global_name(model, frame) or words_of_call(frame) or imported(model) or outer_name(model, frame)


def global_name(model: Any, frame: FrameType) -> str:
    """Return the name by which the caller's module knows a function, or ""."""
    name = getattr(model, "__name__", "")
    if frame.f_globals.get(name) is model:
        return str(name)
    for alias, value in list(frame.f_globals.items()):
        if value is model and not alias.startswith("_"):
            return alias
        if type(value) is ModuleType and vars(value).get(name) is model:
            return f"{alias}.{name}"
    return ""


def outer_name(model: Any, frame: FrameType | None) -> str:
    """Return the name by which a module knows a function whose code called a helper that called explore(), or ""."""
    while frame is not None:
        name = global_name(model, frame)
        if name:
            return name
        frame = frame.f_back
    return ""


def imported(model: Any) -> str:
    """Return an import and a name for a function of another module, or ""."""
    module, name = getattr(model, "__module__", None), getattr(model, "__name__", "")
    if module in (None, "__main__") or vars(sys.modules.get(module, ModuleType(""))).get(name) is not model:
        return ""
    return f"from {module} import {name}; {name}"


def words_of_call(frame: FrameType) -> str:
    """Return the first argument of the call that a frame is at, as it is written there, or "".

    A parameter of a helper is no answer: its name means nothing where the report is read.
    """
    call = call_at(frame)
    if call is None or not call.args:
        return ""
    argument = call.args[0]
    parameters = frame.f_code.co_varnames[: frame.f_code.co_argcount]
    if isinstance(argument, ast.Starred) or any(
        isinstance(name, ast.Name) and name.id in parameters for name in ast.walk(argument)
    ):
        return ""
    text = ast.unparse(argument)
    return text if len(text) <= LONGEST else ""


def call_at(frame: FrameType) -> ast.Call | None:
    """Return the call that a frame is at, if its source is known."""
    first, last, start, end = list(frame.f_code.co_positions())[frame.f_lasti // 2]
    if first is None or last is None or start is None or end is None:
        return None
    lines = [linecache.getline(frame.f_code.co_filename, number).encode() for number in range(first, last + 1)]
    lines[-1] = lines[-1][:end]
    lines[0] = lines[0][start:]
    try:
        call = ast.parse(b"".join(lines).decode(), mode="eval").body
    except (SyntaxError, UnicodeDecodeError):
        return None
    return call if isinstance(call, ast.Call) else None
