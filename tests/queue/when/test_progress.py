"""Progress: seen by whoever looks, at no commit of its own, and gone with the attempt."""

import io
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from goqueue import Job, JobContext, Progress, Queue, Retry, SQLiteStorage, Status
from goqueue.notebook_views import job_views
from goqueue.operations.shown import facts
from goqueue.progress import loaded
from goqueue.progress_bar import Bar, line, show_of
from goqueue.testing import InlineQueue

from ..files import write
from ..parts import PATIENCE, ctx, queue_of, submit


@pytest.fixture(params=["memory", "file"])
def queue(request: pytest.FixtureRequest, path: Path) -> Iterator[Queue]:
    queue = Queue(workers=1, storage=None if request.param == "memory" else SQLiteStorage(path, lease=0.2))
    yield queue
    queue.close()


def until(queue: Queue, job: Job, progress: Progress | None) -> Job:
    """Look until a job has a progress."""
    deadline = time.monotonic() + PATIENCE
    while (found := queue.get_job(ctx, job)).progress != progress:
        assert time.monotonic() < deadline, found
        time.sleep(0.01)
    return found


def test_it_is_seen_while_the_attempt_runs_and_ends_with_it(queue: Queue) -> None:
    goes_on = threading.Event()

    def handler(ctx: JobContext, payload: Any) -> int:
        if ctx.attempt == 1:
            ctx.progress(3, 10, "orders")
        goes_on.wait(PATIENCE)
        goes_on.clear()
        if ctx.attempt == 1:
            raise ConnectionError("down")
        return 17

    queue.register_handler("webhook", handler, retry=Retry(attempts=2, base=0.0))
    with queue:
        job = submit(queue)
        found = until(queue, job, Progress(3, 10, "orders"))
        assert facts(found)["progress"] == {"done": 3, "total": 10, "text": "orders"}
        assert "attempt 1 runs: 3/10 (30%) orders" in job_views(found)["text/plain"]
        goes_on.set()
        while (again := queue.get_job(ctx, job)).attempts < 2 or again.status is not Status.RUNNING:
            time.sleep(0.01)
        assert again.progress is None
        goes_on.set()
        ended = queue.wait(ctx, job)
    assert (ended.progress, ended.result) == (None, 17)


def test_another_process_sees_it(path: Path) -> None:
    """It reads the same file by a storage of its own."""
    queue, told = Queue(workers=1, storage=SQLiteStorage(path, lease=0.2)), threading.Event()

    @queue.handler("webhook")
    def handler(ctx: JobContext, payload: Any) -> None:
        ctx.progress(1, 2)
        told.wait(PATIENCE)

    other = Queue(storage=path)
    with queue:
        job = submit(queue)
        until(other, other.get_job(ctx, job.id), Progress(1, 2))
        told.set()
    other.close()
    queue.close()


