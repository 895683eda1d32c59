"""Leases and clocks of a SQLite storage: which process is considered dead, and what a set clock moves.

Two storages on one file stand for two processes. Time is a `Clock` that each module of the storage reads.
"""

import gc
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from goqueue import JobContext, Queue, Retention, Status
from goqueue.job import DONE, PENDING, Job, Outcome, Record
from goqueue.storage import SQLiteStorage
from goqueue.storage.sqlite import leases, presence, statements

from ..files import DURABILITIES, locked, records, write
from ..parts import PATIENCE, TYPES, Clock, ctx

DAY = 86400.0
Pair = tuple[SQLiteStorage, SQLiteStorage]


@pytest.fixture
def two(path: Path, set_clock: Clock) -> Iterator[Pair]:
    """Two storages on one file, with a lease of 6 seconds."""
    one, other = SQLiteStorage(path, max_lost=2), SQLiteStorage(path, max_lost=2)
    yield one, other
    one.close()
    other.close()


@pytest.fixture
def pair(two: Pair, monkeypatch: pytest.MonkeyPatch) -> Pair:
    """The same, where there are no locks, so that the heartbeats decide alone who is dead."""
    monkeypatch.setattr(presence.Presence, "holds", lambda self, worker: False)
    return two


def submit(storage: SQLiteStorage, delay: float = 0.0) -> Record:
    record = Record("webhook", None, 3)
    assert storage.add([record], delay)
    return record


def running(storage: SQLiteStorage) -> tuple[Record, Record]:
    """Submit a job and claim it. Return it as it was submitted, and as it was claimed."""
    job = submit(storage)
    (held,) = storage.settle_and_claim((), 1, TYPES)
    return job, held


def look(storage: SQLiteStorage, key: int) -> Job:
    job = storage.get(key)
    assert job is not None
    return job


def workers(storage: SQLiteStorage) -> set[int]:
    return {worker for (worker,) in write(storage, "SELECT id FROM workers")}


def kill(storage: SQLiteStorage) -> SQLiteStorage:
    """Do what the kernel does when the process of a storage ends."""
    storage._leases.presence.leave(storage._leases.worker)
    return storage


def watch(storage: SQLiteStorage, set_clock: Clock, seconds: float) -> None:
    """Maintain `storage` each second, for so long."""
    storage.maintain(())
    for _ in range(int(seconds)):
        set_clock.go_on(1.0)
        storage.maintain(())


def test_a_slow_worker_is_not_considered_dead(pair: Pair, set_clock: Clock) -> None:
    slow, other = pair
    job, held = running(slow)
    for _ in range(20):  # a heartbeat at the last moment, again and again
        watch(other, set_clock, 5.0)
        assert slow.maintain([held]) == []
    assert look(other, job.key).status is Status.RUNNING
    slow.settle_and_claim([(held, DONE)], 0, ())
    assert look(other, job.key).status is Status.COMPLETED


def dies(storage: SQLiteStorage, clock: Clock, job: Record) -> None:
    """Watch a lease that ends: its job still runs a second before, and is pending then."""
    watch(storage, clock, 5.0)
    assert look(storage, job.key).status is Status.RUNNING
    watch(storage, clock, 1.0)
    assert look(storage, job.key).status is Status.PENDING


@pytest.mark.parametrize("unwatched", [0.0, 1_000.0], ids=["at once", "a whole lease after a watcher comes"])
def test_a_dead_one_is_once_the_lease_ends_and_its_job_keeps_its_attempts(
    pair: Pair, set_clock: Clock, unwatched: float
) -> None:
    dead, other = pair
    job, _ = running(dead)
    set_clock.go_on(unwatched)
    dies(other, set_clock, job)
    assert look(other, job.key).attempts == 0
    assert workers(other) == set()
    (taken,) = other.settle_and_claim((), 1, TYPES)
    assert taken.key == job.key


