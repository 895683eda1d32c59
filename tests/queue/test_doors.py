"""Wrong use at the door: refused there, and the error names the mend. What can simply work does."""

import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import goqueue
from goqueue import Context, JobContext, MemoryStorage, PayloadError, Queue, SQLiteStorage, Status

from .parts import ctx, fail, queue_of


async def deliver_async(ctx: JobContext, payload: Any) -> None:
    """Do nothing."""


async def deliver_each(ctx: JobContext, payload: Any) -> Any:
    yield payload


def deliver_lazily(ctx: JobContext, payload: Any) -> Iterator[Any]:
    yield payload


class Async:
    async def __call__(self, ctx: JobContext, payload: Any) -> None:
        """Do nothing."""


WRONG_HANDLERS: list[tuple[Any, str]] = [
    (deliver_async, "it is async, .* asyncio.run"),
    (deliver_each, "it is async"),
    (Async(), "it is async"),
    (functools.partial(deliver_async, JobContext.for_test()), "it is async"),
    (deliver_lazily, "contains yield"),
    (lambda payload: None, r"must take two arguments, \(ctx, payload\)"),
    (lambda: None, "must take two arguments"),
    (lambda ctx, payload, more: None, "must take two arguments"),
    (lambda ctx, *, payload: None, "must take two arguments"),
    ("deliver", "must be callable"),
]


@pytest.mark.parametrize(("handler", "says"), WRONG_HANDLERS)
def test_a_handler_that_cannot_work_is_refused(handler: Any, says: str) -> None:
    queue = Queue()
    with pytest.raises(TypeError, match=f"handler for 'webhook' is .*{says}"):
        queue.register_handler("webhook", handler)
    with pytest.raises(TypeError, match=says):
        queue.handler("webhook")(handler)
    assert queue.registry.types == ()


@pytest.mark.parametrize(
    "handler", [lambda ctx, payload=None: None, lambda *both: None, print, functools.partial(fail), max, str.join]
)
def test_a_handler_that_takes_two_is_taken(handler: Any) -> None:
    Queue().register_handler("webhook", handler)


def test_a_decorator_without_brackets_says_how_to_write_it() -> None:
    with pytest.raises(TypeError, match=r"write @queue\.handler\('fail'\)"):
        Queue().handler(fail)  # type: ignore[arg-type]


CALLS: list[Callable[[Queue, Any], object]] = [
    lambda queue, given: queue.submit_job(given, "webhook"),
    lambda queue, given: queue.submit_many(given, "webhook", [1]),
    lambda queue, given: queue.get_job(given, "job-1"),
    lambda queue, given: queue.wait(given, "job-1"),
    lambda queue, given: queue.wait_many(given, ["job-1"]),
    lambda queue, given: queue.as_completed(given, ["job-1"]),
    lambda queue, given: queue.list_jobs(given),
    lambda queue, given: queue.count(given),
    lambda queue, given: queue.cancel(given, "job-1"),
    lambda queue, given: queue.delete(given, "job-1"),
    lambda queue, given: queue.start(given),
]


@pytest.mark.parametrize("given", ["webhook", None, {"order": 17}, Context], ids=repr)
@pytest.mark.parametrize("call", CALLS)
def test_a_forgotten_context_is_named(call: Any, given: Any) -> None:
    queue = Queue()
    with pytest.raises(TypeError, match=r"^ctx is .*: the first argument must be a Context, such as Context\(\)$"):
        call(queue, given)
    assert not queue.count(ctx)[Status.PENDING]


@pytest.mark.parametrize("jobs", ["00060a24181e4000-000000c0ffee", b"17"])
def test_one_job_where_several_are_meant_is_refused(jobs: Any) -> None:
    queue = Queue()
    one: Any = queue.submit_job(ctx, "webhook")
    for several in (jobs, one):
        for call in (queue.wait_many, queue.as_completed):
            with pytest.raises(TypeError, match=r"must be a list of jobs or ids, such as \[job\]; wait takes one"):
                call(ctx, several)


@pytest.mark.parametrize("make", [list, tuple, set, lambda jobs: {jobs[0]: 1}])
def test_several_jobs_where_one_is_meant_are_refused(make: Any) -> None:
    queue = Queue()
    jobs = make([queue.submit_job(ctx, "webhook")])
    for call in (queue.wait, queue.get_job, queue.cancel, queue.delete):
        with pytest.raises(TypeError, match="must be one job or its id; wait_many and as_completed take several"):
            call(ctx, jobs)


