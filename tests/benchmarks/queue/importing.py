"""Import, over bare Python: two processes in turn, many times, the median of the difference."""

import importlib
import statistics
import subprocess
import sys
import time

from ..harness import EXECUTOR, OURS, Comparison, Contender, Figures, Goal

MODULES = {
    OURS: "goqueue",
    EXECUTOR: "concurrent.futures.thread",
    "huey": "huey",
    "persist-queue": "persistqueue",
    "litequeue": "litequeue",
    "queue-max": "queue_max",
}


def importing(name: str, module: str) -> Contender:
    def measure(size: int) -> Figures:
        importlib.import_module(module)  # compiled files, and the system's cache
        pairs = [(seconds("pass"), seconds(f"import {module}")) for _ in range(size)]
        bare, full = (statistics.median(times) for times in zip(*pairs, strict=True))
        return {"ms more": (full - bare) * 1e3, "bare Python, ms": bare * 1e3}

    return Contender(name, measure, f"import {module}")


def seconds(code: str) -> float:
    """Return the seconds of a Python that runs some code."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - begin


CONTENDERS = tuple(importing(name, module) for name, module in MODULES.items())

COMPARISON = Comparison(__doc__, CONTENDERS, size=20, quick=1, goals=(Goal("ms more", "≤", 30),))
