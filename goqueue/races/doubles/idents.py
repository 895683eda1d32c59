"""The numbers of threads: a controlled thread has the same ones in each run.

The system gives a real thread the number of one that has ended, or another one: so what a model does with it would
differ from run to run. In virtual_time(), which makes one run, the numbers are the real ones.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from ..engine import carrying
from ..engine.active import here


def get_ident() -> int:
    """threading.get_ident(), for any thread."""
    run = here()
    return carrying.get_ident() if run is None or run.guest is not None else run.current.ident


def get_native_id() -> int:
    """threading.get_native_id(), for any thread."""
    run = here()
    return carrying.get_native_id() if run is None or run.guest is not None else run.current.native_id


def current_frames() -> dict[int, FrameType]:
    """sys._current_frames(), for any thread. A controlled thread sees those of its run, by the numbers that they have.

    Those of other threads come and go at any time.
    """
    frames, run = carrying.current_frames(), here()
    if run is None or run.guest is not None:
        return frames
    begun = [(task.ident, task.carrier.ident) for task in run.tasks if task.carrier is not None and not task.finished]
    return {ident: frames[real] for ident, real in begun if real in frames}


# What each function of `threading` and `_thread` is replaced by. Not every system has both.
NUMBERS: dict[str, tuple[Any, Callable[[], int]]] = {
    function.__name__: (getattr(threading, function.__name__), function)
    for function in (get_ident, get_native_id)
    if hasattr(threading, function.__name__)
}
