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
from dataclasses import dataclass
from types import SimpleNamespace as State
from typing import Literal

__all__ = ["KERNELS", "Kernel", "Program", "State", "Verdict", "kernel", "model", "program"]

Verdict = Literal["failed assertion", "exception in a thread", "deadlock", "lost wake-up", "livelock", "data race"]
Thread = Callable[[], object]


@dataclass(frozen=True)
class Program:
    """What each thread does, and what holds when all have ended."""

    threads: tuple[Thread, ...]
    holds: Callable[[], bool]


@dataclass(frozen=True)
class Kernel:
    """A bug: its name in the source, the verdict on the broken form, and what makes both forms."""

    name: str
    verdict: Verdict
    make: Callable[[bool], Program]


BY_MODULE: dict[str, list[Kernel]] = defaultdict(list)
KERNELS: dict[str, Kernel] = {}


def kernel(name: str, verdict: Verdict) -> Callable[[Callable[[bool], Program]], Callable[[bool], Program]]:
    """Keep the decorated function as the kernel of this name."""

    def keep(make: Callable[[bool], Program]) -> Callable[[bool], Program]:
        assert name not in KERNELS, f"two kernels are called {name}"
        KERNELS[name] = Kernel(name, verdict, make)
        BY_MODULE[make.__module__].append(KERNELS[name])
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
