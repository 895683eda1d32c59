"""The checks of the exercises of step 10: waits, attempts, and the reason of a failure."""

import contextlib
import time
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any

from .grader import HOUR, Bench, Broken, check, expect, expect_at_most, in_virtual_time, raises

MANY = 5000  # attempts: 2.0 ** 5000 is past what a float can hold
RUNS = 50  # more than any answer needs: an answer that makes more never ends
REASON = "ConnectionError: the partner is down"


@check("10.1", "the waits grow by the factor, from the first one up to the cap")
def grows_up_to_the_cap(answer: Any, version: ModuleType) -> None:
    """2, 6, 18, 54, and then the cap; and a first wait that is above the cap."""
    waits = [to_the_microsecond(answer(attempts, 2.0, 3.0, 60.0)) for attempts in (1, 2, 3, 4, 5)]
    expect("backoff(attempts, first=2, factor=3, cap=60) after 1, 2 … 5 attempts", waits, [2, 6, 18, 54, 60])
    waits = [to_the_microsecond(answer(attempts, 1.0, 1.1, 60.0)) for attempts in (1, 2, 3, 4)]
    expect("backoff(attempts, first=1, factor=1.1, cap=60) after 1, 2, 3, 4 attempts", waits, [1, 1.1, 1.21, 1.331])
    expect("backoff(1, first=90, factor=2, cap=60)", answer(1, 90.0, 2.0, 60.0), 60)
    waits = [to_the_microsecond(answer(attempts, 1.0, 2.0, 300.0)) for attempts in (5, 9, 10)]
    expect("backoff(attempts, first=1, factor=2, cap=300) after 5, 9, 10 attempts", waits, [16, 256, 300])


def to_the_microsecond(seconds: Any) -> Any:
    """Round, because another formula for a number, such as a logarithm, may miss it by the last bit."""
    return round(seconds, 6) if isinstance(seconds, float) else seconds


@check("10.1", "without an attempt there is no wait", right_if="a new job had to wait for its first attempt")
def waits_for_nothing_before_the_first(answer: Any, version: ModuleType) -> None:
    """A job that never ran."""
    expect("backoff(0, first=2, factor=3, cap=60)", answer(0, 2.0, 3.0, 60.0), 0)


@check("10.1", "thousands of attempts are no error", right_if="a float could hold any number")
def bears_many_attempts(answer: Any, version: ModuleType) -> None:
    """The power of a float overflows."""
    call = f"backoff({MANY}, first=2, factor=3, cap=45)"
    try:
        wait = answer(MANY, 2.0, 3.0, 45.0)
    except OverflowError as err:
        raise Broken(call, f"OverflowError ({err.args[-1]})", "45.0") from err
    except RecursionError as err:
        raise Broken(call, f"RecursionError ({err.args[-1]})", "45.0") from err
    expect(call, wait, 45)


@check("10.1", "a factor near 1 reaches the cap too", right_if="every factor were as large as 2")
def a_slow_one_gets_there(answer: Any, version: ModuleType) -> None:
    """1.1 takes 44 steps to 60, and 1.001 takes 4,097; after 201 attempts it is far from that."""
    for factor in (1.1, 1.001):
        expect(f"backoff({MANY}, first=1, factor={factor}, cap=60)", answer(MANY, 1.0, factor, 60.0), 60)
    wait = to_the_microsecond(answer(201, 1.0, 1.001, 60.0))
    expect("backoff(201, first=1, factor=1.001, cap=60)", wait, to_the_microsecond(1.001**200))


@check("10.1", "a negative number of attempts is an error", right_if="nobody ever miscounted")
def refuses_fewer_than_none(answer: Any, version: ModuleType) -> None:
    """A wrong count must not become a wait."""
    for attempts in (-1, -3):
        raises(f"backoff({attempts}, first=2, factor=3, cap=60)", partial(answer, attempts, 2.0, 3.0, 60.0), ValueError)


class Deliveries:
    """A queue whose partner refuses each order as often as `refusals` says. It notes when each was tried."""

    def __init__(self, version: ModuleType, refusals: dict[int, int]) -> None:
        self.queue = version.Queue()
        self.left = dict(refusals)
        self.tried: list[float] = []
        self.queue.register_handler("webhook", self.deliver)
        self._process, self.queue.processor.process_job = self.queue.processor.process_job, self._counted
        self.runs = -len(refusals)  # those of submit_job are not hers

    def deliver(self, ctx: Any, payload: dict[str, Any]) -> None:
        """Note the time, and refuse as often as `refusals` says."""
        self.tried.append(time.monotonic())
        self.left[payload["order"]] -= 1
        if self.left[payload["order"]] >= 0:
            raise ConnectionError("the partner is down")

    def _counted(self, ctx: Any, job: Any, handler: Any) -> None:
        self.runs += 1
        if self.runs > RUNS:
            raise Broken(
                "calls of process_job by settle(queue, ctx, deliver)", f"more than {RUNS}", "one for each attempt"
            )
        self._process(ctx, job, handler)


