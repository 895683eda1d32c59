"""A livelock is a state that comes again. A run that only takes many steps is too long, and nothing is claimed."""

from __future__ import annotations

import io
import itertools
import random
import re
import textwrap
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from queue import Empty, Queue
from threading import Condition, Event, Lock
from types import SimpleNamespace
from typing import Any

import pytest

from goqueue.races import explore, replay
from goqueue.races.engine.ends.recurrence import hidden_in

from ..litmus.litmus import Job, run
from ..watch.test_watching import module_of

STEPS = 200
ROUNDS = STEPS + 50


def counts() -> None:
    job, lock = Job(), Lock()

    def attempt() -> None:
        for _ in range(ROUNDS):
            with lock:
                job.attempts += 1

    run(attempt)
    assert job.attempts == ROUNDS


def looks_on() -> None:
    """Writes nothing that others see: only its own variable tells that it comes to an end."""
    ready, left = Event(), ROUNDS
    while left and not ready.is_set():
        left -= 1


def waits_till_a_time() -> None:
    end = time.monotonic() + ROUNDS
    while time.monotonic() < end:
        time.sleep(0.5)


def waits_for_a_while() -> None:
    begin = time.perf_counter()
    while time.perf_counter() - begin < ROUNDS:
        time.sleep(0.5)


def waits_till_a_date() -> None:
    end = datetime.now() + timedelta(seconds=ROUNDS)
    while datetime.now() < end:
        time.sleep(0.5)


def sleeps_longer() -> None:
    """Each pause is as long as the last one and a second more."""
    pause = 1
    while pause < ROUNDS:
        time.sleep(pause)
        pause += 1


def empties_a_queue() -> None:
    jobs: Queue[str] = Queue()
    for _ in range(ROUNDS):
        jobs.put("job")
    while not jobs.empty():
        jobs.get()


def generates() -> None:
    def numbers() -> object:
        for number in range(ROUNDS):  # noqa: UP028  # a frame of its own is the point
            yield number

    lock, left = Lock(), numbers()
    while next(left, None) is not None:  # type: ignore[call-overload]
        with lock:
            pass


def iterates() -> None:
    lock, left = Lock(), iter(["same"] * ROUNDS)
    while next(left, None):
        with lock:
            pass


def numbers_tickets() -> None:
    lock, tickets = Lock(), itertools.count()
    while next(tickets) < ROUNDS:
        with lock:
            pass


def counts_days() -> None:
    day = [date(2026, 1, 1)]

    def work() -> None:
        while day[0] < date(2026, 1, 1) + timedelta(ROUNDS):
            with lock:
                day[0] += timedelta(1)

    lock = Lock()
    run(work)


def fills_a_buffer() -> None:
    buffer, lock = io.StringIO(), Lock()

    def work() -> None:
        while buffer.tell() < ROUNDS:
            with lock:
                buffer.write("x")

    run(work)


def fills_bytes() -> None:
    buffer, lock = bytearray(), Lock()

    def work() -> None:
        while len(buffer) < ROUNDS:
            with lock:
                buffer.append(1)

    run(work)


def draws() -> None:
    drawn, lock = random.Random(1), Lock()
    last = [drawn.random() for _ in range(ROUNDS)][-1]
    drawn = random.Random(1)

    def work() -> None:
        while drawn.random() != last:
            with lock:
                pass

    run(work)


def test_what_cannot_be_read_is_no_error() -> None:
    view = memoryview(b"paid")
    assert tuple(hidden_in(view, memoryview)) == (b"paid",)
    view.release()
    assert tuple(hidden_in(view, memoryview)) == ()


def counts_seconds() -> None:
    """A number that the model adds to is no time, although the clock moves in step with it."""

    class Timeout:
        waited = 0.0

    def wait(jobs: Queue[int], timeout: Timeout) -> None:
        waited = 0.0
        while waited + timeout.waited < 2 * ROUNDS:
            with suppress(Empty):
                jobs.get(timeout=1.0)
            waited += 1.0
            timeout.waited += 1.0

    run(lambda: wait(Queue(), Timeout()))


LONG = [
    counts_seconds,
    counts,
    counts_days,
    draws,
    fills_a_buffer,
    fills_bytes,
    looks_on,
    waits_till_a_time,
    waits_for_a_while,
    waits_till_a_date,
    sleeps_longer,
    empties_a_queue,
    generates,
    iterates,
    numbers_tickets,
]


