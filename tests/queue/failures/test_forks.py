"""A fork while a queue runs: the child runs nothing of it, ends by itself, and a call in it says why it cannot work."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")

IN_A_HANDLER = """
import os, sys
from goqueue import Context, Queue
ctx, queue = Context(), Queue(workers=1)

@queue.handler("fork")
def fork(ctx, payload):
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    {how}

@queue.handler("note")
def note(ctx, payload):
    os.write(1, b"note %d\\n" % payload)

with queue:
    jobs = [queue.submit_job(ctx, "fork"), *queue.submit_many(ctx, "note", range(3))]
    print("status", queue.wait_many(ctx, jobs)[0].result, flush=True)
"""


def output(code: str, *arguments: object) -> list[str]:
    command = [sys.executable, "-W", "ignore", "-c", code, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("how", "status"),
    [("sys.exit(3)", 3), ("return 17", 0), ("raise ValueError(17)", 1), ("sys.exit('bad')", 1), ("os._exit(5)", 5)],
)
def test_the_child_of_a_handler_ends_by_itself_and_runs_no_job(how: str, status: int) -> None:
    said = output(IN_A_HANDLER.format(how=how))
    assert sorted(said) == ["note 0", "note 1", "note 2", f"status {status}"]


OWN_QUEUE = """
import os, sys
from goqueue import Context, Queue, SQLiteStorage
ctx, queue = Context(), Queue(workers=1)

@queue.handler("fork")
def fork(ctx, payload):
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    own = Queue(storage=SQLiteStorage(sys.argv[1], durability="write-behind", behind=600.0))
    own.submit_many(Context(), "webhook", range(20))

with queue:
    print("status", queue.wait(ctx, queue.submit_job(ctx, "fork")).result)
print(Queue(storage=sys.argv[1]).count(ctx)["pending"])
"""


def test_what_the_child_of_a_handler_accepts_is_written_at_its_end(path: Path) -> None:
    assert output(OWN_QUEUE, path) == ["status 0", "20"]


WHILE_OTHERS_WRITE = """
import os, sqlite3, sys, threading
from goqueue import Context, Queue, SQLiteStorage
ctx, queue = Context(), Queue(storage=SQLiteStorage(sys.argv[1], durability="group commit"))
writing, stop = threading.Event(), threading.Event()

def write(on):
    on.execute("INSERT INTO counts VALUES ('x', 1)")
    writing.set()
    stop.wait(0.5)
    on.execute("DELETE FROM counts WHERE status = 'x'")

thread = threading.Thread(target=queue.storage._writer.do, args=(write,))
thread.start()
writing.wait()
child = os.fork()
if not child:
    own = Queue(storage=SQLiteStorage(sys.argv[1]))
    own.submit_job(ctx.with_timeout(3.0), "webhook")
    own.close()
    os._exit(0)
stop.set()
thread.join()
print("status", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), queue.count(ctx)["pending"])
"""


def test_the_child_of_a_fork_while_another_thread_writes_can_use_the_file(path: Path) -> None:
    assert output(WHILE_OTHERS_WRITE, path) == ["status 0 1"]


OPENED_BEFORE = """
import os, sys
from goqueue import Context, Queue, StorageError
queue = Queue(storage=sys.argv[1])
child = os.fork()
if not child:
    try:
        with queue:
            print("it started", flush=True)
    except StorageError as err:
        assert "it was opened before a fork" in str(err)
        os._exit(0)
print("status", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_queue_whose_file_was_opened_before_a_fork_cannot_be_started(path: Path) -> None:
    assert output(OPENED_BEFORE, path) == ["status 0"]


PREFORK = """
import os, sys
from goqueue import Context, Queue, QueueStopped
ctx, queue = Context(), Queue(workers=2)
queue.register_handler("webhook", lambda ctx, payload: payload)
with queue:
    job = queue.submit_job(ctx, "webhook", 17)
    queue.wait(ctx, job)
    child = os.fork()
    if not child:
        calls = [
            lambda: queue.submit_job(ctx, "webhook"), lambda: queue.submit_many(ctx, "webhook", [1]),
            lambda: queue.wait(ctx, job), lambda: queue.wait_many(ctx, [job]), lambda: queue.as_completed(ctx, [job]),
            lambda: queue.get_job(ctx, job), lambda: queue.count(ctx), lambda: queue.list_jobs(ctx),
            lambda: queue.cancel(ctx, job), lambda: queue.delete(ctx, job), queue.stop,
        ]
        for call in calls:
            try:
                call()
            except QueueStopped as err:
                assert "started before a fork" in str(err), err
                assert "make a new queue here" in str(err), err
            else:
                print("no error", call.__code__.co_names, flush=True)
        own = Queue()
        own.register_handler("webhook", lambda ctx, payload: payload)
        with own:
            print("child", own.wait(ctx, own.submit_job(ctx, "webhook", 18)).result, flush=True)
    else:
        os.waitpid(child, 0)
        print("parent", queue.wait(ctx, queue.submit_job(ctx, "webhook", 19)).result, flush=True)
"""


def test_a_queue_that_was_started_before_a_fork_says_so_at_each_call_and_a_new_one_works() -> None:
    assert output(PREFORK) == ["child 18", "parent 19"]


WITH_THE_LOCK = """
import os, threading, time
from goqueue import Context, Queue, QueueStopped
ctx, queue = Context(), Queue(workers=1)
queue.register_handler("webhook", lambda ctx, payload: payload)
threading.Thread(target=lambda: queue.start(ctx), daemon=True).start()
while not queue.pool.started:
    time.sleep(0.001)
with queue.pool.floor.lock, queue.storage._lock, queue.pool.waiting._lock:
    child = os.fork()
if not child:
    for lock in queue.pool.floor.lock, queue.pool.waiting._lock:
        lock.acquire(False)
    for call in (
        lambda: queue.submit_job(ctx, "webhook"), lambda: queue.submit_many(ctx, "webhook", [1]),
        lambda: queue.wait(ctx, "1"), lambda: queue.count(ctx), lambda: queue.list_jobs(ctx), queue.stop,
    ):
        try:
            call()
        except QueueStopped:
            print("refused", flush=True)
    os._exit(0)
os.waitpid(child, 0)
queue.stop()
"""


def test_a_child_waits_for_no_lock_that_a_thread_of_its_parent_held() -> None:
    assert output(WITH_THE_LOCK) == 6 * ["refused"]


BEFORE_THE_START = """
import os
from goqueue import Context, Queue
ctx, queue = Context(), Queue(workers=2)
queue.register_handler("webhook", lambda ctx, payload: os.getpid())
child = os.fork()
with queue:
    assert queue.wait(ctx, queue.submit_job(ctx, "webhook")).result == os.getpid()
if child:
    print("status", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_queue_that_is_started_after_the_fork_works_in_both() -> None:
    assert output(BEFORE_THE_START) == ["status 0"]
