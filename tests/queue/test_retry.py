"""Whether, when and how often a failed job runs again: the policy by itself, and in the queue in virtual time."""

import random
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from goqueue import DeadlineExceeded, JobContext, Queue, Retry, Status

from .parts import ctx, listen, queue_of, run, submit


@pytest.mark.parametrize(
    ("policy", "waits"),
    [
        (Retry(base=1.0, factor=2.0, cap=60.0, jitter=False), [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]),
        (Retry(base=0.5, factor=3.0, cap=5.0, jitter=False), [0.5, 1.5, 4.5, 5.0, 5.0]),
        (Retry(base=7.0, factor=1.0, cap=60.0, jitter=False), [7.0, 7.0, 7.0]),
        (Retry(base=0.0, jitter=False), [0.0, 0.0, 0.0]),
        (Retry(base=90.0, cap=60.0, jitter=False), [60.0, 60.0]),
    ],
    ids=repr,
)
def test_each_wait_is_a_factor_longer_up_to_the_cap(policy: Retry, waits: list[float]) -> None:
    assert [policy.wait(attempt) for attempt in range(1, len(waits) + 1)] == waits


def test_a_wait_is_random_from_nothing_up_to_that() -> None:
    assert Retry(cap=60.0, jitter=False).wait(10**9) == 60.0  # the cap, after very many attempts too
    assert (
        Retry(base=0.0).wait(1025) == Retry(base=0.0, jitter=False).wait(1025) == 0.0
    )  # also if factor ** n is endless
    random.seed(17)
    policy = Retry(base=10.0, factor=2.0, cap=60.0)
    for attempt, most in ((1, 10.0), (2, 20.0), (9, 60.0)):
        waits = [policy.wait(attempt) for _ in range(1000)]
        assert 0.0 <= min(waits) < most * 0.05
        assert most * 0.95 < max(waits) <= most
        assert sum(waits) / 1000 == pytest.approx(most / 2, rel=0.1)


@pytest.mark.parametrize(
    ("policy", "error", "again"),
    [
        (Retry(), ValueError(), True),
        (Retry(), SystemExit(1), True),  # a handler that calls sys.exit() is one more that failed
        (Retry(), KeyboardInterrupt(), False),
        (Retry(), GeneratorExit(), False),
        (Retry(retry_on=(OSError,)), ConnectionError(), True),  # a kind of OSError
        (Retry(retry_on=(OSError,)), ValueError(), False),
        (Retry(retry_on=()), ValueError(), False),
        (Retry(give_up_on=(LookupError,)), KeyError(), False),
        (Retry(give_up_on=(LookupError,)), ValueError(), True),
        (Retry(retry_on=(OSError,), give_up_on=(ConnectionError,)), ConnectionResetError(), False),
        (Retry(retry_on=(OSError,), give_up_on=(ConnectionError,)), TimeoutError(), True),
        (Retry(retry_on=OSError, give_up_on=TimeoutError), TimeoutError(), False),
        (Retry(retry_on=(TimeoutError,)), DeadlineExceeded(), True),
        (Retry(give_up_on=(TimeoutError, OSError)), DeadlineExceeded(), True),  # these mean the handler's own
        (Retry(give_up_on=(DeadlineExceeded,)), DeadlineExceeded(), False),
    ],
)
def test_which_errors_are_tried_again(policy: Retry, error: BaseException, again: bool) -> None:
    assert policy.takes(error) is again


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        *((name, value, TypeError) for name in ("base", "factor", "cap") for value in ("1", None, True, [1.0])),
        *((name, float(text), ValueError) for name in ("base", "factor", "cap") for text in ("nan", "inf", "-1")),
        ("factor", 0.99, ValueError),
        *(("attempts", value, TypeError) for value in ("3", None, True, 3.0)),
        ("attempts", -1, ValueError),
        *((name, value, TypeError) for name in ("retry_on", "give_up_on") for value in ("OSError", int, [OSError])),
        ("give_up_on", (OSError, OSError()), TypeError),
    ],
)
def test_an_unfit_number_is_named(name: str, value: Any, kind: type[Exception]) -> None:
    with pytest.raises(kind, match=rf"^{name} (is|holds) .*: it (must be|counts)"):
        Retry(**{name: value})


