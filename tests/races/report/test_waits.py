"""What threads wait for in vain when the library waits for them: the queue, the semaphore, the future is named."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Queue, SimpleQueue
from threading import Barrier, BoundedSemaphore, Lock, Semaphore, Timer

import pytest

from goqueue.races import explore

before: Queue[int] = Queue()


def item_of_a_queue() -> None:
    tasks = Queue[int]()
    tasks.get()


def room_in_a_queue() -> None:
    ready = Queue[int](1)
    ready.put(1)
    ready.put(2)


def end_of_all_items() -> None:
    jobs = Queue[int]()
    jobs.put(1)
    jobs.join()


def item_of_a_simple_queue() -> None:
    tasks = SimpleQueue[int]()
    tasks.get()


def queue_without_a_name() -> None:
    Queue[int]().get()


def second_queue() -> None:
    queues = [Queue[int](), Queue[int]()]
    queues[1].get()


def made_before_the_run() -> None:
    before.get()


def semaphore() -> None:
    room = Semaphore(0)
    room.acquire()


def semaphore_without_a_name() -> None:
    BoundedSemaphore(0).acquire()


def result_of_a_future() -> None:
    sold = Future[int]()
    sold.result()


def others_at_a_barrier() -> None:
    gate = Barrier(2)
    gate.wait()


@pytest.mark.parametrize(
    ("model", "told"),
    [
        (item_of_a_queue, "an item of tasks"),
        (room_in_a_queue, "room in ready"),
        (end_of_all_items, "all items of jobs to be done"),
        (item_of_a_simple_queue, "an item of tasks"),
        (queue_without_a_name, "an item of a Queue"),
        (second_queue, "an item of queues[1]"),
        (made_before_the_run, "an item of a Queue"),
        (semaphore, "room (a Semaphore)"),
        (semaphore_without_a_name, "a BoundedSemaphore"),
        (result_of_a_future, "the result of sold"),
        (others_at_a_barrier, "the others at gate"),
    ],
    ids=lambda value: getattr(value, "__name__", " "),
)
def test_what_is_waited_for(model: Callable[[], None], told: str) -> None:
    assert f"main waits for {told}, and nobody will wake it: " in explore(model).summary


def test_a_thread_of_a_pool_has_no_work() -> None:
    def model() -> None:
        lock = Lock()
        with ThreadPoolExecutor(1) as pool:
            pool.submit(int).result()
            lock.acquire()
            lock.acquire()

    assert explore(model).trace.ending.splitlines()[1:] == ["ThreadPoolExecutor-0_0 has no work"]


def test_a_thread_begins_once() -> None:
    def model() -> None:
        lock = Lock()

        def work() -> None:
            with lock:
                pass

        timer = Timer(1, work)
        timer.start()
        with lock:
            pass
        timer.join()
        lock.acquire()
        lock.acquire()

    lines = [step.line for step in explore(model).trace.steps if step.thread == "Thread-1"]
    assert lines[0] == "Thread-1 begins"
    assert lines[-1] == "Thread-1 goes on"
    assert lines.count("Thread-1 begins") == 1