@pytest.mark.parametrize("model", LONG, ids=lambda model: model.__name__)
def test_a_long_run_is_no_livelock(model: Callable[[], None]) -> None:
    found = explore(model, steps=STEPS, schedules=20)
    assert (found.verdict, found.failed, found.claims_nothing) == ("too long", False, True)
    assert f"had not ended at the limit (steps={STEPS}). Allow longer runs (steps={10 * STEPS})" in found.summary
    assert explore(model, steps=10 * STEPS, schedules=20).verdict == "exhausted"
    assert replay(model, found.schedule, steps=STEPS).verdict == "too long"


def one_order_is_long() -> None:
    job = Job()

    def write() -> None:
        job.attempts = 1

    def work() -> None:
        if job.attempts:
            for _ in range(ROUNDS):
                time.sleep(1)

    run(work, write)


def test_nothing_is_exhausted_if_one_order_is_too_long() -> None:
    assert explore(one_order_is_long, steps=STEPS).verdict == "too long"
    assert explore(one_order_is_long, steps=2 * STEPS).verdict == "exhausted"


def test_a_failure_is_found_beside_runs_that_are_too_long() -> None:
    def model() -> None:
        one_order_is_long()
        raise KeyError("stock")

    assert explore(model, steps=STEPS).verdict == "exception in a thread"


def corridor() -> None:
    """Each steps aside for the other: what they write changes all the time, and comes again."""
    left, right = SimpleNamespace(side=0), SimpleNamespace(side=0)

    def walk(me: SimpleNamespace, other: SimpleNamespace) -> None:
        while me.side == other.side:
            time.sleep(1)
            me.side = 1 - me.side
            time.sleep(1)

    run(left=lambda: walk(left, right), right=lambda: walk(right, left))


def never_told_to_stop() -> None:
    """The worker looks at a flag after each wait for a job, as workers do; nobody sets it."""
    jobs: Queue[int] = Queue()
    stopping = Event()

    def work() -> None:
        while not stopping.is_set():
            try:
                jobs.get(timeout=1)
            except Empty:
                continue

    run(work)


def waits_again() -> None:
    changed, job = Condition(), Job()

    def work() -> None:
        with changed:
            while not job.url:
                changed.wait(60)

    run(work)


def passes_a_job_round() -> None:
    """Two workers hand a job to each other, and neither does it."""
    queues: list[Queue[str]] = [Queue(), Queue()]
    queues[0].put("job")

    def work(number: int) -> None:
        while True:
            queues[1 - number].put(queues[number].get())
            queues[number].task_done()

    run(one=lambda: work(0), other=lambda: work(1))


def sells_for_a_price() -> None:
    """A price is no time, although the clock has not come to that number yet."""
    paid, shipped, price = Event(), Event(), SimpleNamespace(net=1e6)

    def until(first: Event, then: Event) -> None:
        while price.net and not first.is_set():
            time.sleep(0.001)
        then.set()

    run(lambda: until(paid, shipped), lambda: until(shipped, paid))


def gives_way() -> None:
    """Each lets go of what it has if it does not get the other lock at once."""
    locks = Lock(), Lock()

    def both(first: Lock, second: Lock) -> None:
        while True:
            with first:
                if second.acquire(blocking=False):
                    second.release()
                    return

    run(lambda: both(locks[0], locks[1]), lambda: both(locks[1], locks[0]))


def says_what_it_wants() -> None:
    """Each says that it wants to go in, and takes that back if the other wants to, as well."""
    wants = [False, False]

    def go_in(me: int) -> None:
        wants[me] = True
        while wants[1 - me]:
            wants[me] = False
            wants[me] = True
        wants[me] = False

    run(lambda: go_in(0), lambda: go_in(1))


LIVELOCKS = [
    corridor,
    never_told_to_stop,
    waits_again,
    passes_a_job_round,
    sells_for_a_price,
    gives_way,
    says_what_it_wants,
]


@pytest.mark.parametrize("model", LIVELOCKS, ids=lambda model: model.__name__)
def test_a_state_that_comes_again_is_a_livelock(model: Callable[[], None]) -> None:
    found = explore(model, steps=STEPS)
    assert found.verdict == "livelock"
    again = replay(model, found.schedule, steps=STEPS)
    assert (again.verdict, again.trace) == (found.verdict, found.trace)
    assert len(str(found).splitlines()) < 200, "rounds are folded"


def gives_way_and_comes_back_later() -> None:
    """As above, but one waits longer than the other before it tries again."""
    locks = Lock(), Lock()

    def both(first: Lock, second: Lock, seconds: float) -> None:
        while True:
            with first:
                if second.acquire(blocking=False):
                    second.release()
                    return
            time.sleep(seconds)

    run(lambda: both(locks[0], locks[1], 1), lambda: both(locks[1], locks[0], 1.7))


