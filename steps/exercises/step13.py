"""The checks of the exercises of step 13: when a failed job comes back, and where it waits until then."""

import random
import threading
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

from .grader import (
    HOUR,
    Bench,
    Broken,
    check,
    expect,
    expect_at_most,
    explored,
    in_every_order,
    in_virtual_time,
    together,
)

SLOW = "Slow & Sons"
DRAWS = 1000  # about 100 of them fall into each tenth of the range, and never 200


def draws(answer: Any, version: ModuleType, attempts: int, **payload: str) -> list[float]:
    """Return her policy's waits for a thousand jobs that failed together, after so many attempts."""
    random.seed(13)
    job = version.job.Job("job-1", "webhook", {"order": 17, **payload}, max_retry=100)
    waits = []
    for number in range(DRAWS):
        job.id, job.attempts = f"job-{number}", attempts
        waits.append(answer(job))
    for wait in waits:
        if not isinstance(wait, int | float) or wait < 0:
            raise Broken(f"backoff(job), payload {job.payload}", repr(wait), "a number of seconds, 0 or more,")
    return waits


def busiest_tenth(waits: list[float], limit: float) -> int:
    """Return how many of the waits end in the same tenth of the time up to `limit`."""
    tenths = [int(wait / limit * 10) for wait in waits]
    return max(tenths.count(tenth) for tenth in set(tenths))


def longest_is_near(limit: float, waits: list[float], whose: str) -> None:
    """Raise Broken unless the longest of a thousand waits comes close to the limit without exceeding it."""
    longest = max(waits)
    if not limit * 0.98 < longest <= limit:
        call = f"the longest of {DRAWS:,} waits {whose}"
        raise Broken(call, f"{longest:.1f} s", f"nearly {limit:g} s, but no more,")


@check("13.1", "all other partners keep their policy", right_if="all partners were slow, and all were named")
@in_virtual_time
def others_keep_theirs(answer: Any, version: ModuleType) -> None:
    """Ada's Books, two whose names are much like the slow one's, and a job that names no partner."""
    for payload in ({"partner": "Ada's Books"}, {"partner": "Slow Food"}, {"partner": f"{SLOW} Books"}, {}):
        waits = draws(answer, version, attempts=3, **payload)
        whose = f"after attempt 3, of a job for {payload.get('partner', 'nobody in particular')}"
        longest_is_near(4.0, waits, whose)
        expect_at_most(f"of {DRAWS:,} waits {whose}, those in the busiest 0.4 s", busiest_tenth(waits, 4.0), 200)


@check("13.1", f"{SLOW}: jobs that failed together do not come back together", right_if="only one job failed at a time")
@in_virtual_time
def slow_ones_spread_out(answer: Any, version: ModuleType) -> None:
    """A thousand failed at the same moment."""
    for attempts, limit in ((3, 120.0), (12, 600.0)):
        waits = draws(answer, version, attempts, partner=SLOW)
        call = f"of {DRAWS:,} waits for {SLOW} after attempt {attempts}, those in the busiest {limit / 10:g} s"
        expect_at_most(call, busiest_tenth(waits, limit), 200)


@check("13.1", f"{SLOW}: 30 s at most after the first attempt, then 60, 120 …", right_if="the first limit were another")
@in_virtual_time
def doubles_from_thirty(answer: Any, version: ModuleType) -> None:
    """The longest of many draws comes close to the limit without exceeding it."""
    for attempts, limit in ((1, 30.0), (2, 60.0), (3, 120.0), (4, 240.0), (5, 480.0)):
        longest_is_near(limit, draws(answer, version, attempts, partner=SLOW), f"for {SLOW} after attempt {attempts}")


@check("13.1", f"{SLOW}: a wait may be close to zero", right_if="no partner ever recovered quickly")
@in_virtual_time
def begins_at_nothing(answer: Any, version: ModuleType) -> None:
    """Of a thousand draws up to 30 seconds, some are in the first second."""
    waits = draws(answer, version, attempts=1, partner=SLOW)
    expect_at_most(f"the shortest of {DRAWS:,} waits for {SLOW} after attempt 1", min(waits), 1.0)


