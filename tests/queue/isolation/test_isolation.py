"""isolation="process": an attempt that hangs, crashes or holds the GIL ends, and nothing of it is left."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from goqueue import Job, JobContext, ProcessDied, Progress, Queue, Registry, Status
from goqueue.isolation.raised import as_json, made_again
from goqueue.testing import InlineQueue

from ..parts import PATIENCE, ctx
from . import handlers

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.skipif(not hasattr(os, "killpg"), reason="this system has no process groups")


@pytest.fixture(params=["memory", "file"])
def queue(request: pytest.FixtureRequest, path: Path) -> Iterator[Queue]:
    storage = None if request.param == "memory" else path
    queue = Queue(workers=2, storage=storage, registry=handlers.queue.registry)
    with queue:
        yield queue
        queue.stop(grace=0.0)
    queue.storage.close()


@pytest.fixture
def memory() -> Iterator[Queue]:
    with Queue(workers=2, registry=handlers.queue.registry) as queue:
        yield queue
        queue.stop(grace=0.0)


def run(queue: Queue, job_type: str, payload: Any = None, **options: Any) -> Job:
    return queue.wait(ctx.with_timeout(PATIENCE), queue.submit_job(ctx, job_type, payload, **options))


def text_of(path: Path) -> str:
    """Wait until a handler has written a file."""
    until = time.monotonic() + PATIENCE
    while not path.exists():
        assert time.monotonic() < until
        time.sleep(0.01)
    return path.read_text()


def gone(pid: int) -> None:
    """Wait until a process has ended. One whose parent does not look at it stays as a zombie."""
    until = time.monotonic() + PATIENCE
    while alive(pid):
        assert time.monotonic() < until, f"process {pid} is left"
        time.sleep(0.01)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (ProcessLookupError, FileNotFoundError):
        return False


def test_an_attempt_has_a_process_of_its_own(queue: Queue, capfd: pytest.CaptureFixture[str]) -> None:
    job = queue.submit_job(ctx.with_value("trace", "a1"), "pid", {"order": [17]})
    ended = queue.wait(ctx, job)
    found = ended.result
    assert (ended.error, found.pop("pid") != os.getpid()) == ("", True)
    assert found == {"payload": {"order": [17]}, "id": job.id, "attempt": 1, "trace": "a1"}
    assert capfd.readouterr().err == "it prints\n"


def test_a_timeout_really_ends_a_handler_that_hangs(queue: Queue, tmp_path: Path) -> None:
    job = run(queue, "hang", str(tmp_path / "pid"), timeout=0.5)
    assert (job.status, job.error.partition(":")[0]) == (Status.FAILED, "DeadlineExceeded")
    if (tmp_path / "pid").exists():  # it had begun by then
        assert not alive(int((tmp_path / "pid").read_text()))


@pytest.mark.parametrize("job_type", ["hang", "hold", "start"])
def test_a_cancel_ends_whatever_it_does_and_what_it_has_started(memory: Queue, tmp_path: Path, job_type: str) -> None:
    job = memory.submit_job(ctx, job_type, str(tmp_path / "pid"))
    pid = int(text_of(tmp_path / "pid"))
    memory.cancel(ctx, job)
    assert memory.wait(ctx, job).status is Status.CANCELLED
    gone(pid)


@pytest.mark.parametrize(
    ("how", "told"), [("cancel", "Cancelled('the job was cancelled')"), ("stop", "Cancelled('the queue stops')")]
)
def test_a_handler_that_listens_cleans_up(queue: Queue, tmp_path: Path, how: str, told: str) -> None:
    job = queue.submit_job(ctx, "listen", str(tmp_path / "said"))
    assert text_of(tmp_path / "said") == "listens"
    if how == "cancel":
        queue.cancel(ctx, job)
        assert queue.wait(ctx, job).status is Status.CANCELLED
    else:
        assert queue.stop(grace=0.0).handed_back == (job.id,)
    assert text_of(tmp_path / "said") == told


def test_a_stop_kills_what_hangs_and_hands_it_back(memory: Queue, tmp_path: Path) -> None:
    job = memory.submit_job(ctx, "hang", str(tmp_path / "pid"))
    pid = int(text_of(tmp_path / "pid"))
    assert memory.stop(grace=0.0).handed_back == (job.id,)
    gone(pid)


@pytest.mark.parametrize(
    ("payload", "how"),
    [
        ("exit", "ended with exit code 3"),
        ("SIGSEGV", "was ended by SIGSEGV"),
        ("SIGKILL", "was ended by SIGKILL"),
    ],
)
def test_a_process_that_dies_fails_the_attempt_by_name(memory: Queue, payload: str, how: str) -> None:
    job = run(memory, "die", payload)
    assert (job.status, job.error) == (
        Status.FAILED,
        f"ProcessDied: the process of 'die' {how} before it returned",
    )


def test_an_exception_is_judged_as_in_a_thread(memory: Queue, tmp_path: Path) -> None:
    refused = run(memory, "fail", "refused")
    assert (refused.attempts, refused.error) == (3, "Refused: attempt 3")
    assert "raise Refused(f" in refused.traceback
    assert refused.history == ("Refused: attempt 1", "Refused: attempt 2")
    ends = {payload: run(memory, "fail", payload) for payload in ("key", "exit", "set", str(tmp_path / "slept"))}
    assert [(job.attempts, job.error) for job in ends.values()] == [
        (1, "KeyError: 'order'"),
        (1, "SystemExit: it exits"),
        (1, "PayloadError: result of 'fail' cannot be JSON: Object of type set is not JSON serializable"),
        (1, ""),
    ]


def test_progress_crosses_and_the_last_of_it_is_not_lost(memory: Queue, tmp_path: Path) -> None:
    job = memory.submit_job(ctx, "report", str(tmp_path / "go on"))
    until = time.monotonic() + PATIENCE
    while memory.get_job(ctx, job).progress != Progress(1000, 1000, "orders"):
        assert time.monotonic() < until
        time.sleep(0.01)
    (tmp_path / "go on").touch()
    assert memory.wait(ctx, job).status is Status.COMPLETED


def test_tasks_have_processes_too(memory: Queue) -> None:
    found = [run(memory, "double", {"number": 17}), run(memory, "doubled", {"number": 18})]
    assert found[0].result == 34
    assert found[1].result[0] == 36
    assert found[1].result[1] != os.getpid()


def test_the_last_of_a_batch_is_given_what_came_before(memory: Queue) -> None:
    job = memory.submit_batch(ctx, [("double", {"number": 1}), ("double", {"number": 2})], "sum")
    assert memory.wait(ctx, job).result == [[2, 4], ["completed", "completed"]]


def test_an_inline_queue_has_them_too() -> None:
    inline = InlineQueue(registry=handlers.queue.registry)
    assert inline.wait(ctx, inline.submit_job(ctx, "double", {"number": 17})).result == 34


def inner(ctx: JobContext, payload: Any) -> None: ...


class Callable:
    def __call__(self, ctx: JobContext, payload: Any) -> None: ...


@pytest.mark.parametrize("kind", ["lambda", "inner", "object", "notebook"])
def test_what_no_process_can_import_is_refused_at_once(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def in_a_function(ctx: JobContext, payload: Any) -> None: ...

    def of_a_notebook(ctx: JobContext, payload: Any) -> None: ...

    of_a_notebook.__module__, of_a_notebook.__qualname__ = "__main__", "of_a_notebook"
    monkeypatch.delattr(sys.modules["__main__"], "__file__", raising=False)
    handlers_of_kinds: dict[str, Any] = {
        "lambda": lambda ctx, payload: 1,
        "inner": in_a_function,
        "object": Callable(),
        "notebook": of_a_notebook,
    }
    registry = Registry()
    where = "notebook or a shell" if kind == "notebook" else "top level of a module"
    with pytest.raises(TypeError, match=f"handler for 'webhook' is .*another process imports it.*{where}"):
        registry.register_handler("webhook", handlers_of_kinds[kind], isolation="process")
    assert registry.types == ()


def test_another_isolation_is_refused() -> None:
    options: dict[str, Any] = {"isolation": "fork"}
    with pytest.raises(ValueError, match="isolation is 'fork': it must be 'thread' or 'process'"):
        Registry().register_handler("webhook", inner, **options)


WORKER = """
from tests.queue.isolation import handlers
from goqueue import Queue
queue = Queue(workers=2, storage={path!r}, registry=handlers.queue.registry)
"""


@pytest.mark.parametrize("job_type", ["hang", "hold"])
def test_nothing_is_left_when_the_worker_is_killed(tmp_path: Path, job_type: str) -> None:
    if job_type == "hold" and sys.platform != "linux":
        pytest.skip("only Linux kills the process of a thread that holds the GIL")
    (tmp_path / "shop.py").write_text(WORKER.format(path=str(tmp_path / "jobs.db")))
    queue = Queue(storage=tmp_path / "jobs.db")
    queue.submit_job(ctx, job_type, str(tmp_path / "pid"))
    command = [sys.executable, "-m", "goqueue", "worker", "shop:queue"]
    worker = subprocess.Popen(
        command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE
    )
    try:
        pid = int(text_of(tmp_path / "pid"))
        assert alive(pid)
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.communicate()
        queue.close()
    gone(pid)


SCRIPT = """
from goqueue import Context, Queue
queue = Queue(workers=1)

