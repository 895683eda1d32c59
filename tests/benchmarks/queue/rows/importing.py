"""Row 7: what `import` adds to the start of Python: two processes in turn, many times, the median of the difference."""

import importlib.util
import statistics
import subprocess
import sys
import time
from pathlib import Path

from ..figures import OURS, Contender, Figures, Goal, Measure, Row, Unit

ROOT = Path(__file__).parents[4]


def importing(module: str) -> Measure:
    """Return the measurement of one module."""

    def measure(size: int, folder: Path) -> Figures:
        if importlib.util.find_spec(module.partition(".")[0]) is None:
            raise ImportError(f"no module named {module!r}")
        start(f"import {module}")  # compiled files, and the system's cache
        pairs = [(start("pass"), start(f"import {module}")) for _ in range(size)]
        bare = statistics.median(pair[0] for pair in pairs)
        return {"added": statistics.median(pair[1] for pair in pairs) - bare, "bare": bare}

    return measure


def start(code: str) -> float:
    """Return the seconds of a Python that runs some code."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
    return time.perf_counter() - begin


IMPORTING = Row(
    name="import",
    title="Import, over bare Python",
    contenders=(
        Contender(OURS, importing("goqueue"), "import goqueue"),
        Contender("ThreadPoolExecutor", importing("concurrent.futures.thread"), "import concurrent.futures.thread"),
        Contender("huey", importing("huey"), "import huey"),
        Contender("persist-queue", importing("persistqueue"), "import persistqueue"),
        Contender("litequeue", importing("litequeue"), "import litequeue"),
        Contender("queue-max", importing("queue_max"), "import queue_max"),
    ),
    units={"added": Unit("ms more", 1e3, 1), "bare": Unit("bare Python, ms", 1e3, 1)},
    size=20,
    quick=3,
    rounds=3,
    goals=(Goal("≤ 30 ms over bare Python", "added", 0.030, at_most=True),),
)
