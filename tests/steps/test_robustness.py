"""What hostile handlers, listeners and policies must not break. Each was found by somebody who tried."""

import logging
import threading
from decimal import Decimal
from types import ModuleType
from typing import Any

import pytest

from goqueue.lab import load, virtual_time
from steps.promises.bench import Bench


class Unreadable(BaseException):
    def __str__(self) -> str:
        raise SystemExit("no message")


@pytest.fixture(params=[12, 13])
def version(request: pytest.FixtureRequest) -> ModuleType:
    return load(request.param)


@pytest.mark.parametrize("step", [9, 10, 11, 12, 13])
def test_a_listener_that_raises_hurts_nobody_else(step: int, caplog: pytest.LogCaptureFixture) -> None:
    ctx = load(step).Context()
    told: list[str] = []

    def hang_up() -> None:
        raise SystemExit("closed already")

    ctx.after_done(hang_up)
    child = ctx.with_cancel()
    child.after_done(lambda: told.append("child"))
    ctx.cancel("deploy at noon")
    assert (ctx.done, child.done, told) == (True, True, ["child"])
    assert "A function that listens to a context failed" in caplog.text


@pytest.mark.parametrize("step", [9, 13])
def test_a_cause_that_cannot_be_read_still_cancels(step: int) -> None:
    ctx, cause = load(step).Context(), Unreadable()
    ctx.cancel(cause)
    assert ctx.done
    assert ctx.cause is cause


@pytest.mark.parametrize("step", [9, 13])
def test_waiting_for_ever_is_no_error(step: int) -> None:
    ctx = load(step).Context()
    waiter = threading.Thread(target=ctx.wait, args=(float("inf"),), daemon=True)
    waiter.start()
    ctx.cancel()
    waiter.join(5)
    assert not waiter.is_alive()


def test_a_handler_that_ends_its_own_context_has_failed(version: ModuleType) -> None:
    def deliver(ctx: Any, payload: dict[str, Any]) -> None:
        ctx.cancel("I give up")
        ctx.raise_if_done()

    with virtual_time():
        bench = Bench(version, workers=1)
        bench.handle(deliver)
        with bench.running():
            job = bench.later(bench.submit(max_retry=1).id, "failed")
    assert (job.attempts, job.error) == (1, "Cancelled: I give up")


def test_an_error_that_cannot_be_read_costs_no_worker(version: ModuleType) -> None:
    def deliver(ctx: Any, payload: dict[str, Any]) -> None:
        if payload["order"] == 17:
            raise Unreadable

    with virtual_time():
        bench = Bench(version, workers=1)
        bench.handle(deliver)
        with bench.running():
            bad, good = bench.submit(payload={"order": 17}), bench.submit(payload={"order": 18})
            bench.later(good.id, "completed")
        assert bench.get(bad.id).error == "Unreadable: (its message cannot be read)"


@pytest.mark.parametrize("step", [11, 12, 13])
def test_two_queues_on_one_storage_do_not_overwrite_each_other(step: int) -> None:
    first = Bench(load(step))
    first.handle(lambda ctx, payload: None)
    job = first.submit(payload={"order": 17})
    second = Bench(first.version, storage=first.queue.storage)
    second.handle(lambda ctx, payload: None)
    with pytest.raises(ValueError, match="job-1 is in the storage already"):
        second.submit(payload={"order": 18})
    assert first.get(job.id).payload == {"order": 17}


def nonsense() -> Any:
    raise SystemExit("no policy today")


@pytest.mark.parametrize("wait", [10**400, Decimal("0.001"), -1.0, float("nan"), "soon", None, nonsense])
def test_a_faulty_policy_does_not_cost_the_job_its_next_attempt(
    wait: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    version = load(13)
    monkeypatch.setattr(version.pool, "full_jitter", lambda job: 60.0)  # the standard one, without the random part
    caplog.set_level(logging.CRITICAL)
    attempts: list[int] = []

    def deliver(ctx: Any, payload: dict[str, Any]) -> None:
        attempts.append(payload["order"])
        if len(attempts) == 1:
            raise ConnectionError("503")

    def policy(job: Any) -> Any:
        job.payload.clear()  # it gets a copy
        return wait() if callable(wait) else wait

    with virtual_time():
        bench = Bench(version, workers=1, backoff=policy)
        bench.handle(deliver)
        with bench.running():
            bench.later(bench.submit(max_retry=2).id, "completed")
    assert attempts == [17, 17]
