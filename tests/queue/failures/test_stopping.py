"""How a queue stops: soon when something is wrong, within its bounds when a storage hangs, and with a right report."""

import signal
import subprocess
import sys
import threading
import time
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from goqueue import JobContext, MemoryStorage, Queue, SQLiteStorage, Status
from goqueue.job import Record
from goqueue.storage import Settled

from ..files import locked
from ..parts import PATIENCE, ctx, listen, nap, queue_of, submit

ROOT = Path(__file__).parents[3]


def test_an_exception_in_the_block_shows_at_once(clock: Any) -> None:
    with pytest.raises(ZeroDivisionError), queue_of(listen) as queue:
        submit(queue, 60.0)
        time.sleep(0.5)
        raise ZeroDivisionError
    assert time.monotonic() == 0.5
    assert queue.stop().handed_back != ()


def test_a_block_ends_with_the_grace_of_its_queue(clock: Any) -> None:
    queue = Queue(grace=3.0)
    queue.register_handler("webhook", listen)
    with queue:
        submit(queue, 60.0)
        time.sleep(1.0)
    assert time.monotonic() == 4.0


def test_close_stops_and_closes_the_storage(path: Path) -> None:
    queue = Queue(storage=path)
    queue.register_handler("webhook", nap)
    queue.__enter__()
    job = queue.wait(ctx, submit(queue, 0.0))
    assert queue.close().completed == 1
    other = Queue(storage=path)
    assert other.get_job(ctx, job.id).status is Status.COMPLETED
    other.close()


def test_an_exception_while_start_waits_stops_the_queue(clock: Any) -> None:
    class Interrupted(Exception):
        """What comes while it waits."""

    class Breaking(type(ctx)):  # type: ignore[misc]
        def wait(self, seconds: float | None = None) -> bool:
            raise Interrupted

    queue = queue_of(nap)
    with pytest.raises(Interrupted):
        queue.start(Breaking())
    assert not queue.pool.crew.alive()


class Held(MemoryStorage):
    """Hangs in each call that workers and maintenance make, as a file does that another process holds."""

    hangs = False

    def settle_and_claim(self, settled: Settled, limit: int, types: Sequence[str] = ()) -> list[Record]:
        if self.hangs:
            time.sleep(60.0)
        return super().settle_and_claim(settled, limit, types)

    def next_due(self) -> float | None:
        if self.hangs:
            time.sleep(60.0)
        return super().next_due()

    def get(self, key: int) -> Any:
        if self.hangs:
            time.sleep(60.0)
        return super().get(key)


def come_back(storage: Held) -> None:
    """Let the threads that hang end before virtual time does."""
    storage.hangs = False
    time.sleep(200.0)


def test_a_stop_waits_for_no_storage_that_hangs_and_names_what_it_could_not_settle(clock: Any) -> None:
    storage = Held()
    queue = Queue(workers=3, storage=storage)
    queue.register_handler("webhook", nap)
    with queue:
        done = submit(queue, 1.0)
        time.sleep(0.5)
        storage.hangs = True
        time.sleep(1.0)
        begun = time.monotonic()
        report = queue.stop(grace=0.5)
        assert time.monotonic() - begun == pytest.approx(1.5)
    assert (report.completed, report.handed_back, report.still_running) == (0, (), (done.id,))
    come_back(storage)


def test_a_stop_waits_for_no_maintenance_that_hangs_if_its_workers_have_ended(clock: Any) -> None:
    storage = Held()
    queue = Queue(workers=3, storage=storage)
    queue.register_handler("webhook", nap)
    with queue:
        storage.hangs = True
        storage.settle_and_claim = types.MethodType(MemoryStorage.settle_and_claim, storage)  # type: ignore[method-assign]
        submit(queue, 1.2)
        time.sleep(0.1)
        begun = time.monotonic()
        queue.stop(grace=0.5)
        assert time.monotonic() - begun < 1.7
    come_back(storage)


