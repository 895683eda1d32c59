"""Values of a context travel with the job: as JSON has them, as they were at submit, and to each attempt anew."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from goqueue import JobContext, MemoryStorage, Queue, Retry
from goqueue.storage import SQLiteStorage, Storage

from .parts import ctx, queue_of


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