@check("10.2", "when it returns, no job is pending", right_if="a second attempt always worked")
@in_virtual_time
def leaves_none_pending(answer: Any, version: ModuleType) -> None:
    """One is refused in every attempt, one twice, one three times out of four."""
    shop = Deliveries(version, {17: 4, 18: 2, 19: 3})
    ctx = version.Context()
    jobs = [shop.queue.submit_job(ctx, "webhook", {"order": order}, max_retry=4) for order in shop.left]
    answer(shop.queue, ctx, shop.deliver)
    expect(
        "(status, attempts) of jobs refused 4, 2 and 3 times, with max_retry=4",
        [(str(job.status), job.attempts) for job in jobs],
        [("failed", 4), ("completed", 3), ("completed", 4)],
    )


@check("10.2", "before each attempt it waits for the backoff", right_if="partners recovered instantly")
@in_virtual_time
def waits_for_the_back_off(answer: Any, version: ModuleType) -> None:
    """Attempts at 0 (by submit_job), then 1 and 2 and 4 seconds apart; and no wait after the last, at 7."""
    shop, ctx = Deliveries(version, {17: 3}), version.Context()
    shop.queue.submit_job(ctx, "webhook", {"order": 17}, max_retry=4)
    answer(shop.queue, ctx, shop.deliver)
    expect(
        "seconds at which a delivery that is refused three times is tried; the last is when settle returns",
        [*shop.tried, time.monotonic()],
        [0, 1, 3, 7, 7],
    )


def two_that_wait(answer: Any, version: ModuleType, deliver: Callable[[Any, dict[str, Any]], None]) -> None:
    """Let her settle order 17, which was tried once and waits for 1 s, and 18, tried twice, which waits for 2 s."""
    shop, ctx = Deliveries(version, {17: 1, 18: 2}), version.Context()
    shop.queue.submit_job(ctx, "webhook", {"order": 17}, max_retry=4)
    often = shop.queue.submit_job(ctx, "webhook", {"order": 18}, max_retry=4)
    shop.queue.processor.process_job(ctx, often, shop.deliver)
    answer(shop.queue, ctx, deliver)


@check("10.2", "each job waits for its own backoff", right_if="all jobs had failed equally often")
@in_virtual_time
def waits_for_its_own(answer: Any, version: ModuleType) -> None:
    """Order 17 must wait for a second, order 18 for two. It may take longer, because they may wait one by one."""
    began: dict[int, float] = {}

    def deliver(ctx: Any, payload: dict[str, Any]) -> None:
        began[payload["order"]] = time.monotonic()

    two_that_wait(answer, version, deliver)
    for order, seconds in ((17, 1.0), (18, 2.0)):
        if (came := began.get(order, 0.0)) < seconds:
            call = f"seconds that order {order} waited, if 17 and 18 have backoffs of 1 and 2 seconds"
            raise Broken(call, repr(came), f"at least {seconds!r}")


@check("10.2", "it runs one job at a time", right_if="the storage of 10 had a lock")
@in_virtual_time
def runs_one_at_a_time(answer: Any, version: ModuleType) -> None:
    """Each delivery takes five seconds."""
    running = [0]
    most: list[int] = []

    def deliver(ctx: Any, payload: dict[str, Any]) -> None:
        running[0] += 1
        most.append(running[0])
        time.sleep(5.0)
        running[0] -= 1

    two_that_wait(answer, version, deliver)
    expect("jobs that ran at the same time, if a delivery takes 5 seconds", max(most, default=0), 1)


