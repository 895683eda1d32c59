"""What a process has once, and its threads share: the directory, the locale, limits of the interpreter, warnings.

A call that sets one is a write of it, and a call that asks for it is a read. After the run, it is what it was before.
"""

from __future__ import annotations

import gc
import locale
import os
import sys
import threading
import warnings
from collections.abc import Callable
from types import FrameType
from typing import Any

from ...doubles.stage.snapshots import Snapshots
from ...engine.places import place_of
from ...engine.run import Run
from ...engine.sources import ENGINE
from ...engine.words import CALL, PLAIN, READ, WRITE, Mode

# What is set, in words -> who asks for it, and who sets it. Who does both asks, if called without a value.
KNOWN: dict[str, tuple[tuple[Any, ...], tuple[Any, ...]]] = {
    "the directory": ((os.getcwd, os.path.abspath), (os.chdir,)),
    "the mask of new files": ((), (os.umask,)),
    "the locale": ((locale.getlocale, locale.localeconv), (locale.setlocale,)),
    "the recursion limit": ((sys.getrecursionlimit,), (sys.setrecursionlimit,)),
    "the switch interval": ((sys.getswitchinterval,), (sys.setswitchinterval,)),
    "the digits of a text": ((sys.get_int_max_str_digits,), (sys.set_int_max_str_digits,)),
    "the stack size": ((), (threading.stack_size,)),
    "the collector": ((gc.isenabled, gc.get_threshold), (gc.enable, gc.disable, gc.set_threshold)),
}


def mask() -> int:
    """Return the mask of new files, which can only be asked for by setting it."""
    found = os.umask(0o77)
    os.umask(found)
    return found


# How the lab asks for each, and puts it back.
PUT_BACK: dict[str, tuple[Callable[[], Any], Callable[[Any], object]]] = {
    "the directory": (os.getcwd, os.chdir),
    "the mask of new files": (mask, os.umask),
    "the locale": (lambda: locale.setlocale(locale.LC_ALL), lambda old: locale.setlocale(locale.LC_ALL, old)),
    "the recursion limit": (sys.getrecursionlimit, sys.setrecursionlimit),
    "the switch interval": (sys.getswitchinterval, sys.setswitchinterval),
    "the digits of a text": (sys.get_int_max_str_digits, sys.set_int_max_str_digits),
    "the stack size": (threading.stack_size, threading.stack_size),
    "the collector": (gc.get_threshold, lambda old: gc.set_threshold(*old)),  # the lab switches it off and on itself
}
READS = {function: name for name, (reading, _) in KNOWN.items() for function in reading}
WRITES = {function: name for name, (_, writing) in KNOWN.items() for function in writing}
ASKING = {locale.setlocale: 1, threading.stack_size: 0}  # with so many arguments, these only ask


class Before:
    """What a setting was before a run set it."""

    def __init__(self, name: str) -> None:
        get, self._set = PUT_BACK[name]
        self._value = get()

    def restore(self) -> None:
        """Put it back."""
        self._set(self._value)


def setting(run: Run, function: Any, text: str, site: int, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """os.getcwd(), os.chdir(path)"""
    name = READS.get(function) or WRITES[function]
    reads = function in READS or ASKING.get(function) == len(args) + len(options)
    mode: Mode = READ if reads else WRITE
    run.access(place_of(run, os), mode, name, PLAIN, site, f" ({name})")
    if mode is WRITE:
        Snapshots.take(name, Before)
    return function(*args, **options)


# -- warnings -------------------------------------------------------------------------------------------


def touch_filters(run: Run, mode: Mode, site: int) -> None:
    """Touch the list of filters, and the variable that holds it."""
    run.access(place_of(run, warnings), mode, "filters", PLAIN, site, ".filters")
    run.access(place_of(run, warnings.filters, "warnings.filters"), mode, None, CALL, site, "")


def filtering(run: Run, function: Any, text: str, site: int, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """warnings.simplefilter("error")"""
    touch_filters(run, WRITE, site)
    return function(*args, **options)


def warning(run: Run, function: Any, text: str, site: int, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """warnings.warn("late"), which names the line of its caller: not one of the lab's"""
    touch_filters(run, READ, site)
    if function is warnings.warn:
        options = {**dict(zip(("message", "category", "stacklevel", "source"), args, strict=False)), **options}
        args, options["stacklevel"] = (), options.get("stacklevel", 1) + frames_of_the_lab()
    return function(*args, **options)


def frames_of_the_lab() -> int:
    """Return how many frames of the lab are between the watched code and the function that it calls."""
    frame: FrameType | None = sys._getframe(1)
    count = 0
    while frame is not None and str(frame.f_globals.get("__name__")).startswith(ENGINE):
        frame, count = frame.f_back, count + 1
    return count


SETTINGS: dict[Any, Any] = {
    **dict.fromkeys((*READS, *WRITES), setting),
    **dict.fromkeys((warnings.simplefilter, warnings.filterwarnings, warnings.resetwarnings), filtering),
    **dict.fromkeys((warnings.warn, warnings.warn_explicit), warning),
}
