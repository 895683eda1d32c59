"""Promises about failed jobs that run again, and about a stop that loses no job."""

import inspect
import logging
import threading
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

from .bench import HOUR, Bench, in_virtual_time
from .promise import Broken, expect, expect_at_most, promise
from .step10 import CAP, refuse


@promise(
    "a failed job runs again, after its backoff",
    needs=("job.Job.max_retry",),
    counterexamples=(12, "step13_retry_comes_at_once"),
)
@in_virtual_time
def comes_back(version: ModuleType) -> None:
    """The partner refuses twice. Each further attempt comes exactly when the backoff has passed: 30 s, and 0.5 s."""
    bench = Bench(version, backoff=lambda job: 30.0 if job.attempts == 1 else 0.5)
    times: list[float] = []

    def deliver(ctx: Any, payload: dict[str, Any]) -> None:
        times.append(time.monotonic())
        if len(times) < 3:
            raise ConnectionError("the partner is down")

    bench.handle(deliver)
    with bench.running():
        job = bench.submit(max_retry=3)
        bench.later(job.id, "completed")
    expect("when the attempts began, in seconds, with backoffs of 30 s and 0.5 s", times, [0.0, 30.0, 30.5])


@promise(
    "a handler that always fails, with max_retry 3, ends `failed` with 3 attempts",
    needs=("job.Job.max_retry",),
    counterexamples=(12,),
)
@in_virtual_time
def plans_own_test(version: ModuleType) -> None:
    """The test that the plan gives for its retries. The backoff grows by a minute with each attempt."""
    asked: list[tuple[int, str, float]] = []

    def backoff(job: Any) -> float:
        asked.append((job.attempts, job.error, time.monotonic()))
        return 60.0 * float(job.attempts)

    bench = Bench(version, backoff=backoff)
    bench.handle(refuse)
    with bench.running():
        job = bench.submit(max_retry=3)
        time.sleep(HOUR)
    job = bench.get(job.id)
    expect("(status, attempts)", (str(job.status), job.attempts), ("failed", 3))
    why = "ConnectionError: the partner is down"
    expect("(attempts, error) of the job that backoff(job) was given, and when", asked, [(1, why, 0.0), (2, why, 60.0)])


@promise(
    "a waiting retry holds no worker, and no thread of its own",
    needs=("queue.Queue(backoff)",),
    counterexamples=("step13_retry_takes_a_thread_each", "step13_retry_sleeps_in_the_worker"),
)
@in_virtual_time
def waiting_is_cheap(version: ModuleType) -> None:
    """A hundred deliveries fail and wait for a minute. Then one more is submitted."""
    bench = Bench(version, workers=2, buffer_size=200, backoff=lambda job: 60.0)
    bench.handle(refuse)
    bench.handle(lambda ctx, payload: None, job_type="email")
    before = set(threading.enumerate())
    with bench.running():
        for _ in range(100):
            bench.submit(max_retry=2)
        email = bench.submit(job_type="email")
        bench.later(email.id, "completed", seconds=30.0)
        threads = len(set(threading.enumerate()) - before)
    expect_at_most("threads for 2 workers, 1 timer and start(), with 100 retries waiting", threads, 4)


@promise(
    "retries do not come back in one instant, nor later than the cap",
    needs=("queue.Queue(backoff)",),
    counterexamples=("step13_retry_has_no_jitter", "step13_retry_has_no_cap"),
)
@in_virtual_time
def spreads_out(version: ModuleType) -> None:
    """A thousand jobs that failed together, with the queue's own backoff: after attempt 3 (4 s), and 50 (the cap)."""
    backoff = inspect.signature(version.Queue).parameters["backoff"].default
    job = Bench(version).new_job()
    job.attempts = 3
    waits = [backoff(job) for _ in range(1000)]
    tenths = [int(wait / 0.4) for wait in waits]
    busiest = max(tenths.count(tenth) for tenth in range(11))  # about 100 of 1,000, if they are spread evenly
    expect_at_most("of 1,000 waits, those that end in the busiest tenth of the time", busiest, 200)
    job.attempts = 50
    expect_at_most("the longest of 1,000 waits after attempt 50", max(backoff(job) for _ in range(1000)), CAP)


@promise(
    "stop loses nothing: what has not run is pending in the storage, and named in the report",
    needs=("pool",),
    counterexamples=(12, "step13_retry_forgets_who_waits"),
)
@in_virtual_time
def stop_names_what_is_left(version: ModuleType) -> None:
    """One job waits for its retry, one runs and stops when its context ends, and two were never taken."""
    bench = Bench(version, workers=1, backoff=lambda job: 60.0)

    def deliver(ctx: Any, payload: dict[str, Any]) -> None:
        ctx.wait(HOUR)
        ctx.raise_if_done()

    bench.handle(refuse, job_type="refused")
    bench.handle(deliver)
    jobs = [bench.submit(job_type="refused", max_retry=2), *(bench.submit() for _ in range(3))]
    with bench.running():
        time.sleep(1.0)
    kept = [(str(bench.get(job.id).status), bench.get(job.id).attempts) for job in jobs]
    expect("(status, attempts) of the four", kept, [("pending", 1), ("pending", 0), ("pending", 0), ("pending", 0)])
    for _ in range(2):  # a report can be read again
        named = sorted(getattr(bench.report, "pending", ()))
        expect("jobs named by what start(ctx) returned", named, [job.id for job in jobs])


@promise("each attempt is logged, with its worker, its job and its number", needs=("pool",), counterexamples=(12,))
@in_virtual_time
def logs_attempts(version: ModuleType) -> None:
    """Two attempts of one job and one of another, by the only worker. Each is logged before the handler runs."""
    lines: list[str] = []
    usual = logging.getLogRecordFactory()

    def note(*args: Any, **options: Any) -> logging.LogRecord:
        record = usual(*args, **options)
        if record.name.startswith(version.__name__):
            lines.append(record.getMessage())
        return record

    logging.getLogger(version.__name__).setLevel(logging.INFO)
    logging.setLogRecordFactory(note)
    bench = Bench(version, workers=1, backoff=lambda job: 60.0)

    def deliver(ctx: Any, payload: dict[str, Any]) -> None:
        lines.append("the handler runs")
        raise ConnectionError("the partner is down")

    bench.handle(deliver)
    try:
        with bench.running():
            bench.submit(max_retry=2)
            bench.submit(max_retry=0)
            time.sleep(HOUR)
    finally:
        logging.setLogRecordFactory(usual)
    attempts = ("job-1 (attempt 1/2)", "job-2 (attempt 1/1)", "job-1 (attempt 2/2)")
    expected = [line for attempt in attempts for line in (f"[WORKER-1] Processing job {attempt}", "the handler runs")]
    expect("log lines, and when the handler ran", lines, expected)


@promise("not-found errors can be caught by their names", counterexamples=(12,))
def errors_have_names(version: ModuleType) -> None:
    """They are LookupErrors too, for code that catches those."""
    bench = Bench(version)
    names_error("get_job(ctx, 'job-404')", lambda: bench.get("job-404"), "JobNotFound")
    names_error("get_handler('email')", lambda: bench.queue.registry.get_handler("email"), "HandlerNotFound")


def names_error(call: str, do: Callable[[], object], name: str) -> None:
    """Raise Broken unless `do()` raises the LookupError of this name."""
    try:
        do()
    except LookupError as err:
        expect(f"the error of {call}", type(err).__name__, name)
    else:
        raise Broken(call, "no error", name)
