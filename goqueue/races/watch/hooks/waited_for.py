"""What threads wait for: a lock, an event or a queue gets its stand-in for this run when it is touched."""

from __future__ import annotations

import queue
import threading
from typing import Any

from ...doubles.locks import Lock, RLock
from ...doubles.stand_ins import BUILT_ON, REAL_SIMPLE_QUEUE, controlled, innermost, queue_of, run_of
from ...engine.ends.ending import REAL_LOCKS
from ...engine.run import Run

LOCKS = frozenset({*REAL_LOCKS, Lock, RLock})

# What threads wait for.
WAITED_FOR = frozenset({*LOCKS, *BUILT_ON, REAL_SIMPLE_QUEUE, threading.local}) | {
    queue.LifoQueue, queue.PriorityQueue, threading.BoundedSemaphore
}  # fmt: skip


def in_this_run(run: Run, thing: Any) -> Any:
    """Return what stands in for something that threads wait for, in this run: most often the thing itself."""
    if issubclass(type(thing), threading.local):
        run.retire_carrier()
        return thing
    if type(thing) in LOCKS:
        return controlled(run, thing)
    if type(thing) is REAL_SIMPLE_QUEUE:
        return queue_of(run, thing)
    inner = innermost(thing)
    if inner is not None and not (isinstance(inner, Lock) and inner.belongs_to(run)):
        run_of(thing, inner)
    return thing
