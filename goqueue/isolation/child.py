"""What runs in the process of an attempt: it imports the handler's module, runs the handler once, and ends.

    main thread   reads the request ──> imports ──> handler(ctx, payload) ──> answers ──> ends
    reader        {"done": …}: the context ends;  the end of stdin: the worker is dead, so the process ends

The answer goes where stdout was; what the handler prints goes to stderr. On Linux, the kernel kills the process when
its worker dies, even if a handler never lets the reader run.
"""

import contextlib
import importlib
import importlib.util
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, BinaryIO

from ..context import Context
from ..job import Record, Status
from ..job_context import Ended, JobContext
from ..payload import as_text, freeze, thaw
from ..progress import progress_of
from . import places
from .places import Place
from .raised import as_json

OFTEN = 0.05  # seconds between two reports of progress
PDEATHSIG = 1


class Line:
    """The pipe to the worker. Any thread may use it."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._lock = threading.Lock()  # guards what follows: a message is written as a whole
        self._sent = 0.0  # when progress was sent last (time.monotonic)
        self._waits: list[Any] | None = None  # progress that was not sent yet

    def send(self, message: dict[str, Any]) -> None:
        """Send a message."""
        data = f"{as_text(message, 'the message', sys.maxsize)}\n".encode()
        with self._lock:
            self._out.write(data)
            self._out.flush()

    def report(self, progress: list[Any]) -> None:
        """Send progress, or let it wait for a moment if some was sent just before."""
        with self._lock:
            early = time.monotonic() - self._sent < OFTEN
            starts, self._waits = self._waits is None and early, progress
        if starts:
            threading.Timer(OFTEN, self._send_progress).start()
        elif not early:
            self._send_progress()

    def _send_progress(self) -> None:
        with self._lock:
            progress, self._waits, self._sent = self._waits, None, time.monotonic()
        if progress is not None:
            self.send({"progress": progress})


class ChildContext(JobContext):
    """The context of an attempt in its own process."""

    __slots__ = ("_line",)

    _line: Line

    def progress(self, done: float, total: float | None = None, text: str = "") -> None:
        """Say how far this attempt has come."""
        self._line.report(list(progress_of(done, total, text)))


def main() -> None:
    """Run one attempt for the process whose id is in sys.argv, and end."""
    die_with(int(sys.argv[2]))
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    line, stdin = Line(out), sys.stdin.buffer
    told = json.loads(stdin.readline())
    try:
        ctx = context_of(told, line)
        threading.Thread(target=listen, args=(stdin, ctx), name="reader", daemon=True).start()
        handler = find(Place(*told["place"]))
        result = thaw(freeze(handler(ctx, told["payload"]), f"result of {told['place'][0]!r}"))
        answer = {"result": result}
    except BaseException as err:
        answer = {"error": as_json(err)}
    flush()
    line.send(answer)
    os._exit(0)


def die_with(parent: int) -> None:
    """Have the kernel kill this process when its parent ends, where it can do so."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(PDEATHSIG, signal.SIGKILL)
    if hasattr(os, "getppid") and os.getppid() != parent:
        os._exit(1)  # it has ended already


def context_of(told: dict[str, Any], line: Line) -> ChildContext:
    """Return the context that the handler is given."""
    record = Record(told["place"][0], freeze(told["payload"], limit=sys.maxsize))
    record.key, record.attempts = told["key"], told["attempt"]
    seconds = told["seconds"]
    deadline = None if seconds is None else time.monotonic() + seconds
    made = ChildContext.of_attempt(Context(), record, told["node"], deadline, told["values"] or {})
    assert isinstance(made, ChildContext)
    made._line = line
    made._before = tuple(
        Ended(job_id, None if status is None else Status(status), result, error)
        for job_id, status, result, error in told["before"]
    )
    return made


def listen(stdin: BinaryIO, ctx: Context) -> None:
    """Hear of the end of the attempt's context, and of the worker's."""
    for message in stdin:
        ctx.cancel(json.loads(message)["done"])
    end_now()


def end_now() -> None:
    """End this process, and what it has started."""
    if hasattr(os, "killpg"):
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def find(place: Place) -> Callable[..., Any]:
    """Import the module of a handler, and return what it has registered. Raises LookupError if it has not."""
    places.registered = {}
    sys.argv[:] = [place.script or place.module]
    if place.script is None:
        importlib.import_module(place.module)
    else:
        spec = importlib.util.spec_from_file_location(places.MAIN, place.script)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[places.MAIN] = sys.modules["__main__"] = module
        spec.loader.exec_module(module)
    found = places.registered.get(place.key)
    if found is None:
        raise LookupError(
            f"{place.module} has not registered a handler {place.name!r} of type {place.job_type!r} when another "
            "process imported it: register it at the top level, and not below `if __name__ == '__main__'`"
        )
    return found


def flush() -> None:
    """Write what queues of this process have accepted, and what was printed."""
    ending = sys.modules.get("goqueue.storage.sqlite.ending")
    if ending is not None:
        ending.flush_all()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
