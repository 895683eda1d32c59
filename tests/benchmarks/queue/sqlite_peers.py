"""Other queues on SQLite, each as its manual sets it up, in WAL mode, with the same durability as ours.

Their sleeps are as short as they may be. `FULL` and `NORMAL` are SQLite's `synchronous`.
"""

import contextlib
import json
import logging
import threading
import time
from functools import partial
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from ..harness import Contender
from .peers import WORKERS, Payload, Peer, driving, noop

EAGER = {"periodic": False, "initial_delay": 0.001, "backoff": 1.0, "max_delay": 0.001, "check_worker_health": False}
CLEAR_EVERY = 100  # acknowledgements, by each worker: more made it slower, fewer no faster


class Huey(Peer):
    """It deletes a job when a worker takes it, so a worker that dies loses it: two commits a job, and at most once.

    It offers `fsync`: True (FULL) or False (OFF); NORMAL is set on its connection, of which it has one.
    """

    def __init__(self, mode: str) -> None:
        super().__init__()
        huey = import_module("huey").SqliteHuey(filename="huey.db", fsync=mode == "FULL" or None, timeout=30)
        huey.storage.conn.execute(f"PRAGMA synchronous = {mode}")

        def work(payload: Payload) -> None:
            noop(payload)
            self.count_one()

        self.put = huey.task()(work)
        huey.create_consumer(workers=WORKERS, **EAGER).start()


class PersistQueue(Peer):
    """Three commits a job. A get() goes through all that was acknowledged before, so workers clear that away."""

    def __init__(self, mode: str) -> None:
        super().__init__()
        self.line = import_module("persistqueue").SQLiteAckQueue(".", multithreading=True, timeout=30)
        for connection in (self.line._getter, self.line._putter):
            connection.execute(f"PRAGMA synchronous = {mode}")
        self.put = self.line.put
        self.start(self.work)

    def work(self) -> None:
        for number in range(1, 1 << 62):
            item = self.line.get(raw=True)
            noop(item["data"])
            self.line.ack(item)
            self.count_one()
            if number % CLEAR_EVERY == 0:
                self.line.clear_acked_data(max_delete=WORKERS * CLEAR_EVERY, keep_latest=0)


class LiteQueue(Peer):
    """Three commits a job, all records kept. It cannot wait for a message, so an idle worker looks again.

    It has no lock, and a second transaction on one connection is an error: so either each thread has its own LiteQueue
    on the file, or all share one behind a lock.
    """

    def __init__(self, mode: str, shared: bool = False) -> None:
        super().__init__()
        self.make, self.mode = partial(import_module("litequeue").LiteQueue, "lite.db", timeout=60), mode
        self.lock: Any = threading.Lock() if shared else contextlib.nullcontext()
        self.own: Any = SimpleNamespace() if shared else threading.local()
        self.line()
        self.start(self.work)

    def line(self) -> Any:
        """Return the LiteQueue of the thread that asks."""
        if not hasattr(self.own, "line"):
            line = self.make()
            line.conn.execute(f"PRAGMA synchronous = {self.mode}")
            self.own.line = line
        return self.own.line

    def put(self, payload: Payload) -> None:
        line = self.line()
        with self.lock:
            line.put(json.dumps(payload))

    def work(self) -> None:
        line = self.line()
        while True:
            with self.lock:
                message = line.pop()
            if message is None:
                time.sleep(0.001)
                continue
            noop(json.loads(message.data))
            with self.lock:
                line.done(message.message_id)
            self.count_one()


class QueueMax(Peer):
    """Three commits a job; finished jobs are deleted. It offers NORMAL only. Its limit of 160 jobs a minute is off."""

    def __init__(self, shards: int) -> None:
        super().__init__()
        logging.getLogger("queue_max").setLevel(logging.CRITICAL)
        module = import_module("queue_max")
        line = module.Queue(shards=shards, rate_limit=10**9, data_dir=".")
        self.put = line.enqueue
        for number in range(WORKERS):
            module.Worker(f"worker-{number}", noop, line, poll_interval=0.001, on_job_complete=self.count_one).start()


def sqlite_peers(mode: str, producers: int = 1) -> tuple[Contender, ...]:
    """Return those that can be set up for either mode."""
    return (
        driving("huey", lambda: Huey(mode), "its consumer; deletes at dequeue: at most once", producers),
        driving("persist-queue", lambda: PersistQueue(mode), "put, get, ack", producers),
        driving("litequeue", lambda: LiteQueue(mode), "put, pop, done; a connection for each thread", producers),
        driving("litequeue, shared", lambda: LiteQueue(mode, True), "the same, behind a lock", producers),
    )