def test_a_thousand_calls_make_no_commit_more(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = SQLiteStorage(path, lease=3600.0)
    commits: list[Any] = []
    do = storage._writer.do

    def counted(*args: Any) -> Any:
        commits.append(args)
        return do(*args)

    monkeypatch.setattr(storage._writer, "do", counted)
    counts = []
    for calls in (0, 1000):
        queue = Queue(workers=1, storage=storage)

        @queue.handler("webhook")
        def handler(ctx: JobContext, payload: Any) -> None:
            before = len(commits)
            for number in range(payload):
                ctx.progress(number, payload)
            counts.append(len(commits) - before)

        with queue:
            queue.wait(ctx, submit(queue, calls))
    storage.close()
    assert counts[0] <= 2
    assert counts[1] <= 2  # a heartbeat may come meanwhile, and does not come for each call


def test_whoever_waits_is_shown_each_change(clock: Any) -> None:
    def handler(ctx: JobContext, payload: Any) -> None:
        for number in range(3):
            ctx.progress(number, 3)
            ctx.wait(10.0)

    queue, seen = queue_of(handler, workers=1), []

    def show(job: Job) -> None:
        seen.append((job.status.value, job.progress and job.progress.done))
        threads.add(threading.current_thread())

    threads: set[threading.Thread] = set()
    with queue:
        queue.wait(ctx, submit(queue), show=show)
    assert [each for each in seen if each[0] == "running"][-3:] == [("running", 0), ("running", 1), ("running", 2)]
    assert seen[-1] == ("completed", None)
    assert len(seen) == len(set(seen))
    assert threads == {threading.current_thread()}


def test_what_is_shown_may_end_the_wait() -> None:
    goes_on = threading.Event()
    queue = queue_of(lambda ctx, payload: goes_on.wait(PATIENCE))

    def show(job: Job) -> None:
        raise LookupError(job.type)

    with queue:
        with pytest.raises(LookupError, match="webhook"):
            queue.wait(ctx, submit(queue), show=show)
        goes_on.set()
    assert queue.pool.waiting.by_key == {}


def test_an_inline_queue_shows_it_too() -> None:
    queue, seen = InlineQueue(), list[Job]()
    queue.register_handler("webhook", lambda ctx, payload: ctx.progress(1))
    assert queue.wait(ctx, submit(queue), show=seen.append).status is Status.COMPLETED
    assert [job.progress for job in seen] == [None]


def running(progress: Progress | None, status: Status = Status.RUNNING) -> Job:
    found = submit(Queue())
    found.status, found._progress, found.attempts = status, progress, 1
    return found


def test_a_terminal_has_one_line_that_is_written_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    terminal.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr(sys, "stderr", terminal)
    bar = Bar()
    for job in (running(Progress(1, 4, "orders")), running(None), running(None, Status.COMPLETED)):
        bar(job)
    assert terminal.getvalue().split("\r")[1:] == [
        "[######..................] webhook: 1/4 (25%) orders",
        f"{'webhook: running':<52}",
        "webhook: completed\n",
    ]


def test_a_log_has_the_last_line_only(capsys: pytest.CaptureFixture[str]) -> None:
    bar = Bar()
    bar(running(Progress(1, 4)))
    bar(running(None, Status.FAILED))
    assert capsys.readouterr().err == "webhook: failed\n"


def test_a_notebook_has_one_cell_that_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    views: list[Any] = []

    def display(view: Any, display_id: bool) -> Any:
        views.append(view)
        return SimpleNamespace(update=views.append)

    shell = SimpleNamespace(kernel=object())
    module = SimpleNamespace(get_ipython=lambda: shell, display=SimpleNamespace(display=display))
    monkeypatch.setitem(sys.modules, "IPython", module)
    bar = Bar()
    for job in (running(Progress(1, 4, "<b>")), running(Progress(2)), running(None, Status.COMPLETED)):
        bar(job)
    first, second, third = [view._repr_mimebundle_() for view in views]
    assert 'value="0.250"' in first["text/html"]
    assert "&lt;b&gt;" in first["text/html"]
    assert "value" not in second["text/html"]
    assert (third["text/plain"], 'value="1.000"' in third["text/html"]) == ("webhook: completed", True)


@pytest.mark.parametrize(
    ("values", "error", "match"),
    [
        (("3",), TypeError, "done is '3': it must be a number"),
        ((True,), TypeError, "done is True"),
        ((-1,), ValueError, "done is -1: it must be from 0"),
        ((float("nan"),), ValueError, "done is nan"),
        ((float("inf"),), ValueError, "done is inf"),
        ((1, "10"), TypeError, "total is '10'"),
        ((1, -10), ValueError, "total is -10"),
        ((1, 10, 17), TypeError, "text is 17: it must be a string"),
    ],
)
def test_what_is_no_progress_is_refused(values: Any, error: type[Exception], match: str) -> None:
    given = JobContext.for_test()
    given.progress(1)
    with pytest.raises(error, match=match):
        given.progress(*values)
    assert given._record.progress == Progress(1)


@pytest.mark.parametrize("progress", [Progress(12, 10), Progress(0, 0)])
def test_more_than_all_is_all(progress: Progress) -> None:
    assert progress.fraction == 1.0
    assert line(running(progress)).startswith("[########################]")


def test_a_long_text_is_cut() -> None:
    given = JobContext.for_test()
    given.progress(1, 2, "x" * 4_000_000)
    assert given._record.progress is not None
    assert len(given._record.progress.text) == 200


def test_only_a_function_can_show() -> None:
    with pytest.raises(TypeError, match="show is 17: it must be True for a bar, or a function"):
        show_of(17)


@pytest.mark.parametrize("text", ["[", "17", "[1, 2, 3]", '{"done": 1}', "[-1, 2, '']", 17])
def test_a_damaged_progress_is_none_and_harms_nothing(path: Path, text: Any) -> None:
    assert loaded(text) is None
    storage = SQLiteStorage(path)
    queue = Queue(storage=storage)
    queue.register_handler("webhook", lambda ctx, payload: payload)
    job = submit(queue, 17)
    storage.settle_and_claim((), 1, ("webhook",))
    write(storage, f"UPDATE jobs SET progress = {text!r}")
    assert queue.get_job(ctx, job).progress is None
    assert queue.get_job(ctx, job).status is Status.RUNNING
    storage.close()
