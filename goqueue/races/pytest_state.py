"""What a plain run of a test changes in the modules of the project is put back before the test is explored.

    keep the state ─> a plain run ─> keep its state, too ─> put back the first one ─> explore ─> put back the other

Without this, the plain run fills a module's cache, and no other run sees how it is filled. The tests that come after
see what the plain run has left, as they do without the lab.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from .watch.state import State, spaces_reached

# A test that reaches no module with a name of one of these starts no thread, and its state need not be kept.
OF_THREADS = ("threading", "_thread", "concurrent.futures", "concurrent", "multiprocessing")


class Kept:
    """The state of the modules that a test reaches, before its plain run."""

    def __init__(self, item: Any) -> None:
        self._start = getattr(getattr(item, "obj", None), "__globals__", {})
        self._before = self._keep()

    def _keep(self) -> State | None:
        spaces = list(spaces_reached(self._start))
        return State(spaces, []) if any(map(names_threads, spaces)) else None

    @contextlib.contextmanager
    def put_back(self) -> Iterator[None]:
        """Put the state back; in the end, put back what the plain run has made of it."""
        after = self._keep() if self._before is not None else None
        if self._before is None or after is None:
            yield
            return
        self._before.put_back(1, all_of_it=True)
        try:
            yield
        finally:
            after.end()


def names_threads(space: dict[str, Any]) -> bool:
    """Whether a module names what starts threads."""
    return any(home(value) in OF_THREADS for value in list(space.values()))


def home(value: Any) -> str:
    """Return the name of a module, or of the one that defines a class or a function."""
    name = value.__name__ if type(value) is ModuleType else getattr(value, "__module__", "")
    return name.removesuffix(".thread") if type(name) is str and name in sys.modules else ""
