"""All that an exploration replaces or sets, so that a test can check that everything is restored."""

from __future__ import annotations

import _thread
import builtins
import concurrent.futures.thread as executors
import gc
import logging
import os
import queue
import random
import sys
import threading
import time
from types import ModuleType
from typing import Any

from goqueue.races.engine import active, sources

OWNERS: tuple[Any, ...] = (
    _thread,
    threading,
    queue,
    time,
    executors,
    executors.ThreadPoolExecutor,
    threading.Thread,
    threading.Condition,
    threading.Event,
    threading.Semaphore,
    threading.Barrier,
    threading.Timer,
    logging.Logger,
)


def state_of_the_process(*watched: ModuleType) -> dict[str, Any]:
    """Return what must be the same before and after: names, code, random numbers, the collector, processors."""
    return {
        "names": {(owner.__name__, name): value for owner in OWNERS for name, value in vars(owner).items()},
        "globals": {(module.__name__, name): value for module in watched for name, value in vars(module).items()},
        "code": {
            (module.__name__, name): value.__code__
            for module in watched
            for name, value in vars(module).items()
            if hasattr(value, "__code__")
        },
        "builtins": sorted(vars(builtins)),
        "random": random.getstate(),
        "collector": (gc.isenabled(), gc.get_freeze_count(), gc.get_threshold()),
        "processors": os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None,
        "watched files": set(sources.WATCHED),
        "run": active.Active.run,
        "trace": (sys.gettrace(), threading.gettrace()),
    }


def threads() -> tuple[int, int, set[int]]:
    """Return how many threads there are, counted in three ways."""
    return threading.active_count(), _thread._count(), set(threading._active)  # type: ignore[attr-defined]


def left_since(before: tuple[int, int, set[int]]) -> tuple[int, int, set[int]]:
    """Return how many threads there are more than `before`. Threads of earlier tests may have ended since."""
    now = threads()
    return max(0, now[0] - before[0]), max(0, now[1] - before[1]), now[2] - before[2]


NONE_LEFT: tuple[int, int, set[int]] = (0, 0, set())


def differences(before: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    """Return what is not as it was, by its path; for each the value before and the value now."""
    found: dict[str, Any] = {}
    for kind in before:
        was, has = before[kind], now[kind]
        if isinstance(was, dict) and isinstance(has, dict):
            for key in was.keys() | has.keys():
                if key not in was or key not in has or was[key] != has[key]:
                    found[f"{kind} {key}"] = was.get(key, "missing"), has.get(key, "missing")
        elif was != has:
            found[kind] = was, has
    return found
