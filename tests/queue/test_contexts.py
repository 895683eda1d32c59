"""What contexts mean: the caller's bounds its call, and the handler's says when to stop.

Values of a context travel with the job: as JSON has them, as they were at submit, and to each attempt anew.
"""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from goqueue import Cancelled, Context, DeadlineExceeded, JobContext, MemoryStorage, Queue, Retry, Status
from goqueue.errors import StorageLocked
from goqueue.running.calls import patient
from goqueue.storage import SQLiteStorage, Storage
from goqueue.storage.patience import Patience

from .parts import ctx, nap, queue_of, submit


def ended() -> Context:
    """Return a context that was cancelled."""
    gone = Context()
    gone.cancel("the request was answered")
    return gone


CALLS: dict[str, Callable[[Queue, Context, str], object]] = {
    "submit_job": lambda queue, gone, job: queue.submit_job(gone, "webhook", 0),
    "submit_many": lambda queue, gone, job: queue.submit_many(gone, "webhook", [0, 0]),
    "get_job": lambda queue, gone, job: queue.get_job(gone, job),
    "wait": lambda queue, gone, job: queue.wait(gone, job),
    "wait_many": lambda queue, gone, job: queue.wait_many(gone, [job]),
    "as_completed": lambda queue, gone, job: list(queue.as_completed(gone, [job])),
    "list_jobs": lambda queue, gone, job: queue.list_jobs(gone),
    "count": lambda queue, gone, job: queue.count(gone),
    "cancel": lambda queue, gone, job: queue.cancel(gone, job),
    "delete": lambda queue, gone, job: queue.delete(gone, job),
}


@pytest.mark.parametrize("call", CALLS)
def test_a_call_whose_context_has_ended_does_nothing_and_says_why(clock: Any, call: str) -> None:
    queue = Queue()
    job = queue.submit_job(ctx, "webhook", 0)
    with pytest.raises(Cancelled, match="the request was answered"):
        CALLS[call](queue, ended(), job.id)
    assert queue.list_jobs(ctx) == [job]


def test_a_producer_that_waits_for_room_goes_on_once_half_the_buffer_is_free(clock: Any) -> None:
    with queue_of(nap, workers=1, buffer_size=4) as queue:
        submit(queue, 10)
        time.sleep(1.0)  # it runs; the next ones wait
        queue.submit_many(ctx, "webhook", [10] * 4)
        submit(queue, 0)
        assert time.monotonic() == 20.0
        queue.stop(grace=0.0)


def test_many_wait_for_room_as_one_and_are_kept_all_or_none(clock: Any) -> None:
    queue = Queue(buffer_size=2)
    queue.submit_many(ctx, "webhook", [0] * 100)  # there was room for the first
    with pytest.raises(DeadlineExceeded):
        queue.submit_many(ctx.with_timeout(3.0), "webhook", [0] * 100)
    assert time.monotonic() == 3.0
    assert queue.count(ctx)[Status.PENDING] == 100
    assert queue.submit_many(ended(), "webhook", []) == []


def test_the_end_of_starts_context_stops_the_queue_and_lets_handlers_finish(clock: Any) -> None:
    said: list[Any] = []

    def listen(ctx: JobContext, payload: Any) -> None:
        ctx.wait(payload)
        said.append((ctx.err, time.monotonic()))
        ctx.raise_if_done()

    queue = queue_of(listen)
    queue.submit_many(ctx, "webhook", [3.0, 60.0])
    report = queue.start(ctx.with_timeout(1.0), grace=5.0)
    assert said[0] == (None, 3.0)
    assert (type(said[1][0]), str(said[1][0]), said[1][1]) == (Cancelled, "the queue stops", 6.0)
    assert (report.completed, len(report.handed_back)) == (1, 1)


