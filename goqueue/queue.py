"""The queue that a program uses.

    submit_job ──> storage (pending) ──> workers ──> handler ──> storage (completed, failed, cancelled)
                        ^                    │
                        └──── backoff <─────┘ failed, and an attempt is left

submit_job returns the job as it was when the queue accepted it. A caller that wants to know more calls get_job or wait.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from queue import SimpleQueue
from types import EllipsisType, TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from .context import Context
from .errors import QueueStopped, StorageLocked
from .job import UNSAID, Job, Options, Record, Status
from .options import GRACE, RUN_GRACE, queue_options, storage_of
from .payload import as_text, freeze, thaw
from .registry import ONCE, Handler, Registry, check_type
from .retry import Retry, check_attempts, check_seconds
from .running.lookup import Lookup
from .running.pool import Pool, StopReport
from .running.waiting import Waiting
from .running.waits import Waits
from .storage import Query, Storage

if TYPE_CHECKING:
    from .tasks.codec import Codec
    from .tasks.decorator import Decorator

H = TypeVar("H", bound=Handler)
ALWAYS: AbstractContextManager[None] = nullcontext()  # for a caller who waits as long as usual


class Queue:
    """Runs jobs in `workers` threads. Any thread may call it.

    At most `buffer_size` due jobs wait for a worker; after that, submit_job waits for room. None means no bound. A
    storage that other processes share has no bound by default, because their jobs count too.

    >>> queue = Queue(workers=2)
    >>> @queue.handler("webhook")
    ... def send(ctx, payload):
    ...     return {"sent": payload["order"]}
    >>> with queue:
    ...     job = queue.submit_job(Context(), "webhook", {"order": 17})
    ...     queue.wait(Context(), job.id).result
    {'sent': 17}
    """

    def __init__(
        self,
        *,
        workers: int = 4,
        buffer_size: int | EllipsisType | None = ...,
        storage: Storage | str | os.PathLike[str] | None = None,
        registry: Registry | None = None,
        grace: float = GRACE,
    ) -> None:
        self.storage = storage_of(storage)
        self.registry = Registry() if registry is None else registry
        self._options = queue_options(workers, buffer_size, grace, self.storage.shared)
        self._lookup = Lookup(self.storage)
        self.pool = Pool(self._options, self.storage, self.registry, Waiting())
        self._waits = Waits(self.pool, self._lookup)

    # -- handlers -------------------------------------------------------------------------------------

    def register_handler(
        self, job_type: str, handler: Handler, *, retry: Retry = ONCE, timeout: float | None = None
    ) -> None:
        """Let `handler(ctx, payload)` run the jobs of `job_type`. An attempt may take `timeout` seconds.

        Raises ValueError if the type already has a handler.
        """
        self.registry.register_handler(job_type, handler, retry=retry, timeout=timeout)

    def handler(self, job_type: str, *, retry: Retry = ONCE, timeout: float | None = None) -> Callable[[H], H]:
        """Register the function below this line: `@queue.handler("webhook", retry=Retry(attempts=5))`."""
        if callable(job_type):
            named = getattr(job_type, "__name__", "webhook")
            raise TypeError(f"job type is {job_type!r}: write @queue.handler({named!r}), with the type in brackets")

        def register(handler: H) -> H:
            self.register_handler(job_type, handler, retry=retry, timeout=timeout)
            return handler

        return register

    def task(
        self,
        name: str | None = None,
        *,
        retry: Retry = ONCE,
        timeout: float | None = None,
        codec: "Codec | None" = None,
    ) -> "Decorator":
        """Make the function below this line a task: `@queue.task(retry=Retry(attempts=5), timeout=30)`. See tasks/

        Its job type is `name`, or the name of the function. The arguments and the result are JSON by their annotations,
        or as `codec` says. Raises ValueError if the type already has a handler.
        """
        from .tasks.decorator import Decorator  # only a program that has tasks needs it

        return Decorator(self, name, retry, timeout, codec)

    # -- running --------------------------------------------------------------------------------------

    def start(self, ctx: Context, *, grace: float | EllipsisType = ...) -> StopReport:
        """Run jobs until `ctx` ends, then stop and return the report. Raises RuntimeError if the queue ran before.

        If something is raised meanwhile, such as KeyboardInterrupt, the queue stops without grace.
        """
        if not isinstance(ctx, Context):
            raise no_context(ctx)
        self.pool.start(ctx)
        try:
            while not ctx.wait():
                pass  # a wait has an upper limit, which on some systems is a few weeks
        except BaseException:
            self.stop(grace=0.0)
            raise
        return self.stop(grace=grace)

    def run(self, *, grace: float = RUN_GRACE) -> StopReport:
        """Run jobs until this process gets SIGTERM or SIGINT (Ctrl-C), then stop and return the report.

        A second signal does what it did before the call: SIGTERM ends the process, SIGINT raises KeyboardInterrupt
        here. A worker process calls this in its main thread. Any other thread gets a ValueError, because only the main
        thread receives signals.
        """
        import signal  # only a worker process needs it

        heard: SimpleQueue[int] = SimpleQueue()  # its put() is safe in a signal handler; Event.set() is not
        before = {
            number: signal.signal(number, lambda got, frame: heard.put(got))
            for number in (signal.SIGTERM, signal.SIGINT)
        }
        try:
            self.pool.start(Context())
            heard.get()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        return self.stop(grace=grace)

    def stop(self, *, grace: float | EllipsisType = ...) -> StopReport:
        """Take no more jobs, give running jobs `grace` seconds to finish, then tell the rest to stop. Return a report.

        Without `grace`, the queue's own counts. Returns about a second after `grace` at the latest, even if a handler
        never returns, or another process holds the storage. A second call returns the same report.
        """
        self._check_process()
        return self.pool.stop(self._options.grace if isinstance(grace, EllipsisType) else check_seconds(grace, "grace"))

    def close(self) -> StopReport:
        """Stop, and close the storage. Return the report of the stop."""
        try:
            return self.stop()
        finally:
            self.storage.close()

    def __enter__(self) -> Self:
        self.pool.start(Context())
        return self

    def __exit__(self, kind: type[BaseException] | None, err: BaseException | None, tb: TracebackType | None) -> None:
        """Stop with the queue's grace, or without grace if an exception leaves the block, so that it shows soon."""
        if not self.pool.floor.forked:  # a child leaves its parent's block
            self.stop(grace=... if err is None else 0.0)

    # -- submitting -----------------------------------------------------------------------------------

    def submit_job(
        self,
        ctx: Context,
        job_type: str,
        payload: Any = None,
        max_retry: int | None = None,
        *,
        delay: float = 0.0,
        timeout: float | None = None,
        deadline: datetime | None = None,
        retry: Retry | None = None,
    ) -> Job:
        """Hand a job to the workers and return it, pending. While the buffer is full, wait until `ctx` ends.

        `max_retry` is the total number of attempts; `max_retry` and `retry` override the handler's policy. The job is
        due in `delay` seconds, an attempt may take `timeout` seconds, and no attempt runs after `deadline`. `ctx`
        bounds the submission, not the job: the handler sees its values, but does not end with it.

        Raises PayloadError if the payload is not JSON or is too large, ContextDone if `ctx` ends first, QueueStopped if
        the queue has stopped. After an error, no job is kept.
        """
        options = None
        if not isinstance(ctx, Context):
            raise no_context(ctx)
        if retry is not None or timeout is not None or deadline is not None or ctx._values:
            options = make_options(ctx, timeout, deadline, retry)
        record = Record(job_type, freeze(payload), self._attempts(job_type, max_retry, retry), options)
        job = Job(record, self.storage.node)  # before it is added: afterwards it belongs to a worker
        self._add(ctx, (record,), delay)
        return job

    def submit_many(
        self,
        ctx: Context,
        job_type: str,
        payloads: Iterable[Any],
        max_retry: int | None = None,
        *,
        delay: float = 0.0,
        timeout: float | None = None,
        deadline: datetime | None = None,
        retry: Retry | None = None,
    ) -> list[Job]:
        """Hand the workers one job for each payload: all of them in one step, or none. Otherwise like submit_job.

        It waits for room once, before the first job, so the jobs together may exceed the buffer.
        """
        if not isinstance(ctx, Context):
            raise no_context(ctx)
        options = make_options(ctx, timeout, deadline, retry)
        attempts = self._attempts(job_type, max_retry, retry)
        records = [Record(job_type, freeze(payload), attempts, options) for payload in payloads]
        jobs = [Job(record, self.storage.node) for record in records]
        if records:
            self._add(ctx, records, delay)
        return jobs

    # -- looking, and waiting -------------------------------------------------------------------------

    def get_job(self, ctx: Context, job: Job | str) -> Job:
        """Return a job as it is now, looked up by its id or by an earlier Job. Raises JobNotFound if it is gone."""
        with self._called(ctx):
            return self._lookup.get(self._lookup.key(job))

    def wait(self, ctx: Context, job: Job | str) -> Job:
        """Wait until the job has ended, and return it.

        Raises JobNotFound if there is no such job, ContextDone if `ctx` ends first, and QueueStopped if this queue has
        stopped and no other process works on its storage, because then the job will not end.
        """
        with self._called(ctx):
            return self._waits.one(ctx, self._lookup.key(job))

    def wait_many(self, ctx: Context, jobs: Iterable[Job | str]) -> list[Job]:
        """Wait until all the jobs have ended, and return them in the order given. Raises what wait raises."""
        with self._called(ctx):
            keys = self._lookup.keys(jobs)
            ended = self._waits.all(ctx, keys)
            return [ended[key] for key in keys]

    def as_completed(self, ctx: Context, jobs: Iterable[Job | str]) -> Iterator[Job]:
        """Yield each job as it ends, in whatever order they end. Raises what wait raises."""
        self._check(ctx)
        return self._waits.each(ctx, self._lookup.keys(jobs))

    def list_jobs(
        self,
        ctx: Context,
        *,
        status: Status | str | None = None,
        job_type: str | None = None,
        older_than: float | None = None,
        after: Job | str | None = None,
        limit: int = 100,
    ) -> list[Job]:
        """Return up to `limit` jobs, oldest first: those of this status and type, submitted `older_than` seconds ago or
        earlier. For the next page, pass the last job of this page as `after`.
        """
        self._check(ctx)
        if check_attempts(limit, "limit") < 1:
            raise ValueError(f"limit is {limit!r}: a page holds one job or more")
        query = Query(
            status=None if status is None else Status(status),
            type=job_type,
            created_before=None if older_than is None else time.time() - check_seconds(older_than, "older_than"),
            after=0 if after is None else self._lookup.key(after),
            limit=limit,
        )
        with self._called(ctx):
            return self.storage.list_jobs(query)

    def count(self, ctx: Context) -> dict[Status, int]:
        """Return the number of jobs with each status."""
        with self._called(ctx):
            return self.storage.count()

    # -- ending, and forgetting -----------------------------------------------------------------------

    def cancel(self, ctx: Context, job: Job | str) -> Job:
        """Ask for a job to end, and return the job as it is afterwards. Raises JobNotFound if there is none.

        A pending job is cancelled at once. The handler of a running job is told through its context; the job becomes
        cancelled when the handler has really stopped, and may still complete instead. A final job does not change.
        """
        with self._called(ctx):
            key = self._lookup.key(job)
            found = self.storage.cancel(key)
        if found is None:
            raise self._lookup.not_found(key)
        if found.final:
            self._has_ended(key)
        else:
            self.pool.crew.cancel(key)
        return found

    def delete(self, ctx: Context, job: Job | str) -> None:
        """Forget a job. Raises JobNotFound if there is none, ValueError if it is running (cancel it first)."""
        with self._called(ctx):
            key = self._lookup.key(job)
            if not self.storage.delete(key):
                raise self._lookup.not_found(key)
        self._has_ended(key)

    # -- inside ---------------------------------------------------------------------------------------

    def _attempts(self, job_type: str, max_retry: int | None, retry: Retry | None) -> int:
        found = self.registry.find(job_type)
        if found is None:
            check_type(job_type)
        if max_retry is not None:
            return check_attempts(max_retry, "max_retry")
        if retry is not None:
            return retry.attempts
        return UNSAID if found is None else found.retry.attempts

    def _add(self, ctx: Context, records: Sequence[Record], delay: float) -> None:
        if delay:
            delay = check_seconds(delay, "delay")
        if ctx.err is not None:
            ctx.raise_if_done()
        floor = self.pool.floor
        if floor.forked:  # before all else, because a thread of the parent may have held the floor's lock at the fork
            self._check_process()
        try:
            if (
                floor.stopping
                or ctx._deadline is not None
                or not self.storage.add(records, delay, self._options.buffer_size)
            ):
                with self._called(ctx):
                    self._add_with_room(ctx, records, delay)
            if delay:
                floor.due_in(delay)
            elif floor.idle:
                if floor.gathers:
                    floor.call()
                else:
                    floor.wake(len(records))
        except BaseException:  # an interrupt may have come after the job was kept and before a worker was woken
            floor.wake_again(len(records))
            floor.due_in(delay)
            raise

    def _add_with_room(self, ctx: Context, records: Sequence[Record], delay: float) -> None:
        """Add jobs as soon as there is room for the first. A worker does not wait, because only workers make room."""
        pool, limit = self.pool, self._options.buffer_size
        if pool.floor.belongs():
            limit = None
        while True:
            if pool.floor.stopping:
                self._check(ctx)
                raise QueueStopped("the queue has stopped and takes no more jobs: submit to one that runs")
            if self.storage.add(records, delay, limit):
                return
            pool.wait_for_room(ctx, self._full)

    def _check(self, ctx: Context) -> None:
        """Raise TypeError if `ctx` is no context, ContextDone if it has ended, QueueStopped after a fork."""
        if not isinstance(ctx, Context):
            raise no_context(ctx)
        self._check_process()
        ctx.raise_if_done()

    def _called(self, ctx: Context) -> AbstractContextManager[None]:
        """Check as `_check` does. In the `with` block, the storage waits for other processes no longer than `ctx`."""
        self._check(ctx)
        if ctx._deadline is None or not hasattr(self.storage, "patience"):
            return ALWAYS
        return patient(ctx, self.storage.patience)

    def _check_process(self) -> None:
        if self.pool.floor.forked:
            raise QueueStopped(
                "this queue was started before a fork, and this is the child, where none of its threads runs: make a "
                "new queue here, or start it after the fork"
            )

    def _has_ended(self, key: int) -> None:
        """Tell the callers that wait for this job, and the producers that wait for room."""
        self.pool.waiting.ended(key)
        self.pool.dispatch.make_room()

    def _full(self) -> bool:
        most = self._options.buffer_size
        return most is not None and self.storage.backlog() >= most


