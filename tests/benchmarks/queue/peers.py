"""Submit jobs and wait until all have been done; and the queues that need no file: ours, an executor, a bare queue."""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from goqueue import Context, MemoryStorage, Queue, Retention, Retry, Status
from goqueue.storage import SQLiteStorage

from ..harness import Contender, Figures

WORKERS = 4
KEEP_ALL = Retention(completed=None, failed=None, most=None)
Payload = dict[str, int]


@dataclass
class Peer:
    """A queue that runs jobs in threads of its own. Threads that never end are left to the end of their process."""

    put: Callable[[Payload], Any]
    finish: Callable[[int], float]  # wait until so many jobs have been done and recorded; return that moment
    ask: Callable[[Payload], Any] | None = None  # submit one job and wait for its end
    close: Callable[[], Any] = lambda: None  # stop what would disturb the next measurement in this process
    last: list[Any] = field(default_factory=list)  # what the last put() of each producer returned


def drive(peer: Peer, size: int, producers: int = 1) -> Figures:
    """Submit `size` jobs, `producers` at a time; return how many a second were accepted, and run, and µs for each."""
    share = [partial(submit, peer, range(n, size, producers)) for n in range(producers)]
    start = time.perf_counter()
    others = start_threads(share[1:])
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


def start_threads(works: Sequence[Callable[[], None]]) -> list[threading.Thread]:
    threads = [threading.Thread(target=work, daemon=True) for work in works]
    for thread in threads:
        thread.start()
    return threads


def poll(done: Callable[[], int], count: int) -> float:
    """Wait until `done()` has reached `count`; return that moment (time.perf_counter)."""
    while True:
        moment = time.perf_counter()  # before the look, which may go through all records
        if done() >= count:
            return moment
        time.sleep(0.001)


class Ours(Peer):
    """The finished queue of this project, with one handler. All finished records are kept."""

    def __init__(self, workers: int = WORKERS, storage: Any = None, started: bool = True, **handling: Any) -> None:
        self.storage = storage or MemoryStorage(KEEP_ALL)
        self.queue = Queue(workers=workers, buffer_size=1024 if started else None, storage=self.storage)
        self.queue.register_handler("webhook", **{"handler": lambda ctx, payload: None, "retry": Retry(), **handling})
        self.ctx = Context()
        put = partial(self.queue.submit_job, self.ctx, "webhook")
        super().__init__(put, self.end, lambda payload: self.queue.wait(self.ctx, put(payload).id), self.queue.stop)
        if started:
            self.queue.__enter__()

    def end(self, count: int) -> float:
        for job in self.last:
            self.queue.wait(self.ctx, job.id)
        return poll(self.count, count)

    def count(self, status: Status = Status.COMPLETED) -> int:
        return self.queue.count(self.ctx)[status]


def in_file(durability: str) -> Ours:
    """Return a queue that keeps its jobs in a SQLite file."""
    return Ours(storage=SQLiteStorage("jobs.db", durability=durability, retention=KEEP_ALL))


def executor(held: bool = False) -> Peer:
    """Return a ThreadPoolExecutor, its futures kept: they are its records. Held: its workers are busy for ever."""
    pool, futures = ThreadPoolExecutor(WORKERS), list[Future[None]]()

    def finish(_: int) -> float:
        pool.shutdown(wait=True)
        return time.perf_counter()

    for _ in range(WORKERS if held else 0):
        pool.submit(threading.Event().wait)
    return Peer(
        lambda payload: futures.append(pool.submit(noop, payload)),
        finish,
        lambda payload: pool.submit(noop, payload).result(),
    )


def bare(workers: int = WORKERS, places: int = 1024) -> Peer:
    """Return a bare queue.Queue and threads around it: no record, no error, no status."""
    line: queue.Queue[Payload | None] = queue.Queue(places)

    def work() -> None:
        get = line.get
        while (payload := get()) is not None:
            noop(payload)

    def finish(_: int) -> float:
        for _thread in threads:
            line.put(None)
        for thread in threads:
            thread.join()
        return time.perf_counter()

    threads = start_threads([work] * workers)
    return Peer(line.put, finish)


def noop(payload: Any) -> None:
    """Do nothing: the job that is measured."""
