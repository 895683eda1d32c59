"""Functions of the standard library in Python, while they work on what threads may share.

    pprint.pformat(orders)     each of its lines is a step that touches all that it got
    random.shuffle(orders)     besides, it runs in its watched form: x[i], x[j] = x[j], x[i] are four steps

The functions themselves are left as they are: a call makes a copy with other code. A function that it calls in turn is
a call like any other.
"""

from __future__ import annotations

import linecache
import sys
from collections.abc import Callable, Iterator
from functools import cache
from types import CodeType, FunctionType, GeneratorType, MethodType
from typing import Any

from ....engine.active import here
from ....engine.carrying import IN_A_TAB
from ....engine.run import Run
from ....engine.sources import ENGINE, WATCHED
from ...objects.kinds import CACHE, LOOKING_AT_NOTHING
from ...rewriting.compiling import File, is_ours, watched_form
from ..callbacks import Touched

# These read and write several items in one line. Others keep what they have seen by its id(), which differs from run to
# run, so that their values would too.
IN_PLACE = ("random", "heapq")
IN_WATCHED_FORM = (*IN_PLACE, "string")  # the last one gets attributes of what it is given

HOOKS = __name__.rsplit(".", 2)[0]
CALL = "line_by_line.<locals>.call"  # the code of the lab that calls such a function for the model

# Python calls these when an object ends, and so whenever it collects garbage. `__del__` likewise.
CALLED_AT_AN_END = {("weakref", "remove"), ("weakref", "__call__"), ("_weakrefset", "_remove")}

FILLING = ("__missing__", "__subclasshook__")  # what these return is kept by a dict, by an abstract class

# file and plain code -> the watched form; the standard library does not change
FORMS: dict[tuple[str, CodeType], CodeType | None] = {}


def line_by_line(
    run: Run, function: Any, touched: Touched, site: int, only: Callable[[Any], bool] | None = None
) -> Callable[..., Any]:
    """Return a function of the standard library, in Python, in which each line is a step: it may take many looks.

    With `only`, these are the lines of the frames for which it says so, also in modules that otherwise look at nothing.
    """
    function = in_watched_form(function)

    def at_once(*args: Any, **options: Any) -> Any:
        run.together(touched, site)
        return function(*args, **options)

    if IN_A_TAB:  # settrace() goes through the frames of suspended stacks, and Python crashes
        return at_once

    def local(frame: Any, event: str, arg: Any) -> Any:
        if event == "line":
            run.together(touched, site)
        return local

    def trace(frame: Any, event: str, arg: Any) -> Any:
        name = str(frame.f_globals.get("__name__"))
        seen = (
            frame.f_code.co_filename in WATCHED
            or name.startswith(ENGINE)
            or (name.partition(".")[0] in LOOKING_AT_NOTHING if only is None else not only(frame))
        )
        seen = seen or frame.f_code.co_name == "__del__" or (name, frame.f_code.co_name) in CALLED_AT_AN_END
        return None if seen or is_beside_the_point(frame) else local

    def call(*args: Any, **options: Any) -> Any:
        before = sys.gettrace()
        sys.settrace(trace)
        try:
            return function(*args, **options)
        finally:
            sys.settrace(before)

    return call


def lazily(run: Run, made: Any, touched: Touched, site: int) -> Any:
    """Return what a function has made. If that is a generator of the library, its lines will be steps, too."""
    if type(made) is not GeneratorType or made.gi_code.co_filename in WATCHED or is_ours(made.gi_code):
        return made
    return each_in_lines(run, made, touched, site)


def each_in_lines(run: Run, source: Iterator[Any], touched: Touched, site: int) -> Iterator[Any]:
    """Yield what a generator of the library yields."""
    while True:
        go_on = line_by_line(run, next, touched, site) if here() is run else next
        try:
            value = go_on(source)
        except StopIteration:
            return
        yield value


def is_beside_the_point(frame: Any) -> bool:
    """Whether the lab calls a function for its own ends, or the library calls it only once, to fill a cache.

    A search calls one when it chooses at random. A hook calls one for the watched form of a function: random.choice
    calls random._randbelow. What a cache is asked for can be hashed, and is shared by no threads.
    """
    caller, in_place = frame, frame.f_globals.get("__name__") in IN_PLACE
    while caller is not None and caller.f_trace is None and caller.f_code.co_qualname != CALL:
        name = str(caller.f_globals.get("__name__"))
        if name.startswith(ENGINE):
            return not (in_place and name.startswith(HOOKS))
        if caller.f_code.co_name in FILLING or caller.f_code in cached_in(name):
            return True
        caller = caller.f_back
    return False


@cache
def cached_in(module: str) -> frozenset[CodeType]:
    """Return the code of the functions of a module whose results functools.cache keeps."""
    values = vars(sys.modules[module]).values() if module in sys.modules else ()
    kept = [value.__wrapped__ for value in values if type(value) is CACHE]
    return frozenset(function.__code__ for function in kept if type(function) is FunctionType)


def in_watched_form(function: Any) -> Any:
    """Return a copy of a function or a method that runs watched code, or the function if lines are enough for it."""
    if type(function) is MethodType:
        inner = in_watched_form(function.__func__)
        return function if inner is function.__func__ else MethodType(inner, function.__self__)
    code = form_of(function) if type(function) is FunctionType else None
    if code is None:
        return function
    copy = FunctionType(code, function.__globals__, function.__name__, function.__defaults__, function.__closure__)
    copy.__kwdefaults__ = function.__kwdefaults__
    return copy


@cache
def file_of_library(filename: str) -> File:
    """Return a file of the standard library. It is no file that is watched, so `compiling` does not keep it."""
    return File(filename, linecache.getlines(filename))


def form_of(function: FunctionType) -> CodeType | None:
    """Return the watched form of a function's code, if the function belongs to one of those modules."""
    code = function.__code__
    if function.__globals__.get("__name__") not in IN_WATCHED_FORM:
        return None
    key = code.co_filename, code  # equal code may be in two files
    if key not in FORMS:
        file = file_of_library(code.co_filename)
        module = str(function.__globals__.get("__name__"))
        FORMS[key] = watched_form(file, code, module, frozenset()) if file.is_python else None
    return FORMS[key]
