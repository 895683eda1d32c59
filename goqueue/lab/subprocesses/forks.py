"""Copies of this process, a fork for each item; where a system cannot fork, an interpreter for each."""

import base64
import contextlib
import faulthandler
import math
import os
import pickle
import re
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any, NoReturn

from .caller import call_in_subprocess, kill
from .child import announce, leave_answers, say_nothing
from .ending import end_orphans
from .in_place import IN_PLACE, call_in_place
from .messages import LONGEST_ANSWER, Died, Item, TimedOut, answer_line, how_it_ended, new_mark, unpack, write
from .waiting import Limits, wait

CAN_FORK = hasattr(os, "fork") and sys.platform != "darwin"  # a fork without exec is not safe on macOS
MEMORY = 1 << 30  # bytes, beyond those that this process has taken
GRACE = 1.0  # seconds for a copy whose time is up to say where its threads are
_FRAME = re.compile(r'^  File "(.*)", line (\d+) in ', re.MULTILINE)


def map_in_subprocesses(
    function: Callable[[Item], object],
    items: Sequence[Item],
    *,
    seconds: float,
    memory: int = MEMORY,
    processor_seconds: float | None = None,
) -> list[Any]:
    """Call `function` with each item, one after the other, each in a copy of this process; return what came of each.

    That is what it returned (JSON), or an instance of Died. Each call has `seconds`, and `memory` bytes where
    the system can limit it. With `processor_seconds`, it may compute for so long and wait idly for so long, however
    busy the machine is; `seconds` can then be generous. Use this inside a function that `call_in_subprocess` runs,
    after all imports: that process has one thread, so a fork is safe. Where a process cannot be copied, `pickle` must
    take function and items, and only `seconds` counts.

    map_in_subprocesses(len, ["order", 17], seconds=10) returns
    [5, Died("TypeError: object of type 'int' has no len()")].
    """
    if IN_PLACE:
        return [call_in_place(function, item) for item in items]
    limits = Limits(seconds, processor_seconds)
    alone = _in_a_copy if CAN_FORK else _in_an_interpreter
    return [alone(function, item, limits, memory) for item in items]


def _in_a_copy(function: Callable[[Item], object], item: Item, limits: Limits, memory: int) -> Any:
    mark = new_mark()
    with _answer_file() as file:
        pid = os.fork()
        if not pid:
            _copy(function, item, limits, memory, file.fileno(), mark)
        status = None
        try:
            status, late = wait(pid, limits)
            if status is None:
                os.kill(pid, signal.SIGUSR1)
                status, _ = wait(pid, Limits(GRACE))
        finally:
            kill(pid)
            if status is None:
                os.waitpid(pid, 0)
            announce("ended", pid)
            end_orphans()
        file.seek(0)
        said = file.read()
        if late is not None:
            return unpack(said, mark, TimedOut(late.seconds, _stacks(said), late.which))
        return unpack(said, mark, Died(how_it_ended(status or 0)))


def _answer_file() -> IO[bytes]:
    """Return a file for a copy's answer: in memory if the system can, so that a full disk takes away no answer."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("answer"), "w+b", buffering=0)
    return tempfile.TemporaryFile(buffering=0)


def _copy(
    function: Callable[[Item], object], item: Item, limits: Limits, memory: int, file: int, mark: bytes
) -> NoReturn:
    try:
        announce("started", os.getpid())  # while it is still in the interpreter's group
        os.setpgid(0, 0)
        leave_answers()
        say_nothing()
        faulthandler.disable()  # the exit status tells of a crash
        # On this signal it writes where each thread is, whatever it does, and then (chain) the signal ends it.
        faulthandler.register(signal.SIGUSR1, file, chain=True)
        faulthandler.register(signal.SIGXCPU, file, chain=True)
        _limit(memory, limits.processor_seconds)
        line = answer_line(function, item)
        write(file, mark + b" ")
        write(file, line)
    finally:
        os._exit(0)


def _limit(memory: int, processor_seconds: float | None = None) -> None:
    """Bound what this process takes from now on: memory, files, processor time. Let it leave no core."""
    import resource

    taken = 0
    with contextlib.suppress(OSError, ValueError):  # some systems cannot tell
        taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    limits = {
        resource.RLIMIT_AS: taken + memory,
        resource.RLIMIT_FSIZE: 2 * LONGEST_ANSWER,
        resource.RLIMIT_CORE: 0,
    }
    for limit, most in limits.items():
        _, hard = resource.getrlimit(limit)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(limit, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
    if processor_seconds is not None:
        soft = math.ceil(processor_seconds)  # counted from the fork
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_CPU, (soft, soft + 1))


def _stacks(said: bytes) -> list[list[tuple[str, int]]]:
    """Return where each thread was, from what `faulthandler` wrote."""
    threads = said.decode("utf-8", "replace").split("\n\n")
    return [[(file, int(line)) for file, line in _FRAME.findall(thread)] for thread in threads]


def _in_an_interpreter(function: Callable[[Item], object], item: Item, limits: Limits, memory: int) -> Any:
    packed = base64.b64encode(pickle.dumps((function, item, memory))).decode()
    try:
        return call_in_subprocess(f"{__name__}:_unpickled", packed, seconds=limits.seconds)
    except Died as err:
        return err


def _unpickled(packed: str) -> object:
    function, item, memory = pickle.loads(base64.b64decode(packed))
    if sys.platform != "win32":
        _limit(memory)
    return function(item)
