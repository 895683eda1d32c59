"""Real threads of the program that were started before a run, and so take no part in it.

Whoever waits for an answer from such a thread waits for ever: the queue in a run is a stand-in, which it does not see.
"""

from __future__ import annotations

import threading

from ..engine.homes import Home, who_brings
from .threads import REAL_ENUMERATE

MOST = 3  # that are named


def bystanders() -> str:
    """Say which threads of the program are alive, besides the one that asks; "" if there are none."""
    mine = threading.current_thread()
    found = [thread.name for thread in REAL_ENUMERATE() if thread is not mine and is_programs(thread)]
    if not found:
        return ""
    if len(found) == 1:
        return f"{found[0]} was started before the run and takes no part in it; start it in the model."
    more = len(found) - MOST
    *first, last = [*found[:MOST], f"{more} more"] if more > 0 else found
    return f"{', '.join(first)} and {last} were started before the run and take no part in it; start them in the model."


def is_programs(thread: threading.Thread) -> bool:
    """Whether the program has started a thread, and no tool, such as a test runner's timer, nor the lab."""
    if thread is threading.main_thread() or isinstance(thread, threading._DummyThread):
        return False
    does = getattr(thread, "function", None) or getattr(thread, "_target", None) or type(thread).run
    return who_brings(does) not in (Home.TOOL, Home.LAB)
