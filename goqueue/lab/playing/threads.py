"""What the levels use besides the standard library: one line that starts threads and waits for them."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread


def run(**functions: Callable[[], object]) -> None:
    """Run each function in a thread of its own, which has the name that is given here, and wait for them all.

    >>> run(Ann=lambda: print("sold"))
    sold
    """
    threads = [Thread(target=function, name=name) for name, function in functions.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