@check("13.1", f"{SLOW}: never more than 600 s, after any number of attempts", right_if="no partner were down for long")
@in_virtual_time
def never_past_the_cap(answer: Any, version: ModuleType) -> None:
    """Six attempts: the limit would be 960 now. Twelve: more than the cap long ago. 5,000: 2.0 ** 4999 is no float."""
    for attempts in (6, 12, 5000):
        call = f"the longest of {DRAWS:,} waits for {SLOW} after attempt {attempts}"
        try:
            waits = draws(answer, version, attempts, partner=SLOW)
        except OverflowError as err:
            raise Broken(call, f"OverflowError ({err.args[-1]})", "at most 600.0") from err
        expect_at_most(call, max(waits), 600.0)
        longest_is_near(600.0, waits, f"for {SLOW} after attempt {attempts}")


@check("13.1", "in a queue, a wait holds no worker", right_if="there were a worker for each job")
@in_virtual_time
def holds_no_worker(answer: Any, version: ModuleType) -> None:
    """The only worker fails to reach Slow & Sons. An order for another partner waits behind that job."""
    bench = Bench(version, workers=1, backoff=answer)
    began: list[float] = []

    def deliver(ctx: Any, payload: dict[str, Any]) -> None:
        if payload["partner"] == SLOW:
            raise ConnectionError("503 Service Unavailable")
        began.append(time.monotonic())

    bench.handle(deliver)
    for partner in (SLOW, "Ada's Books"):
        bench.submit(payload={"order": 17, "partner": partner}, max_retry=2)
    with bench.running():
        time.sleep(HOUR)
    expect(f"when the order for Ada's Books began, in seconds, if {SLOW} failed just before", began, [0.0])


def in_a_thread(run: Callable[[], object]) -> threading.Thread:
    """Start the timer's thread."""
    thread = threading.Thread(target=run, name="retry-timer", daemon=True)
    thread.start()
    return thread


@check("13.2", "park returns immediately", right_if="workers had nothing else to do")
@in_virtual_time
def parks_at_once(answer: Any, version: ModuleType) -> None:
    """An order is parked for an hour."""
    timer = answer(lambda order: None)
    timer.park("order 17", HOUR)
    expect("seconds that park('order 17', 3600) took", time.monotonic(), 0.0)


@check("13.2", "waiting items need no threads of their own", right_if="a thread cost nothing")
@in_virtual_time
def waiting_takes_no_thread(answer: Any, version: ModuleType) -> None:
    """A hundred orders are parked for an hour, and the timer's thread runs."""
    before = set(threading.enumerate())
    timer = answer(lambda order: None)
    in_a_thread(timer.run)
    for order in range(100):
        timer.park(f"order {order}", HOUR)
    time.sleep(1.0)  # all threads have started
    threads = len(set(threading.enumerate()) - before)
    timer.close()
    expect_at_most("threads, while 100 orders wait in the timer", threads, 1)


@check("13.2", "each item comes when it is due, the earliest first", right_if="all waited equally long")
@in_virtual_time
def earliest_first(answer: Any, version: ModuleType) -> None:
    """Three orders are parked, the latest first, by a program that has run for a while."""
    came: list[tuple[str, float]] = []
    begin = 1024.0
    time.sleep(begin)
    timer = answer(lambda order: came.append((order, time.monotonic() - begin)))
    for order, seconds in (("order 17", 600.0), ("order 18", 0.25), ("order 19", 5.0)):
        timer.park(order, seconds)
    in_a_thread(timer.run)
    time.sleep(601.0)
    timer.close()
    expect("what was given, and after how many seconds", came,
           [("order 18", 0.25), ("order 19", 5.0), ("order 17", 600.0)])  # fmt: skip


