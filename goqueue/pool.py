"""The pool: worker threads, a keeper, and how they stop.

    submit ──> storage ── turn: claims ──> worker-1 ─┐
                  ^   └──────────────────> worker-2 ─┼──> run_attempt ──> handler
                  └──── turn: settles ───────────────┘
    keeper: asleep until a waiting job is due, a lease must be renewed, or an attempt has overrun

A worker settles the job it has run and claims the next one in a single turn. If there is no job, the worker sleeps
until a thread that adds a job, or the keeper, wakes it. Nothing polls, except on a storage that other processes share.

A stop has an order. First, workers stop claiming. Then running jobs may finish for `grace` seconds. Then their contexts
tell them to stop. A handler that still runs cannot be killed, so the report names it. Nothing is lost: a job that was
claimed and did not finish is pending in the storage, with the attempts it had before.
"""

import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from .ahead import Ahead
from .context import Context
from .job import CANCELLED, HANDED_BACK, Record, id_of
from .keeper import LISTEN, Keeper
from .log import log, says_attempts
from .processor import CANCEL, SHUTDOWN
from .registry import Registry
from .storage import Settled, Storage
from .waiting import Waiting
from .worker import Worker


class StopReport(NamedTuple):
    """The result of a stop: how many jobs completed in all, and the ids of those that did not finish.

    The jobs in `handed_back` are pending again, with the attempts they had before. The handlers of the jobs in
    `still_running` did not listen to their contexts.
    """

    completed: int = 0
    handed_back: tuple[str, ...] = ()
    still_running: tuple[str, ...] = ()


