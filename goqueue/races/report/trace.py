"""What one run did, step by step: the data behind reports and views.

A `Step` is what one thread did between two points at which another could have been chosen: the line, and what happened
there, in words. Nothing that it shows differs between machines: no address, thread id or absolute path.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Step:
    """One thread's move. `state` is the shared state after it: (name, value) pairs, in the order they were first seen.

    `preempted` is the thread that could have gone on but had to wait for this step, or "".
    """

    thread: str
    where: str  # "storage.py:41"
    line: str  # the source line, without its indent
    what: tuple[str, ...]  # "reads Job#1.status: 'pending'", "takes MemoryStorage._lock", …
    state: tuple[tuple[str, str], ...] = ()
    preempted: str = ""
    time: float = 0.0  # seconds, on the virtual clock
    filename: str = field(default="", repr=False, compare=False)  # for reports to other tools, which need the path


@dataclass(frozen=True)
class Trace:
    """One run: its threads in the order they started, its steps, and how it ended (in words, "" if well)."""

    threads: tuple[str, ...]
    steps: tuple[Step, ...]
    ending: str = ""
