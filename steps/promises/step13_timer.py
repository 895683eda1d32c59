"""Promises about the moments at which failed jobs come back, about policies, and about a full buffer."""

import inspect
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

from .bench import HOUR, Bench, in_virtual_time
from .explored import explored
from .logs import logged
from .models import emptying, parking
from .promise import expect, expect_at_most, promise
from .step10 import CAP, refuse
from .step12_channel import meanwhile


def failing_once(bench: Bench, began: list[tuple[int, float]]) -> Callable[..., None]:
    """Return a handler that fails at the first attempt of each order, and notes when each attempt began."""

    def deliver(ctx: Any, payload: dict[str, Any]) -> None:
        order = payload["order"]
        began.append((order, time.monotonic()))
        if [known for known, _ in began].count(order) == 1:
            raise ConnectionError("the partner is down")

    return deliver


@promise(
    "each retry comes when it is due: a short wait is not held up by a longer one, nor by those due with it",
    needs=("queue.Queue(backoff)",),
    counterexamples=("step13_retry_waits_its_turn",),
)
@in_virtual_time
def earliest_first(version: ModuleType) -> None:
    """Order 17 waits for 60 s, 18 for 5 s, 19 and 20 for 60 s too; those due together come as they were parked."""
    bench = Bench(version, workers=1, backoff=lambda job: 5.0 if job.payload["order"] == 18 else 60.0)
    began: list[tuple[int, float]] = []
    bench.handle(failing_once(bench, began))
    for order in (17, 18, 19, 20):
        bench.submit(payload={"order": order}, max_retry=2)
    with bench.running():
        time.sleep(HOUR)
    expect("when the second attempts began", began[4:], [(18, 5.0), (17, 60.0), (19, 60.0), (20, 60.0)])


@promise(
    "a retry of a few seconds ends the timer's sleep, even if it comes while nothing else waits",
    needs=("queue.Queue(backoff)",),
    counterexamples=("step13_retry_waits_its_turn",),
)
@in_virtual_time
def wakes_the_timer(version: ModuleType) -> None:
    """Order 17 fails at 0 s and waits for 60 s. Order 18 fails at 10 s, and waits for 5 s."""
    bench = Bench(version, workers=1, backoff=lambda job: 5.0 if job.payload["order"] == 18 else 60.0)
    began: list[tuple[int, float]] = []
    bench.handle(failing_once(bench, began))
    with bench.running():
        bench.submit(payload={"order": 17}, max_retry=2)
        time.sleep(10.0)
        bench.submit(payload={"order": 18}, max_retry=2)
        time.sleep(HOUR)
    expect("when the attempts began", began, [(17, 0.0), (18, 10.0), (18, 15.0), (17, 60.0)])


@promise(
    "a stop does not wait for retries, and a job that fails during the stop is in its report",
    needs=("queue.Queue(backoff)",),
    counterexamples=("step13_retry_stops_when_the_next_is_due",),
)
@in_virtual_time
def stops_without_retries(version: ModuleType) -> None:
    """One retry is due in an hour. In another queue, one more order fails at 5 s, and the stop came at 1 s."""
    expect("when start() returned, in seconds, if a retry is due in an hour and the stop comes at 1 s",
           stopped_after_a_second(version), 1.0)  # fmt: skip
    bench = Bench(version, workers=2, backoff=lambda job: HOUR)

    def deliver(ctx: Any, payload: dict[str, Any]) -> None:
        time.sleep(payload["seconds"])
        raise ConnectionError("the partner is down")

    bench.handle(deliver)
    jobs = [bench.submit(payload={"seconds": seconds}, max_retry=2) for seconds in (0.0, 5.0)]
    began = time.monotonic()
    with bench.running() as stop:
        time.sleep(1.0)
        stop.cancel("deploy at noon")
        bench.returns_within(2 * HOUR)
        expect("seconds until start() returned, if the last handler ends after 5 s", time.monotonic() - began, 5.0)
    named = sorted(getattr(bench.report, "pending", ()))
    expect("jobs named by what start(ctx) returned", named, [job.id for job in jobs])


