"""Unique keys: a POST that comes twice makes one job, whichever process gets it, and a key is free again in time."""

import contextlib
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from goqueue import Context, DuplicateKey, Job, JobContext, MemoryStorage, PayloadError, Queue, Retention, SQLiteStorage
from goqueue.job import Options, Record, Status
from goqueue.races import explore
from goqueue.storage import Storage, holders, lines, memory
from goqueue.storage.sqlite import check
from goqueue.testing import InlineQueue, RecordingQueue

from ..files import write
from ..races.proving import proof, together

ctx = Context()


@pytest.fixture(params=["memory", "each commit", "write-behind"])
def queue(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Queue]:
    kind = request.param
    storage: Storage = MemoryStorage()
    if kind != "memory":
        storage = SQLiteStorage(tmp_path / "jobs.db", durability=kind)
    queue = Queue(workers=2, storage=storage)
    yield queue
    queue.close()


def submit(queue: Queue, payload: Any = None, **more: Any) -> Job:
    return queue.submit_job(ctx, "mail", payload, **{"key": "mail-17", **more})


def test_a_post_that_comes_twice_makes_one_job(queue: Queue) -> None:
    """Also when the first has ended meanwhile: the answer to the second is the job with its result."""
    ran = []

    @queue.handler("mail")
    def send(ctx: JobContext, payload: Any) -> Any:
        ran.append(payload)
        return payload

    with queue:
        first = submit(queue, 1, key_until="forgotten")
        ended = queue.wait(ctx, first)
        second = submit(queue, 2, key_until="forgotten")
    assert (second.id, second.key, second.result) == (first.id, "mail-17", ended.result)
    assert ran == [1]


def test_a_key_is_free_again_when_its_job_has_ended(queue: Queue) -> None:
    """A result that is kept blocks nothing, unless somebody says so."""
    queue.register_handler("mail", lambda ctx, payload: payload)
    with queue:
        first = queue.wait(ctx, submit(queue, 1))
        second = queue.wait(ctx, submit(queue, 2))
    assert (first.result, second.result) == (1, 2)


def test_a_duplicate_can_be_an_error(queue: Queue) -> None:
    first = submit(queue)
    with pytest.raises(
        DuplicateKey, match="key 'mail-17' of type 'mail' belongs to job .*, which is pending"
    ) as caught:
        submit(queue, on_duplicate="raise")
    assert caught.value.job_id == first.id
    assert queue.count(ctx)[Status.PENDING] == 1


def test_replacing_ends_the_wait_for_what_waits_and_tells_what_runs(queue: Queue) -> None:
    told, runs = [], threading.Event()

    def handler(ctx: JobContext, payload: Any) -> None:
        if payload == "runs":
            runs.set()
            told.append(ctx.wait(60.0))
            ctx.raise_if_done()

    queue.register_handler("mail", handler)
    waits = submit(queue, delay=3600.0)
    running = submit(queue, "runs", on_duplicate="replace")
    assert queue.wait(ctx, waits).status is Status.CANCELLED
    with queue:
        assert runs.wait(60.0)
        last = submit(queue, "last", on_duplicate="replace")
        ended = queue.wait_many(ctx, [running, last])
    assert [job.status for job in ended] == [Status.CANCELLED, Status.COMPLETED]
    assert told == [True]


@pytest.mark.parametrize(
    ("options", "kind", "match"),
    [
        ({"key": ""}, ValueError, "key is '': it must not be empty"),
        ({"key": "x" * 10_000}, ValueError, "key has 10,000 characters, and at most 255 are allowed: use a digest"),
        ({"key": 17}, TypeError, "key is 17: it must be text, such as 'mail-17'"),
        ({"key": b"mail-17"}, TypeError, "it must be text"),
        ({"key": ["mail"]}, TypeError, "it must be text"),
        ({"key": "\udcff"}, ValueError, "it holds a lone surrogate"),
        ({"key": "a\0b"}, ValueError, r"key is 'a\\x00b': it holds a NUL, which no PostgreSQL can hold: leave it out"),
        (
            {"on_duplicate": "replcae"},
            ValueError,
            "on_duplicate is 'replcae': it must be one of 'ignore', 'replace', 'ra",
        ),
        ({"on_duplicate": None}, ValueError, "on_duplicate is None"),
        ({"key_until": 60}, ValueError, "key_until is 60: it must be one of 'ended', 'forgotten'"),
        ({"key": None, "on_duplicate": "raise"}, ValueError, "are about a key, and none is given"),
    ],
)
def test_what_is_no_key_is_refused(options: dict[str, Any], kind: type[Exception], match: str, queue: Queue) -> None:
    send = queue.task(name="mail")(lambda: None)
    with pytest.raises(kind, match=match):
        submit(queue, **options)
    with pytest.raises(kind, match=match):
        send.options(**{"key": "mail-17", **options})
    assert queue.count(ctx)[Status.PENDING] == 0


def test_an_error_keeps_no_key(queue: Queue) -> None:
    with pytest.raises(PayloadError):
        submit(queue, {1, 2})
    with pytest.raises(ValueError, match="delay"):
        submit(queue, delay=-1.0)
    assert submit(queue, "right").payload == "right"


