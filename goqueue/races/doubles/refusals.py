"""What a model may not call, because it waits where the lab cannot choose who goes on: refused, with the way out.

`outside_world` refuses what Python itself reports: files, sockets, subprocesses. This file refuses the rest by name. A
module that a run imports is imported a moment earlier, so that its functions are replaced before they are called.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import sys
from collections.abc import Callable
from typing import Any

from ..engine.active import here
from .outside_world import refuse
from .stage.replacements import Replacements

EXECUTOR = "use concurrent.futures.ThreadPoolExecutor, which has the same map() and whose threads the lab controls"
THREADS = "a model has threads alone, so let a threading.Thread do what the process does, with the locks of threading"
MEMORY = "a model has threads alone, and these share any object: use an ordinary one, with a lock of threading"
LOOP = "the lab explores threads, and an event loop has one; let threads call the functions behind the coroutines"
CTRL_C = "a signal comes to the process, not to a model; for Ctrl-C, give explore() interrupts=1"
TIMER = "a signal comes to the process, not to a model; use threading.Timer, whose time is virtual"
QUEUE = "let the threads wait for a queue.Queue or a threading.Event, which stands in for the connection"
EXAMPLES = (
    "Hypothesis draws other values in each run; call explore() inside the test with @given, for a model that uses the "
    "values: assert not explore(lambda: check(values)).failed, under @settings(deadline=None)"
)

# Module -> what it defines -> what a program calls, and the way out.
REFUSED: dict[str, dict[str, tuple[str, str]]] = {
    "select": {name: (f"select.{name}()", QUEUE) for name in ("select", "poll")},
    "selectors": {"_BaseSelectorImpl.__init__": ("a selector", QUEUE)},
    "signal": {
        **{name: (f"signal.{name}()", CTRL_C) for name in ("pause", "sigwait", "sigwaitinfo", "sigtimedwait")},
        "signal": ("signal.signal()", CTRL_C),
        **{name: (f"signal.{name}()", TIMER) for name in ("alarm", "setitimer")},
    },
    "os": {name: (f"os.{name}()", QUEUE) for name in ("pipe", "pipe2", "eventfd", "read")},
    "multiprocessing.pool": {
        "ThreadPool._setup_queues": ("multiprocessing.pool.ThreadPool", EXECUTOR),
        "Pool._setup_queues": ("multiprocessing.Pool", THREADS),
    },
    "multiprocessing.process": {"BaseProcess.start": ("a multiprocessing.Process", THREADS)},
    "multiprocessing.synchronize": {"SemLock.__init__": ("a lock of multiprocessing", THREADS)},
    "multiprocessing.heap": {"BufferWrapper.__init__": ("shared memory of multiprocessing", MEMORY)},
    "multiprocessing.connection": {"_ConnectionBase.__init__": ("a pipe or queue of multiprocessing", THREADS)},
    "asyncio.runners": {"run": ("asyncio.run()", LOOP), "Runner.__init__": ("an asyncio.Runner", LOOP)},
    "asyncio.events": {
        "new_event_loop": ("an event loop of asyncio", LOOP),
        "BaseDefaultEventLoopPolicy.new_event_loop": ("an event loop of asyncio", LOOP),
        "_BaseDefaultEventLoopPolicy.new_event_loop": ("an event loop of asyncio", LOOP),
    },
    "asyncio.base_events": {"BaseEventLoop.run_forever": ("an event loop of asyncio", LOOP)},
    "asyncio.tasks": {"run_coroutine_threadsafe": ("asyncio.run_coroutine_threadsafe()", LOOP)},
    "hypothesis.core": {"get_random_for_wrapped_test": ("a test with Hypothesis's @given", EXAMPLES)},
}
COPIED_FROM = {
    "asyncio": ("asyncio.runners", "asyncio.events", "asyncio.tasks")
}  # a package that names these functions, too


class Refusals:
    """What is refused while an exploration lasts."""

    def __init__(self, replaced: Replacements) -> None:
        self._replaced = replaced
        self._known: set[str] = set()
        Refusals.current = self
        replaced.later(self._end)
        for name in REFUSED:
            if name in sys.modules:
                self._add(name)

    current: Refusals | None = None

    def _end(self) -> None:
        Refusals.current = None

    def imports(self, name: str) -> None:
        """A run imports a module: replace what is refused in it."""
        if name in REFUSED and name not in self._known:
            self._known.add(name)
            importlib.import_module(name)
            self._known.discard(name)
            self._add(name)

    def _add(self, name: str) -> None:
        if name in self._known:
            return
        self._known.add(name)
        for path, (what, way_out) in REFUSED[name].items():
            owner, attribute = owner_of(sys.modules[name], path)
            if owner is None or not hasattr(owner, attribute):  # not on this system, or in this version
                continue
            real = getattr(owner, attribute)
            refusing = (refused_method if "." in path else refused)(real, what, way_out)
            self._replaced.set(owner, attribute, refusing)
            for package, parts in COPIED_FROM.items():
                if name in parts and vars(sys.modules[package]).get(attribute) is real:
                    self._replaced.set(sys.modules[package], attribute, refusing)


def owner_of(module: Any, path: str) -> tuple[Any, str]:
    """Return what defines a name: a module, or a class in it."""
    kind, dot, attribute = path.rpartition(".")
    return (vars(module).get(kind), attribute) if dot else (module, path)


def call_refused(real: Callable[..., Any], what: str, way_out: str, *args: Any, **options: Any) -> Any:
    """Do what the real function does, except in a controlled thread."""
    run = here()
    if run is None or run.guest is not None or run.over:
        return real(*args, **options)
    for argument in args:
        if inspect.iscoroutine(argument):
            argument.close()  # nobody will await it, and Python would warn of that
    raise refuse(run, f"uses {what}", way_out, sys._getframe(1))


class Refused(functools.partial[Any]):
    """A function that no class binds to its objects, as it binds no function in C. From 3.14 on, partials are bound."""

    def __get__(self, thing: Any, kind: Any = None) -> Any:
        return self


@functools.cache
def refused(real: Callable[..., Any], what: str, way_out: str) -> Callable[..., Any]:
    """Return what replaces a function: always the same, because it refers to the real one, and references are searched.

    It is no closure, because the real function is replaced in closures.
    """
    return Refused(call_refused, real, what, way_out)


def refused_method(real: Callable[..., Any], what: str, way_out: str) -> Callable[..., Any]:
    """Return what replaces a method."""

    @functools.wraps(real)
    def call(self: Any, *args: Any, **options: Any) -> Any:
        return call_refused(real, what, way_out, self, *args, **options)

    return call


def by_name() -> dict[int, tuple[Any, Any]]:
    """Return the refused functions that modules may have imported by name, with what replaces each."""
    pairs = dict[int, tuple[Any, Any]]()
    for name, paths in REFUSED.items():
        for path, (what, way_out) in paths.items() if name in sys.modules else ():
            real = vars(sys.modules[name]).get(path)
            if real is not None:
                pairs[id(real)] = (real, refused(real, what, way_out))
    return pairs