def stopped_after_a_second(version: ModuleType) -> float:
    """Stop a queue whose only job waits for its retry; return when start() returned."""
    bench = Bench(version, workers=1, backoff=lambda job: HOUR)
    bench.handle(refuse)
    bench.submit(max_retry=2)
    with bench.running() as stop:
        time.sleep(1.0)
        stop.cancel("deploy at noon")
        bench.returns_within(2 * HOUR)
        return time.monotonic()


@promise(
    "a backoff that fails, or that is no wait, costs no job its retry: the standard one takes its place",
    needs=("queue.Queue(backoff)",),
    counterexamples=("step13_pool_trusts_its_backoff",),
)
@in_virtual_time
def survives_the_backoff(version: ModuleType) -> None:
    """Four policies that are wrong, each in its own way, and one that changes the job that it gets."""

    policies: dict[str, Callable[[], Any]] = {
        "raises": lambda: 1 / 0,
        "exits": exits,
        "negative": lambda: -1.0,
        "none": lambda: None,
        "not a number": lambda: float("nan"),
        "text": lambda: "2",
        "zero": lambda: 0,
    }

    def policy(job: Any) -> Any:
        job.max_retry = 0
        job.payload["notes"].append("asked")
        return policies[job.payload["order"]]()

    bench = Bench(version, workers=1, backoff=policy)
    began: list[tuple[Any, float]] = []
    bench.handle(failing_once(bench, began))
    wrong = ("raises", "exits", "negative", "none", "not a number")
    jobs = [bench.submit(payload={"order": order, "notes": []}, max_retry=2) for order in policies]
    with logged(version) as lines, bench.running():
        time.sleep(HOUR)
    kept = [(str(bench.get(job.id).status), bench.get(job.id).attempts) for job in jobs]
    expect("(status, attempts) an hour later", kept, [("completed", 2)] * len(jobs))
    expect("what the policy noted on the job that it got", bench.get(jobs[0].id).payload["notes"], [])
    again = dict(began[len(jobs) :])
    expect_at_most("seconds until a retry by the standard backoff", max(again[order] for order in wrong), 1.0)
    expect("seconds until a retry after '2' and 0", (again["text"], again["zero"]), (2.0, 0.0))
    told = [f"job-{number}" for number in range(1, 6) if any(f"job-{number} could" in line for line in lines)]
    expect("jobs whose backoff is named in the log", told, [job.id for job in jobs[:5]])


def exits() -> None:
    """Leave the program, as a policy should not."""
    raise SystemExit(3)


@promise(
    "only a handler goes past a full buffer: whoever else submits waits, even while a worker is busy",
    needs=("queue.Queue(backoff)",),
    counterexamples=("step13_pool_lets_everybody_past",),
)
@in_virtual_time
def only_handlers_go_past(version: ModuleType) -> None:
    """The only worker is busy for 10 s, and the buffer has room for one. A handler's submission goes past."""
    bench = Bench(version, workers=1, buffer_size=1)
    ended: list[tuple[str, object, float]] = []

    def deliver(ctx: Any, payload: dict[str, Any]) -> None:
        time.sleep(5.0)
        if payload["order"] == 17:
            bench.submit(payload={"order": 20})
        time.sleep(5.0)

    bench.handle(deliver)
    with bench.running():
        bench.submit(payload={"order": 17})
        time.sleep(1.0)
        bench.submit(payload={"order": 18})
        meanwhile(ended, customer=lambda: bench.submit(payload={"order": 19}).id)
        time.sleep(HOUR)
    expect("when the customer's submit returned, if two jobs before it take 10 s each", ended,
           [("customer", "job-3", 20.0)])  # fmt: skip


@promise(
    "the waits of a failed job are spread evenly, however many attempts it had",
    needs=("queue.Queue(backoff)",),
    counterexamples=("step13_retry_caps_the_draw",),
)
def spreads_out_at_the_cap(version: ModuleType) -> None:
    """A thousand waits after 3 attempts (up to 4 s), and after 50 (up to the cap)."""
    backoff = inspect.signature(version.Queue).parameters["backoff"].default
    job = Bench(version).new_job()
    for job.attempts, longest in ((3, 4.0), (50, CAP)):
        waits = [backoff(job) / longest for _ in range(1000)]
        tenths = [sum(tenth <= 10 * wait < tenth + 1 for wait in waits) for tenth in range(10)]
        call = f"of 1,000 waits after {job.attempts} attempts, those in the busiest tenth of {longest:g} s"
        expect_at_most(call, max(tenths), 200)
        expect_at_most(f"of the same, those outside of 0 to {longest:g} s", 1000 - sum(tenths), 0)