def failing(retry: Retry) -> tuple[Queue, list[float]]:
    """Return a queue whose handler always fails, and a list of when it ran."""
    ran: list[float] = []

    def deliver(ctx: JobContext, payload: Any) -> None:
        ran.append(time.monotonic())
        raise ConnectionError(f"attempt {ctx.attempt}")

    return queue_of(deliver, retry=retry), ran


@pytest.mark.parametrize("own", [False, True], ids=["the handler's policy", "the job's own"])
@pytest.mark.parametrize(
    ("retry", "expected"),
    [
        (Retry(attempts=5, base=1.0, factor=10.0, cap=300.0, jitter=False), [0.0, 1.0, 11.0, 111.0, 411.0]),
        (Retry(attempts=4, base=0.125, factor=1.0, jitter=False), [0.0, 0.125, 0.25, 0.375]),  # between two tours
    ],
    ids=["long waits", "short waits"],
)
def test_attempts_come_when_they_are_due_and_no_oftener_than_asked(
    clock: Any, retry: Retry, expected: list[float], own: bool
) -> None:
    queue, ran = failing(Retry(attempts=2, base=600.0, jitter=False) if own else retry)
    job = run(queue, **({"retry": retry} if own else {}))
    assert ran == expected
    assert (job.status, job.attempts, job.max_retry) == (Status.FAILED, len(expected), len(expected))
    assert job.error == f"ConnectionError: attempt {len(expected)}"


@pytest.mark.parametrize("own", [False, True], ids=["the handler's policy", "the job's own"])
def test_only_some_errors_are_tried_again(clock: Any, own: bool) -> None:
    def deliver(ctx: JobContext, kind: str) -> None:
        raise {"down": ConnectionError, "reset": ConnectionResetError, "gone": LookupError}[kind](kind)

    policy = Retry(attempts=4, base=0.0, retry_on=(OSError,), give_up_on=(ConnectionResetError,))
    with queue_of(deliver, retry=Retry() if own else policy) as queue:
        jobs = queue.submit_many(ctx, "webhook", ["down", "reset", "gone"], retry=policy if own else None)
        assert [job.attempts for job in queue.wait_many(ctx, jobs)] == [4, 1, 1]


@pytest.mark.parametrize(
    ("options", "attempts"),
    [
        ({}, 2),
        ({"max_retry": 4}, 4),
        ({"max_retry": 0}, 1),
        ({"retry": Retry(attempts=3, base=0.0)}, 3),
        ({"retry": Retry(attempts=3, base=0.0), "max_retry": 5}, 5),
    ],
    ids=repr,
)
def test_what_a_job_says_goes_before_what_its_handler_says(clock: Any, options: Any, attempts: int) -> None:
    queue, ran = failing(Retry(attempts=2, base=0.0))
    assert run(queue, **options).attempts == len(ran) == attempts


def test_a_timeout_is_tried_again_whatever_is_given_up_on(clock: Any) -> None:
    policy = Retry(attempts=3, base=0.0, give_up_on=(TimeoutError, LookupError))
    job = run(queue_of(listen, timeout=1.0, retry=policy), 60)
    assert (job.attempts, job.error) == (3, "DeadlineExceeded: the time was up")


def test_a_deadline_that_passes_in_a_wait_lets_no_handler_run(clock: Any) -> None:
    queue, ran = failing(Retry(attempts=9, base=60.0, factor=1.0, jitter=False))
    job = run(queue, deadline=datetime.fromtimestamp(time.time(), UTC) + timedelta(seconds=90))
    assert ran == [0.0, 60.0]  # and not at 120
    assert (job.status, job.error) == (Status.FAILED, "DeadlineExceeded: the time was up")


def test_a_handler_that_runs_as_the_queue_stops_is_tried_as_often_as_before(clock: Any) -> None:
    def deliver(ctx: JobContext, payload: Any) -> None:
        if ctx.attempt == 1:
            raise ConnectionError("down")
        listen(ctx, 60.0)

    with queue_of(deliver, retry=Retry(attempts=2, base=0.0)) as queue:
        job = submit(queue)
        time.sleep(1.0)
        report = queue.stop(grace=0.0)
    left = queue.get_job(ctx, job)
    assert report.handed_back == (job.id,)
    assert (left.status, left.attempts, left.error) == (Status.PENDING, 1, "ConnectionError: down")