def test_a_handler_knows_its_attempt_its_job_and_how_long_it_has(clock: Any) -> None:
    seen: list[Any] = []

    def look(ctx: JobContext, payload: Any) -> None:
        seen.append((ctx.attempt, ctx.job_id, ctx.remaining()))
        raise ConnectionError("down")

    def ran(**options: Any) -> str:
        return queue.wait(ctx, submit(queue, **options)).id

    with queue_of(look, timeout=60.0, retry=Retry(attempts=1, base=0.0)) as queue:
        soon = datetime.fromtimestamp(time.time(), UTC) + timedelta(seconds=20)
        ids = [ran(), ran(timeout=90.0), ran(deadline=soon), ran(deadline=soon, timeout=5.0)]
        twice = ran(max_retry=2)
    assert seen[:4] == [(1, job_id, pytest.approx(left)) for job_id, left in zip(ids, (60, 90, 20, 5), strict=True)]
    assert [each[:2] for each in seen[4:]] == [(1, twice), (2, twice)]


def test_a_thread_that_a_handler_left_behind_hears_that_it_has_returned(clock: Any) -> None:
    heard: list[float] = []

    def leave(ctx: JobContext, payload: Any) -> None:
        threading.Thread(target=lambda: heard.append(time.monotonic()) if ctx.wait(60.0) else None).start()
        time.sleep(2.0)

    with queue_of(leave) as queue:
        queue.wait(ctx, submit(queue))
        time.sleep(5.0)  # the queue's own end comes later
        assert heard == [2.0]


@pytest.fixture(params=["memory", "file"])
def storage(clock: Any, request: pytest.FixtureRequest, path: Path) -> Iterator[Storage]:
    storage: Storage = MemoryStorage() if request.param == "memory" else SQLiteStorage(path)
    yield storage
    storage.close()


def test_values_of_the_submitter_travel_and_go_before_those_of_start(clock: Any) -> None:
    seen: list[Any] = []
    queue = queue_of(lambda ctx, payload: seen.append((ctx.values, ctx.value("none", 17))))
    mine = ctx.with_value("request", "r-1").with_value("order", 17)
    queue.submit_job(mine, "webhook")
    queue.submit_many(mine, "webhook", [1])
    queue.submit_job(ctx, "webhook")
    queue.start(ctx.with_value("request", "r-0").with_value("host", "a").with_timeout(1.0))
    both = {"request": "r-1", "order": 17, "host": "a"}
    assert sorted(seen, key=len) == [(both, 17), (both, 17), ({"request": "r-0", "host": "a"}, 17)]


def test_values_come_as_json_has_them_and_as_they_were_at_submit(storage: Storage) -> None:
    seen: list[Any] = []
    queue = Queue(storage=storage)
    queue.register_handler("webhook", lambda ctx, payload: seen.append(ctx.value("tags")))
    tags: dict[str, Any] = {"pair": (1, 2), "list": [1]}
    queue.submit_job(ctx.with_value("tags", tags), "webhook")
    tags["list"].append(2)
    with queue:
        time.sleep(1.0)
    assert seen == [{"pair": [1, 2], "list": [1]}]


@pytest.mark.parametrize("value", [[0], {"list": [0]}, {"flat": 0}])
def test_what_a_handler_does_to_a_value_is_seen_by_no_other_attempt_or_job(storage: Storage, value: Any) -> None:
    seen: list[Any] = []

    def edit(ctx: JobContext, payload: Any) -> None:
        seen.append(str(ctx.value("tags")))
        ctx.value("tags").clear()
        raise ConnectionError("down")

    queue = Queue(storage=storage)
    queue.register_handler("webhook", edit, retry=Retry(attempts=3, base=0.0))
    with queue:
        jobs = queue.submit_many(ctx.with_value("tags", value), "webhook", [1, 2])
        queue.wait_many(ctx, jobs)
    assert seen == [str(value)] * 6


def test_a_storage_that_gives_up_a_little_early_gave_up_because_of_the_context() -> None:
    """A server counts whole milliseconds, so it may end a call up to one before its context ends."""
    with pytest.raises(DeadlineExceeded), patient(Context().with_timeout(0.009), Patience().of):
        raise StorageLocked("the server ended the call")
    with pytest.raises(StorageLocked), patient(Context().with_timeout(60), Patience().of):
        raise StorageLocked("somebody holds a lock")
