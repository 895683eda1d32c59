"""The caller's side: start an interpreter, hand it a question, and see to it that nothing of it is left."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from .messages import Died, TimedOut, how_it_ended, unpack

GRACE = 1.0  # seconds for the last words of a process that was killed

_PACKAGE_ROOT = str(Path(__file__).parents[3])
_BOOT = f"from {__package__}.child import answer_one; answer_one()"


def call_in_subprocess(entry: str, question: object, *, seconds: float) -> Any:
    """Call a function ("package.module:function") in a new interpreter with `question`; return what it returned.

    Question and answer are JSON. All that it started is killed before this returns. Any thread may call this.
    Raises Died if there is no answer within `seconds`, TypeError for a question that is not JSON.

    >>> call_in_subprocess("statistics:mean", [2, 4], seconds=10)
    3
    """
    [found] = call_in_subprocesses(entry, [question], seconds=seconds)
    if isinstance(found, Died):
        raise found
    return found


def call_in_subprocesses(entry: str, questions: Sequence[object], *, seconds: float) -> list[Any]:
    """Do as `call_in_subprocess` does for several questions at once, an interpreter for each; return what came of each.

    That is what the function returned, or an instance of Died. All have `seconds` together.
    """
    deadline = time.monotonic() + seconds
    with contextlib.ExitStack() as all_of_them:
        started = [all_of_them.enter_context(_started(entry, question)) for question in questions]
        return [_collected(process, deadline, seconds) for process in started]


@contextlib.contextmanager
def _started(entry: str, question: object) -> Iterator[subprocess.Popen[bytes]]:
    """Start an interpreter, its question waiting for it; kill it in the end, whatever happens meanwhile."""
    command = [sys.executable, "-P", "-c", _BOOT, entry]
    pipe = subprocess.PIPE
    with tempfile.TemporaryFile() as file:  # a pipe would make us wait for one that does not read
        file.write(json.dumps(question).encode())
        file.seek(0)
        process = subprocess.Popen(
            command, stdin=file, stdout=pipe, stderr=pipe, env=_environment(), start_new_session=True
        )
    with process:
        try:
            yield process
        finally:
            if process.returncode is None:
                _end(process)


def _collected(process: subprocess.Popen[bytes], deadline: float, seconds: float) -> Any:
    try:
        said, complaints = process.communicate(timeout=max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        said = _end(process)
        died: Died = TimedOut(seconds)
    else:
        kill(process.pid)  # what it left running
        kill(*_copies_left(said))
        died = Died(how_it_ended(process.returncode, complaints))
    try:
        return unpack(said, died)
    except Died as err:
        return err


def _end(process: subprocess.Popen[bytes]) -> bytes:
    """Kill an interpreter and its copies; return what it had said."""
    kill(process.pid)
    try:
        said, _ = process.communicate(timeout=GRACE)
    except subprocess.TimeoutExpired as err:  # something left the group, and holds the pipe
        said = err.output or b""
    kill(*_copies_left(said))
    return said


def _environment() -> dict[str, str]:
    path = [folder for folder in sys.path if folder]
    if "" in sys.path:
        path.append(os.getcwd())  # last: a learner's queue.py there must not hide Python's own
    if _PACKAGE_ROOT not in path:
        path.append(_PACKAGE_ROOT)
    # One arena: else each thread reserves 64 MB of addresses, and these count as memory.
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path), "MALLOC_ARENA_MAX": "1"}


def kill(*leaders: int) -> None:
    """Kill processes and those that they started, if they still live."""
    for leader in leaders:
        if sys.platform == "win32":
            subprocess.run(["taskkill", "/F", "/T", "/PID", str(leader)], capture_output=True, check=False)
            continue
        for send in (os.killpg, os.kill):  # one that has just been started may not lead its group yet
            with contextlib.suppress(ProcessLookupError, PermissionError):
                send(leader, signal.SIGKILL)


def _copies_left(said: bytes) -> set[int]:
    """Return the process ids of the copies that were started and have not ended."""
    started, ended = (set(re.findall(rb"^%b (\d+)$" % word, said, re.MULTILINE)) for word in (b"started", b"ended"))
    return {int(pid) for pid in started - ended}
