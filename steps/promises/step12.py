"""Promises about worker threads: how they share the work, and how they stop."""

import itertools
import threading
import time
from types import ModuleType
from typing import Any

from .bench import HOUR, Bench, in_virtual_time
from .explored import explored
from .models import giving_up, interrupting, sharing, stopping
from .promise import Broken, expect, promise


@promise("submit returns before the job runs, and N workers run N jobs at once", counterexamples=(11,))
@in_virtual_time
def runs_at_once(version: ModuleType) -> None:
    """Three handlers and the thread that submitted their jobs meet, which needs all four at the same time."""
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
            bench.later(job.id, "completed")


@promise(
    "a full buffer makes submit wait, and its context can end the wait",
    needs=("pool",),
    counterexamples=(
        "step12_channel_ignores_the_context",
        "step12_channel_has_no_bound",
        "step12_pool_is_an_executor",
    ),
)
@in_virtual_time
def back_pressure(version: ModuleType) -> None:
    """The buffer has room for two, and nothing runs. Three more come: one waits 5 s, two until a customer leaves."""
    bench = Bench(version, buffer_size=2)
    bench.handle(lambda ctx, payload: None)
    for order in (17, 18):
        bench.submit(payload={"order": order})
    ended: list[tuple[str, float]] = []

    def submit(ctx: Any) -> None:
        try:
            came = bench.submit(ctx).id
        except version.context.ContextDone as err:
            came = type(err).__name__
        ended.append((came, time.monotonic()))

    hasty, limited, patient = bench.context(), bench.context().with_timeout(5.0), bench.context()
    for request in (hasty, limited, patient):
        threading.Thread(target=submit, args=(request,), daemon=True).start()
    for customer, seconds in ((hasty, 3.0), (patient, 4.0)):
        time.sleep(seconds)
        customer.cancel("the customer left")
    time.sleep(HOUR)
    expect("what came of three submits into a full buffer, and after how many seconds", ended,
           [("Cancelled", 3.0), ("DeadlineExceeded", 5.0), ("Cancelled", 7.0)])  # fmt: skip
    kept = [job.id for job in bench.store("list_by_status", "pending")]
    expect("jobs kept", kept, ["job-1", "job-2"])


@promise(
    "each job is taken by exactly one worker, in every order",
    needs=("channel.Channel",),
    alone="channel",
    counterexamples=("step12_channel_waits_without_a_loop",),
)
def taken_once(version: ModuleType) -> None:
    """Workers that come before the jobs wait. A worker that was woken for a job may find that another has taken it."""
    explored(version, sharing(version), "orders taken by two workers", "[17, 18]", breaks=IndexError)


@promise(
    "room is not left unused while a producer waits for it, even if another gives up",
    needs=("channel.Channel",),
    alone="channel",
    counterexamples=("step12_channel_wakes_one_for_room",),
)
def room_is_used(version: ModuleType) -> None:
    """A producer that was woken, but has given up, must not be the only one that was woken."""
    explored(version, giving_up(version), "what becomes of two who wait for room, one of whom leaves", "one goes on")


@promise(
    "a submission's values travel with its job; its end does not",
    needs=("pool",),
    counterexamples=("step12_pool_ends_with_the_request", "step12_pool_drops_values"),
)
@in_virtual_time
def outlives_the_request(version: ModuleType) -> None:
    """The web request ends before the job runs."""
    bench = Bench(version)
    seen: list[tuple[Any, bool]] = []
    bench.handle(lambda ctx, payload: seen.append((ctx.value("customer"), ctx.done)))
    request = bench.context().with_value("customer", "Ada")
    job = bench.submit(request)
    request.cancel("the response is sent")
    with bench.running():
        bench.later(job.id, "completed", "pending")
    expect("(ctx.value('customer'), ctx.done) in the handler", seen, [("Ada", False)])
    pool = version.Context().with_value("customer", "nobody").with_value("region", "EU")
    both = pool.with_values_of(version.Context().with_value("customer", "Ada"))
    expect("values of a pool's context with those of a submission", (both.value("customer"), both.value("region")),
           ("Ada", "EU"))  # fmt: skip


@promise(
    "stop lets running jobs finish, joins every thread, and may be called twice",
    needs=("pool",),
    counterexamples=(
        "step12_pool_closes_like_the_plan",
        "step12_pool_does_not_join",
        "step12_pool_joins_for_a_minute",
        "step12_pool_joins_one",
    ),
)
@in_virtual_time
def graceful_stop(version: ModuleType) -> None:
    """Two deliveries run, for ten seconds each, and two wait, when the deploy comes. Then the same, for a day each.

    Last, one takes longer than the other: the one that began first, and the other.
    """
    for seconds in ((10.0, 10.0), (24 * HOUR, 24 * HOUR), (15.0, 10.0), (10.0, 15.0)):
        stops_while_they_run(version, seconds)


