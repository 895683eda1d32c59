"""Tasks: functions whose calls become jobs. A thin layer over the queue, in Python's own manner.

    @queue.task(retry=Retry(5), timeout=30)
    def send(order: int, *, to: str) -> Receipt: ...

    job = send.submit(17, to="a@example.org")      the arguments are checked here, by the function's signature
    job.wait(timeout=5).result                     a Receipt

    send.submit(17, to=…) ── bind, to_json ──> submit_job(ctx, "send", {"order": 17, "to": …})
    handler(ctx, payload) ── from_json ──> send(17, to=…) ── to_json ──> the job's result ── from_json ──> .result

A task is a job type like any other: `queue.submit_job(ctx, "send", {"order": 17, "to": …})` submits one too. A handler
that submits passes its own context on, so a trace and other values travel with the jobs; elsewhere a submission has a
new context. A function whose first parameter is named `ctx` gets the context of its attempt.
"""

import functools
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar

from ..context import Context
from ..job import Job
from ..job_context import JobContext
from ..moments import Delay, due_in
from ..options import check_priority
from ..retry import Retry
from ..together import Step
from ..unique import KeyUntil, OnDuplicate, check_limit_key, with_key
from .coroutines import not_blocking
from .current import current_context
from .function import Function
from .task_job import TaskJob

if TYPE_CHECKING:
    from ..queue import Queue

P = ParamSpec("P")
R = TypeVar("R")


class Call(Generic[P, R]):
    """What may be submitted: a task, with options for its jobs. Any thread may use it."""

    def __init__(self, function: Function, options: dict[str, Any]) -> None:
        self.function = function
        self._options = options

    @property
    def queue(self) -> "Queue":
        """The queue that runs the task."""
        return self.function.queue

    def submit(self, *args: P.args, **kwargs: P.kwargs) -> TaskJob[R]:
        """Submit a call. Raises TypeError if the function cannot be called so, PayloadError if a value cannot be JSON,
        and what `Queue.submit_job` raises.
        """
        return self._submit(current_context(), self.function.payload(args, kwargs))

    def call(self, *args: Any, **kwargs: Any) -> Step:
        """Return a call for `Queue.submit_batch` or `submit_chain`, which submit it together with others.

        If the first argument is left out, it gets what came of the jobs before. Give those that follow it by name.
        Raises TypeError if the function cannot be called so, and PayloadError if a value cannot be JSON.
        """
        if self._options:
            names = ", ".join(self._options)
            raise ValueError(f"{self.function.name} has options ({names}): give them to submit_batch or submit_chain")
        return self.function.step(args, kwargs)

    async def submit_async(self, *args: P.args, **kwargs: P.kwargs) -> TaskJob[R]:
        """Submit as `submit` does, without blocking the event loop while the buffer is full or the file is held."""
        payload = self.function.payload(args, kwargs)
        return await not_blocking(lambda ctx: self._submit(ctx, payload), current_context())

    def job(self, job_id: str) -> TaskJob[R]:
        """Return a job of this task by its id. Raises JobNotFound if there is none."""
        found = self.queue.get_job(current_context(), job_id)
        if found.type != self.function.name:
            raise ValueError(f"job {job_id} is of type {found.type!r}: it is no job of task {self.function.name!r}")
        return TaskJob(self, found)

    def loaded(self, kept: Any) -> R:
        """Return the result that JSON stands for."""
        found: R = self.function.codec.from_json(kept, self.function.hint_of("return"), self.function.what("result"))
        return found

    def _submit(self, ctx: Context, payload: Any) -> TaskJob[R]:
        job: Job = self.queue.submit_job(ctx, self.function.name, payload, **self._options)
        return TaskJob(self, job)


class Task(Call[P, R]):
    """A function that a queue runs. Calling it runs it here and now, as its tests do. Any thread may use it.

    >>> from goqueue import Queue
    >>> queue = Queue(workers=1)
    >>> @queue.task()
    ... def total(orders: list[int], *, discount: int = 0) -> int:
    ...     return sum(orders) - discount
    >>> total([17, 18])
    35
    >>> with queue:
    ...     total.submit([17, 18], discount=5).wait(timeout=10).result
    30
    >>> total.submit([17], discuont=5)
    Traceback (most recent call last):
    TypeError: total() got an unexpected keyword argument 'discuont'
    """

    def __init__(self, function: Function) -> None:
        super().__init__(function, {})
        functools.update_wrapper(self, function.function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run the function here, without the queue."""
        result: R = self.function(*args, **kwargs)
        return result

    def with_context(self, ctx: JobContext) -> Callable[P, R]:
        """Return a function that runs the task here, in this context, as a test of a later attempt or of its end does.

        >>> from goqueue import JobContext, Queue
        >>> queue = Queue()
        >>> @queue.task()
        ... def send(ctx: JobContext, order: int) -> str:
        ...     return f"{order} at attempt {ctx.attempt}"
        >>> send.with_context(JobContext.for_test(attempt=3))(17)
        '17 at attempt 3'
        """
        if not isinstance(ctx, JobContext):
            raise TypeError(f"ctx is {ctx!r}: it must be a JobContext, such as JobContext.for_test(attempt=3)")
        return functools.partial(self.function.call_in, ctx)

    def options(
        self,
        *,
        at: datetime | None = None,
        delay: Delay | None = None,
        timeout: float | None = None,
        deadline: datetime | None = None,
        retry: Retry | None = None,
        priority: int = 0,
        limit_key: str | None = None,
        key: str | None = None,
        on_duplicate: OnDuplicate = "ignore",
        key_until: KeyUntil = "ended",
    ) -> Call[P, R]:
        """Return this task with options for the calls that are submitted through it.

        `at` is a time with a time zone, `delay` is in seconds or a timedelta: before that, no attempt begins. The other
        options are those of `Queue.submit_job`.
        """
        given = {"timeout": timeout, "deadline": deadline, "retry": retry}
        chosen: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        if priority != 0:
            chosen["priority"] = check_priority(priority)
        if limit_key is not None:
            chosen["limit_key"] = check_limit_key(limit_key)
        if key is not None or on_duplicate != "ignore" or key_until != "ended":
            with_key(None, key, on_duplicate, key_until)
            chosen |= {"key": key, "on_duplicate": on_duplicate, "key_until": key_until}
        due_in(at, delay)  # an error shows here, and not at each submission
        chosen |= {name: value for name, value in {"at": at, "delay": delay}.items() if value is not None}
        return Call(self.function, chosen)

    def __repr__(self) -> str:
        return f"<Task {self.function.name}{self.function.signature}>"


class AsyncTask(Task[P, R]):
    """A coroutine function that a queue runs, each attempt in an event loop of its worker's. `R` is what it returns.

    The end of the attempt's context cancels the coroutine.
    """

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, R]:  # type: ignore[override]  # as of the function
        """Return the coroutine, without the queue."""
        made: Coroutine[Any, Any, R] = self.function(*args, **kwargs)
        return made

    def with_context(self, ctx: JobContext) -> Callable[P, Coroutine[Any, Any, R]]:  # type: ignore[override]  # likewise
        """Return a function that makes the coroutine in this context."""
        super().with_context(ctx)
        return functools.partial(self.function.call_in, ctx)
