"""Other queues on SQLite, each as its manual sets it up, in WAL mode, with the same durability as ours.

Their sleeps are as short as they may be. `FULL` and `NORMAL` are SQLite's `synchronous`.
"""

import contextlib
import json
import logging
import threading
import time
from collections.abc import Callable
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from ..harness import Contender
from .peers import WORKERS, Payload, Peer, driving, noop, poll, start_threads

EAGER = {"periodic": False, "initial_delay": 0.001, "backoff": 1.0, "max_delay": 0.001, "check_worker_health": False}
CLEAR_EVERY = 100  # acknowledgements, by each worker: more made it slower, fewer no faster


class Done:
    """Counts jobs that have been done and recorded. Any thread may call it."""

    def __init__(self) -> None:
        self.jobs: list[None] = []

    def __call__(self, *_: object, **__: object) -> None:
        self.jobs.append(None)

    def wait(self, count: int) -> float:
        return poll(self.jobs.__len__, count)


def huey(mode: str) -> Peer:
    """It deletes a job when a worker takes it, so a worker that dies loses it: two commits a job, and at most once.

    It offers `fsync`: True (FULL) or False (OFF); NORMAL is set on its connection, of which it has one.
    """
    line, done = import_module("huey").SqliteHuey(filename="huey.db", fsync=mode == "FULL" or None, timeout=30), Done()
    line.storage.conn.execute(f"PRAGMA synchronous = {mode}")

    def work(payload: Payload) -> None:
        noop(payload)
        done()

    task = line.task()(work)
    line.create_consumer(workers=WORKERS, **EAGER).start()
    return Peer(task, done.wait)


def persist_queue(mode: str) -> Peer:
    """Three commits a job. A get() goes through all that was acknowledged before, so workers clear that away."""
    line, done = import_module("persistqueue").SQLiteAckQueue(".", multithreading=True, timeout=30), Done()
    for connection in (line._getter, line._putter):
        connection.execute(f"PRAGMA synchronous = {mode}")

    def work() -> None:
        for number in range(1, 1 << 62):
            item = line.get(raw=True)
            noop(item["data"])
            line.ack(item)
            done()
            if number % CLEAR_EVERY == 0:
                line.clear_acked_data(max_delete=WORKERS * CLEAR_EVERY, keep_latest=0)

    start_threads([work] * WORKERS)
    return Peer(line.put, done.wait)


def lite_lines(mode: str, shared: bool) -> Callable[[], Any]:
    """Return what gives a thread its LiteQueue on the file: one of its own, or the one that all share."""
    own: Any = SimpleNamespace() if shared else threading.local()

    def line() -> Any:
        if not hasattr(own, "line"):
            own.line = import_module("litequeue").LiteQueue("lite.db", timeout=60)
            own.line.conn.execute(f"PRAGMA synchronous = {mode}")
        return own.line

    return line


def lite_queue(mode: str, shared: bool = False) -> Peer:
    """Three commits a job, all records kept. It cannot wait for a message, so an idle worker looks again.

    It has no lock, and a second transaction on one connection is an error: so either each thread has its own LiteQueue
    on the file, or all share one behind a lock.
    """
    line, done = lite_lines(mode, shared), Done()
    lock: Any = threading.Lock() if shared else contextlib.nullcontext()

    def call(name: str, *words: object) -> Any:
        with lock:
            return getattr(line(), name)(*words)

    def work() -> None:
        while True:
            if (message := call("pop")) is None:
                time.sleep(0.001)
                continue
            noop(json.loads(message.data))
            call("done", message.message_id)
            done()

    line()
    start_threads([work] * WORKERS)
    return Peer(lambda payload: call("put", json.dumps(payload)), done.wait)


def queue_max(shards: int) -> Peer:
    """Three commits a job; finished jobs are deleted. It offers NORMAL only. Its limit of 160 jobs a minute is off."""
    logging.getLogger("queue_max").setLevel(logging.CRITICAL)
    module, done = import_module("queue_max"), Done()
    line = module.Queue(shards=shards, rate_limit=10**9, data_dir=".")
    for number in range(WORKERS):
        module.Worker(f"worker-{number}", noop, line, poll_interval=0.001, on_job_complete=done).start()
    return Peer(line.enqueue, done.wait)


def sqlite_peers(mode: str, producers: int = 1) -> tuple[Contender, ...]:
    """Return those that can be set up for either mode."""
    return (
        driving("huey", lambda: huey(mode), "its consumer; deletes at dequeue: at most once", producers),
        driving("persist-queue", lambda: persist_queue(mode), "put, get, ack", producers),
        driving("litequeue", lambda: lite_queue(mode), "put, pop, done; a connection for each thread", producers),
        driving("litequeue, shared", lambda: lite_queue(mode, True), "the same, behind a lock", producers),
    )
