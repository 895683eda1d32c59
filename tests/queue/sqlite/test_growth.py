"""A SQLite storage with many jobs: no step of a queue at work looks at more of them than it takes or forgets.

What a statement looks at is asked of SQLite's own plan, so nothing here is timed.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from goqueue import JobNotFound, Queue, Retention, Status
from goqueue.job import DONE, PENDING, Outcome, Record, id_of
from goqueue.storage import Query, SQLiteStorage
from goqueue.storage.sqlite import leases, statements
from goqueue.storage.sqlite import storage as module

from ..parts import TYPES, Clock, ctx

NOW = 1_800_000_000.0
PAGE = statements.PAGE


@pytest.fixture
def storage(path: Path, set_clock: Clock) -> Iterator[SQLiteStorage]:
    storage = SQLiteStorage(path, retention=Retention(most=5))
    yield storage
    storage.close()


def add(storage: SQLiteStorage, jobs: int, job_type: str = "webhook", delay: float = 0.0) -> list[int]:
    records = [Record(job_type, None, 9) for _ in range(jobs)]
    assert storage.add(records, delay)
    return [record.key for record in records]


def complete(storage: SQLiteStorage, jobs: int) -> None:
    add(storage, jobs)
    storage.settle_and_claim([(record, DONE) for record in storage.settle_and_claim((), jobs, TYPES)], 0, ())


AT_WORK: dict[str, tuple[str, Sequence[object]]] = {
    "a look": (statements.any_due(2), (NOW, *TYPES)),
    "a claim of one type": (statements.claim(1), (NOW, 1, 64, "webhook")),
    "a claim of two": (statements.claim(2), (NOW, 1, 64, *TYPES)),
    "when the next is due": (statements.NEXT_DUE, (NOW,)),
    "which are to stop": (statements.cancelling(2), (1, 2)),
    "forgetting the old": (statements.OLD, ("failed", NOW)),
    "forgetting the many": (statements.MANY, ("failed", "failed", 5)),
    "how many there are": (statements.COUNT, ()),
    "a page of a status": statements.listing(Query(status=Status.FAILED)),
    "a page of a type": statements.listing(Query(type="mail")),
    "what a dead worker ran": (leases.TAKE_BACK, (NOW, 5, 5, 5, 1)),
    "the last key": (statements.REMEMBER_LAST, ()),
}


def looks_at_all(storage: SQLiteStorage, text: str, values: Sequence[object]) -> list[str]:
    """Return the steps of a plan that look at each job there is."""
    plan = storage._writer.do(lambda on: on.execute(f"EXPLAIN QUERY PLAN {text}", values).fetchall())
    return [step for *_, step in plan if step.startswith("SCAN jobs")]


@pytest.mark.parametrize("name", AT_WORK)
def test_no_statement_of_a_queue_at_work_looks_at_all_jobs(storage: SQLiteStorage, name: str) -> None:
    assert looks_at_all(storage, *AT_WORK[name]) == []
    assert looks_at_all(storage, "SELECT count(attempts) FROM jobs", ()) != []  # the plan of one that does shows it


@pytest.mark.parametrize("types", [1, 3, statements.MOST_PARTS])
def test_a_claim_goes_through_the_first_jobs_of_each_type_and_sorts_no_others(
    storage: SQLiteStorage, types: int
) -> None:
    values = (NOW, 1, 5, *(f"type {number}" for number in range(types)))
    plan = storage._writer.do(lambda on: on.execute(f"EXPLAIN QUERY PLAN {statements.claim(types)}", values).fetchall())
    steps = [step for *_, step in plan if step.startswith(("SEARCH jobs USING", "USE TEMP B-TREE"))]
    assert sum("INDEX pending" in step for step in steps) == 2 * types
    assert not [step for step in steps if "by_status" in step or "by_type" in step]
    assert sum("TEMP B-TREE" in step for step in steps) == 1  # for the few that the parts have found


def test_a_claim_of_more_types_than_a_statement_may_have_parts_works(storage: SQLiteStorage) -> None:
    types = [f"type {number}" for number in range(3 * statements.MOST_PARTS)]
    keys = [add(storage, 1, job_type)[0] for job_type in (types[7], types[-1], types[0])]
    assert [record.key for record in storage.settle_and_claim((), 4, types)] == keys


@pytest.mark.parametrize(("status", "index"), [(Status.FAILED, "by_status"), (Status.COMPLETED, "by_type")])
def test_a_page_of_a_status_and_a_type_goes_through_the_few(storage: SQLiteStorage, status: Status, index: str) -> None:
    text, values = statements.listing(Query(status=status, type="mail"))
    plan = storage._writer.do(lambda on: on.execute(f"EXPLAIN QUERY PLAN {text}", values).fetchall())
    assert [step for *_, step in plan if index in step]
    assert not [step for *_, step in plan if "TEMP B-TREE" in step], "the pages come in the order of the index"


def test_the_oldest_comes_first_whatever_its_type(storage: SQLiteStorage) -> None:
    keys = [key for _ in range(5) for job_type in ("webhook", "mail", "webhook") for key in add(storage, 1, job_type)]
    claimed: list[int] = []
    while records := storage.settle_and_claim((), 4, TYPES):
        claimed += [record.key for record in records]
    assert claimed == keys


def test_the_next_is_the_earliest_of_any_type(storage: SQLiteStorage, set_clock: Clock) -> None:
    assert storage.next_due() is None
    for job_type, delay in (("print", 30.0), ("mail", 0.0), ("mail", 20.0), ("webhook", 40.0)):
        add(storage, 1, job_type, delay)
    for expected in (20.0, 10.0, 10.0, None):
        assert storage.next_due() == (None if expected is None else pytest.approx(expected))
        set_clock.go_on(expected or 0.0)


@pytest.mark.parametrize(("seconds", "left"), [(3600.0, [5]), (0.0, [PAGE + 20, 20, 5])], ids=["much time", "none"])
def test_maintenance_forgets_pages_of_what_is_too_many_for_as_long_as_it_may(
    storage: SQLiteStorage, monkeypatch: pytest.MonkeyPatch, seconds: float, left: list[int]
) -> None:
    monkeypatch.setattr(module, "FORGETTING", seconds)
    complete(storage, 2 * PAGE + 20)
    for count in left:
        assert storage.maintain(()) == []
        assert storage.count()[Status.COMPLETED] == count


def test_the_oldest_end_goes_first(storage: SQLiteStorage, set_clock: Clock) -> None:
    keys = add(storage, 8)
    for record in reversed(storage.settle_and_claim((), 8, TYPES)):
        set_clock.go_on(1.0)
        storage.settle_and_claim([(record, DONE)], 0, ())
    storage.maintain(())
    assert [storage.get(key) is None for key in keys] == [False] * 5 + [True] * 3


def test_a_claim_makes_room_at_once_and_not_when_it_is_counted_again(storage: SQLiteStorage) -> None:
    add(storage, 2)
    assert not storage.add([Record("webhook", None)], 0.0, 2)
    (claimed,) = storage.settle_and_claim((), 1, TYPES)
    assert storage.add([Record("webhook", None)], 0.0, 2)
    assert not storage.add([Record("webhook", None)], 0.0, 2)
    storage.settle_and_claim([(claimed, Outcome(PENDING, error="503", delay=60.0))], 2, TYPES)
    assert storage.backlog() == 0


@pytest.mark.parametrize("key", [1 << 63, (1 << 64) - 1, 1 << 200])
def test_an_id_greater_than_any_is_not_found_and_a_greater_age_lists_nothing(storage: SQLiteStorage, key: int) -> None:
    queue = Queue(storage=storage)
    add(storage, 1)
    assert queue.list_jobs(ctx, older_than=float(key) * 1e240) == []
    for call in (queue.get_job, queue.cancel, queue.delete):
        with pytest.raises(JobNotFound):
            call(ctx, id_of(key, storage.node))