@check("10.2", "when its context ends, it stops immediately", right_if="the caller could wait forever")
@in_virtual_time
def stops_when_its_context_ends(answer: Any, version: ModuleType) -> None:
    """The context ends at 2.35 seconds, in the middle of the second wait. Then, one ends while a handler waits."""
    shop = Deliveries(version, {17: 9})
    shop.queue.submit_job(version.Context(), "webhook", {"order": 17}, max_retry=9)
    with contextlib.suppress(version.ContextDone), version.Context().with_timeout(2.35) as ctx:
        answer(shop.queue, ctx, shop.deliver)
    call = "the second at which settle(queue, ctx, deliver) is over, if ctx ends at 2.35"
    expect_at_most(call, time.monotonic(), 2.35)
    expect("the seconds at which it was tried, if each attempt fails", shop.tried, [0, 1])
    shop = Deliveries(version, {17: 9})
    shop.queue.submit_job(version.Context(), "webhook", {"order": 17}, max_retry=9)
    with contextlib.suppress(version.ContextDone), version.Context().with_timeout(2.65) as ctx:
        answer(shop.queue, ctx, lambda ctx, payload: ctx.wait(HOUR))
    call = "the second at which it is over, if ctx ends at 5 and the handler waits for that"
    expect_at_most(call, time.monotonic(), 5)


@check("10.2", "a job that becomes pending meanwhile is run too", right_if="nobody submitted while it works")
@in_virtual_time
def runs_what_comes_meanwhile(answer: Any, version: ModuleType) -> None:
    """Order 17 submits order 18 in its second attempt. The partner refuses both once."""
    shop, ctx = Deliveries(version, {17: 1, 18: 1}), version.Context()

    def deliver(ctx: Any, payload: dict[str, Any]) -> None:
        shop.deliver(ctx, payload)
        if payload["order"] == 17:
            shop.queue.submit_job(ctx, "webhook", {"order": 18}, max_retry=4)

    shop.queue.submit_job(ctx, "webhook", {"order": 17}, max_retry=4)
    answer(shop.queue, ctx, deliver)
    left = [job.payload["order"] for job in shop.queue.storage.list_by_status(version.Context(), "pending")]
    expect("orders that are pending when settle returns, if order 17 submits order 18", left, [])


@check("10.2", "the caller's context goes on", right_if="this were the caller's last call")
@in_virtual_time
def leaves_the_caller_alone(answer: Any, version: ModuleType) -> None:
    """The caller has more to do."""
    shop, ctx = Deliveries(version, {17: 1}), version.Context()
    shop.queue.submit_job(ctx, "webhook", {"order": 17}, max_retry=4)
    answer(shop.queue, ctx, shop.deliver)
    expect("ctx.done, when settle(queue, ctx, deliver) has returned", ctx.done, False)


CALLED = "the handler is called"


def happened(version: ModuleType, max_retry: int) -> list[Any]:
    """Return what happens in a first delivery that is refused, in order.

    Either (status, attempts, error), which the storage is told, or CALLED.
    """
    bench = Bench(version)
    job = bench.new_job(max_retry)
    told: list[Any] = []
    bench.store("save_job", job)
    update = bench.queue.storage.update_job

    def note(ctx: Any, job: Any) -> None:
        told.append((str(job.status), job.attempts, job.error))
        update(ctx, job)

    def refuse(ctx: Any, payload: dict[str, Any]) -> None:
        told.append(CALLED)
        raise ConnectionError("the partner is down")

    bench.queue.storage.update_job = note
    bench.process(job, refuse)
    return told


@check("10.3", "the storage knows the attempt while it runs", right_if="no machine ever stopped while a handler ran")
def storage_knows_the_attempt(answer: Any, version: ModuleType) -> None:
    """The storage is updated twice: before the handler is called, and with the outcome."""
    told = [one if one == CALLED else one[:2] for one in happened(version, max_retry=3)]
    expect(
        "(status, attempts) that update_job is told, before and after the handler",
        told,
        [("running", 1), CALLED, ("pending", 1)],
    )


@check("10.3", "a reader who sees that the job failed can see why", right_if="nobody ever asked why")
def the_reason_is_kept(answer: Any, version: ModuleType) -> None:
    """What the storage holds last."""
    told = [one[2] for one in happened(version, max_retry=3) if one != CALLED]
    expect("job.error, when update_job is told the outcome", told[-1:], [REASON])


@check("10.3", "an attempt that does not start is not counted", right_if="nobody ever started a job twice")
def counts_only_what_starts(answer: Any, version: ModuleType) -> None:
    """A completed job is processed once more."""
    bench = Bench(version)
    job = bench.new_job()
    bench.store("save_job", job)
    for _ in range(2):
        with contextlib.suppress(ValueError):
            bench.process(job, lambda ctx, payload: None)
    expect("(status, attempts) after a completed job was refused", (str(job.status), job.attempts), ("completed", 1))