@check("13.2", "of two items due together, the one parked first comes first", right_if="no two were due together")
@in_virtual_time
def due_at_once(answer: Any, version: ModuleType) -> None:
    """Six jobs are due at 2 s; the last of them is parked when one that was due earlier has gone."""
    jobs = [version.job.Job(f"job-{number}", "webhook", {"order": 16 + number}) for number in range(1, 8)]
    came: list[str] = []
    timer = answer(lambda job: came.append(job.id))
    timer.park(jobs[6], 1.0)
    for job in (jobs[4], jobs[2], jobs[0], jobs[3], jobs[1]):
        timer.park(job, 2.0)
    in_a_thread(timer.run)
    time.sleep(1.5)
    timer.park(jobs[5], 0.5)
    time.sleep(1.0)
    timer.close()
    expect("jobs given, of one that was due at 1 s, and of six at 2 s, the last of them parked at 1.5 s", came,
           ["job-7", "job-5", "job-3", "job-1", "job-4", "job-2", "job-6"])  # fmt: skip


@check("13.2", "while it gives, other threads can park", right_if="giving took no time")
@in_virtual_time
def gives_without_the_lock(answer: Any, version: ModuleType) -> None:
    """The thread that takes order 17 needs ten seconds for it. Meanwhile a worker parks order 18."""
    timer = answer(lambda order: time.sleep(10.0))
    timer.park("order 17", 1.0)
    in_a_thread(timer.run)
    time.sleep(5.0)
    timer.park("order 18", HOUR)
    parked = time.monotonic()
    timer.close()
    expect(
        "when park('order 18', 3600) returned, called at 5 s, if give('order 17') runs from 1 s to 11 s", parked, 5.0
    )


@check("13.2", "close ends the timer's sleep, and gives nothing", right_if="a stop had time for all waiting items")
@in_every_order("how long run() ran on after close(), and what it gave, if 17 waits for an hour", "0 s, []")
def close_ends_the_sleep(answer: Any, version: ModuleType) -> None:
    """An order waits for an hour; the shop closes before, or while the timer sleeps."""
    given: list[int] = []
    timer = answer(given.append)
    timer.park(17, HOUR)
    thread = in_a_thread(timer.run)
    timer.close()
    thread.join()
    late = time.monotonic()
    assert (late, given) == (0.0, []), f"{late:g} s, {given}"


@check("13.2", "a sleeping timer wakes for an item due earlier", right_if="nothing were parked while the timer sleeps")
@in_every_order("what was given, and when, of park(17, 6) and park(18, 1)", "[(18, 1.0), (17, 6.0)]")
def hears_of_an_earlier_one(answer: Any, version: ModuleType) -> None:
    """Order 17 waits for six seconds. Before, or while the timer sleeps, order 18 is parked for a second."""
    came: list[tuple[int, float]] = []
    timer = answer(lambda order: came.append((order, time.monotonic())))
    timer.park(17, 6.0)
    thread = in_a_thread(timer.run)
    timer.park(18, 1.0)
    time.sleep(7.0)
    timer.close()
    thread.join()
    assert came == [(18, 1.0), (17, 6.0)], came


@check("13.2", "at a stop, each item is given or kept, never lost", right_if="no job waited at a stop")
def loses_none(answer: Any, version: ModuleType) -> None:
    """A worker parks an order just as the shop closes: one that is due, or one that waits."""
    for seconds in (4.0, 0.0):

        def model(seconds: float = seconds) -> None:
            given: list[int] = []
            timer = answer(given.append)
            thread = in_a_thread(timer.run)
            together(worker=lambda: timer.park(17, seconds), stop=timer.close)
            thread.join()
            left = given + timer.drain() + timer.drain()
            assert left == [17], left

        call = f"given, or returned by drain() and drain() again, of park(17, {seconds:g}) while close() is called"
        explored(model, call, "[17]")


@check("13.2", "two workers may park at the same time", right_if="only one job failed at a time")
@in_every_order("what drain() returns, after 17 and 18 were parked by two workers at once", "[17, 18]")
def two_may_park(answer: Any, version: ModuleType) -> None:
    """Two workers park an order each."""
    timer = answer(lambda order: None)
    together(worker_1=lambda: timer.park(17, HOUR), worker_2=lambda: timer.park(18, HOUR))
    left = sorted(timer.drain())
    assert left == [17, 18], left