class Pool:
    """`size` worker threads and a keeper. Any thread may call it."""

    def __init__(
        self, size: int, storage: Storage, registry: Registry, waiting: Waiting, buffer_size: int | None
    ) -> None:
        if not isinstance(size, int):
            raise TypeError(f"workers is {size!r}: it must be a whole number, such as 4")
        if size < 1:
            raise ValueError(f"workers is {size!r}: a pool must have one worker or more")
        self.size = size
        self.storage = storage
        self.batch = storage.batch
        self.registry = registry
        self.waiting = waiting
        self.running = Context()  # the parent of each attempt's context
        self.ahead = Ahead()
        self._half = 0 if buffer_size is None else buffer_size // 2
        # Guards idle, producers, workers and stopping. The storage lock may be taken while this one is held, never the
        # other way round. A thread that only checks whether there is something to do reads all four without the lock.
        # That is safe because a sleeper registers itself first and looks at the storage second: either it sees the new
        # job, or the thread that added the job sees the sleeper.
        self.lock = threading.Lock()
        self.idle: list[Worker] = []  # workers that sleep and were not woken yet; the last is woken first
        self.producers = 0  # how many producers wait for room
        self.workers: list[Worker] = []
        self.stopping = False
        self.stopped = False  # set once, by stop()
        self.says_attempts = False  # asked once, at the start, because asking for each job is expensive
        self._room = threading.Condition(self.lock)  # producers sleep here
        self.keeper = Keeper(self)
        self._own = threading.local()  # .here in the pool's own threads
        self._handed_back: list[int] = []
        self._stop_once = threading.Lock()  # held during all of stop(); taken before all other locks
        self._report: StopReport | None = None

    def start(self, values: Context) -> None:
        """Start the threads. Raises RuntimeError if they were started, or stopped, before."""
        with self.lock:
            if self.workers or self.stopping:
                raise RuntimeError("this queue was started before: a queue runs once, so make a new one")
            self.running = values.without_cancel()
            self.says_attempts = says_attempts()
            for _ in range(self.size):
                self._start_worker()
            self.keeper.thread.start()

    def hire(self) -> None:
        """Start one more worker, unless the pool is stopping."""
        with self.lock:
            if not self.stopping:
                self._start_worker()

    def _start_worker(self) -> None:
        worker = Worker(self, f"worker-{len(self.workers) + 1}")
        worker.thread.start()  # under the lock, because a concurrent stop joins each of `workers`
        self.workers.append(worker)

    def enter(self) -> None:
        """Mark the calling thread as one of the pool's."""
        self._own.here = True

    def in_worker(self) -> bool:
        """Return whether the calling thread is one of the pool's."""
        return hasattr(self._own, "here")

    def alive(self) -> bool:
        """Return whether any worker is still alive."""
        return any(worker.thread.is_alive() for worker in self.workers)

    # -- waking, and waiting for room -----------------------------------------------------------------

    def wake(self, jobs: int = 1) -> None:
        """Wake one sleeping worker for each of `jobs` jobs, as far as there are any."""
        with self.lock:
            for _ in range(min(jobs, len(self.idle))):
                self.idle.pop().gate.release()

    def wait_for_room(self, ctx: Context, full: Callable[[], bool]) -> None:
        """If `full()`, sleep until there is room, or `ctx` or the pool ends. Raises ContextDone if `ctx` ended."""
        ended: list[bool] = []

        def end() -> None:
            with self.lock:
                ended.append(True)
                self._room.notify_all()

        stop_listening = ctx.after_done(end)
        times = (ctx.remaining(), self.storage.poll, threading.TIMEOUT_MAX)
        try:
            with self.lock:  # do not look at ctx in here: noticing that its deadline has passed would call end()
                self.producers += 1  # before looking, so that a worker that makes room later sees this producer
                try:
                    if not (self.stopping or ended) and full():
                        self._room.wait(min(seconds for seconds in times if seconds is not None))
                finally:
                    self.producers -= 1
        finally:
            stop_listening()
        ctx.raise_if_done()

    def make_room(self) -> None:
        """Wake producers once half the buffer is free, because waking them for each place would be expensive."""
        if self.storage.backlog() <= self._half:
            self._wake_producers()

    def _wake_producers(self) -> None:
        with self.lock:
            self._room.notify_all()

    # -- turns of the storage -------------------------------------------------------------------------

    def turn(self, settled: Settled, limit: int) -> list[Record]:
        """Take a turn of the storage, and repeat until it works: a full disk must not lose an outcome."""
        pause = 0.05
        while True:
            try:
                claimed = self.storage.settle_and_claim(settled, limit, self.registry.types)
                break
            except Exception:
                log().exception("The storage failed; it is asked again in %.2f s", pause)
            if self.stopping and pause > LISTEN:
                return []  # the jobs are considered lost when the lease ends, and run again
            time.sleep(pause)
            pause = min(2 * pause, 2.0)
        if settled:
            self._tell(settled)
        return claimed

    def look(self, limit: int) -> list[Record]:
        """Claim jobs, or return [] if the storage fails. A worker calls this before it sleeps."""
        try:
            return self.storage.settle_and_claim((), limit, self.registry.types)
        except Exception:
            log().exception("The storage failed; it is asked again")
            return []

    def _tell(self, settled: Settled) -> None:
        """Wake the callers that wait for what was settled."""
        for record, outcome in settled:
            if outcome.delay:
                self.keeper.parked(outcome.delay)
            if self.waiting.by_key:
                self.waiting.ended(record.key)

    def hand_back_ahead(self) -> None:
        """Make jobs that were claimed and not begun pending again."""
        records = self.ahead.drain()
        if records:
            self.turn([(record, HANDED_BACK) for record in records], 0)
            self._handed_back.extend(record.key for record in records)

    # -- cancelling, and stopping ---------------------------------------------------------------------

    def cancel(self, key: int) -> None:
        """Tell the attempt at this job to stop, if it runs here."""
        for worker in list(self.workers):
            now = worker.now
            if now is not None and now[0].key == key:
                now[1].cancel(CANCEL)

    def stop(self, grace: float) -> StopReport:
        """Stop as the head of this file says. A second call returns the first report."""
        with self._stop_once:
            if self._report is None:
                self._report = self._stop(grace)
                self.stopped = True
                self.waiting.wake_all()  # a job that has not ended by now will not end here
            return self._report

    def _stop(self, grace: float) -> StopReport:
        with self.lock:
            self.stopping = True
            self._room.notify_all()
        self.wake(len(self.workers))
        self._join(grace)
        self.running.cancel(SHUTDOWN)
        self._join(LISTEN)
        self.hand_back_ahead()
        still = [now[0].key for worker in self.workers if (now := worker.now) is not None]
        self.keeper.wake()
        if self.keeper.thread.ident is not None and not self.alive() and not self.in_worker():
            self.keeper.thread.join()
        back = self._handed_back + [key for worker in self.workers for key in worker.handed_back]
        node = self.storage.node
        return StopReport(
            completed=sum(worker.completed for worker in self.workers),
            handed_back=tuple(id_of(key, node) for key in back if not self._was_cancelled(key)),
            still_running=tuple(id_of(key, node) for key in still),
        )

    def _was_cancelled(self, key: int) -> bool:
        """Whether a job was cancelled while it was handed back, so that it is cancelled now."""
        try:
            job = self.storage.get(key)
        except Exception:
            log().exception("The storage failed; %s is reported as handed back", id_of(key, self.storage.node))
            return False
        return job is not None and job.status is CANCELLED

    def _join(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        for worker in self.workers:
            if worker.thread is not threading.current_thread():
                worker.thread.join(max(0.0, until - time.monotonic()))