@contextmanager
def patient(ctx: Context, patience: Callable[[float | None], AbstractContextManager[None]]) -> Iterator[None]:
    """Let a storage wait for other processes until `ctx` ends. Raises ContextDone if it ended because of that."""
    try:
        with patience(ctx.remaining()):
            yield
    except StorageLocked:
        ctx.raise_if_done()
        raise


def no_context(given: object) -> TypeError:
    """Return the error for a first argument that is no context."""
    return TypeError(f"ctx is {given!r}: the first argument must be a Context, such as Context()")


def make_options(ctx: Context, timeout: float | None, deadline: datetime | None, retry: Retry | None) -> Options | None:
    """Return a job's own options, checked, or None if it has none."""
    values = ctx.values
    if timeout is None and deadline is None and retry is None and not values:
        return None
    if timeout is not None:
        timeout = check_seconds(timeout, "timeout")
    if deadline is not None and getattr(deadline, "tzinfo", None) is None:
        raise ValueError(f"deadline is {deadline!r}: it must be a datetime with a time zone, such as datetime.now(UTC)")
    if retry is not None and not isinstance(retry, Retry):
        raise TypeError(f"retry is {retry!r}: it must be a policy, such as Retry(attempts=3)")
    if values:
        values = thaw(as_text(values, "context values"))  # they are stored with the job, so they must be JSON too
    return Options(
        timeout=timeout,
        deadline=None if deadline is None else deadline.timestamp(),
        retry=retry,
        values=values or None,
    )