@queue.task(isolation="process")
def double(number: int) -> int:
    return 2 * number

{end}
    with queue:
        print(double.submit(17).wait(60).job)
"""


def of_script(tmp_path: Path, *command: str, end: str = 'if __name__ == "__main__":') -> str:
    (tmp_path / "script.py").write_text(SCRIPT.format(end=end))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, *command], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=PATIENCE
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("command", [("script.py",), ("-m", "script")], ids=" ".join)
def test_a_handler_may_be_in_the_script_itself(tmp_path: Path, command: tuple[str, ...]) -> None:
    assert "'double' completed" in of_script(tmp_path, *command)


def test_a_script_that_starts_its_queue_when_it_is_imported_is_told(tmp_path: Path) -> None:
    said = of_script(tmp_path, "script.py", end="if True:")
    assert "a queue is started in the process of an attempt" in said
    assert "if __name__ == '__main__':" in said


def test_an_exception_of_a_class_that_is_not_here_has_its_name() -> None:
    found = as_json(handlers.Refused("503"))
    found["kinds"][0] = ["another.module", "Refused"]
    err = made_again(found)
    assert (type(err).__name__, isinstance(err, ConnectionError), str(err)) == ("Refused", True, "503")
    assert isinstance(made_again(as_json(ProcessDied("x"))), RuntimeError)
