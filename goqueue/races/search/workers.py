"""Some work in several processes: copies of this one, made by fork, which send back what they found.

    the first process ──fork──┬─> copy 1 ── runs ──> what was found ──pipe──┐
             │                └─> copy 2 ── runs ──> what was found ──pipe──┤
             └─ waits <──────────────────────────────────────────────────────┘

A copy has the model, the watched code and all that is known in its memory, so a model needs no import and no pickling.
It has only the thread that forked. That is safe where no other thread exists, which might hold a lock at that moment:
`Workers` refuses anything else, before the exploration begins.
"""

from __future__ import annotations

import _thread
import contextlib
import os
import pickle
import select
import signal
import sys
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from ..doubles.stage.replacements import Interrupts
from ..engine.tasks import Carrier
from ..watch.watching import More

OFTEN = 0.1  # seconds between two looks for Ctrl-C


class Workers:
    """Processes for an exploration. Made before the stage is set, because that binds this process to one processor."""

    def __init__(self, jobs: int) -> None:
        """Raise RuntimeError if this process cannot be copied safely."""
        self.jobs = jobs
        self._processors = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
        if jobs > 1:
            refuse_what_is_not_safe(jobs)

    def spread(self, idle: list[Carrier], works: Sequence[Callable[[], Any]]) -> list[Any]:
        """Do each work in a process of its own. Return what they returned, in order.

        Raises KeyboardInterrupt after Ctrl-C, and RuntimeError if a process ended early.
        """
        while idle:
            idle.pop().dismiss()  # a copy would have their locks without them
        children: list[tuple[int, int]] = []
        try:
            for number, work in enumerate(works):
                children.append(copy_that_does(work, self._processors, number))
            return [received(data) for data in read_all([pipe for _, pipe in children])]
        finally:
            for process, pipe in children:
                os.close(pipe)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)  # it has sent all, or it is not needed any more
                os.waitpid(process, 0)


def refuse_what_is_not_safe(jobs: int) -> None:
    """Raise RuntimeError if this process cannot be copied safely."""
    if not hasattr(os, "fork") or sys.platform == "darwin":
        raise RuntimeError(
            f"jobs is {jobs}: on this system a process cannot be copied safely; leave jobs out, the result is the same"
        )
    others = _thread._count()  # threads that `threading` does not know count too
    if others:
        raise RuntimeError(
            f"jobs is {jobs}: this process has {others} other thread{'s' * (others > 1)}, so it cannot be copied "
            "safely; leave jobs out (the result is the same), or run the model by itself: "
            f"goqueue race MODULE:FUNCTION --jobs {jobs}"
        )


def copy_that_does(work: Callable[[], Any], processors: list[int], number: int) -> tuple[int, int]:
    """Start a copy of this process. Return its number, and a pipe to read what it sends."""
    sys.stdout.flush()
    sys.stderr.flush()
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of threads: those just dismissed may not be gone yet
        process = os.fork()
    if process:
        os.close(writing)
        return process, reading
    try:
        if processors:
            with contextlib.suppress(OSError):
                os.sched_setaffinity(0, {processors[number % len(processors)]})
        with open(writing, "wb") as pipe:
            try:
                found = work()
            except More as more:
                found = more
            pipe.write(pickle.dumps(found))
    finally:
        os._exit(0)  # without flushing what the first process has printed, and without its exit handlers


def read_all(pipes: Sequence[int]) -> list[bytes]:
    """Read all pipes to their ends."""
    data = dict.fromkeys(pipes, b"")
    open_pipes = list(pipes)
    while open_pipes:
        if Interrupts.came:
            raise KeyboardInterrupt
        for pipe in select.select(open_pipes, [], [], OFTEN)[0]:
            some = os.read(pipe, 1 << 16)
            data[pipe] += some
            if not some:
                open_pipes.remove(pipe)
    return list(data.values())


def received(data: bytes) -> Any:
    """Return what a copy sent. Raises RuntimeError if it sent nothing, and More if there is more to watch."""
    if not data:
        raise RuntimeError(
            "a process of jobs=… ended early: the model ends its own process; leave jobs out to see where"
        )
    found = pickle.loads(data)
    if isinstance(found, More):
        raise found
    return found