def stops_while_they_run(version: ModuleType, each: tuple[float, float]) -> None:
    """Stop a queue a second after two deliveries began, which take so long."""
    bench, began, lasts, seconds = Bench(version, workers=2), time.monotonic(), itertools.cycle(each), max(each)
    bench.handle(lambda ctx, payload: time.sleep(next(lasts)))
    jobs = [bench.submit() for _ in range(4)]
    before = set(threading.enumerate())
    with bench.running() as stop:
        time.sleep(1.0)
        stop.cancel("deploy at noon")
        stop.cancel("deploy at noon")
        bench.returns_within(seconds + HOUR)
        ends = " and ".join(f"{one:g}" for one in sorted(set(each)))
        call = f"when start() returned, in seconds, if the running jobs end at {ends} s"
        expect(call, time.monotonic() - began, seconds)
    left = sorted(thread.name for thread in set(threading.enumerate()) - before)
    expect("threads left after start() returned", left, [])
    became = sorted(str(bench.get(job.id).status) for job in jobs)  # which two ran is another promise
    expect("what became of 2 running jobs and 2 waiting ones", became, ["completed", "completed", "pending", "pending"])


@promise(
    "a stop ends every wait: for room, and for work",
    needs=("channel.Channel",),
    alone="channel",
    counterexamples=("step12_channel_looks_before_it_locks",),
)
def stop_ends_waits(version: ModuleType) -> None:
    """The channel is closed before, after, or at the moment when a thread begins to wait."""
    explored(version, stopping(version), "what becomes of those who wait when the channel is closed", "they all go on")


@promise(
    "stop spends no attempt of the job that it interrupts",
    needs=("pool",),
    counterexamples=("step12_processor_spends_the_attempt",),
)
def stop_spends_no_attempt(version: ModuleType) -> None:
    """A handler that checks its context is interrupted at any moment, and its job has only one attempt."""
    interrupts(version)
    explored(version, interrupting(version), "(status, attempts) of a job that is interrupted at any moment",
             "('completed', 1) or ('pending', 0)")  # fmt: skip


@in_virtual_time
def interrupts(version: ModuleType) -> None:
    """Stop a queue while its only worker runs a job that waits for its context to end."""
    bench = Bench(version, workers=1)

    def deliver(ctx: Any, payload: dict[str, Any]) -> None:
        ctx.wait(HOUR)
        ctx.raise_if_done()

    bench.handle(deliver)
    job = bench.submit(max_retry=1)
    with bench.running():
        time.sleep(1.0)
    job = bench.get(job.id)
    expect("(status, attempts) of a job that stop interrupted", (str(job.status), job.attempts), ("pending", 0))


class Unreadable(BaseException):
    """An error that is not an Exception, and whose message cannot be read."""

    def __str__(self) -> str:
        raise SystemExit("no message")


@promise(
    "a handler that raises anything, even SystemExit, costs no worker",
    needs=("pool",),
    counterexamples=("step12_processor_lets_exits_out",),
)
@in_virtual_time
def survives_handlers(version: ModuleType) -> None:
    """One worker, three handlers that behave as badly as they can, and then a good one."""
    bench = Bench(version, workers=1)

    def deliver(ctx: Any, payload: dict[str, Any]) -> None:
        if payload["error"] is not None:
            raise payload["error"]

    bench.handle(deliver)
    errors = (SystemExit(3), KeyboardInterrupt(), Unreadable(), None)
    jobs = [bench.submit(payload={"error": error}) for error in errors]
    with bench.running():
        bench.later(jobs[-1].id, "completed")
    bad = [str(bench.get(job.id).status) for job in jobs[:-1]]
    expect("the jobs that raised SystemExit, KeyboardInterrupt, and worse", bad, ["failed"] * 3)
    named = [type(error).__name__ in bench.get(job.id).error for job, error in zip(jobs, errors[:-1], strict=False)]
    expect("whether the error of each job names what was raised", named, [True] * 3)


STOPPED = ("stop", "close", "shut")  # words for it


@promise(
    "submit after stop is a clear error, and keeps no job",
    needs=("pool",),
    counterexamples=("step12_channel_takes_jobs_when_closed",),
)
@in_virtual_time
def submit_after_stop(version: ModuleType) -> None:
    """An order comes in after closing time."""
    bench = Bench(version)
    bench.handle(lambda ctx, payload: None)
    with bench.running():
        pass
    try:
        got = bench.submit().id
    except RuntimeError as err:
        said = any(word in str(err).lower() for word in STOPPED)
        expect(f"whether the error {str(err)!r} says that the queue has stopped", said, True)
    else:
        raise Broken("submit_job(…) after stop", got, "RuntimeError")
    expect("jobs kept", bench.store("list_by_status", "pending"), [])
