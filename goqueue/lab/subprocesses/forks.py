"""Copies of this process, a fork for each item; where a system cannot do that, an interpreter for each."""

import base64
import contextlib
import faulthandler
import os
import pickle
import re
import select
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from .caller import GRACE, call_in_subprocess, kill
from .child import announce, leave_channel, say_nothing
from .messages import Died, Item, TimedOut, answer_line, how_it_ended, unpack, write

CAN_FORK = hasattr(os, "fork") and sys.platform != "darwin"  # a fork without exec is not safe on macOS
MEMORY = 1 << 30  # bytes, beyond those that this process has taken
LONGEST_ANSWER = 1 << 26  # bytes
_FRAME = re.compile(r'^  File "(.*)", line (\d+) in ', re.MULTILINE)


def map_in_subprocesses(
    function: Callable[[Item], object], items: Sequence[Item], *, seconds: float, memory: int = MEMORY
) -> list[Any]:
    """Call `function` with each item, one after the other, each in a copy of this process; return what came of each.

    That is what it returned (JSON), or an instance of Died. Each call has `seconds`, and `memory` bytes where
    the system can limit it. Use this inside a function that `call_in_subprocess` runs, after all imports: that process
    has one thread, so a fork is safe.
    Where a process cannot be copied, function and items must be such as `pickle` takes.

    map_in_subprocesses(len, ["order", 17], seconds=10) returns
    [5, Died("TypeError: object of type 'int' has no len()")].
    """
    alone = _in_a_copy if CAN_FORK else _in_an_interpreter
    return [alone(function, item, seconds, memory) for item in items]


def _in_a_copy(function: Callable[[Item], object], item: Item, seconds: float, memory: int) -> Any:
    receiving, sending = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(receiving)
        _copy(function, item, memory, sending)
    os.close(sending)
    status: list[int] = []
    try:
        said = _read(pid, receiving, time.monotonic() + seconds, status)
        if said is None and not status:
            return TimedOut(seconds, _stacks(pid, receiving))
        return unpack(said or b"", Died(how_it_ended(status[0] if status else 0)))
    except Died as err:
        return err
    finally:
        os.close(receiving)
        kill(pid)
        _wait(pid, status)
        announce("ended", pid)


def _copy(function: Callable[[Item], object], item: Item, memory: int, sending: int) -> NoReturn:
    try:
        announce("started", os.getpid())  # while it is still in the interpreter's group
        os.setpgid(0, 0)
        leave_channel()
        say_nothing()
        faulthandler.disable()  # a crash is told by the exit status
        faulthandler.register(signal.SIGUSR1, sending)  # asked where it is, it says so, whatever it does
        _limit(memory)
        write(sending, answer_line(function, item))
    finally:
        os._exit(0)


def _limit(memory: int) -> None:
    """Let this process take `memory` bytes more than it has, and leave no core behind. Some systems cannot say."""
    import resource

    taken = 0
    with contextlib.suppress(OSError, ValueError):
        taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    for limit, most in ((resource.RLIMIT_AS, taken + memory), (resource.RLIMIT_CORE, 0)):
        _, hard = resource.getrlimit(limit)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(limit, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _read(pid: int, receiving: int, deadline: float, status: list[int]) -> bytes | None:
    """Return what the copy wrote up to its first line's end, or its own end; None if its time is up before."""
    said, is_open = b"", True
    while not said.endswith(b"\n"):
        left = deadline - time.monotonic()
        if left <= 0:
            return None
        if len(said) > LONGEST_ANSWER:
            raise Died(f"what it returned is longer than {LONGEST_ANSWER} bytes")
        if is_open and select.select([receiving], [], [], min(left, 0.1))[0]:
            more = os.read(receiving, 1 << 16)
            said += more
            is_open = bool(more)
        elif status:  # a child of its own may hold the pipe; the copy has ended, and all it wrote is read
            return said
        else:  # it may also have closed the pipe, and go on
            time.sleep(0 if is_open else 0.01)
            _wait(pid, status, os.WNOHANG)
    return said


def _wait(pid: int, status: list[int], options: int = 0) -> None:
    """Wait for the copy to end, and put its exit status into `status`, once."""
    if not status:
        found, code = os.waitpid(pid, options)
        if found:
            status.append(os.waitstatus_to_exitcode(code))


def _stacks(pid: int, receiving: int) -> list[list[tuple[str, int]]]:
    """Ask the copy where each of its threads is."""
    os.kill(pid, signal.SIGUSR1)
    said, deadline = b"", time.monotonic() + GRACE
    while select.select([receiving], [], [], 0.2)[0] and time.monotonic() < deadline:
        more = os.read(receiving, 1 << 16)
        if not more:
            break
        said += more
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
