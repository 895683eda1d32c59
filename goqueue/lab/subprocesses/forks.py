"""Copies of this process, a fork for each item; where a system cannot fork, an interpreter for each."""

import base64
import contextlib
import faulthandler
import os
import pickle
import re
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from .caller import call_in_subprocess, kill
from .child import announce, leave_answers, say_nothing
from .messages import LONGEST_ANSWER, Died, Item, TimedOut, answer_line, how_it_ended, unpack, write

CAN_FORK = hasattr(os, "fork") and sys.platform != "darwin"  # a fork without exec is not safe on macOS
MEMORY = 1 << 30  # bytes, beyond those that this process has taken
GRACE = 1.0  # seconds for a copy whose time is up to say where its threads are
LOOK = 0.005  # seconds from one look at a copy to the next
_FRAME = re.compile(r'^  File "(.*)", line (\d+) in ', re.MULTILINE)


def map_in_subprocesses(
    function: Callable[[Item], object], items: Sequence[Item], *, seconds: float, memory: int = MEMORY
) -> list[Any]:
    """Call `function` with each item, one after the other, each in a copy of this process; return what came of each.

    That is what it returned (JSON), or an instance of Died. Each call has `seconds`, and `memory` bytes where
    the system can limit it. Use this inside a function that `call_in_subprocess` runs, after all imports: that process
    has one thread, so a fork is safe. Where a process cannot be copied, `pickle` must take function and items.

    map_in_subprocesses(len, ["order", 17], seconds=10) returns
    [5, Died("TypeError: object of type 'int' has no len()")].
    """
    alone = _in_a_copy if CAN_FORK else _in_an_interpreter
    return [alone(function, item, seconds, memory) for item in items]


def _in_a_copy(function: Callable[[Item], object], item: Item, seconds: float, memory: int) -> Any:
    with tempfile.TemporaryFile(buffering=0) as file:
        pid = os.fork()
        if not pid:
            _copy(function, item, memory, file.fileno())
        status = None
        try:
            status = _status(pid, seconds)
            if late := status is None:
                os.kill(pid, signal.SIGUSR1)
                status = _status(pid, GRACE)
        finally:
            kill(pid)
            if status is None:
                os.waitpid(pid, 0)
            announce("ended", pid)
        file.seek(0)
        said = file.read()
        return unpack(said, TimedOut(seconds, _stacks(said)) if late else Died(how_it_ended(status or 0)))


def _status(pid: int, seconds: float) -> int | None:
    """Wait for a process; return its exit status, or None if it still runs after so many seconds."""
    deadline = time.monotonic() + seconds
    while True:
        found, code = os.waitpid(pid, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(code)
        if time.monotonic() > deadline:
            return None
        time.sleep(LOOK)


def _copy(function: Callable[[Item], object], item: Item, memory: int, file: int) -> NoReturn:
    try:
        announce("started", os.getpid())  # while it is still in the interpreter's group
        os.setpgid(0, 0)
        leave_answers()
        say_nothing()
        faulthandler.disable()  # the exit status tells of a crash
        # On this signal it writes where each thread is, whatever it does, and then (chain) the signal ends it.
        faulthandler.register(signal.SIGUSR1, file, chain=True)
        _limit(memory)
        write(file, answer_line(function, item))
    finally:
        os._exit(0)


def _limit(memory: int) -> None:
    """Bound the memory that this process takes from now on, and the files that it writes; let it leave no core."""
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


def _stacks(said: bytes) -> list[list[tuple[str, int]]]:
    """Return where each thread was, from what `faulthandler` wrote."""
    threads = said.decode("utf-8", "replace").split("\n\n")
    return [[(file, int(line)) for file, line in _FRAME.findall(thread)] for thread in threads]


def _in_an_interpreter(function: Callable[[Item], object], item: Item, seconds: float, memory: int) -> Any:
    packed = base64.b64encode(pickle.dumps((function, item, memory))).decode()
    try:
        return call_in_subprocess(f"{__name__}:_unpickled", packed, seconds=seconds)
    except Died as err:
        return err


def _unpickled(packed: str) -> object:
    function, item, memory = pickle.loads(base64.b64decode(packed))
    if sys.platform != "win32":
        _limit(memory)
    return function(item)