def test_a_submission_wakes_a_sleeper_and_waits_for_no_look_at_the_storage(clock: Any) -> None:
    storage = Held()
    queue = Queue(workers=3, storage=storage)
    queue.register_handler("webhook", nap)
    with queue:
        time.sleep(0.5)
        storage.hangs = True
        queue.pool.floor.wake(1)  # a worker looks, and hangs
        time.sleep(0.1)
        begun = time.monotonic()
        submit(queue, 0.0)
        assert time.monotonic() == begun
        queue.stop(grace=0.0)
    come_back(storage)


def test_a_stop_while_another_process_holds_the_file_is_soon(path: Path) -> None:
    queue = Queue(workers=2, storage=SQLiteStorage(path))
    queue.register_handler("webhook", nap)
    queue.__enter__()
    queue.wait(ctx, submit(queue, 0.0))
    with locked(path):
        submitting = threading.Thread(target=submit, args=(queue, 0.0))  # it waits for the file, for five seconds
        submitting.start()
        time.sleep(0.2)
        begun = time.perf_counter()
        queue.stop(grace=0.5)
        took = time.perf_counter() - begun
    submitting.join()
    queue.storage.close()
    assert took < 4.0  # 1.5 s on an idle machine; it was 6.3 s and more


def test_a_pause_between_two_calls_of_a_failing_storage_ends_with_the_stop(clock: Any) -> None:
    class Down(MemoryStorage):
        down = False

        def settle_and_claim(self, settled: Settled, limit: int, types: Sequence[str] = ()) -> list[Record]:
            if self.down and settled:
                raise OSError("no space left")
            return super().settle_and_claim(settled, limit, types)

    storage = Down()
    queue = Queue(workers=1, storage=storage)
    queue.register_handler("webhook", nap)
    with queue:
        job = submit(queue, 1.0)
        time.sleep(0.5)
        storage.down = True
        time.sleep(100.1)  # in the middle of a pause of two seconds
        storage.down = False
        begun = time.monotonic()
        report = queue.stop(grace=1.0)
        assert time.monotonic() - begun < 0.5
    assert report.completed == 1
    assert queue.get_job(ctx, job).status is Status.COMPLETED


def test_what_was_handed_back_long_before_the_stop_is_not_reported(path: Path, clock: Any) -> None:
    storage = SQLiteStorage(path)
    queue = Queue(workers=1, storage=storage)
    queue.register_handler("webhook", nap)
    with queue:
        queue.wait_many(ctx, queue.submit_many(ctx, "webhook", [0.0] * 200))  # it claims ever more at a time
        queue.submit_many(ctx, "webhook", [3.0] * 10)  # and these are handed back, because nobody begins them
        time.sleep(60.0)
        report = queue.stop()
    assert (report.completed, report.handed_back, report.still_running) == (210, (), ())
    storage.close()


PROCESS = """
import signal, sys, time
from goqueue import Context, Queue
queue = Queue(workers=1)

@queue.handler("webhook")
def deliver(ctx, payload):
    print("begun", flush=True)
    begun = time.monotonic()
    (ctx.wait if sys.argv[1] == "listens" else time.sleep)(600)
    print("told", flush=True)
    ctx.raise_if_done()

queue.submit_job(Context(), "webhook")
queue.run(**eval(sys.argv[2]))
print("stopped", flush=True)
"""


