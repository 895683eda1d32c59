"""Ctrl-C at any step of any call: it arrives in the main thread, once, and everything is usable afterwards.

Each model lets the main thread make one call, which is interrupted at each of its steps in turn, in every order of the
other threads. Afterwards no lock is held, nobody is registered who has gone, and no wake-up is lost.
"""

import contextlib
import threading
from collections.abc import Callable
from typing import Any

import pytest

from goqueue import Context, Queue
from goqueue.context import ContextDone
from goqueue.job import DONE
from goqueue.races import Interrupts, Result, explore
from goqueue.running.floor import Floor
from goqueue.running.worker import Worker
from goqueue.wake_up import WakeUp

from .parts import bench, whole, workers_only
from .proving import ALLOWED, EXHAUSTED, HOUR, WATCHED, on_time, races

in_all_orders_if_there_is_time = pytest.mark.parametrize(
    "all_orders", [False, pytest.param(True, marks=pytest.mark.slow)]
)
ONCE = Interrupts(held_locks="ignore")  # a wake-up lock belongs to nobody; the models look at all others themselves


def interrupted(model: Callable[[], None], schedules: int) -> Result:
    """Run a model in every order, with one interrupt at every step of the main thread."""
    return explore(model, modules=WATCHED, interrupts=ONCE, schedules=schedules)


def proves(model: Callable[[], None], exhausted: bool = True, schedules: int | None = None) -> None:
    """Check that no order fails, that each race is allowed, and that all orders were tried, if they can be."""
    result = interrupted(model, schedules or (20_000 if exhausted else 200))
    assert races(result) <= set(ALLOWED), result.summary
    assert result.verdict in ("budget spent", "exhausted"), result
    assert EXHAUSTED in result.summary or not exhausted, "not every order was tried: this proves nothing"


def usable(queue: Queue) -> None:
    """Check, while no other thread runs, that no lock is held and nobody is registered who has gone."""
    pool = queue.pool
    for lock in (pool.floor.lock, pool.waiting._lock, queue.storage._lock):  # type: ignore[attr-defined]
        assert not lock.locked(), "a lock is held"
    assert pool.floor.producers == [], "a producer that has gone is registered"
    assert pool.waiting.by_key == {}, "a caller that has gone is registered"


def while_a_thread(body: Callable[[], object], call: Callable[[], object], undo: Callable[[], object]) -> None:
    """Run `body` in a thread while the main thread makes a call; if it is interrupted, `undo`."""
    other = threading.Thread(target=body, name="worker-1")
    try:
        other.start()
        call()
    except KeyboardInterrupt:
        undo()
    with contextlib.suppress(RuntimeError):  # it came before the thread was started
        other.join()


def one_sleeper(kind: type[Floor] = Floor) -> None:
    """Submit a job to a worker that sleeps; it is claimed at once, though nobody comes to look after it."""
    queue, (worker,) = bench(Worker)
    queue.pool.floor.__class__ = kind
    claimed: list[Any] = []

    def undo() -> None:
        if not queue.storage.backlog() and not claimed:
            queue.pool.floor.stop()  # it came before the job was kept, so nobody else wakes the worker

    while_a_thread(lambda: claimed.extend(worker._sleep()), lambda: queue.submit_job(Context(), "webhook"), undo)
    usable(queue)


@in_all_orders_if_there_is_time
def test_a_submission(all_orders: bool) -> None:
    """One producer that is interrupted, one worker that sleeps: if the job is kept, the worker wakes for it."""
    proves(one_sleeper, all_orders)


class TakesOffFirst(Floor):
    """Forgets whom it was about to wake."""

    def wake(self, jobs: int = 1) -> None:
        with self.lock:
            for _ in range(min(jobs, len(self.idle))):
                self.idle.pop().wake()


class WithoutWith(Floor):
    """Handles its lock without `with`, as is a little faster."""

    def wake(self, jobs: int = 1) -> None:
        self.lock.acquire()
        try:
            for _ in range(min(jobs, len(self.idle))):
                self._woken = self.idle[-1]
                self.idle.pop()
                self._woken.wake()
        finally:
            self.lock.release()


def one_wake(kind: type[Floor] = Floor) -> None:
    """Wake a worker that sleeps, or is about to, and make up for an interrupt, as submit_job does."""
    floor, sleeper = kind(), WakeUp()
    floor.enter(sleeper)
    while_a_thread(sleeper.sleep, floor.wake, floor.wake_again)
    assert not floor.lock.locked(), "a lock is held"


