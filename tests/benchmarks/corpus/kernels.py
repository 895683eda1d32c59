"""A kernel: one published concurrency bug, as short as it can be, in a form that each tool can run.

    @kernel("cockroach_584", "deadlock")
    def cockroach_584(right: bool) -> Program:     makes the state, and returns the threads and what holds at the end

`right` decides the line that differs. The broken form gets the verdict written beside its name; the right form never
fails. `model(kernel, right)` is the form as one function that starts its own threads, as `explore` wants it.

Each kernel was written from a description of the bug, and holds no code of the project that had it. Locks, threads and
clocks are called `threading.Lock`, `time.sleep`, because the other tools do not see a name imported from a module.
"""

import threading
from collections import defaultdict
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from types import SimpleNamespace as State
from typing import Literal, cast

__all__ = ["NO_LOCK", "Kernel", "Program", "State", "Verdict", "kernel", "lock_if", "model", "program"]

Verdict = Literal["failed assertion", "exception in a thread", "deadlock", "lost wake-up", "livelock", "data race"]
Thread = Callable[[], object]


@dataclass(frozen=True)
class Program:
    """What each thread does, and what holds when all have ended."""

    threads: tuple[Thread, ...]
    holds: Callable[[], bool]


@dataclass(frozen=True)
class Kernel:
    """A bug: its name in the source, the verdicts that are right of the broken form, and what makes both forms."""

    name: str
    verdicts: tuple[Verdict, ...]
    make: Callable[[bool], Program]


BY_MODULE: dict[str, list[Kernel]] = defaultdict(list)


def kernel(name: str, *verdicts: Verdict) -> Callable[[Callable[[bool], Program]], Callable[[bool], Program]]:
    """Keep the decorated function as the kernel of this name."""

    def keep(make: Callable[[bool], Program]) -> Callable[[bool], Program]:
        BY_MODULE[make.__module__].append(Kernel(name, verdicts, make))
        return make

    return keep


def always() -> bool:
    """That the threads ended is enough."""
    return True


def program(*threads: Thread, holds: Callable[[], bool] = always) -> Program:
    """Return a program of these threads. `holds` is asked after all have ended."""
    return Program(threads, holds)


def model(kernel: Kernel, right: bool) -> Callable[[], None]:
    """Return one form of a kernel as a function without arguments that starts its threads and asserts."""
    make = kernel.make

    def run() -> None:
        made = make(right)
        threads = [threading.Thread(target=thread, name=thread.__name__) for thread in made.threads]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert made.holds()

    return run


NO_LOCK = cast(threading.Lock, nullcontext())  # a broken form's `with` holds this in place of a lock


def lock_if(right: bool) -> threading.Lock:
    """Return a lock for the right form, and none for the broken one."""
    return threading.Lock() if right else NO_LOCK
