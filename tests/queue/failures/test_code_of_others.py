"""Code of somebody else that decides how an attempt ends: policies, snoozes, exceptions, a closed stderr.

Whatever it does, the attempt ends, the job says why, and no worker is lost or blocked.
"""

import io
import logging
import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from goqueue import JobContext, MemoryStorage, Queue, Retry, Snooze, SQLiteStorage, Status
from goqueue.log import tell, tell_in_background
from goqueue.storage import Storage

from ..parts import ctx, fail, submit


@pytest.fixture(params=["memory", "file"])
def queue(clock: Any, request: pytest.FixtureRequest, path: Path) -> Iterator[Queue]:
    storage: Storage = MemoryStorage() if request.param == "memory" else SQLiteStorage(path)
    yield Queue(workers=1, storage=storage)
    storage.close()


class RaisesInWait(Retry):
    def wait(self, attempts: int) -> float:
        raise ZeroDivisionError("in wait")


class RaisesInTakes(Retry):
    def takes(self, err: BaseException) -> bool:
        raise SystemExit("in takes")


class Waits(Retry):
    """A policy of one's own, whose wait is whatever the test says."""

    given: Any = None

    def wait(self, attempts: int) -> float:
        found: float = self.given
        return found


def waits(given: Any) -> Waits:
    policy = Waits(attempts=3)
    policy.given = given
    return policy


POLICIES = [
    (RaisesInWait(3), "ZeroDivisionError: in wait"),
    (RaisesInTakes(3), "SystemExit: in takes"),
    (waits(None), "TypeError: the wait of Waits is None: it must be a number"),
    (waits(math.nan), "ValueError: the wait of Waits is nan: it must be a finite number"),
    (waits(-1.0), "ValueError: the wait of Waits is -1.0"),
    (waits("soon"), "TypeError: the wait of Waits is 'soon'"),
]


@pytest.mark.parametrize(("policy", "says"), POLICIES, ids=[says for _, says in POLICIES])
def test_a_policy_that_fails_ends_the_job_and_costs_no_worker(queue: Queue, policy: Retry, says: str) -> None:
    queue.register_handler("webhook", fail, retry=policy)
    queue.register_handler("mail", lambda ctx, payload: 17)
    with queue:
        job = queue.wait(ctx.with_timeout(60.0), submit(queue))
        assert queue.wait(ctx.with_timeout(60.0), queue.submit_job(ctx, "mail")).result == 17
        assert len(queue.pool.crew.workers) == 1
    assert (job.status, job.attempts) == (Status.FAILED, 1)
    assert job.error.startswith(says)
    assert "ConnectionError: attempt 1" in job.traceback, "what the handler raised is told, too"


class LateSnooze(Snooze):
    def __init__(self) -> None:
        pass


class AsksForAll(Exception):
    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(f"{name} was asked for")


class Kind(type):
    def __instancecheck__(cls, instance: object) -> bool:
        raise RuntimeError("nobody is one")


class Nobody(Exception, metaclass=Kind):
    pass


ODD: list[tuple[Any, Retry, str]] = [
    (LateSnooze, Retry(), "AttributeError: 'LateSnooze' object has no attribute 'when'"),
    (AsksForAll, Retry(), "AsksForAll: "),
    (ValueError, Retry(3, retry_on=(Nobody,)), "RuntimeError: nobody is one"),
    (ValueError, Retry(3, give_up_on=(Nobody,)), "RuntimeError: nobody is one"),
]


@pytest.mark.parametrize(("error", "policy", "says"), ODD, ids=[says for *_, says in ODD])
def test_an_odd_exception_is_a_failure_of_its_job_and_of_no_worker(
    queue: Queue, error: Any, policy: Retry, says: str, caplog: pytest.LogCaptureFixture
) -> None:
    def handler(ctx: JobContext, payload: Any) -> None:
        raise error

    queue.register_handler("webhook", handler, retry=policy)
    with queue:
        job = queue.wait(ctx.with_timeout(60.0), submit(queue))
    assert job.status is Status.FAILED
    assert job.error == says
    assert "outside of a handler" not in caplog.text


@contextmanager
def closed_stderr(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let stderr be closed, and a log handler raise, as one that writes there does."""

    class Writes(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            raise ValueError("I/O operation on closed file")

    handler, log, stream = Writes(), logging.getLogger("goqueue"), io.StringIO()
    stream.close()
    log.addHandler(handler)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", stream)
        yield
    log.removeHandler(handler)


def test_a_daemon_whose_stderr_is_closed_runs_its_jobs(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    queue.register_handler("webhook", fail)
    with closed_stderr(monkeypatch), queue:
        jobs = queue.wait_many(ctx.with_timeout(60.0), [submit(queue), submit(queue)])
        tell(logging.ERROR, "two values are missing: %s %s", 1)
        with monkeypatch.context() as patch:
            patch.setattr(sys, "is_finalizing", lambda: True)
            tell_in_background(logging.ERROR, ["nobody can be told"])
    assert [job.status for job in jobs] == [Status.FAILED] * 2