def takes_turns() -> None:
    """Peterson's algorithm: whoever came last waits."""
    wants, last = [False, False], [0]

    def go_in(me: int) -> None:
        wants[me] = True
        last[0] = me
        while wants[1 - me] and last[0] == me:
            pass
        wants[me] = False

    run(lambda: go_in(0), lambda: go_in(1))


@pytest.mark.parametrize("model", [gives_way_and_comes_back_later, takes_turns], ids=lambda model: model.__name__)
def test_threads_that_get_somewhere_by_turns_are_no_livelock(model: Callable[[], None]) -> None:
    assert not explore(model, steps=STEPS, schedules=400, races="off").failed


def test_a_circle_in_which_one_thread_never_moves_is_no_livelock() -> None:
    """The other polls without an end only if the search never lets this one go on."""

    def model() -> None:
        job, lock = Job(), Lock()

        def poll() -> None:
            while True:
                with lock:
                    if job.url:
                        break
                time.sleep(0)

        def work() -> None:
            for _ in range(50):
                time.sleep(0)
            with lock:
                job.url = "https://example.org"

        run(poll, work)

    assert explore(model, steps=STEPS, schedules=50).verdict in ("budget spent", "too long")


@pytest.mark.parametrize("source", [lambda: random, lambda: random.Random(1)], ids=["the module", "an object"])
def test_a_function_of_the_library_that_never_ends_is_a_livelock(source: Callable[[], Any]) -> None:
    """random.choice looks whether there are orders, then draws a number below their number: for ever, below zero."""

    def model() -> None:
        orders, numbers = [17, 18], source()

        def draw() -> None:
            with suppress(IndexError):
                numbers.choice(orders)

        run(draw, lambda: orders.clear())

    found = explore(model)
    assert found.verdict == "livelock"
    assert replay(model, found.schedule).verdict == "livelock"


def two_count() -> None:
    job, lock = Job(), Lock()

    def attempt() -> None:
        for _ in range(20):
            with lock:
                job.attempts += 1

    run(attempt, attempt)


def test_runs_that_are_cut_because_one_thread_runs_on_are_counted_too() -> None:
    found = explore(two_count, steps=3)
    assert found.verdict == "budget spent"
    assert found.remark.startswith("1 of 1 schedule was cut at the limit (steps=3), because one thread ran on")
    assert found.remark.endswith("Allow longer runs (steps=30), or make the model shorter.")
    assert f"\n{found.remark}\n" in found.summary
    found = explore(two_count, steps=40, schedules=300)
    assert found.verdict == "too long"
    told = re.match(
        r"(\d+) of (\d+) schedules had not ended at the limit \(steps=40\), and (\d+) more were cut", found.remark
    )
    assert told is not None
    assert int(told[1]) + int(told[3]) == int(told[2]) == found.schedules


LOOPS = {
    "repeat": "for _ in itertools.repeat(None, 700): o.url",
    "equal items": "for _ in [1] * 700: o.url",
    "a shared list": "for _ in o.orders: pass",
    "a comprehension": "[each for each in o.orders]",
    "any": "any(each == 2 for each in o.orders)",
    "a copy": "copy.deepcopy(o.orders)",
    "map": "list(map(lambda each: o.url, [1] * 700))",
    "a key": "sorted([1] * 700, key=lambda each: o.url or '')",
    "zip": "for _ in zip(o.orders, o.orders): pass",
    "a generator": "for _ in (o.url for _ in [1] * 700): pass",
    "a function of the library": "statistics.fmean(o.orders); pprint.pformat(o.orders)",
    "a while loop around": "while o.url is None:\n    for _ in [1] * 700: o.url\n    break",
}


@pytest.mark.parametrize("loop", LOOPS)
def test_a_long_loop_is_no_livelock_though_nobody_sees_how_far_it_has_come(loop: str, tmp_path: Path) -> None:
    body = textwrap.indent(LOOPS[loop], " " * 4)
    module = module_of(
        f"""
import copy, itertools, pprint, statistics, threading, types
def model():
    o = types.SimpleNamespace(url=None, orders=[1] * 700)
    def work():
        o.url = "https://example.org"
        o.orders.append(2)
    thread = threading.Thread(target=work)
    thread.start()
{body}
    thread.join()
""",
        tmp_path,
    )
    result = explore(module.model, races="off", schedules=4)
    assert result.verdict in ("budget spent", "too long")