@promise(
    "a submission's values are there at each attempt",
    needs=("queue.Queue(backoff)",),
    counterexamples=("step13_retry_comes_without_values",),
)
@in_virtual_time
def values_at_each_attempt(version: ModuleType) -> None:
    """Ada's order fails once. The queue was started under a context with other values."""
    bench = Bench(version, workers=1, backoff=lambda job: 30.0)
    seen: list[Any] = []

    def deliver(ctx: Any, payload: dict[str, Any]) -> None:
        seen.append((ctx.value("customer"), ctx.done))
        if len(seen) == 1:
            raise ConnectionError("the partner is down")

    bench.handle(deliver)
    request = bench.context().with_value("customer", "Ada")
    bench.submit(request, max_retry=2)
    request.cancel("the response is sent")
    with bench.running():
        time.sleep(HOUR)
    expect("(ctx.value('customer'), ctx.done) at both attempts", seen, [("Ada", False)] * 2)


@promise(
    "a timer loses no job and gives none twice, whoever parks, and whenever it is emptied",
    needs=("retry.RetryTimer",),
    alone="timer",
    counterexamples=("step13_retry_drains_without_a_lock",),
)
def parks_safely(version: ModuleType) -> None:
    """The items cannot be compared, so two that are due together need numbers of their own."""
    explored(version, parking(version), "the items that two threads parked", "both", TypeError)
    explored(version, emptying(version), "(given, drained) of 17, which is due when the timer is emptied", "one 17",
             breaks=IndexError)  # fmt: skip


@promise(
    "what is put back is always taken, and a drain empties the channel, oldest first, and makes room",
    needs=("channel.Channel.drain",),
    alone="channel",
    counterexamples=("step13_channel_drains_nothing",),
)
@in_virtual_time
def drains_and_puts_back(version: ModuleType) -> None:
    """A full channel takes back two more. Two producers wait until it is drained. A closed one takes back too."""
    channel, ctx, ended = version.channel.Channel(2), version.Context, list[tuple[str, object, float]]()
    channel.put(ctx(), 17)
    channel.put(ctx(), 18)
    channel.put_back(19)
    meanwhile(ended, one=lambda: channel.put(ctx(), 20), two=lambda: channel.put(ctx(), 20))
    time.sleep(1.0)
    expect("what drain() returned", channel.drain(), [17, 18, 19])
    time.sleep(1.0)
    expect("what came of two producers that waited for room", sorted(ended), [("one", None, 1.0), ("two", None, 1.0)])
    expect("what a second drain() returned", channel.drain(), [20, 20])
    meanwhile(ended, worker=channel.get)
    time.sleep(1.0)
    channel.put_back(21)
    time.sleep(1.0)
    expect("what a worker got that waited", ended[2:], [("worker", 21, 3.0)])
    channel.close()
    channel.put_back(22)
    expect("what drain() returned after close()", channel.drain(), [22])


@promise(
    "a job that nobody can run is failed even if a stop comes at that moment",
    needs=("queue.Queue(backoff)", "queue.Queue(registry)"),
    counterexamples=("step13_pool_rejects_under_an_ended_context",),
)
@in_virtual_time
def rejects_during_a_stop(version: ModuleType) -> None:
    """The stop comes while the worker looks for the handler."""
    stops: list[Any] = []

    class Late(version.registry.Registry):  # type: ignore[misc, name-defined]
        def get_handler(self, job_type: str) -> Any:
            stops[0].cancel("deploy at noon")
            return super().get_handler(job_type)

    bench = Bench(version, workers=1, registry=Late())
    with bench.running() as stop:
        stops.append(stop)
        job = bench.submit(job_type="email")
        time.sleep(1.0)
    expect("the status of a job without a handler", str(bench.get(job.id).status), "failed")