@pytest.mark.parametrize("prefix", ["", "sqlite:///", "path"])
def test_a_path_or_a_url_is_a_storage(prefix: str, tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    queue = Queue(storage=path if prefix == "path" else f"{prefix}{path}")
    job = queue.submit_job(ctx, "webhook")
    queue.close()
    other = Queue(storage=SQLiteStorage(path))
    assert other.get_job(ctx, job.id).status is Status.PENDING
    other.close()


def test_a_relative_path_is_relative_in_a_url_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("jobs.db", "sqlite:///jobs.db", "sqlite://jobs.db"):
        Queue(storage=name).close()
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".db"] == ["jobs.db"]


@pytest.mark.parametrize("name", ["memory:", ":memory:", "memory://"])
def test_memory_has_a_name_too(name: str) -> None:
    assert isinstance(Queue(storage=name).storage, MemoryStorage)


@pytest.mark.parametrize(
    ("given", "kind"),
    [("mysql://host", ValueError), ("sqlite://", ValueError), (17, TypeError), (MemoryStorage, TypeError)],
)
def test_what_is_no_storage_is_named(given: Any, kind: type[Exception]) -> None:
    with pytest.raises(kind, match="^storage is .*: it must be a"):
        Queue(storage=given)


@pytest.mark.parametrize(
    "payload",
    [{1: "a", "1": "b"}, [{"a": {None: 1, "null": 2}}], {"deep": ({True: 1, "true": 2},)}, {1.0: 1, "1.0": 2}],
)
def test_a_payload_that_would_lose_a_key_is_refused(payload: Any) -> None:
    with pytest.raises(PayloadError, match="two keys of a dict, such as 1 and '1', become the same text"):
        Queue().submit_job(ctx, "webhook", payload)


@pytest.mark.parametrize("payload", [{1: "a", "2": "b"}, {None: 1}, [[{"a": 1}], (1, 2)], {1: {1: 1}}])
def test_other_keys_that_are_no_texts_become_texts(payload: Any) -> None:
    assert Queue().submit_job(ctx, "webhook", payload).payload is not None


@pytest.mark.parametrize(("given", "bound"), [((), None), ((1024,), 1024), ((1025,), 1025), ((None,), None)])
def test_a_bound_that_is_said_counts_whatever_its_value(given: Any, bound: int | None, tmp_path: Path) -> None:
    queue = Queue(storage=tmp_path / "jobs.db", **({"buffer_size": given[0]} if given else {}))
    assert queue._options.buffer_size == bound
    queue.close()


def defined_by_a_cell(what: str) -> Any:
    def deliver(ctx: JobContext, payload: Any) -> str:
        return what

    return deliver


def test_a_cell_that_runs_twice_replaces_its_handler(clock: Any) -> None:
    queue = queue_of(defined_by_a_cell("first"))
    queue.handler("webhook")(defined_by_a_cell("second"))
    for _ in range(2):
        queue.register_handler("lambda", lambda ctx, payload: 17)
    with pytest.raises(ValueError, match="has a handler already"):
        queue.register_handler("lambda", lambda ctx, payload: 18)
    with queue:
        assert queue.wait(ctx, queue.submit_job(ctx, "webhook")).result == "second"


def test_the_front_has_all_that_a_program_needs() -> None:
    assert {"SQLiteStorage", "Registry", "JobForgotten"} <= set(goqueue.__all__)
    assert all(getattr(goqueue, name) is not None for name in goqueue.__all__)
    with pytest.raises(AttributeError, match="SQLStorage"):
        goqueue.SQLStorage  # noqa: B018


def test_a_handler_can_be_called_in_a_test() -> None:
    def deliver(ctx: JobContext, payload: Any) -> Any:
        ctx.raise_if_done()
        return [ctx.attempt, ctx.value("order"), ctx.job_id == ctx.job_id, payload]

    assert deliver(JobContext.for_test(attempt=2, values={"order": 17}), "x") == [2, 17, True, "x"]
    late = JobContext.for_test(timeout=0.0)
    with pytest.raises(TimeoutError, match="the time was up"):
        deliver(late, None)
    ended = JobContext.for_test()
    ended.cancel("stop")
    with pytest.raises(goqueue.Cancelled, match="stop"):
        deliver(ended, None)


def test_the_decorator_keeps_the_type_of_a_handler() -> None:
    queue = Queue()

    @queue.handler("webhook")
    def deliver(ctx: JobContext, payload: dict[str, int]) -> int:
        return payload["order"]

    order: int = deliver(JobContext.for_test(), {"order": 17})  # mypy would refuse this if the type were lost
    assert order == 17
