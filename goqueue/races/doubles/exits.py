"""What a run leaves for the exit of the process: nothing.

A model runs thousands of times, and its locks belong to its runs. So what a run hands to atexit.register() is not
called, and a weakref.finalize is called when its object goes, but not at the exit.
"""

from __future__ import annotations

import atexit
import sys
from collections.abc import Callable
from typing import Any

from ..engine.active import here
from ..engine.places import let_end_if_told
from .outside_world import is_import
from .stage.references import is_of_library

REGISTER: Callable[..., Any] = atexit.register


def register(function: Any, *args: Any, **options: Any) -> Any:
    """atexit.register(), for any thread. What a module registers when it is imported stays, as the module does."""
    run = here()
    if run is None or run.guest is not None or is_import(sys._getframe(1)) or is_of_library(module_of(function)):
        return REGISTER(function, *args, **options)
    if run.recorder is not None:
        run.recorder.note(run, "registers a function for the exit of the process, which a run does not reach")
    return function


def module_of(function: Any) -> str:
    """Return the name of the module that defines a function."""
    return str(getattr(function, "__module__", ""))


def finalize_init(real: Callable[..., Any], self: Any, *args: Any, **options: Any) -> None:
    """weakref.finalize(…), for any thread."""
    real(self, *args, **options)
    run = here()
    if run is not None and run.guest is None and not is_import(sys._getframe(2)):
        self.atexit = False
        let_end_if_told(run, args[0])