@check("13.2", "after close nothing is given, not even a due item", right_if="a stop had time for all due items")
@in_virtual_time
def gives_nothing_after_close(answer: Any, version: ModuleType) -> None:
    """Three orders are due at 1 s. The thread that takes one needs ten seconds for it, and the shop closes at 5 s."""
    given: list[int] = []

    def give(order: int) -> None:
        given.append(order)
        time.sleep(10.0)

    timer = answer(give)
    for order in (17, 18, 19):
        timer.park(order, 1.0)
    thread = in_a_thread(timer.run)
    time.sleep(5.0)
    timer.close()
    thread.join()
    left = sorted(timer.drain())
    expect("(given, returned by drain()) of 17, 18 and 19, due at 1 s, if close() is called while 17 is given",
           (given, left), ([17], [18, 19]))  # fmt: skip


@check("13.2", "each timer has items of its own", right_if="a program had only one timer")
@in_virtual_time
def timers_share_nothing(answer: Any, version: ModuleType) -> None:
    """One timer for the mail, another one for the partners."""
    mail, partners = answer(lambda order: None), answer(lambda order: None)
    mail.park(17, HOUR)
    partners.park(18, HOUR)
    expect("drain() of a timer in which 18 was parked, when 17 was parked in another one", partners.drain(), [18])


@check("13.2", "an item is given by run(), by nothing else, and not after close", right_if="nobody minded who gives")
@in_virtual_time
def only_run_gives(answer: Any, version: ModuleType) -> None:
    """Orders that are due at once are parked before run() is called, and after close(). One drain comes in between."""
    given: list[int] = []
    timer = answer(given.append)
    timer.park(17, 0.0)
    expect("(given, what drain() returns) of park(17, 0), if nothing runs", (given, timer.drain()), ([], [17]))
    thread = in_a_thread(timer.run)
    timer.park(18, 1.0)
    time.sleep(2.0)
    expect("what run() gave of park(18, 1), after 2 s", given, [18])
    timer.close()
    thread.join()
    timer.park(19, 0.0)
    expect("(given, what drain() returns) of park(19, 0) after close()", (given[1:], timer.drain()), ([], [19]))


@check("13.3", "the job is written before another thread can get it", right_if="no retry were due before it is written")
@in_every_order("(status, attempts) in the storage, once the next worker runs the job", "('running', 2)")
def written_before_it_is_parked(answer: Any, version: ModuleType) -> None:
    """The backoff takes no time: the other worker gets the job as soon as it is parked."""
    pool, storage, job = failed_job(answer, version)
    pool._timer.park = lambda item, seconds: pool._channel.put_back(item)  # due now

    def next_worker() -> None:
        _, mine = pool._channel.get()
        mine.mark_running()
        storage.update_job(version.Context(), mine)

    def worker() -> None:
        pool.requeue(version.Context(), version.Context(), job, ConnectionError("503"))

    together(worker=worker, next_worker=next_worker)
    kept = storage.get_job(version.Context(), job.id)
    row = (str(kept.status), kept.attempts)
    assert row == ("running", 2), row


@check("13.3", "a job that failed for good does not come back", right_if="there were always one more attempt")
@in_virtual_time
def what_failed_for_good_stays(answer: Any, version: ModuleType) -> None:
    """A job has one attempt and fails. At the stop, nothing is left to do."""
    bench = Bench(version, workers=1, backoff=lambda job: 60.0)

    def refuse(ctx: Any, payload: dict[str, Any]) -> None:
        raise ConnectionError("503 Service Unavailable")

    bench.handle(refuse)
    with bench.running():
        job = bench.submit(max_retry=1)
        time.sleep(1.0)
    row = (str(bench.get(job.id).status), bench.report.pending)
    expect("(status of the job, jobs that the report names), if its only attempt failed", row, ("failed", ()))


def failed_job(answer: Any, version: ModuleType) -> tuple[Any, Any, Any]:
    """Return a pool that is not started, its storage, and a job whose first attempt of three has just failed."""
    storage = version.storage.MemoryStorage()
    job = version.job.Job("job-1", "webhook", {"order": 17}, max_retry=3)
    job.mark_running()
    storage.save_job(version.Context(), job)
    pool = answer(1, 1, storage, version.registry.Registry(), lambda job: 0.0)
    return pool, storage, job
