"""The worker's side of an attempt in a process of its own.

    starts the process ──> waits for its answer, or for the end of the context ──> told, and after LISTEN seconds killed

A thread reads what the process says. The process leads a process group, so what it has started is killed with it.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

from ..errors import ProcessDied
from ..job_context import JobContext
from ..payload import as_text
from . import places
from .places import Place, place_of
from .raised import made_again

LISTEN = 0.8  # seconds that a handler has to end by itself after its context has ended; a stop gives it one second
EXIT = 5.0  # seconds that a process may take to end once it has answered
START = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from goqueue.isolation.child import main; main()"


def isolated(job_type: str, handler: Callable[..., Any]) -> Callable[..., Any]:
    """Return a handler that runs another one in a process of its own. Raises TypeError if that cannot be imported.

    In such a process it returns the handler itself, which its parent asks for.
    """
    if places.registered is not None:
        places.registered[job_type, handler.__module__, handler.__qualname__] = handler
        return handler
    return Isolated(place_of(job_type, handler), handler)


class Isolated:
    """A handler whose attempts have a process each. Any thread may call it."""

    def __init__(self, place: Place, handler: Callable[..., Any]) -> None:
        self.place = place
        self.__module__, self.__qualname__ = handler.__module__, handler.__qualname__
        self.__name__ = getattr(handler, "__name__", handler.__qualname__)

    def __call__(self, ctx: JobContext, payload: Any) -> Any:
        """Run an attempt. Raises what the handler raises, ProcessDied, or ContextDone once it was killed."""
        process = Process(self.place, ctx)
        try:
            process.ask(request(self.place, ctx, payload))
            return process.answer(ctx)
        finally:
            process.end()

    def __repr__(self) -> str:
        return f"<{self.__module__}.{self.__qualname__} in a process of its own>"


def request(place: Place, ctx: JobContext, payload: Any) -> dict[str, Any]:
    """Return what the process has to know."""
    options = ctx._record.options
    return {
        "place": list(place),
        "payload": payload,
        "key": ctx._record.key,
        "node": ctx._node,
        "attempt": ctx.attempt,
        "seconds": ctx.remaining(),
        "values": None if options is None else options.values,
        "before": [list(each) for each in ctx.before],
    }


class Process:
    """One process, from its start to its end. Its worker's thread calls it; a thread of its own reads."""

    def __init__(self, place: Place, ctx: JobContext) -> None:
        self._place = place
        self._ctx = ctx
        self._found: dict[str, Any] | None = None  # its answer, written before `_over` is set
        self._over = threading.Event()  # it has answered, or its stdout has ended
        self._stir = threading.Event()  # that, or its context has ended
        command = [sys.executable, "-c", START, json.dumps(sys.path), str(os.getpid())]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, start_new_session=True)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        self._reader = threading.Thread(target=self._read, name=f"{place.name} reader", daemon=True)
        self._reader.start()

    def ask(self, message: dict[str, Any]) -> None:
        """Send a message. One that has ended hears nothing, which is seen elsewhere."""
        with contextlib.suppress(OSError, ValueError):
            self._stdin.write(f"{as_text(message, 'the message', sys.maxsize)}\n".encode())
            self._stdin.flush()

    def answer(self, ctx: JobContext) -> Any:
        """Wait for the answer, and return the result."""
        forget = ctx.after_done(self._stir.set)
        try:
            while not self._over.is_set() and not ctx.done:
                self._stir.wait(ctx.remaining())
        finally:
            forget()
        if not self._over.is_set():
            self.ask({"done": str(ctx.cause)})
            self._over.wait(LISTEN)
        if self._found is None:
            ctx.raise_if_done()
            raise ProcessDied(f"the process of {self._place.job_type!r} {self._how_it_ended()} before it returned")
        if "error" in self._found:
            raise made_again(self._found["error"])
        return self._found["result"]

    def end(self) -> None:
        """Let it be gone: at once, unless it has answered."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(EXIT if self._found is not None else 0.0)
        if self._process.returncode is None:
            self._kill()
            self._process.wait()
        self._reader.join(EXIT)
        for pipe in (self._stdin, self._stdout):
            with contextlib.suppress(OSError, ValueError):
                pipe.close()

    def _kill(self) -> None:
        with contextlib.suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()

    def _read(self) -> None:
        try:
            for line in self._stdout:
                message = json.loads(line)
                if "progress" in message:
                    self._ctx.progress(*message["progress"])
                else:
                    self._found = message
                    break
        except (OSError, ValueError):  # it was closed, or cut short
            pass
        finally:
            self._over.set()
            self._stir.set()

    def _how_it_ended(self) -> str:
        try:
            code = self._process.wait(EXIT)
        except subprocess.TimeoutExpired:
            return "closed its pipe"
        if code >= 0:
            return f"ended with exit code {code}"
        names = {int(each): each.name for each in signal.Signals}
        return f"was ended by {names.get(-code, f'signal {-code}')}"
