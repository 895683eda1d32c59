"""Replaces things for a while and restores all of them. Ctrl-C must not interrupt the restoring."""

from __future__ import annotations

import functools
import signal
import threading
from collections.abc import Callable
from types import FunctionType
from typing import Any

from ...engine.active import Active


class Interrupts:
    """Ctrl-C, deferred while the stage is set: a stage that is half restored would be worse than a short delay.

    The current run ends at its next step, and `fresh_run` begins no other. Only the main thread receives Ctrl-C.
    """

    came = False

    def __init__(self) -> None:
        self._usual: Any = None

    def hold(self) -> None:
        """From now on, note Ctrl-C instead of raising KeyboardInterrupt."""
        Interrupts.came = False
        if threading.current_thread() is threading.main_thread():
            self._usual = signal.getsignal(signal.SIGINT)
            if callable(self._usual):
                signal.signal(signal.SIGINT, self._note)

    def _note(self, *_: object) -> None:
        Interrupts.came = True
        if Active.run is not None:
            Active.run.over = True  # the running task soon comes to a step, unwinds, and stops the run

    def let_go(self) -> None:
        """Restore what Ctrl-C did before. If Ctrl-C came meanwhile, do that now."""
        if callable(self._usual):
            signal.signal(signal.SIGINT, self._usual)
            if Interrupts.came:
                signal.raise_signal(signal.SIGINT)


class Replacements:
    """A stack of replacements, undone in the opposite order."""

    def __init__(self) -> None:
        self._back: list[Callable[[], object]] = []

    def set(self, owner: Any, name: str, value: Any) -> None:
        """Replace an attribute."""
        had = name in vars(owner)
        old = vars(owner).get(name)
        self._back.append(lambda: setattr(owner, name, old) if had else delattr(owner, name))
        setattr(owner, name, value)

    def item(self, namespace: dict[str, Any], name: str, value: Any) -> None:
        """Replace an item of a dict that has it."""
        old = namespace[name]
        namespace[name] = value
        self._back.append(lambda: namespace.__setitem__(name, old))

    def cell(self, cell: Any, value: Any) -> None:
        """Replace what a closure holds."""
        old = cell.cell_contents
        cell.cell_contents = value
        self._back.append(lambda: setattr(cell, "cell_contents", old))

    def code(self, function: FunctionType, code: Any) -> None:
        """Replace the code of a function."""
        old = function.__code__
        function.__code__ = code
        self._back.append(lambda: setattr(function, "__code__", old))

    def later(self, undo: Callable[[], object]) -> None:
        """Call something when all is restored."""
        self._back.append(undo)

    def take_back(self) -> None:
        """Restore everything."""
        while self._back:
            self._back.pop()()


def method(replacement: Callable[..., Any], real: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method that passes the real one to its replacement."""

    @functools.wraps(real)
    def call(self: Any, *args: Any, **options: Any) -> Any:
        return replacement(real, self, *args, **options)

    return call
