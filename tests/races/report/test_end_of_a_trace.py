"""A trace ends with the verdict: what threads do on their way out, when the lab ends them, is not part of the run."""

from __future__ import annotations

from queue import Queue
from threading import Lock, Thread

from goqueue.races import explore


def counts_who_waits() -> None:
    jobs, state = Queue[int](), {"open": 0}

    def work() -> None:
        state["open"] += 1
        try:
            jobs.get()
        finally:
            state["open"] -= 1

    worker = Thread(target=work, name="worker")
    worker.start()
    assert state["open"] in (0, 1)
    worker.join()


def fails_in_main() -> None:
    lock, state = Lock(), {"open": 0}

    def work() -> None:
        state["open"] += 1
        try:
            with lock:
                pass
        finally:
            state["open"] = 7

    with lock:
        worker = Thread(target=work, name="worker")
        worker.start()
        assert not state["open"]


def test_nothing_comes_after_a_deadlock() -> None:
    trace = explore(counts_who_waits).trace
    assert trace.steps[-1].thread == "worker"
    assert trace.steps[-1].line == "jobs.get()"
    assert dict(trace.steps[-1].state) == {"state": "{'open': 1}"}


def test_nothing_comes_after_a_failed_assertion() -> None:
    found = explore(fails_in_main, races="off")
    assert found.verdict == "failed assertion"
    assert "finally" not in str(found)
    assert "7" not in str(dict(found.trace.steps[-1].state))
