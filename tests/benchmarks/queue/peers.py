"""Submit jobs and wait until all have been done; and the queues that need no file: ours, an executor, a bare queue."""

import queue
import statistics
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

from goqueue import Context, MemoryStorage, Queue, Retention, Retry, Status
from goqueue.storage import SQLiteStorage

from ..harness import Contender, Figures

WORKERS = 4
KEEP_ALL = Retention(completed=None, failed=None, most=None)
Payload = dict[str, int]


class Peer:
    """A queue that runs jobs in threads of its own. Threads that never end are left to the end of their process."""

    put: Callable[[Payload], Any]

    def __init__(self) -> None:
        self.done: list[None] = []
        self.last: list[Any] = []  # what the last put() of each producer returned

    def start(self, work: Callable[[], None], workers: int = WORKERS) -> None:
        self.threads = [threading.Thread(target=work, daemon=True) for _ in range(workers)]
        for thread in self.threads:
            thread.start()

    def count_one(self, *_: object, **__: object) -> None:
        """Count a job that has been done and recorded. Any thread may call this."""
        self.done.append(None)

    def count(self) -> int:
        return len(self.done)

    def finish(self, count: int) -> float:
        """Wait until `count` jobs have been done and recorded; return that moment (time.perf_counter)."""
        while True:
            moment = time.perf_counter()  # before the look, which may go through all records
            if self.count() >= count:
                return moment
            time.sleep(0.001)

    def close(self) -> None:
        """Stop what would disturb the next measurement in this process."""


def drive(peer: Peer, size: int, producers: int = 1) -> Figures:
    """Submit `size` jobs, `producers` at a time; return how many a second were accepted, and run, and µs for each."""
    share = [partial(submit, peer, range(n, size, producers)) for n in range(producers)]
    others = [threading.Thread(target=work) for work in share[1:]]
    start = time.perf_counter()
    for thread in others:
        thread.start()
    share[0]()
    for thread in others:
        thread.join()
    accepted = time.perf_counter()
    run = peer.finish(size)
    peer.close()
    return {
        "run/s": size / (run - start),
        "accepted/s": size / (accepted - start),
        "µs a job": (run - start) / size * 1e6,
    }


def submit(peer: Peer, orders: range) -> None:
    put, got = peer.put, None
    for order in orders:
        got = put({"order": order})
    peer.last.append(got)


def driving(name: str, make: Callable[[], Peer], how: str, producers: int = 1) -> Contender:
    return Contender(name, lambda size: drive(make(), size, producers), how)


def percentiles(times: list[float], unit: str, per_second: float, title: str = "") -> Figures:
    """Return the median, the 99th of 100, and the greatest of some times in seconds."""
    found = {"p50": statistics.median(times), "p99": statistics.quantiles(times, n=100)[98], "most": max(times)}
    return {f"{title}{name}, {unit}": value * per_second for name, value in found.items()}


class Ours(Peer):
    """The finished queue of this project, with one handler. All finished records are kept."""

    def __init__(self, workers: int = WORKERS, storage: Any = None, started: bool = True, **handling: Any) -> None:
        super().__init__()
        self.storage = storage or MemoryStorage(KEEP_ALL)
        self.queue = Queue(workers=workers, buffer_size=1024 if started else None, storage=self.storage)
        self.queue.register_handler("webhook", **{"handler": lambda ctx, payload: None, "retry": Retry(), **handling})
        self.ctx = Context()
        self.put = partial(self.queue.submit_job, self.ctx, "webhook")
        if started:
            self.queue.__enter__()

    def finish(self, count: int) -> float:
        for job in self.last:
            self.queue.wait(self.ctx, job.id)
        return super().finish(count)

    def count(self, status: Status = Status.COMPLETED) -> int:
        return self.queue.count(self.ctx)[status]

    def close(self) -> None:
        self.queue.stop()

    def ask(self, payload: Payload) -> None:
        """Submit one job and wait for its end."""
        self.queue.wait(self.ctx, self.put(payload).id)


def in_file(durability: str) -> Ours:
    """Return a queue that keeps its jobs in a SQLite file."""
    return Ours(storage=SQLiteStorage("jobs.db", durability=durability, retention=KEEP_ALL))


def wait_once(seconds: float) -> Retry:
    """Return a policy: one attempt more, in exactly so many seconds."""
    return Retry(attempts=2, base=seconds, cap=seconds, jitter=False)


class Executor(Peer):
    """ThreadPoolExecutor, its futures kept: they are its records."""

    def __init__(self) -> None:
        super().__init__()
        self.pool = ThreadPoolExecutor(WORKERS)
        self.futures: list[Future[None]] = []

    def put(self, payload: Payload) -> None:
        self.futures.append(self.pool.submit(noop, payload))

    def finish(self, count: int) -> float:
        self.pool.shutdown(wait=True)
        return time.perf_counter()

    def ask(self, payload: Payload) -> None:
        """Submit one job and wait for its end."""
        self.pool.submit(noop, payload).result()


class Bare(Peer):
    """A bare queue.Queue and threads around it: no record, no error, no status."""

    def __init__(self, workers: int = WORKERS, places: int = 1024) -> None:
        super().__init__()
        self.line: queue.Queue[Payload | None] = queue.Queue(places)
        self.put = self.line.put
        self.start(self.work, workers)

    def work(self) -> None:
        get = self.line.get
        while (payload := get()) is not None:
            noop(payload)

    def finish(self, count: int) -> float:
        for _ in self.threads:
            self.line.put(None)
        for thread in self.threads:
            thread.join()
        return time.perf_counter()


def noop(payload: Any) -> None:
    """Do nothing: the job that is measured."""
