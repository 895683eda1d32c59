"""The queue that a program uses.

    submit_job ──> storage (pending) ──> workers ──> handler ──> storage (completed, failed, cancelled)
                        ^                    │
                        └──── backoff <─────┘ failed, and an attempt is left

submit_job returns the job as it was when the queue accepted it. A caller that wants to know more calls get_job or wait.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Self

from .context import Context
from .errors import JobNotFound, QueueStopped
from .job import Job, Options, Record, Status, id_of, key_of
from .payload import as_text, freeze, thaw
from .pool import Pool, StopReport
from .registry import ONCE, Handler, Registry, check_type
from .retry import Retry, check_attempts, check_seconds
from .storage import MemoryStorage, Query, Storage
from .waiting import Waiter, Waiting


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
        buffer_size: int | None = 1024,
        storage: Storage | None = None,
        registry: Registry | None = None,
    ) -> None:
        self.storage: Storage = storage if storage is not None else MemoryStorage()
        self.registry = Registry() if registry is None else registry
        if buffer_size is not None and check_attempts(buffer_size, "buffer_size") < 1:
            raise ValueError(f"buffer_size is {buffer_size!r}: there must be room for one job or more")
        self._buffer_size = None if self.storage.shared and buffer_size == 1024 else buffer_size
        self._waiting = Waiting()
        self.pool = Pool(workers, self.storage, self.registry, self._waiting, self._buffer_size)

    # -- handlers -------------------------------------------------------------------------------------

    def register_handler(
        self, job_type: str, handler: Handler, *, retry: Retry = ONCE, timeout: float | None = None
    ) -> None:
        """Let `handler(ctx, payload)` run the jobs of `job_type`. An attempt may take `timeout` seconds.

        Raises ValueError if the type already has a handler.
        """
        self.registry.register_handler(job_type, handler, retry=retry, timeout=timeout)

    def handler(
        self, job_type: str, *, retry: Retry = ONCE, timeout: float | None = None
    ) -> Callable[[Handler], Handler]:
        """Register the function below this line: `@queue.handler("webhook", retry=Retry(attempts=5))`."""

        def register(handler: Handler) -> Handler:
            self.register_handler(job_type, handler, retry=retry, timeout=timeout)
            return handler

        return register

    # -- running --------------------------------------------------------------------------------------

    def start(self, ctx: Context, *, grace: float = 10.0) -> StopReport:
        """Run jobs until `ctx` ends, then stop and return the report. Raises RuntimeError if the queue ran before."""
        self.pool.start(ctx)
        while not ctx.wait():
            pass  # a wait has an upper limit, which on some systems is a few weeks
        return self.stop(grace=grace)

    def run(self, *, grace: float = 10.0) -> StopReport:
        """Run jobs until this process gets SIGTERM or SIGINT (Ctrl-C), then stop and return the report.

        A worker process calls this in its main thread. Any other thread gets a ValueError, because only the main thread
        receives signals.
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
            return self.stop(grace=grace)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def stop(self, *, grace: float = 10.0) -> StopReport:
        """Take no more jobs, give running jobs `grace` seconds to finish, then tell the rest to stop. Return a report.

        Returns about a second after `grace` at the latest, even if a handler never returns. A second call returns the
        same report.
        """
        return self.pool.stop(check_seconds(grace, "grace"))

    def __enter__(self) -> Self:
        self.pool.start(Context())
        return self

    def __exit__(self, kind: type[BaseException] | None, err: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()

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
        ctx.raise_if_done()
        return self._get(self._key(job))

    def wait(self, ctx: Context, job: Job | str) -> Job:
        """Wait until the job has ended, and return it.

        Raises JobNotFound if there is no such job, ContextDone if `ctx` ends first, and QueueStopped if this queue has
        stopped and no other process works on its storage, because then the job will not end.
        """
        key = self._key(job)
        with self._waiting.waiter(ctx, [key]) as waiter:
            while True:
                stopped = self._stopped_for_good()
                found = self._get(key)
                if found.final:
                    return found
                self._sleep(ctx, waiter, key, stopped)

    def wait_many(self, ctx: Context, jobs: Iterable[Job | str]) -> list[Job]:
        """Wait until all the jobs have ended, and return them in the order given. Raises what wait raises."""
        keys = [self._key(job) for job in jobs]
        ended = {job._record.key: job for job in self._as_completed(ctx, keys)}
        return [ended[key] for key in keys]

    def as_completed(self, ctx: Context, jobs: Iterable[Job | str]) -> Iterator[Job]:
        """Yield each job as it ends, in whatever order they end. Raises what wait raises."""
        return self._as_completed(ctx, [self._key(job) for job in jobs])

    def _as_completed(self, ctx: Context, keys: list[int]) -> Iterator[Job]:
        with self._waiting.waiter(ctx, keys) as waiter:
            left = sorted(set(keys))
            while left:
                stopped = self._stopped_for_good()
                jobs = [self._get(key) for key in left]
                yield from (job for job in jobs if job.final)
                left = [key for key, job in zip(left, jobs, strict=True) if not job.final]
                if left:
                    self._sleep(ctx, waiter, left[0], stopped)

    def _stopped_for_good(self) -> bool:
        """Whether no job will end any more. Call this before looking at a job: then that look is final."""
        return self.pool.stopped and not self.storage.shared

    def _sleep(self, ctx: Context, waiter: Waiter, key: int, stopped: bool) -> None:
        ctx.raise_if_done()
        if stopped:
            raise QueueStopped(f"the queue has stopped, and {self._id(key)} has not ended: it is kept")
        times = (ctx.remaining(), self.storage.poll, threading.TIMEOUT_MAX)
        waiter.sleep(min(seconds for seconds in times if seconds is not None))

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
        ctx.raise_if_done()
        if check_attempts(limit, "limit") < 1:
            raise ValueError(f"limit is {limit!r}: a page holds one job or more")
        query = Query(
            status=None if status is None else Status(status),
            type=job_type,
            created_before=None if older_than is None else time.time() - check_seconds(older_than, "older_than"),
            after=0 if after is None else self._key(after),
            limit=limit,
        )
        return self.storage.list_jobs(query)

    def count(self, ctx: Context) -> dict[Status, int]:
        """Return the number of jobs with each status."""
        ctx.raise_if_done()
        return self.storage.count()

    # -- ending, and forgetting -----------------------------------------------------------------------

    def cancel(self, ctx: Context, job: Job | str) -> Job:
        """Ask for a job to end, and return the job as it is afterwards. Raises JobNotFound if there is none.

        A pending job is cancelled at once. The handler of a running job is told through its context; the job becomes
        cancelled when the handler has really stopped, and may still complete instead. A final job does not change.
        """
        ctx.raise_if_done()
        key = self._key(job)
        found = self.storage.cancel(key)
        if found is None:
            raise self._not_found(self._id(key))
        if found.final:
            self._has_ended(key)
        else:
            self.pool.cancel(key)
        return found

    def delete(self, ctx: Context, job: Job | str) -> None:
        """Forget a job. Raises JobNotFound if there is none, ValueError if it is running (cancel it first)."""
        ctx.raise_if_done()
        key = self._key(job)
        if not self.storage.delete(key):
            raise self._not_found(self._id(key))
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
        return 1 if found is None else found.retry.attempts

    def _add(self, ctx: Context, records: Sequence[Record], delay: float) -> None:
        pool, storage = self.pool, self.storage
        if delay:
            delay = check_seconds(delay, "delay")
        limit = self._buffer_size
        if ctx.err is not None:
            ctx.raise_if_done()
        while True:
            if pool.stopping:
                raise QueueStopped("the queue has stopped and takes no more jobs: submit to one that runs")
            if storage.add(records, delay, limit):
                break
            if pool.in_worker():  # a worker must not wait for room, because only workers make room
                limit = None
            else:
                pool.wait_for_room(ctx, self._full)
        if delay:
            pool.keeper.parked(delay)
        elif pool.idle:
            pool.wake(len(records))

    def _has_ended(self, key: int) -> None:
        """Wake the callers that wait for this job, and the producers that wait for room."""
        self._waiting.ended(key)
        self.pool.make_room()

    def _full(self) -> bool:
        return self._buffer_size is not None and self.storage.backlog() >= self._buffer_size

    def _get(self, key: int) -> Job:
        job = self.storage.get(key)
        if job is None:
            raise self._not_found(self._id(key))
        return job

    def _id(self, key: int) -> str:
        return id_of(key, self.storage.node)

    def _key(self, job: Job | str) -> int:
        if isinstance(job, Job) and job._node == self.storage.node:
            return job._record.key
        key = key_of(job, self.storage.node)
        if key is None:
            raise self._not_found(job.id if isinstance(job, Job) else job)
        return key

    def _not_found(self, job_id: object) -> JobNotFound:
        return JobNotFound(f"no job {job_id!r} in the storage: it was deleted, kept no longer, or never submitted here")


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
