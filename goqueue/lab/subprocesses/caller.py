"""The caller's side: start an interpreter, hand it a question, and leave nothing of it running."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from .in_place import IN_PLACE, call_in_place, entry_point
from .interrupts import interrupts_wait
from .messages import Died, TimedOut, how_it_ended, new_mark, unpack

_PACKAGE_ROOT = str(Path(__file__).parents[3])
_BOOT = f"from {__package__}.child import answer_one; answer_one()"


@dataclass(frozen=True)
class Place:
    """Where an interpreter runs: behind the words of another command, with these variables only, in this folder."""

    command: Sequence[str] = ()
    environment: Mapping[str, str] | None = None
    folder: Path | None = None


HERE = Place()
_running: set[subprocess.Popen[bytes]] = set()


def call_in_subprocess(entry: str, question: object, *, seconds: float, place: Place = HERE) -> Any:
    """Call a function ("package.module:function") in a new interpreter with `question`; return what it returned.

    Question and answer are JSON. Everything that the interpreter started is killed before this returns. Any thread
    may call this. Raises Died if there is no answer within `seconds`, TypeError for a question that is not JSON.

    >>> call_in_subprocess("statistics:mean", [2, 4], seconds=10)
    3
    """
    [found] = call_in_subprocesses(entry, [question], seconds=seconds, place=place)
    if isinstance(found, Died):
        raise found
    return found


def call_in_subprocesses(entry: str, questions: Sequence[object], *, seconds: float, place: Place = HERE) -> list[Any]:
    """Call a function with several questions at once, an interpreter for each; return what came of each.

    That is what the function returned, or an instance of Died. All of them together have `seconds`.
    """
    if IN_PLACE:
        return [call_in_place(entry_point(entry), question) for question in questions]
    deadline = time.monotonic() + seconds
    with contextlib.ExitStack() as all_of_them:
        started = [all_of_them.enter_context(_started(entry, question, place)) for question in questions]
        return [_answer(one, deadline, seconds) for one in started]


@dataclass(frozen=True)
class _Started:
    """An interpreter, the file that it writes to, and the mark of its answer."""

    process: subprocess.Popen[bytes]
    said: IO[bytes]
    mark: bytes
    apart: bool  # its processes have numbers of their own, and end with it


@contextlib.contextmanager
def _started(entry: str, question: object, place: Place) -> Iterator[_Started]:
    """Start an interpreter. Kill it in the end, whatever happens meanwhile."""
    command = [*place.command, sys.executable, "-P", "-c", _BOOT, entry]
    environment = _environment() if place.environment is None else dict(place.environment)
    mark = new_mark()
    with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as said:
        asked.write(mark + b"\n" + json.dumps(question).encode())
        asked.seek(0)
        one = None
        try:
            with interrupts_wait():  # while Popen waits for the start, nobody else could end it
                process = subprocess.Popen(
                    command,
                    stdin=asked,
                    stdout=said,
                    stderr=said,
                    env=environment,
                    cwd=place.folder,
                    start_new_session=True,
                )
                one = _Started(process, said, mark, apart=bool(place.command))
                _running.add(process)
            yield one
        finally:
            if one is not None:
                _running.discard(one.process)
                if one.process.returncode is None:
                    _end(one)


def _answer(one: _Started, deadline: float, seconds: float) -> Any:
    try:
        status = one.process.wait(timeout=max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        return unpack(_end(one), one.mark, TimedOut(seconds))
    said = _end(one)
    return unpack(said, one.mark, Died(how_it_ended(status, said)))


def _end(one: _Started) -> bytes:
    """Kill an interpreter and its copies, with all that they left running; return what else it wrote."""
    kill(one.process.pid)
    one.process.wait()
    one.said.seek(0)
    said = one.said.read()
    announced = re.compile(rb"^" + one.mark + rb" (started|ended) (\d+)\n", re.MULTILINE)
    copies = announced.findall(said)
    if not one.apart:
        kill(*{int(pid) for word, pid in copies if (b"ended", pid) not in copies})
    return announced.sub(b"", said)


def _environment() -> dict[str, str]:
    path = [folder for folder in sys.path if folder]
    if "" in sys.path:
        path.append(os.getcwd())  # last: a learner's queue.py there must not hide Python's own
    if _PACKAGE_ROOT not in path:
        path.append(_PACKAGE_ROOT)
    # One arena, because otherwise each thread reserves 64 MB of addresses, and these count as memory.
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path), "MALLOC_ARENA_MAX": "1"}


def end_all() -> None:
    """End all interpreters that run now: each call that waits for one returns Died. Any thread may call this."""
    for process in list(_running):
        if process.returncode is None:
            kill(process.pid)


def kill(*leaders: int) -> None:
    """Kill processes and those that they started, if they still live."""
    for leader in leaders:
        if sys.platform == "win32":
            subprocess.run(["taskkill", "/F", "/T", "/PID", str(leader)], capture_output=True, check=False)
            continue
        for send in (os.killpg, os.kill):  # one that has just been started may not lead its group yet
            with contextlib.suppress(ProcessLookupError, PermissionError):
                send(leader, signal.SIGKILL)
