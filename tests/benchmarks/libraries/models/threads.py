"""How the models run their threads."""

import threading
from collections.abc import Callable


def together(*functions: Callable[[], object]) -> None:
    """Run each function in a thread of its own, and wait for all."""
    threads = [threading.Thread(target=function, name=function.__name__) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