def test_an_outcome_that_comes_late_is_dropped_and_what_runs_is_to_be_cancelled(
    pair: Pair, set_clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    late, other = pair
    first, second = submit(late), submit(late)
    held = late.settle_and_claim((), 2, TYPES)
    (before,) = workers(other)
    watch(other, set_clock, 6.0)
    (again,) = other.settle_and_claim((), 1, TYPES)
    assert again.key == first.key

    late.settle_and_claim([(held[0], Outcome(PENDING, error="late", delay=5.0))], 0, ())
    assert f"{look(late, first.key).id} is no longer ours" in caplog.text
    found = look(late, first.key)
    assert (found.status, found.error, found.attempts) == (Status.RUNNING, "", 1)

    assert late.maintain(held) == held  # each is to be cancelled, also the one that nobody has taken yet
    assert late.maintain(()) == []
    (mine,) = late.settle_and_claim((), 1, TYPES)
    assert mine.key == second.key
    assert before not in workers(late)
    assert len(workers(late)) == 2  # under a new id
    assert late.maintain([mine]) == []
    caplog.clear()
    late.settle_and_claim([(mine, DONE)], 0, ())
    other.settle_and_claim([(again, DONE)], 0, ())
    assert caplog.text == ""
    assert late.count()[Status.COMPLETED] == 2


def test_who_claims_before_it_knows_that_it_was_dead_has_a_new_id(pair: Pair, set_clock: Clock) -> None:
    late, other = pair
    _, held = running(late)
    watch(other, set_clock, 6.0)
    (again,) = late.settle_and_claim((), 1, TYPES)  # the same job: its lease is another
    assert late.maintain([held, again]) == [held]
    late.settle_and_claim([(held, DONE)], 0, ())
    assert look(late, again.key).status is Status.RUNNING
    late.settle_and_claim([(again, DONE)], 0, ())
    assert look(late, again.key).status is Status.COMPLETED


def test_a_job_whose_worker_died_max_lost_times_fails(
    pair: Pair, set_clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    dead, other = pair
    job = submit(dead)
    for _ in range(2):
        assert len(dead.settle_and_claim((), 1, TYPES)) == 1
        watch(other, set_clock, 6.0)
    found = look(other, job.key)
    assert (found.status, found.error, found.attempts) == (Status.FAILED, "its worker died 2 times while it ran", 1)
    assert dead.settle_and_claim((), 1, TYPES) == []
    (said,) = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert said == f"Job {found.id} (webhook) failed at attempt 1: its worker died 2 times while it ran"


def test_a_cancelling_job_of_a_dead_worker_is_cancelled(pair: Pair, set_clock: Clock) -> None:
    dead, other = pair
    job, _ = running(dead)
    marked = other.cancel(job.key)
    assert marked is not None
    assert marked.status is Status.RUNNING
    watch(other, set_clock, 6.0)
    found = look(other, job.key)
    assert (found.status, found.attempts) == (Status.CANCELLED, 1)  # as one that was cancelled while its worker lived
    assert other.settle_and_claim((), 1, TYPES) == []


def test_a_clean_close_leaves_the_list_of_workers_and_one_with_jobs_does_not(pair: Pair, set_clock: Clock) -> None:
    one, other = pair
    _, held = running(one)
    _, theirs = running(other)
    assert len(workers(one)) == 2
    one.settle_and_claim([(held, DONE)], 0, ())
    one.close()
    assert len(workers(other)) == 1
    other.close()
    third = SQLiteStorage(one.path)
    assert len(workers(third)) == 1, "its job runs: its lease must end by itself"
    watch(third, set_clock, 6.0)
    assert look(third, theirs.key).status is Status.PENDING
    third.close()


@pytest.mark.parametrize("closes", [True, False])
def test_a_worker_that_ended_without_a_job_is_not_said_to_have_died(
    path: Path, set_clock: Clock, closes: bool, caplog: pytest.LogCaptureFixture
) -> None:
    one, other = SQLiteStorage(path), SQLiteStorage(path)
    _, held = running(one)
    one.settle_and_claim([(held, DONE)], 0, ())
    assert len(workers(other)) == 1
    if closes:
        one.close()
    else:
        kill(one)
    watch(other, set_clock, 60.0)
    assert workers(other) == set()
    assert caplog.text == ""
    other.close()


@pytest.mark.parametrize("jump", [DAY, -DAY])
@pytest.mark.parametrize("durability", DURABILITIES)
def test_ids_stay_unique_and_in_order_when_the_clock_is_set(
    path: Path, set_clock: Clock, monkeypatch: pytest.MonkeyPatch, jump: float, durability: str
) -> None:
    monkeypatch.setattr(time, "time_ns", set_clock.time_ns)  # its thread sleeps by the real clock
    storage = SQLiteStorage(path, durability=durability)
    keys = []
    for _ in range(3):
        for _ in range(3):  # at one and the same moment
            many = records(2)
            storage.add(many)
            keys += [each.key for each in many] + [submit(storage).key]
        set_clock.of_day += jump
    assert keys == sorted(set(keys))
    storage.close()
    storage = SQLiteStorage(path, durability="each commit")
    assert submit(storage).key > keys[-1]
    storage.close()


@pytest.mark.parametrize("forget", ["delete", "retention"])
def test_an_id_is_not_given_again_when_the_newest_job_was_deleted(path: Path, set_clock: Clock, forget: str) -> None:
    storage = SQLiteStorage(path, retention=Retention(completed=0.0))
    key = submit(storage).key
    if forget == "delete":
        assert storage.delete(key)
    else:
        storage.settle_and_claim([(storage.settle_and_claim((), 1, TYPES)[0], DONE)], 0, ())
        set_clock.go_on(0.001)
        storage.maintain(())
        set_clock.go_on(-0.001)
    assert storage.get(key) is None
    assert submit(storage).key > key
    storage.close()


@pytest.mark.parametrize("jump", [DAY, -DAY])
def test_a_set_clock_does_not_touch_leases(pair: Pair, set_clock: Clock, jump: float) -> None:
    slow, other = pair
    job, held = running(slow)
    other.maintain(())
    set_clock.of_day += jump
    watch(other, set_clock, 5.0)
    assert look(other, job.key).status is Status.RUNNING
    assert slow.maintain([held]) == []
    set_clock.of_day -= jump
    dies(other, set_clock, job)


def test_waiting_retries_move_by_as_much_as_the_clock(pair: Pair, set_clock: Clock) -> None:
    storage, _ = pair
    _, held = running(storage)
    storage.settle_and_claim([(held, Outcome(PENDING, error="503", delay=10.0))], 0, ())
    assert storage.next_due() == pytest.approx(10.0)
    set_clock.of_day -= DAY
    assert storage.next_due() == pytest.approx(DAY + 10.0)
    assert storage.settle_and_claim((), 1, TYPES) == []
    set_clock.of_day += DAY
    set_clock.go_on(9.9)
    assert storage.settle_and_claim((), 1, TYPES) == []
    set_clock.of_day += DAY
    assert storage.next_due() is None
    assert len(storage.settle_and_claim((), 1, TYPES)) == 1


def test_an_error_of_a_transaction_forgets_no_dead_worker(
    pair: Pair, set_clock: Clock, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The burial is rolled back with the rest: the next maintenance does it again."""
    dead, other = pair
    job, _ = running(dead)
    watch(other, set_clock, 5.0)
    set_clock.go_on(1.0)
    with monkeypatch.context() as broken, caplog.at_level(logging.WARNING):
        broken.setattr(statements, "cancelling", lambda keys: "SELECT * FROM missing")
        with pytest.raises(Exception, match="its database failed"):
            other.maintain(())
    assert look(other, job.key).status is Status.RUNNING
    other.maintain(())
    assert look(other, job.key).status is Status.PENDING


def test_a_process_that_was_stopped_itself_considers_nobody_dead(pair: Pair, set_clock: Clock) -> None:
    """All processes are stopped together. The observer goes on first: it has seen no heartbeat, but it slept itself."""
    worker, observer = pair
    job, held = running(worker)
    observer.maintain(())
    set_clock.go_on(60.0)
    observer.maintain(())
    assert look(observer, job.key).status is Status.RUNNING
    worker.maintain([held])
    watch(observer, set_clock, 7.0)
    assert look(observer, job.key).status is Status.PENDING  # and now it is dead


# -- locks: a process that lives is not considered dead ---------------------------------------------------


def test_who_lives_and_sends_no_heartbeat_is_not_considered_dead_until_its_lock_is_free(
    two: Pair, set_clock: Clock
) -> None:
    busy, other = two
    job, held = running(busy)
    watch(other, set_clock, 60.0)
    assert look(other, job.key).status is Status.RUNNING
    assert busy.maintain([held]) == []
    watch(other, set_clock, 60.0)
    kill(busy)
    watch(other, set_clock, 1.0)
    assert look(other, job.key).status is Status.PENDING


def test_who_is_not_heard_of_for_very_long_is_given_up(two: Pair, set_clock: Clock) -> None:
    hung, other = two
    job, _ = running(hung)
    watch(other, set_clock, leases.UNHEARD - 1.0)
    assert look(other, job.key).status is Status.RUNNING
    watch(other, set_clock, 2.0)
    assert look(other, job.key).status is Status.PENDING


def test_a_storage_that_is_closed_or_dropped_gives_its_lock_back(two: Pair, path: Path, set_clock: Clock) -> None:
    _, other = two
    third = SQLiteStorage(path)
    running(third)
    worker = third._leases.worker
    assert other._leases.presence.holds(worker)
    del third
    gc.collect()
    assert not other._leases.presence.holds(worker)


def test_a_queue_that_stopped_gives_up_what_it_could_not_settle_though_its_storage_is_open(
    two: Pair, set_clock: Clock
) -> None:
    storage, other = two
    leave, leave_too = storage.attend(), storage.attend()
    job, _ = running(storage)
    leave()
    watch(other, set_clock, 60.0)
    assert look(other, job.key).status is Status.RUNNING, "another queue works with the same storage"
    leave_too()
    watch(other, set_clock, 6.0)
    assert look(other, job.key).status is Status.PENDING
    storage.attend()
    _, held = running(storage)
    watch(other, set_clock, 60.0)
    assert look(other, held.key).status is Status.RUNNING, "its next queue has a lease again"


@pytest.mark.slow  # a second of real time, in which a handler and two calls of a held file are given up
def test_what_a_stopped_queue_could_not_settle_is_taken_by_others_though_its_storage_is_open(
    path: Path, impatient: None
) -> None:
    storage, other = SQLiteStorage(path, lease=1.0), SQLiteStorage(path, lease=0.2)
    queue = Queue(workers=1, storage=storage)
    begun, goes_on = threading.Event(), threading.Event()

    @queue.handler("webhook")
    def deliver(ctx: JobContext, payload: object) -> None:
        begun.set()
        goes_on.wait(PATIENCE)
        time.sleep(0.1)  # more than a short attempt, so that its end is waited for

    queue.__enter__()
    job = queue.submit_job(ctx, "webhook")
    assert begun.wait(PATIENCE)
    with locked(path):
        goes_on.set()
        report = queue.stop(grace=0.5)
        queue.pool.maintenance.thread.join(PATIENCE)
    assert report.still_running == (job.id,)
    until = time.monotonic() + PATIENCE
    while look(other, job._record.key).status is not Status.PENDING and time.monotonic() < until:
        other.maintain(())
        time.sleep(0.05)
    assert look(other, job._record.key).status is Status.PENDING
    storage.close()
    other.close()


HOLDS_THE_GIL = """
import ctypes, sys
from goqueue import Context, Queue
from goqueue.storage import SQLiteStorage
queue = Queue(workers=1, storage=SQLiteStorage(sys.argv[1], lease=0.3))
def hold(ctx, payload):
    print("begun", flush=True)
    for _ in range(60):
        ctypes.PyDLL(None).usleep(1_000_000)  # a PyDLL keeps the GIL: no other thread runs meanwhile
queue.register_handler("webhook", hold)
with queue:
    queue.submit_job(Context(), "webhook")
    Context().wait(600)
"""


@pytest.mark.skipif(os.name == "nt", reason="there are no record locks")
def test_a_handler_that_holds_the_gil_is_not_considered_dead_and_a_killed_one_is(path: Path) -> None:
    """Real processes and real time: six leases without a heartbeat, then a kill."""
    with subprocess.Popen([sys.executable, "-c", HOLDS_THE_GIL, str(path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        observer = SQLiteStorage(path, lease=0.3)
        try:
            until = time.monotonic() + 1.8
            while time.monotonic() < until:
                observer.maintain(())
                time.sleep(0.05)
            assert observer.count()[Status.RUNNING] == 1
        finally:
            process.kill()
        process.wait()
        until = time.monotonic() + PATIENCE
        while observer.count()[Status.RUNNING] and time.monotonic() < until:
            observer.maintain(())
            time.sleep(0.05)
        assert observer.count()[Status.PENDING] == 1
        observer.close()


# -- blame: who kills its process --------------------------------------------------------------------------


def test_suspects_come_back_one_at_a_time_and_only_the_guilty_one_fails(path: Path, set_clock: Clock) -> None:
    """Four jobs run when their process dies, and it is always the third that kills it."""
    storage = SQLiteStorage(path, max_lost=4)
    jobs = [submit(storage) for _ in range(4)]
    guilty = jobs[2].key
    deaths = 0
    while (claimed := storage.settle_and_claim((), 4, TYPES)) and deaths < 9:
        assert len([record for record in claimed if getattr(record, "lost", 0)]) <= 1
        if guilty in [record.key for record in claimed]:
            deaths += 1
            dead, storage = storage, SQLiteStorage(path, max_lost=4)
            kill(dead)
            watch(storage, set_clock, 7.0)
            dead.close()
        else:
            storage.settle_and_claim([(record, DONE) for record in claimed], 0, TYPES)
    assert deaths == 4
    assert [look(storage, job.key).status for job in jobs] == [
        Status.FAILED if job.key == guilty else Status.COMPLETED for job in jobs
    ]
    assert look(storage, guilty).error == "its worker died 4 times while it ran"
    storage.close()


def test_others_run_beside_a_suspect(pair: Pair, set_clock: Clock) -> None:
    dead, other = pair
    suspects = [submit(dead) for _ in range(2)]
    assert len(dead.settle_and_claim((), 2, TYPES)) == 2
    watch(other, set_clock, 7.0)
    young = [submit(other) for _ in range(3)]
    claimed = [record.key for record in other.settle_and_claim((), 9, TYPES)]
    assert claimed == [suspects[0].key, *(job.key for job in young)]
    assert other.settle_and_claim((), 9, TYPES) == []


KILLS_ITS_PROCESS = """
import os, sys, time
from goqueue import Context, Queue, SQLiteStorage, Status
ctx, queue = Context(), Queue(workers=4, storage=SQLiteStorage(sys.argv[1], lease=0.3, max_lost=4))

@queue.handler("webhook")
def deliver(ctx, payload):
    time.sleep(0.1)
    if payload == 2:
        os._exit(17)

with queue:
    while queue.count(ctx)[Status.PENDING] or queue.count(ctx)[Status.RUNNING]:
        time.sleep(0.05)
"""


@pytest.mark.slow
def test_a_job_that_kills_its_process_four_times_fails_and_its_neighbours_complete(path: Path) -> None:
    """Real processes, one after the other."""
    storage = SQLiteStorage(path)
    queue = Queue(storage=storage)
    jobs = queue.submit_many(ctx, "webhook", range(4))
    statuses: list[int] = []
    while 17 in statuses[-1:] or not statuses:
        command = [sys.executable, "-c", KILLS_ITS_PROCESS, str(path)]
        statuses.append(subprocess.run(command, timeout=PATIENCE, check=False).returncode)
    assert statuses == [17] * 4 + [0]
    guilty = queue.get_job(ctx, jobs[2])
    assert (guilty.status, guilty.error) == (Status.FAILED, "its worker died 4 times while it ran")
    assert [queue.get_job(ctx, jobs[n]).status for n in (0, 1, 3)] == [Status.COMPLETED] * 3
    storage.close()


# -- what is due now waits for no clock ----------------------------------------------------------------------


@pytest.mark.parametrize("jump", [DAY, -DAY, -3600.0])
@pytest.mark.parametrize("durability", DURABILITIES)
def test_what_is_due_now_runs_now_in_its_order_whatever_the_clock_says(
    path: Path, set_clock: Clock, monkeypatch: pytest.MonkeyPatch, jump: float, durability: str
) -> None:
    monkeypatch.setattr(time, "time_ns", set_clock.time_ns)
    storage = SQLiteStorage(path, durability=durability)
    before = [submit(storage).key for _ in range(2)]
    set_clock.of_day += jump
    after = [submit(storage).key for _ in range(2)]
    assert storage.backlog() == 4
    (first,) = storage.settle_and_claim((), 1, TYPES)
    set_clock.of_day += jump
    storage.settle_and_claim([(first, Outcome(PENDING, counts=False))], 0, ())  # handed back: it has its old place
    assert storage.next_due() is None
    assert [record.key for record in storage.settle_and_claim((), 4, TYPES)] == [*before, *after]
    storage.close()