def begin(*arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", PROCESS, *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    return process


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_ends_a_worker_process_at_once(number: signal.Signals) -> None:
    with begin("deaf", "dict(grace=600.0)") as process:
        process.send_signal(number)
        time.sleep(1.0)
        assert process.poll() is None  # it stops, and has a long grace
        process.send_signal(number)
        said, errors = process.communicate(timeout=60)
    assert process.returncode == -number, errors
    assert said == ""
    assert ("KeyboardInterrupt" in errors) == (number is signal.SIGINT)


def test_a_handler_hears_of_a_stop_well_before_a_supervisor_kills(clock: Any) -> None:
    heard: list[float] = []

    def deliver(ctx: JobContext, payload: Any) -> None:
        ctx.wait(600.0)
        heard.append(time.monotonic())
        ctx.raise_if_done()

    from goqueue.options import RUN_GRACE

    queue = queue_of(deliver)
    submit(queue)
    report = queue.start(ctx.with_timeout(1.0), grace=RUN_GRACE)  # as run() does after a signal
    assert heard == [1.0 + RUN_GRACE]
    assert len(report.handed_back) == 1
    assert RUN_GRACE + 2.0 < 10.0  # seconds that docker and Kubernetes' shortest defaults leave


@pytest.mark.parametrize(("grace", "kind"), [(-1.0, ValueError), (float("nan"), ValueError), ("6", TypeError)])
def test_a_grace_that_cannot_be_is_refused_before_anything_runs(grace: Any, kind: type[Exception]) -> None:
    """At the signal it would be too late for an orderly stop. This queue has stopped, so it can begin nothing."""
    queue = Queue()
    queue.stop()
    with pytest.raises(kind, match=r"grace is .*: it must be a"):
        queue.run(grace=grace)
    with pytest.raises(kind, match=r"grace is .*: it must be a"):
        queue.start(ctx, grace=grace)


STOPS_IN_A_HANDLER = """
import os, signal, time
from goqueue import Context, Queue
queue = Queue(workers=1)
queue.register_handler("webhook", lambda ctx, payload: time.sleep(600.0))
signal.signal(signal.SIGTERM, lambda number, frame: queue.stop(grace=0.2))
with queue:
    queue.submit_job(Context(), "webhook")
    signal.signal(signal.SIGALRM, lambda number, frame: os.kill(os.getpid(), signal.SIGTERM))
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    queue.stop(grace=2.0)
print("stopped")
"""


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no interval timer")
def test_a_signal_handler_may_stop_a_queue_that_stops() -> None:
    done = subprocess.run(
        [sys.executable, "-c", STOPS_IN_A_HANDLER], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.stdout == "stopped\n", done.stderr


def test_a_storage_that_is_closed_while_a_handler_runs_is_said_once(
    path: Path, clock: Any, caplog: pytest.LogCaptureFixture
) -> None:
    queue = Queue(workers=2, storage=SQLiteStorage(path))
    queue.register_handler("webhook", nap)
    queue.__enter__()
    submit(queue, 600.0)
    time.sleep(1.0)
    assert len(queue.stop(grace=0.0).still_running) == 1
    queue.storage.close()
    time.sleep(500.0)
    (record,) = caplog.records
    assert "this storage was closed" in str(record.exc_info[1])  # type: ignore[index]
    time.sleep(200.0)
    assert not queue.pool.maintenance.thread.is_alive()
    assert len(caplog.records) == 1


ENDS = """
import os, sys, threading, time
from goqueue import Context, Queue

queue, held = Queue(workers=1), threading.Event()
queue.__enter__()


def hold():
    with queue.pool.floor.lock:
        held.set()
        time.sleep(3600.0)


class Late:
    def __del__(self, queue=queue, ctx=Context(), write=os.write):
        for call in (lambda: queue.submit_job(ctx, "webhook"), lambda: queue.count(ctx), queue.stop):
            try:
                call()
            except Exception as err:
                write(1, f"{type(err).__name__}: {err}\\n".encode())


sys.late = Late()
threading.Thread(target=hold, daemon=True).start()
held.wait()
"""


def test_a_call_after_the_threads_are_gone_is_refused_and_does_not_hang() -> None:
    """Python has stopped the threads of the queue, and one of them may have held a lock."""
    told = subprocess.run([sys.executable, "-c", ENDS], stdout=subprocess.PIPE, timeout=PATIENCE, check=False).stdout
    says = (
        "QueueStopped: Python ends, and no thread of this queue runs any more: call it before, such as in a function "
    )
    assert told.decode().splitlines() == [f"{says}that atexit calls"] * 3
