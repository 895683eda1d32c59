"""Promises about worker threads: how they share the work, and how they stop."""

import threading
from types import ModuleType
from typing import Any

from .bench import SOON, Bench, meanwhile, until
from .promise import Broken, expect, promise


@promise("submit returns before the job runs, and N workers run N jobs at once", since=12, witnesses=(11,))
def runs_at_once(version: ModuleType) -> None:
    """Three handlers and the one who submitted them all meet: nobody can get there alone."""
    bench = Bench(version, workers=3)
    meeting = threading.Barrier(4)
    bench.handle(lambda ctx, payload: meeting.wait(2.0))
    with bench.running():
        jobs = [bench.submit() for _ in range(3)]
        try:
            meeting.wait(2.0)
        except threading.BrokenBarrierError as err:
            raise Broken("who came to a meeting of 3 handlers and their submitter", "not all four", "all four") from err
        for job in jobs:
            bench.wait_for(job.id, "completed")


@promise(
    "a full buffer makes submit wait, and its context can end the wait",
    since=12,
    needs=("pool",),
    witnesses=("step12_channel_ignores_the_context", "step12_channel_has_no_bound", "step12_pool_is_an_executor"),
)
def back_pressure(version: ModuleType) -> None:
    """Nothing runs yet, and the buffer has room for two."""
    bench = Bench(version, buffer_size=2)
    bench.handle(lambda ctx, payload: None)
    for order in (17, 18):
        bench.submit(payload={"order": order})
    ended: list[str] = []

    def submit(ctx: Any) -> None:
        try:
            ended.append(bench.submit(ctx).id)
        except version.context.ContextDone as err:
            ended.append(type(err).__name__)

    in_time = meanwhile(lambda: submit(bench.context().with_timeout(0.05)), SOON)
    expect("submit_job(ctx, …) into a full buffer returns, ctx.with_timeout(0.05)", in_time, True)
    request = bench.context()
    waiting = threading.Thread(target=submit, args=(request,), daemon=True)
    waiting.start()
    request.cancel("the customer left")
    waiting.join(SOON)
    expect("what came of two submits into a full buffer", ended, ["DeadlineExceeded", "Cancelled"])
    kept = [job.id for job in bench.store("list_by_status", "pending")]
    expect("jobs kept", kept, ["job-1", "job-2"])


@promise(
    "a submission's values travel with its job; its end does not",
    since=12,
    needs=("pool",),
    witnesses=("step12_pool_ends_with_the_request", "step12_pool_drops_values"),
)
def outlives_the_request(version: ModuleType) -> None:
    """The web request ends before the job runs."""
    bench = Bench(version)
    seen: list[tuple[Any, bool]] = []
    bench.handle(lambda ctx, payload: seen.append((ctx.value("customer"), ctx.done)))
    request = bench.context().with_value("customer", "Ada")
    job = bench.submit(request)
    request.cancel("the response is sent")
    with bench.running():
        bench.wait_for(job.id, "completed", "pending")
        until(lambda: bool(seen))
    expect("(ctx.value('customer'), ctx.done) in the handler", seen, [("Ada", False)])


@promise(
    "stop lets running jobs finish, joins every thread, and may be called twice",
    since=12,
    needs=("pool",),
    witnesses=("step12_pool_closes_like_the_plan", "step12_pool_does_not_join"),
)
def graceful_stop(version: ModuleType) -> None:
    """Two deliveries run, and two wait, when the deploy comes."""
    bench = Bench(version, workers=2)
    crashed: list[str] = []
    threading.excepthook = lambda args: crashed.append(f"{args.exc_type.__name__}: {args.exc_value}")
    both_run, finish = threading.Semaphore(0), threading.Event()

    def deliver(ctx: Any, payload: dict[str, Any]) -> None:
        both_run.release()
        finish.wait(SOON)

    bench.handle(deliver)
    jobs = [bench.submit() for _ in range(4)]
    before = set(threading.enumerate())
    with bench.running() as stop:
        both_run.acquire(timeout=SOON)
        both_run.acquire(timeout=SOON)
        stop.cancel("deploy at noon")
        stop.cancel("deploy at noon")
        early = bench.returns_within(1.0)
        finish.set()
    expect("start() returned while 2 jobs ran", early, False)
    left = sorted(thread.name for thread in set(threading.enumerate()) - before)
    expect("threads left after start() returned", left, [])
    expect("threads that crashed", crashed, [])
    expect("what became of 2 running jobs and 2 waiting ones", [str(bench.get(job.id).status) for job in jobs],
           ["completed", "completed", "pending", "pending"])  # fmt: skip


@promise(
    "stop spends no attempt of the job that it interrupts",
    since=12,
    needs=("pool",),
    witnesses=("step12_processor_spends_the_attempt",),
)
def stop_spends_no_attempt(version: ModuleType) -> None:
    """A well-behaved handler gives up when told to, and its job has one attempt only."""
    bench = Bench(version, workers=1)
    runs = threading.Event()

    def deliver(ctx: Any, payload: dict[str, Any]) -> None:
        runs.set()
        ctx.wait(SOON)
        ctx.raise_if_done()

    bench.handle(deliver)
    job = bench.submit(max_retry=1)
    with bench.running():
        runs.wait(SOON)
    job = bench.get(job.id)
    expect("(status, attempts) of a job that stop interrupted", (str(job.status), job.attempts), ("pending", 0))


class Unreadable(BaseException):
    """An error that is no Exception, and whose message cannot be read."""

    def __str__(self) -> str:
        raise ValueError("no message")


@promise(
    "a handler that raises anything, even SystemExit, costs no worker",
    since=12,
    needs=("pool",),
    witnesses=("step12_processor_lets_exits_out",),
)
def survives_handlers(version: ModuleType) -> None:
    """One worker, three handlers that behave as badly as they can, and a good one after them."""
    bench = Bench(version, workers=1)
    threading.excepthook = lambda args: None

    def deliver(ctx: Any, payload: dict[str, Any]) -> None:
        if payload["error"] is not None:
            raise payload["error"]

    bench.handle(deliver)
    errors = (SystemExit(3), KeyboardInterrupt(), Unreadable(), None)
    jobs = [bench.submit(payload={"error": error}) for error in errors]
    with bench.running():
        bench.wait_for(jobs[-1].id, "completed")
    bad = [str(bench.get(job.id).status) for job in jobs[:-1]]
    expect("the jobs that raised SystemExit, KeyboardInterrupt, and worse", bad, ["failed"] * 3)


@promise(
    "submit after stop is a clear error, and keeps no job",
    since=12,
    needs=("pool",),
    witnesses=("step12_channel_takes_jobs_when_closed",),
)
def submit_after_stop(version: ModuleType) -> None:
    """An order comes in after closing time."""
    bench = Bench(version)
    bench.handle(lambda ctx, payload: None)
    with bench.running():
        pass
    try:
        got = bench.submit().id
    except RuntimeError as err:
        expect("the error says 'stopped'", "stopped" in str(err), True)
    else:
        raise Broken("submit_job(…) after stop", got, "RuntimeError")
    expect("jobs kept", bench.store("list_by_status", "pending"), [])
