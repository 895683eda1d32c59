"""The same calls where no process can be started, as in a browser tab: in this process, and bounded by nothing."""

from __future__ import annotations

import contextlib
import importlib
import io
import sys
from collections.abc import Callable
from typing import Any

from .messages import Died, Item, answer_line, new_mark, unpack

IN_PLACE = sys.platform == "emscripten"
UNBOUNDED = (
    "Tried in this browser tab, where no process of its own can be started: nothing bounds the time and the memory of "
    "your code. If it never ends, restart the kernel."
)


def call_in_place(function: Callable[[Item], object], item: Item) -> Any:
    """Return what `function(item)` returns, as JSON gives it back, or an instance of Died. What it prints is lost.

    >>> call_in_place(sorted, "ba")
    ['a', 'b']
    """
    mark, nowhere = new_mark(), io.StringIO()
    with contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
        line = answer_line(function, item)
    return unpack(mark + b" " + line, mark, Died("there is no answer"))


def entry_point(entry: str) -> Callable[[Any], object]:
    """Return the function of "package.module:function"."""
    module, _, name = entry.partition(":")
    found: Callable[[Any], object] = getattr(importlib.import_module(module), name)
    return found
