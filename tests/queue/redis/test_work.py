"""Claims and outcomes on a server: leases, replies that are lost, and what comes late."""

import time
from typing import Any

import pytest

from goqueue import StorageError
from goqueue.errors import StorageInDoubt
from goqueue.job import CANCELLED, COMPLETED, DONE, FAILED, PENDING, RUNNING, Options, Outcome, Record
from goqueue.storage import Query, RedisStorage
from goqueue.storage.redis import leases
from goqueue.testing.checks import add, claim, state

from ..parts import Clock
from ..servers.proxy import Proxy
from ..servers.valkey import Valkey
from .conftest import Open


@pytest.fixture
def on_time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock by which leases end: it goes on when a test says so."""
    clock = Clock()
    monkeypatch.setattr(leases, "time", clock)
    return clock


def beat(storages: list[RedisStorage], clock: Clock, seconds: float) -> None:
    """Let time pass, while these send heartbeats."""
    for _ in range(int(seconds)):
        clock.go_on(1.0)
        for storage in storages:
            storage.maintain(())


def test_the_jobs_of_a_dead_worker_are_taken_back_after_its_lease(open_storage: Open, on_time: Clock) -> None:
    dead, alive = open_storage(lease=6.0), open_storage(lease=6.0)
    (key,) = add(dead, 1)
    claim(dead)
    beat([alive], on_time, 6)
    assert state(alive, key)[:2] == (RUNNING, 1)
    beat([alive], on_time, 2)
    assert state(alive, key)[:2] == (PENDING, 0)
    assert [record.key for record in claim(alive)] == [key]


def test_who_sends_heartbeats_keeps_its_jobs(open_storage: Open, on_time: Clock) -> None:
    one, other = open_storage(lease=6.0), open_storage(lease=6.0)
    (key,) = add(one, 1)
    claim(one)
    beat([one, other], on_time, 60)
    assert state(other, key)[0] is RUNNING


def test_nobody_is_dead_because_the_server_was_away(open_storage: Open, on_time: Clock) -> None:
    one, other = open_storage(lease=6.0), open_storage(lease=6.0)
    (key,) = add(one, 1)
    claim(one)
    beat([one, other], on_time, 2)
    on_time.go_on(600.0)
    other.maintain(())  # it is back first
    assert state(other, key)[0] is RUNNING


def test_a_worker_that_is_about_to_be_known_is_not_lost(
    storage: RedisStorage, caplog: pytest.LogCaptureFixture
) -> None:
    storage._leases.claimant("process")  # a claim is on its way
    storage.maintain(())
    assert "no heartbeat" not in caplog.text


def test_an_outcome_of_a_worker_that_was_given_up_does_not_count(
    open_storage: Open, on_time: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    slow, quick = open_storage(lease=6.0), open_storage(lease=6.0)
    (key,) = add(slow, 1)
    (mine,) = claim(slow)
    beat([quick], on_time, 9)
    claim(quick)
    assert [record.key for record in slow.maintain([mine])] == [key]
    assert "its jobs were given to others" in caplog.text
    claim(slow, 0, ((mine, DONE),))
    assert "came late, and is dropped" in caplog.text
    assert state(quick, key)[0] is RUNNING
    (other,) = add(slow, 2)
    assert [record.key for record in claim(slow)] == [other]  # it goes on, as a new worker


def test_a_job_whose_workers_die_again_and_again_fails(
    open_storage: Open, on_time: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    watcher = open_storage(lease=6.0, max_lost=2)
    (key,) = add(watcher, 1)
    for _ in range(2):
        assert len(claim(open_storage(lease=6.0))) == 1
        beat([watcher], on_time, 9)
    status, attempts, error, _ = state(watcher, key)
    assert (status, attempts, error) == (FAILED, 1, "its worker died 2 times while it ran")
    assert "failed at attempt 1" in caplog.text


def test_a_worker_claims_one_suspect_at_a_time(open_storage: Open, on_time: Clock) -> None:
    watcher = open_storage(lease=6.0)
    first, second = add(watcher, 1, 2)
    claim(open_storage(lease=6.0), 2)
    beat([watcher], on_time, 9)
    (third,) = add(watcher, 3)
    found = claim(watcher, 5)
    assert [record.key for record in found] == [first, third]
    (later,) = claim(watcher, 5, ((found[0], DONE),))
    assert later.key == second


def test_a_job_that_is_to_be_cancelled_ends_with_its_worker(open_storage: Open, on_time: Clock) -> None:
    dead, watcher = open_storage(lease=6.0), open_storage(lease=6.0)
    (key,) = add(dead, 1)
    claim(dead)
    watcher.cancel(key)
    beat([watcher], on_time, 9)
    assert state(watcher, key)[0] is CANCELLED


def test_who_leaves_is_gone_at_once_unless_a_job_of_it_runs(open_storage: Open) -> None:
    one, other = open_storage(), open_storage()
    add(one, 1)
    leave = one.attend()
    (record,) = claim(one)
    leave()
    assert other.attended()
    leave = one.attend()
    claim(one, 1, ((record, DONE),))
    leave()
    assert other.attended()  # by the first id, until its lease has ended
    assert state(other, record.key)[0] is COMPLETED


# -- replies that are lost ----------------------------------------------------------------------------


def lost_claim(storage: RedisStorage, network: Proxy, settled: Any = ()) -> None:
    """Claim, and lose the reply."""
    storage._server._digest("work")  # so that the script is there
    network.hold()
    with pytest.raises(StorageInDoubt), storage.patience(0.05):
        claim(storage, 1, settled)
    network.cut()
    network.flow()


@pytest.fixture
def far(open_storage: Open, network: Proxy) -> RedisStorage:
    """A storage behind the network."""
    return open_storage(network.url)


def test_what_a_lost_claim_took_is_given_back(far: RedisStorage, network: Proxy) -> None:
    first, second = add(far, 1, 2)
    lost_claim(far, network)
    assert state(far, first)[:2] == (RUNNING, 1)
    assert [(record.key, record.attempts) for record in claim(far, 2)] == [(first, 1), (second, 1)]


def test_a_lost_claim_that_arrives_late_takes_nothing(
    far: RedisStorage, network: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    (key,) = add(far, 1)
    sent: list[Any] = []
    run = far._server.run

    def keep(*words: Any, **how: Any) -> Any:
        sent.append(words)
        return run(*words, **how)

    monkeypatch.setattr(far._server, "run", keep)
    lost_claim(far, network)
    (record,) = claim(far)
    claim(far, 0, ((record, Outcome(PENDING, error="down")),))
    run(*sent[0])
    assert state(far, key)[0] is PENDING


def test_an_outcome_whose_reply_is_lost_is_sent_again_and_counts_once(
    far: RedisStorage, network: Proxy, caplog: pytest.LogCaptureFixture
) -> None:
    (key,) = add(far, 1)
    (record,) = claim(far)
    down = ((record, Outcome(PENDING, error="down")),)
    lost_claim(far, network, down)
    (again,) = claim(far, 1, down)
    assert (again.key, again.attempts) == (key, 2)
    assert state(far, key) == (RUNNING, 2, "down", None)
    assert "came late" not in caplog.text


def test_outcomes_that_nobody_waits_for_go_along_with_the_next_claim(storage: RedisStorage) -> None:
    add(storage, 1, 2)
    first, second = claim(storage, 2)
    told: list[Any] = []
    storage.settle_soon(((first, DONE),), told.append)
    claim(storage, 0, ((second, Outcome(FAILED, error="no")),))
    assert [state(storage, each.key)[0] for each in (first, second)] == [COMPLETED, FAILED]
    until = time.monotonic() + 60
    while not told and time.monotonic() < until:
        time.sleep(0.001)
    assert told == [((first, DONE),)]


def test_outcomes_that_cannot_be_sent_are_kept_and_more_are_refused(far: RedisStorage, network: Proxy) -> None:
    (key,) = add(far, 1)
    (record,) = claim(far)
    network.refuses = True
    network.cut()
    told: list[Any] = []
    far.settle_soon(((record, DONE),), told.append)
    with pytest.raises(StorageError), far.patience(0.05):
        far.flush()
    with pytest.raises(StorageError):
        far.settle_soon(((record, DONE),), told.append)
    network.refuses = False
    far.flush()
    assert state(far, key)[0] is COMPLETED


def test_a_job_that_is_damaged_on_the_server_fails_and_harms_no_other(
    open_storage: Open, own_server: Valkey, caplog: pytest.LogCaptureFixture
) -> None:
    storage = open_storage(own_server.url)
    bad, good = add(storage, 1, 2)
    body = f"{storage._server.prefix}body"
    own_server.client().hset(body, f"{bad:016d}", b"\x93\xa1x\xa2xx\xc2")
    assert [record.key for record in claim(storage, 2)] == [good]
    status, _, error, _ = state(storage, bad)
    assert status is FAILED
    assert "damaged on the server" in error
    assert "failed at attempt 1" in caplog.text


def test_nothing_is_left_of_jobs_that_are_gone(storage: RedisStorage) -> None:
    def keys() -> set[str]:
        start = storage._server.prefix
        return {key.decode().removeprefix(start) for key in storage._server.ask("KEYS", f"{start}*")}

    options = [Options(limit_key="shop"), Options(key="mail-17", priority=9), None]
    for each in options:
        assert storage.add([Record("webhook", None, 1, each)])
    assert storage.add([Record("webhook", None, 1, options[0])], 3600.0)
    leave = storage.attend()
    claimed = claim(storage, 2)
    claim(storage, 0, ((claimed[0], DONE), (claimed[1], Outcome(FAILED, error="no"))))
    for job in storage.list_jobs(Query()):
        assert storage.delete(job._record.key)
    leave()
    assert {key for key in keys() if not key.startswith("idle:")} == {"meta"}


def test_records_of_another_storage_are_late(storage: RedisStorage) -> None:
    (key,) = add(storage, 1)
    claim(storage)
    stranger = Record("webhook", None)
    stranger.key = key
    claim(storage, 0, ((stranger, DONE),))
    assert state(storage, key)[0] is RUNNING
