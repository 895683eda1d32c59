"""ThreadPoolExecutors that are made before the exploration, or never shut down: each run has threads of its own."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed, wait
from typing import Any

import pytest

from goqueue.races import explore

gate = threading.Event()


@pytest.fixture(params=["never used", "with idle threads", "with a busy thread and a job that waits"])
def pool(request: pytest.FixtureRequest) -> Iterator[ThreadPoolExecutor]:
    made = ThreadPoolExecutor(1, thread_name_prefix="shop")
    gate.clear()
    if request.param != "never used":
        made.submit(len, "").result()
    if "busy" in request.param:
        made.submit(gate.wait)
        made.submit(gate.wait)
    yield made
    gate.set()
    made.shutdown()


def counted(pool: Any, lock: Any) -> Callable[[], None]:
    def model() -> None:
        seen: list[int] = []
        count = [0]

        def add() -> None:
            with lock():
                before = count[0]
                count[0] = before + 1
            seen.append(threading.get_ident())

        job = pool.submit(add)
        add()
        job.result()
        assert count == [2]
        assert len(set(seen)) == 2

    return model


class Nothing:
    def __enter__(self) -> None:
        """Do nothing."""

    def __exit__(self, *_: object) -> None:
        """Do nothing."""


def test_each_run_has_threads_of_its_own(pool: ThreadPoolExecutor) -> None:
    parts = "_threads", "_work_queue", "_idle_semaphore", "_shutdown", "_shutdown_lock"
    before = [getattr(pool, name) for name in parts], set(pool._threads)
    lock = threading.Lock()
    right = explore(counted(pool, lambda: lock))
    assert right.verdict == "exhausted", right
    assert right.schedules > 1
    assert explore(counted(pool, Nothing)).verdict == "failed assertion"
    assert ([getattr(pool, name) for name in parts], set(pool._threads)) == before
    gate.set()
    assert pool.submit(len, "four").result(timeout=60) == 4  # its real threads still work


def test_a_run_can_shut_it_down_and_the_next_one_finds_it_open(pool: ThreadPoolExecutor) -> None:
    def model() -> None:
        assert pool.submit(len, "four").result() == 4
        pool.shutdown()
        with pytest.raises(RuntimeError, match="after shutdown"):
            pool.submit(len, "")

    result = explore(model, schedules=50)
    assert not result.failed, result
    gate.set()
    assert pool.submit(len, "four").result(timeout=60) == 4


def test_one_that_was_shut_down_stays_so() -> None:
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    assert explore(lambda: pool.submit(len, "")).verdict == "exception in a thread"


def test_one_that_is_never_shut_down_is_no_deadlock_but_its_jobs_are_done() -> None:
    ended: list[float] = []

    def model() -> None:
        ended.clear()
        threading.Thread(target=forever, daemon=True).start()
        ThreadPoolExecutor(1).submit(slow)

    def slow() -> None:
        time.sleep(5)
        ended.append(time.monotonic())

    def forever() -> None:
        while True:
            time.sleep(1)

    result = explore(model, schedules=30)
    assert not result.failed, result
    assert ended  # as at the exit of a process: the thread is waited for while it works


def test_a_job_that_waits_for_ever_is_still_a_deadlock() -> None:
    def model() -> None:
        pool = ThreadPoolExecutor(1)
        pool.submit(threading.Event().wait)

    def nested() -> None:
        pool = ThreadPoolExecutor(1)
        pool.submit(lambda: pool.submit(len, "").result()).result()

    for broken in (model, nested):
        assert explore(broken).verdict in ("deadlock", "lost wake-up")


def completed(futures: Any) -> list[Any]:
    return [future.result() for future in as_completed(futures)]


def waited(futures: Any) -> list[Any]:
    return [future.result() for future in wait(futures).done]


@pytest.mark.parametrize("collect", [completed, waited])
def test_futures_are_handed_out_in_an_order_that_does_not_change_from_run_to_run(collect: Any) -> None:
    """They are kept in sets, and their locks are taken in the order of their ids."""

    def model() -> None:
        with ThreadPoolExecutor(2) as shop:
            assert sorted(collect([shop.submit(int), shop.submit(int, 1)])) == [0, 1]

    assert not explore(model, schedules=100).failed


def test_an_order_of_futures_that_is_taken_for_granted_is_found() -> None:
    def model() -> None:
        with ThreadPoolExecutor(2) as shop:
            assert completed([shop.submit(int), shop.submit(int, 1)]) == [0, 1]

    assert explore(model, schedules=3_000).verdict == "failed assertion"


def of_map() -> None:
    with ThreadPoolExecutor(2) as executor:
        assert list(executor.map(abs, range(2))) == [0, 1]


def of_results() -> None:
    with ThreadPoolExecutor(1) as executor:
        first, second = executor.submit(abs, 1), executor.submit(abs, 2)
        assert first.result() + second.result() == 3


def of_a_simple_queue() -> None:
    jobs, taken = queue.SimpleQueue[int](), list[int]()
    threads = [threading.Thread(target=jobs.put, args=(number,)) for number in range(2)]
    threads += [threading.Thread(target=lambda: taken.append(jobs.get())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [0, 1]


@pytest.mark.parametrize(("model", "most"), [(of_map, 1800), (of_results, 110), (of_a_simple_queue, 18)])
def test_a_call_of_a_simple_queue_is_one_step(model: Callable[[], None], most: int) -> None:
    result = explore(model)
    assert result.verdict == "exhausted"
    assert result.schedules <= most  # with the library's SimpleQueue in Python: 10,000 in Python 3.13, 135 and 97
