"""The queue that a program uses.

    submit_job ──> storage (pending) ──> workers ──> handler ──> storage (completed, failed, cancelled)
                        ^                    │
                        └──── backoff <─────┘ failed, and an attempt is left

submit_job returns the job as it was when the queue accepted it. A caller that wants to know more calls get_job or wait.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, tzinfo
from queue import SimpleQueue
from types import EllipsisType, TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from .context import Context
from .hooks import Hooks, Listener
from .job import UNSAID, Job, Options, Record, Status
from .log import INFO, tell
from .middlewares import Middleware, SubmitMiddleware, submit_through
from .moments import Delay, due_in
from .options import GRACE, RUN_GRACE, job_options, kept_values, page_of, queue_options, several, status_of, storage_of
from .payload import freeze
from .progress_bar import Show, show_of
from .registry import ONCE, Handler, Isolation, Registry, check_type, registry_of
from .retry import Retry, check_attempts, check_seconds
from .running.calls import Calls, no_context
from .running.lookup import Lookup
from .running.pool import Pool, StopReport
from .running.submission import Submission
from .running.waiting import Waiting
from .running.waits import Waits
from .storage import Query, Storage
from .together import Together
from .unique import KeyUntil, OnDuplicate, Unique, with_key

if TYPE_CHECKING:
    from .periodic import Periodically
    from .running.periodic import Missed
    from .tasks.codec import Codec
    from .tasks.decorator import Decorator

H = TypeVar("H", bound=Handler)
L = TypeVar("L", bound=Listener)
M = TypeVar("M", bound=Middleware)
S = TypeVar("S", bound=SubmitMiddleware)


class Queue(Together):
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
        self.registry = registry_of(registry)
        self._options = queue_options(workers, buffer_size, grace, self.storage.shared)
        self._lookup = Lookup(self.storage)
        self._hooks = Hooks()
        self.pool = Pool(self._options, self.storage, self.registry, self._hooks, Waiting())
        self._waits = Waits(self.pool, self._lookup)
        self._calls = Calls(self.pool)
        self._submission = Submission(self.pool, self._calls, self._options.buffer_size)
        if self.registry.limits:
            self._obey(self.registry.limits)

    # -- handlers -------------------------------------------------------------------------------------

    def register_handler(
        self,
        job_type: str,
        handler: Handler,
        *,
        retry: Retry = ONCE,
        timeout: float | None = None,
        isolation: Isolation = "thread",
    ) -> None:
        """Let `handler(ctx, payload)` run the jobs of `job_type`. An attempt may take `timeout` seconds.

        With isolation="process", each attempt has a process of its own, which is killed if it ignores its timeout.
        Raises ValueError if the type already has a handler, and TypeError if no other process could import it.
        """
        self.registry.register_handler(job_type, handler, retry=retry, timeout=timeout, isolation=isolation)

    def handler(
        self, job_type: str, *, retry: Retry = ONCE, timeout: float | None = None, isolation: Isolation = "thread"
    ) -> Callable[[H], H]:
        """Register the function below this line: `@queue.handler("webhook", retry=Retry(attempts=5))`."""
        if callable(job_type):
            named = getattr(job_type, "__name__", "webhook")
            raise TypeError(f"job type is {job_type!r}: write @queue.handler({named!r}), with the type in brackets")

        def register(handler: H) -> H:
            self.register_handler(job_type, handler, retry=retry, timeout=timeout, isolation=isolation)
            return handler

        return register

    def task(
        self,
        name: str | None = None,
        *,
        retry: Retry = ONCE,
        timeout: float | None = None,
        codec: "Codec | None" = None,
        isolation: Isolation = "thread",
    ) -> "Decorator":
        """Make the function below this line a task: `@queue.task(retry=Retry(attempts=5), timeout=30)`. See tasks/

        Its job type is `name`, or the name of the function. The arguments and the result are JSON by their annotations,
        or as `codec` says. `isolation` is that of `register_handler`. Raises ValueError if the type already has a
        handler.
        """
        from .tasks.decorator import Decorator  # only a program that has tasks needs it

        return Decorator(self, name, retry, timeout, codec, isolation)

    def periodic(
        self,
        cron: str,
        *,
        tz: str | tzinfo = "UTC",
        missed: "Missed" = "skip",
        name: str | None = None,
        retry: Retry = ONCE,
        timeout: float | None = None,
    ) -> "Periodically":
        """Submit a job of the function below this line whenever a cron expression comes, by the clocks of `tz`.

        The function is a task without arguments, or a handler, which gets the moment as its payload, as text. Of what
        came while no process ran, jobs are submitted for none ("skip"), for the last ("once") or for "all". Raises
        ValueError for an expression that is not valid or never comes, and ImportError without the library cronsim.
        """
        from .periodic import Periodically  # only a program that has periodic tasks needs it

        return Periodically(self, cron, tz, missed, name, retry, timeout)

    # -- hooks ----------------------------------------------------------------------------------------

    def on(self, event: str) -> Callable[[L], L]:
        """Call the function below this line at each such event: `@queue.on("dead")`. See hooks.py

        The events are submit, start, success, failure, retry, dead, cancel and hand_back. The function gets an `Event`,
        in the thread that did it. What it raises is logged. Raises ValueError if there is no such event.
        """
        if callable(event):
            raise TypeError(f"event is {event!r}: write @queue.on('failure'), with the event in brackets")

        def register(listener: L) -> L:
            self._hooks.listen(event, listener)
            return listener

        return register

    def middleware(self, middleware: M) -> M:
        """Let `middleware(ctx, job, call)` stand round each attempt: `call()` runs the handler, or raises what it does.

        What it returns is the result, unless it is None. What it raises, the attempt has raised.
        """
        self._hooks.add_middleware(middleware)
        return middleware

    def submit_middleware(self, middleware: S) -> S:
        """Let `middleware(ctx, job_type, call)` stand round each submission: `call(ctx)` submits,
        and returns a list of the jobs.

        It may give `call` a context with more values, which travel to the handler. What it raises, the caller gets.
        """
        self._hooks.add_submit_middleware(middleware)
        return middleware

    # -- running --------------------------------------------------------------------------------------

    def start(self, ctx: Context, *, grace: float | EllipsisType = ...) -> StopReport:
        """Run jobs until `ctx` ends, then stop and return the report. Raises RuntimeError if the queue ran before.

        If something is raised meanwhile, such as KeyboardInterrupt, the queue stops without grace.
        """
        if not isinstance(ctx, Context):
            raise no_context(ctx)
        grace = self._grace(grace)  # now: at the end it would be too late for an orderly stop
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

        grace = self._grace(grace)  # now: at the signal it would be too late for an orderly stop
        heard: SimpleQueue[int] = SimpleQueue()  # its put() is safe in a signal handler; Event.set() is not
        before = {
            number: signal.signal(number, lambda got, frame: heard.put(got))
            for number in (signal.SIGTERM, signal.SIGINT)
        }
        try:
            self.pool.start(Context())
            tell(INFO, "runs %s", ", ".join(self.registry.types))  # whoever reads this may send a signal
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
        self._calls.check_process()
        return self.pool.stop(self._grace(grace))

    def _grace(self, given: float | EllipsisType) -> float:
        """Return the seconds of a stop: the queue's own if none are given. Raises TypeError or ValueError."""
        return self._options.grace if isinstance(given, EllipsisType) else check_seconds(given, "grace")

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
        delay: Delay = 0.0,
        at: datetime | None = None,
        timeout: float | None = None,
        deadline: datetime | None = None,
        retry: Retry | None = None,
        priority: int = 0,
        limit_key: str | None = None,
        key: str | None = None,
        on_duplicate: OnDuplicate = "ignore",
        key_until: KeyUntil = "ended",
        connection: Any = None,
    ) -> Job:
        """Hand a job to the workers and return it, pending. While the buffer is full, wait until `ctx` ends.

        `max_retry` is the total number of attempts; `max_retry` and `retry` override the handler's policy. The job is
        due in `delay` (seconds, or a timedelta), or `at` a datetime with a time zone. An attempt may take `timeout`
        seconds, and no attempt runs after `deadline`. `ctx` bounds the submission, not the job: the handler sees its
        values, but does not end with it.

        Of the jobs that are due, those of a higher `priority` (a whole number from -100 to 100) come first, and the
        oldest first within one. Each minute that a job waits counts as one step, so none waits for ever.

        If another job of this type has the unique `key`, that job is returned and nothing is kept ("ignore"), or it is
        cancelled ("replace"), or DuplicateKey is raised ("raise"). A job has its key until it has "ended", or until it
        is "forgotten". `limit_key` is what `limit(…, each_at_once=…)` counts by.

        With `connection`, to the database of a PostgresStorage, the job is part of the transaction there: committed
        with it, or never there. The connection is one of psycopg, SQLAlchemy or Django.

        Raises PayloadError if the payload is not JSON or is too large, ContextDone if `ctx` ends first, QueueStopped if
        the queue has stopped. After an error, no job is kept.
        """
        options = None
        if not isinstance(ctx, Context):
            raise no_context(ctx)
        seconds = 0.0 if at is None and type(delay) is float and not delay else due_in(at, delay)
        given = retry is not None or timeout is not None or deadline is not None or limit_key is not None
        if given or ctx._values or type(priority) is not int or priority:
            options = job_options(ctx, timeout, deadline, retry, priority, limit_key)
        record = Record(job_type, freeze(payload), self._attempts(job_type, max_retry, retry), options)
        job = Job(record, self.storage.node)  # before it is added: afterwards it belongs to a worker
        if key is not None or on_duplicate != "ignore" or key_until != "ended":
            record.options = with_key(options, key, on_duplicate, key_until)
            with self._within(connection):
                return self._submit_unique(ctx, record, job, seconds, Unique(self.storage, on_duplicate))
        hooks = self._hooks
        if connection is not None or hooks.submitting or hooks.submits:
            with self._within(connection):
                self._submit_hooked(ctx, [job], seconds)
        else:
            self._submission.add(ctx, (record,), seconds)
        return job

    def submit_many(
        self,
        ctx: Context,
        job_type: str,
        payloads: Iterable[Any],
        max_retry: int | None = None,
        *,
        delay: Delay = 0.0,
        at: datetime | None = None,
        timeout: float | None = None,
        deadline: datetime | None = None,
        retry: Retry | None = None,
        priority: int = 0,
        limit_key: str | None = None,
        connection: Any = None,
    ) -> list[Job]:
        """Hand the workers one job for each payload: all of them in one step, or none. Otherwise like submit_job.

        It waits for room once, before the first job, so the jobs together may exceed the buffer.
        """
        if not isinstance(ctx, Context):
            raise no_context(ctx)
        seconds = due_in(at, delay)
        options = job_options(ctx, timeout, deadline, retry, priority, limit_key)
        attempts = self._attempts(job_type, max_retry, retry)
        given = several(payloads, "payloads", "of payloads, such as [{'order': 17}]; submit_job takes one")
        records = [Record(job_type, freeze(payload), attempts, options) for payload in given]
        jobs = [Job(record, self.storage.node) for record in records]
        hooks = self._hooks
        if records and (connection is not None or hooks.submitting or hooks.submits):
            with self._within(connection):
                self._submit_hooked(ctx, jobs, seconds)
        elif records:
            self._submission.add(ctx, records, seconds)
        return jobs

    # -- looking, and waiting -------------------------------------------------------------------------

    def get_job(self, ctx: Context, job: Job | str) -> Job:
        """Return a job as it is now, looked up by its id or by an earlier Job. Raises JobNotFound if it is gone."""
        with self._calls.begin(ctx):
            return self._lookup.get(self._lookup.key(job))

    def wait(self, ctx: Context, job: Job | str, *, show: Show | bool = False) -> Job:
        """Wait until the job has ended, and return it.

        With `show=True`, a bar shows meanwhile how far its handler has come. A function is called with the job, in this
        thread: at first, when its status or its progress has changed, and at the end. What it raises leaves the wait.

        Raises JobNotFound if there is no such job, ContextDone if `ctx` ends first, and QueueStopped if this queue has
        stopped and no other process works on its storage, because then the job will not end.
        """
        shown = show_of(show)
        with self._calls.begin(ctx):
            found = self._waits.one(ctx, self._lookup.key(job), shown)
        if shown is not None:
            shown(found)
        return found

    def wait_many(self, ctx: Context, jobs: Iterable[Job | str]) -> list[Job]:
        """Wait until all the jobs have ended, and return them in the order given. Raises what wait raises."""
        with self._calls.begin(ctx):
            keys = self._lookup.keys(jobs)
            ended = self._waits.all(ctx, keys)
            return [ended[key] for key in keys]

    def as_completed(self, ctx: Context, jobs: Iterable[Job | str]) -> Iterator[Job]:
        """Yield each job as it ends, in whatever order they end. Raises what wait raises."""
        self._calls.check(ctx)
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
        self._calls.check(ctx)
        if job_type is not None:
            check_type(job_type)
        query = Query(
            status=None if status is None else status_of(status),
            type=job_type,
            created_before=None if older_than is None else time.time() - check_seconds(older_than, "older_than"),
            after=0 if after is None else self._lookup.key(after),
            limit=page_of(limit),
        )
        with self._calls.begin(ctx):
            return self.storage.list_jobs(query)

    def count(self, ctx: Context) -> dict[Status, int]:
        """Return the number of jobs with each status."""
        with self._calls.begin(ctx):
            return self.storage.count()

    # -- ending, and forgetting -----------------------------------------------------------------------

    def cancel(self, ctx: Context, job: Job | str) -> Job:
        """Ask for a job to end, and return the job as it is afterwards. Raises JobNotFound if there is none.

        A pending job is cancelled at once. The handler of a running job is told through its context; the job becomes
        cancelled when the handler has really stopped, and may still complete instead. A final job does not change.
        """
        with self._calls.begin(ctx):
            key = self._lookup.key(job)
            before = self.storage.get(key) if self._hooks.cancels else None
            found = self.storage.cancel(key)
        if found is None:
            raise self._lookup.not_found(key)
        self._was_cancelled(found, now=before is not None and not before.final)
        return found

    def delete(self, ctx: Context, job: Job | str) -> None:
        """Forget a job. Raises JobNotFound if there is none, ValueError if it is running (cancel it first)."""
        with self._calls.begin(ctx):
            key = self._lookup.key(job)
            if not self.storage.delete(key):
                raise self._lookup.not_found(key)
        self._has_ended(key)

    # -- in a notebook --------------------------------------------------------------------------------

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """Return how many jobs it has, as text and as HTML of one moment."""
        from .notebook_views import queue_views  # only a notebook needs it

        return queue_views(self)

    # -- inside ---------------------------------------------------------------------------------------

    def _submit_hooked(self, ctx: Context, jobs: Sequence[Job], delay: float, unique: Unique | None = None) -> None:
        """Submit new jobs of one type through the middlewares, and tell who listens."""
        records = [job._record for job in jobs]

        def submit(inner: Context) -> Sequence[Job]:
            if inner is not ctx:
                values = kept_values(inner)
                for record in records:
                    if record.options is not None or values is not None:
                        record.options = (record.options or Options()).but(values=values)
            self._submission.add(inner, records, delay, None if unique is None else unique.add)
            return jobs

        submit_through(self._hooks.submitting, ctx, records[0].type, submit)
        if unique is None or unique.added.accepted:
            for job in jobs if self._hooks.submits else ():
                self._hooks.tell("submit", job)

    def _within(self, connection: Any) -> AbstractContextManager[None]:
        """Let what is submitted in the `with` block be part of a caller's transaction, if there is one."""
        return nullcontext() if connection is None else self._able("within")(connection)

    def _attempts(self, job_type: str, max_retry: int | None, retry: Retry | None) -> int:
        found = self.registry.find(job_type)
        if found is None:
            check_type(job_type)
        if max_retry is not None:
            return check_attempts(max_retry, "max_retry")
        if retry is not None:
            return retry.attempts
        return UNSAID if found is None else found.retry.attempts

    def _submit_unique(self, ctx: Context, record: Record, job: Job, delay: float, unique: Unique) -> Job:
        self._submit_hooked(ctx, [job], delay, unique)
        replaced = unique.added.holder
        if unique.added.accepted and replaced is not None:
            self._was_cancelled(replaced, now=True)
        return unique.job(record, job)

    def _was_cancelled(self, job: Job, now: bool) -> None:
        """Tell those whom it concerns: who waits for the job, or who runs it. `now`: it had not ended before."""
        if job.final:
            self._has_ended(job._record.key)
            if now:  # a running one is told of by its worker
                self._hooks.tell("cancel", job)
        else:
            self.pool.crew.cancel(job._record.key)

    def _has_ended(self, key: int) -> None:
        """Tell the callers that wait for this job, and the producers that wait for room."""
        self.pool.waiting.ended(key)
        self.pool.dispatch.make_room()
