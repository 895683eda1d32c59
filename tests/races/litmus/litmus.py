"""The form of a litmus program: one mistake in the use of threads, so small that every schedule of it can be tried.

Each program has two forms that differ by little. The broken form gets the verdict written beside it, the right form is
"exhausted": no schedule of it fails, hangs, or holds a data race. A form takes nothing, makes all it needs, and asserts
in the main thread after the other threads have ended.

What the verdicts mean here:

- failed assertion: threads end, and left something wrong behind. Such programs may hold data races too.
- exception in a thread: a thread died of an error that nobody caught.
- deadlock: some threads wait, none can go on, and no notification was ever given that could have woken them.
- lost wake-up: as a deadlock, but the notification was given: before its thread waited, or to another thread.
- livelock: threads move for ever and get nowhere.
- data race: no schedule fails, but two accesses are ordered by nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Thread
from typing import Literal

Verdict = Literal["failed assertion", "exception in a thread", "deadlock", "lost wake-up", "livelock", "data race"]


@dataclass(frozen=True)
class Litmus:
    """A mistake by its name, and what the search should say of its `broken` form."""

    name: str
    verdict: Verdict
    broken: Callable[[], None]
    right: Callable[[], None]


def run(*functions: Callable[[], object]) -> None:
    """Run each function in a thread of its own, named after it, and wait for them all."""
    threads = [Thread(target=function, name=f"{function.__name__}-{n}") for n, function in enumerate(functions, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
