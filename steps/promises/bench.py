"""The bench on which a version is tried: one way to call every version, and a clock that jumps.

Signatures grew from step to step: a context came first in 09, max_retry in 10, start() in 12. The bench knows these
differences, so a promise makes the same calls to each version; what a version does not take is left out.

What runs in threads, or waits, runs `in_virtual_time`: real threads, and a clock that jumps to the next deadline when
all of them wait. So an hour takes no time, times are exact, and every run is the same.
"""

import contextlib
import functools
import inspect
import threading
import time
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from goqueue.races import Misfit, Outside, virtual_time

from .promise import Broken, same

HOUR = 3600.0  # virtual seconds: nothing is left to happen after so long

Do = Callable[[Any, dict[str, Any]], object]


class NoContext:
    """The context of version 08, which has none: it can be cancelled, to no effect."""

    done = False

    def cancel(self, cause: object = None) -> None:
        """Do nothing."""

    def with_timeout(self, seconds: float) -> "NoContext":
        """Return this, with no time limit."""
        return self

    def wait(self, seconds: float) -> bool:
        """Return immediately, because this never ends."""
        return False


class Bench:
    """A queue of one version, to be called in the same way whatever the version."""

    def __init__(self, version: ModuleType, **options: Any) -> None:
        known = inspect.signature(version.Queue).parameters
        self.version = version
        self.queue = version.Queue(**{name: value for name, value in options.items() if name in known})
        self.has_context = hasattr(version, "Context")
        self.thread: threading.Thread | None = None  # the one that start() runs in
        self.report: Any = None

    def context(self) -> Any:
        """Return a new context."""
        return self.version.Context() if self.has_context else NoContext()

    def handle(self, do: Do, job_type: str = "webhook") -> None:
        """Register `do(ctx, payload)` as a handler."""
        self.queue.register_handler(job_type, self.handler(do))

    def handler(self, do: Do) -> Callable[..., object]:
        """Return `do(ctx, payload)` as a handler of this version."""
        return do if self.has_context else lambda payload: do(NoContext(), payload)

    def submit(self, ctx: Any = None, job_type: str = "webhook", payload: Any = None, max_retry: Any = 1) -> Any:
        """Submit a job and return what came back."""
        args = [*self._ctx(ctx), job_type, {"order": 17} if payload is None else payload]
        if "max_retry" in inspect.signature(self.queue.submit_job).parameters:
            args.append(max_retry)
        return self.queue.submit_job(*args)

    def get(self, job_id: str) -> Any:
        """Return a job by its id."""
        return self.queue.get_job(*self._ctx(), job_id)

    def new_job(self, max_retry: int = 1) -> Any:
        """Return a job that was not saved."""
        known = "max_retry" in inspect.signature(self.version.job.Job).parameters
        return self.version.job.Job("job-1", "webhook", {"order": 17}, *([max_retry] if known else []))

    def store(self, method: str, *args: Any, ctx: Any = None) -> Any:
        """Call a method of the storage."""
        return getattr(self.queue.storage, method)(*self._ctx(ctx), *args)

    def process(self, job: Any, do: Do, ctx: Any = None) -> None:
        """Let a processor run `job` once with `do(ctx, payload)` as its handler."""
        self.version.processor.Processor(self.queue.storage).process_job(*self._ctx(ctx), job, self.handler(do))

    @contextlib.contextmanager
    def running(self) -> Iterator[Any]:
        """Run the queue in a thread, where it has start(); yield the context whose end stops it."""
        stop = self.context()
        if not hasattr(self.queue, "start"):
            yield stop
            return
        self.thread = threading.Thread(target=self._start, args=(stop,), name="start", daemon=True)
        self.thread.start()
        try:
            yield stop
        finally:
            stop.cancel()
        if not self.returns_within(HOUR):
            raise Broken(f"start(ctx), {HOUR:g} s after ctx ended", "nothing", "its return")

    def returns_within(self, seconds: float) -> bool:
        """Wait for start() to return, `seconds` at most; return whether it has."""
        if self.thread is not None:
            self.thread.join(seconds)
        return self.thread is None or not self.thread.is_alive()

    def later(self, job_id: str, *statuses: str, seconds: float = HOUR) -> Any:
        """Let `seconds` pass, and return the job. Raises Broken if its status is none of these."""
        time.sleep(seconds)
        job = self.get(job_id)
        if not any(same(job.status, status) for status in statuses):
            raise Broken(f"get_job({job_id!r}).status, {seconds:g} s later", job.status, " or ".join(statuses))
        return job

    def _start(self, ctx: Any) -> None:
        self.report = self.queue.start(ctx)

    def _ctx(self, ctx: Any = None) -> list[Any]:
        if not self.has_context:
            return []
        return [self.context() if ctx is None else ctx]


def in_virtual_time(check: Callable[[ModuleType], None]) -> Callable[[ModuleType], None]:
    """Make `check(version)` run in virtual time, which begins at 0.0 seconds."""

    @functools.wraps(check)
    def checked(version: ModuleType) -> None:
        run_in_virtual_time(lambda: check(version), [version])

    return checked


def run_in_virtual_time(run: Callable[[], None], modules: list[ModuleType]) -> None:
    """Call `run` in virtual time, for it and for the code of `modules`.

    Raises Broken if another thread raises an error, or if all threads wait for ever.
    """
    own: BaseException | None = None
    try:
        with virtual_time(modules=modules):
            try:
                run()
            except Exception as err:
                own = err
                raise
    except (Outside, Misfit):
        raise
    except BaseException as err:
        if err is own:
            raise
        raise Broken("the threads that ran meanwhile", f"{type(err).__name__}: {err}", "no error") from err