def test_a_task_has_keys_too(queue: Queue) -> None:
    @queue.task()
    def send(order: int) -> int:
        return order

    first = send.options(key="mail-17", key_until="forgotten").submit(17)
    with queue:
        assert first.wait(60.0).result == 17
        assert send.options(key="mail-17").submit(18).wait(60.0).result == 17


def test_queues_for_tests_have_keys_too() -> None:
    inline, recorded = InlineQueue(), RecordingQueue()
    inline.register_handler("mail", lambda ctx, payload: payload)
    assert submit(inline, 1, key_until="forgotten").id == submit(inline, 2).id
    assert submit(recorded, 1, delay=5.0).id == submit(recorded, 2).id
    recorded.assert_submitted("mail", 1, times=1)
    assert recorded.delays == [5.0]


SUBMITS = """
import sys
from goqueue import Context, Queue
queue = Queue(storage=sys.argv[1])
sys.stdin.readline()
for number in range(40):
    queue.submit_job(Context(), "mail", sys.argv[2], key=f"mail-{number}", on_duplicate=sys.argv[3])
queue.storage.close()
"""


@pytest.mark.parametrize("how", ["ignore", "replace"])
def test_two_processes_that_submit_at_once_make_one_job(how: str, tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    queue = Queue(storage=path)
    others = [
        subprocess.Popen([sys.executable, "-c", SUBMITS, path, name, how], stdin=subprocess.PIPE) for name in "ab"
    ]
    for other in others:
        assert other.stdin is not None
        other.stdin.close()
    assert [other.wait(60.0) for other in others] == [0, 0]
    kept = queue.list_jobs(ctx, status="pending", limit=100)
    assert sorted(str(job.key) for job in kept) == sorted(f"mail-{number}" for number in range(40))
    assert queue.count(ctx)[Status.CANCELLED] == (40 if how == "replace" else 0)
    queue.close()
    assert check(str(path)) == []


def test_the_file_itself_lets_no_second_one_in(tmp_path: Path) -> None:
    """Whatever else goes wrong: the index refuses."""
    queue = Queue(storage=tmp_path / "jobs.db")
    submit(queue)
    storage = queue.storage
    assert isinstance(storage, SQLiteStorage)
    with pytest.raises(Exception, match="UNIQUE"):
        write(
            storage,
            "INSERT INTO jobs (key, type, name, status, due, updated, attempts, max_retry, error) "
            "VALUES (1, 'mail', 'mail-17', 'pending', 0.0, 0.0, 0, 1, '')",
        )
    queue.close()


def unique(replace: bool = False) -> Callable[[MemoryStorage], tuple[Record, bool]]:
    def add(storage: MemoryStorage) -> tuple[Record, bool]:
        record = Record("mail", None, 1, Options(key="mail-17"))
        return record, storage.add_unique(record, 0.0, None, replace).accepted

    return add


def test_keys_in_memory_take_no_more_room_than_jobs() -> None:
    storage = MemoryStorage(Retention(0.0, 0.0, most=0))
    for number in range(1_000):
        record = Record("mail", None, 1, Options(key=f"mail-{number}"))
        assert storage.add_unique(record, 0.0, None, False).accepted
        storage.cancel(record.key)
    assert len(storage._holders) <= holders.FEW


@pytest.mark.parametrize("replace", [False, True])
def test_an_interrupted_submission_leaves_one_holder(replace: bool) -> None:
    """Ctrl-C at each step, by the race lab: the job is there and has the key, or the one before it is as it was."""

    def model() -> None:
        storage = MemoryStorage()
        if replace:
            unique()(storage)
        with contextlib.suppress(KeyboardInterrupt):
            unique(replace)(storage)
        _, accepted = unique()(storage)
        assert storage.count()[Status.PENDING] == 1
        assert storage.backlog() == 1 or replace  # as after any cancel that is interrupted
        assert not (accepted and replace)

    result = explore(model, modules=[memory, lines, holders], interrupts=1)
    assert result.verdict == "exhausted", result


@proof
def test_one_of_two_threads_gets_the_key() -> None:
    """Two submissions with one key, while a worker claims: one job in all, which runs once."""
    storage, accepted, ran = MemoryStorage(), [], []
    together(
        first=lambda: accepted.append(unique()(storage)[1]),
        second=lambda: accepted.append(unique()(storage)[1]),
        worker=lambda: ran.extend(storage.settle_and_claim((), 1)),
    )
    assert sorted(accepted) == [False, True]
    assert storage.backlog() + len(ran) == 1


@proof
def test_a_replaced_job_runs_or_is_cancelled() -> None:
    """A worker claims a job while another replaces it: never do both wait, and the new one has the key."""
    storage = MemoryStorage()
    old, _ = unique()(storage)
    new: list[Record] = []
    ran: list[Record] = []
    together(
        replacer=lambda: new.append(unique(replace=True)(storage)[0]),
        worker=lambda: ran.extend(storage.settle_and_claim((), 1)),
    )
    was, now = storage.get(old.key), storage.get(new[0].key)
    assert was is not None
    assert now is not None
    assert was.status is (Status.RUNNING if old in ran else Status.CANCELLED), was
    assert now.status is (Status.RUNNING if new[0] in ran else Status.PENDING), now
    assert not unique()(storage)[1]
