"""Replacing things for a while, and putting all of them back; and Ctrl-C, which must not come in between."""

from __future__ import annotations

import functools
import signal
import threading
from collections.abc import Callable
from types import FunctionType
from typing import Any

from .scheduler import Active


class Interrupts:
    """Ctrl-C, kept back while the stage is set: half of it put back would be worse than a moment's delay.

    The run that is going on ends at its next step, and `fresh_run` begins no other. Only the main thread hears Ctrl-C.
    """

    came = False

    def __init__(self) -> None:
        self._usual: Any = None

    def hold(self) -> None:
        """From now on, take a note instead of raising KeyboardInterrupt."""
        Interrupts.came = False
        if threading.current_thread() is threading.main_thread():
            self._usual = signal.getsignal(signal.SIGINT)
            if callable(self._usual):
                signal.signal(signal.SIGINT, self._note)

    def _note(self, *_: object) -> None:
        Interrupts.came = True
        if Active.run is not None:
            Active.run.over = True  # whoever runs comes to a step soon, unwinds, and stops the run

    def let_go(self) -> None:
        """Let Ctrl-C do what it did before; if it came, now."""
        if callable(self._usual):
            signal.signal(signal.SIGINT, self._usual)
            if Interrupts.came:
                signal.raise_signal(signal.SIGINT)


class Replacements:
    """A pile of replacements, taken back in the opposite order."""

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
        """Do something when all is taken back."""
        self._back.append(undo)

    def take_back(self) -> None:
        """Take everything back."""
        while self._back:
            self._back.pop()()


def method(replacement: Callable[..., Any], real: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method that hands the real one to its replacement."""

    @functools.wraps(real)
    def call(self: Any, *args: Any, **options: Any) -> Any:
        return replacement(real, self, *args, **options)

    return call