def test_a_wake_up_is_made_up_for() -> None:
    """One worker that sleeps, one that wakes it and is interrupted."""
    proves(one_wake)


@pytest.mark.parametrize("kind", [TakesOffFirst, WithoutWith])
def test_a_wake_up_that_an_interrupt_loses_is_found(kind: type[Floor]) -> None:
    """The proof can fail: the interrupt may come after a worker was taken off the idle, or before the `try`."""
    result = interrupted(lambda: one_wake(kind), 3_000)
    assert result.verdict in ("deadlock", "lost wake-up", "failed assertion"), result


CALLS: dict[str, Callable[[Queue, Any], object]] = {
    "get_job": lambda queue, job: queue.get_job(Context(), job),
    "cancel": lambda queue, job: queue.cancel(Context(), job),
    "delete": lambda queue, job: queue.delete(Context(), job),
    "count": lambda queue, job: queue.count(Context()),
    "wait": lambda queue, job: queue.wait(Context().with_timeout(0.0), job),
    "wait_many": lambda queue, job: queue.wait_many(Context().with_timeout(0.0), [job]),
    "stop": lambda queue, job: queue.stop(grace=0.0),
}


@pytest.mark.parametrize("call", CALLS)
def test_a_call_without_threads(call: str) -> None:
    """One call on a queue that was not started: no lock is held, and the same call works afterwards."""

    def model() -> None:
        queue = whole()
        job = queue.submit_job(Context(), "webhook")
        for _ in range(2):
            with contextlib.suppress(KeyboardInterrupt, ContextDone, LookupError):
                CALLS[call](queue, job)
            usable(queue)

    proves(model)


@in_all_orders_if_there_is_time
def test_a_wait(all_orders: bool) -> None:
    """One caller that waits and is interrupted, while a worker ends the job."""

    def model() -> None:
        queue = whole()
        job = queue.submit_job(Context(), "webhook")
        settled = [(record, DONE) for record in queue.storage.settle_and_claim((), 1, ())]
        dispatch = queue.pool.dispatch
        while_a_thread(lambda: dispatch.settle_and_claim(settled, 0), lambda: queue.wait(Context(), job), lambda: None)
        usable(queue)

    proves(model, all_orders)


@pytest.mark.parametrize("schedules", [200, pytest.param(3_000, marks=pytest.mark.slow)])
def test_a_producer_that_waits_for_room(schedules: int) -> None:
    """One producer that waits for room and is interrupted, one worker that makes room: more than 20,000 orders."""

    def model() -> None:
        queue, (worker,) = bench(Worker, buffer_size=1)
        queue.submit_job(Context(), "webhook")
        while_a_thread(worker._next, lambda: queue.submit_job(Context(), "webhook"), lambda: None)
        usable(queue)

    proves(model, exhausted=False, schedules=schedules)


@in_all_orders_if_there_is_time
def test_the_end_of_a_context_reaches_who_waits_though_it_is_interrupted(all_orders: bool) -> None:
    """One cancels a context and is interrupted, one waits for its end: an hour at most, but it wakes at once."""

    def model() -> None:
        top = Context()
        child = top.with_timeout(HOUR)
        while_a_thread(child.wait, top.cancel, top.cancel)
        assert not top._lock.locked()
        on_time()

    proves(model, all_orders)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_whole_queue_goes_on(workers: int) -> None:
    """Submit, run, wait, with one or two workers: some of the orders. A second job is run at once."""

    def model() -> None:
        queue = workers_only(whole(workers=workers))
        for _ in range(2):
            with contextlib.suppress(KeyboardInterrupt):
                queue.wait(Context(), queue.submit_job(Context(), "webhook"))
        on_time()

    proves(model, exhausted=False)


def test_a_stop_can_be_stopped_and_asked_again() -> None:
    """Stop a queue with one worker, be interrupted, and stop it again: it ends, and says what it did."""

    def model() -> None:
        queue = workers_only(whole())
        with contextlib.suppress(KeyboardInterrupt):
            queue.stop()
        report = queue.stop()
        assert (report.handed_back, report.still_running) == ((), ()), report
        assert not queue.pool.crew.alive()
        usable(queue)

    proves(model, exhausted=False)


def test_a_wake_up_is_one_step() -> None:
    """A thread that sleeps, and one that wakes it and is interrupted: the sleeper wakes at once."""

    def model() -> None:
        wake_up = WakeUp()
        while_a_thread(lambda: wake_up.sleep(1.0), wake_up.wake, wake_up.wake)
        on_time()

    proves(model)
