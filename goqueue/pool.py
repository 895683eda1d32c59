"""Worker threads, and how they stop.

    submit ──> storage ── turn: claims ──> worker-1 ─┐
                  ^   └─────────────────> worker-2 ─┼──> run_attempt ──> handler
                  └──── turn: settles ───────────────┘
    keeper: one thread, asleep until a waiting job is due, a lease must be renewed, or an attempt has overrun

A worker settles the job it has run and claims the next in one turn. One that finds nothing sleeps, until somebody who
has added a job wakes it, or the keeper does. Nobody polls, except a storage that other processes share.

Stopping has an order. First nobody claims; then those that run may finish, for `grace` seconds; then they are told to
stop through their contexts. What then still runs cannot be killed: the report names it. Nothing is lost: what was
claimed and did not finish is pending in the storage, with the attempts it had.
"""

import contextlib
import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from .context import Context
from .job import COMPLETED, DONE, HANDED_BACK, Options, Outcome, Record, id_of
from .processor import CANCEL, RETURNED, SHUTDOWN, rejected, run_attempt
from .registry import Registration, Registry
from .storage import Settled, Storage
from .waiting import Waiting

log = logging.getLogger(__name__)

LISTEN = 1.0  # seconds that a handler has to stop in, after its context ended
AHEAD = 0.05  # seconds of work that a worker may claim at a time
STALE = 1.0  # seconds after which jobs claimed ahead are handed back: the workers are busy with longer ones

NO_OPTIONS = Options()


@dataclass(frozen=True)
class StopReport:
    """How a stop went: how many jobs were completed, and the ids of those that were not finished.

    `handed_back` are pending again, with the attempts they had; `still_running` did not listen to their contexts.
    """

    completed: int = 0
    handed_back: tuple[str, ...] = ()
    still_running: tuple[str, ...] = ()


class Worker:
    """One thread's desk. Only its own thread writes it, but for `replaced`; others read it, under no lock."""

    __slots__ = ("begun", "completed", "gate", "handed_back", "limit", "now", "replaced", "thread", "until")

    def __init__(self) -> None:
        self.thread: threading.Thread
        self.gate = threading.Lock()  # locked while its worker works or sleeps; whoever wakes it unlocks it
        self.gate.acquire()
        self.now: tuple[Record, Context] | None = None  # what it runs, in one piece
        self.until: float | None = None  # when that should be over (time.monotonic)
        self.replaced = False  # it overran, and another works in its place
        self.completed = 0
        self.handed_back: list[int] = []
        self.limit = 1  # how many jobs it claims next, and when it claimed the last ones
        self.begun = 0.0


class Pool:
    """`worker_count` threads and a keeper. Any thread may call it."""

    def __init__(
        self, worker_count: int, storage: Storage, registry: Registry, waiting: Waiting, buffer_size: int | None
    ) -> None:
        if not isinstance(worker_count, int):
            raise TypeError(f"workers is {worker_count!r}: it must be a whole number, such as 4")
        if worker_count < 1:
            raise ValueError(f"workers is {worker_count!r}: a pool must have one worker or more")
        self._storage = storage
        self._registry = registry
        self._waiting = waiting
        self._enough_room = 0 if buffer_size is None else buffer_size // 2
        self._worker_count = worker_count
        # Guards all that follows it here. While it is held the storage's lock may be taken, never the other way.
        # `idle` and `producers` are read without it by those who go on at once when there are none: a sleeper enters
        # itself first and looks at the storage then, so either it sees the job, or it is seen.
        self._lock = threading.Lock()
        self._room = threading.Condition(self._lock)  # producers sleep here
        self._alarm = threading.Condition(self._lock)  # the keeper sleeps here
        self.idle: list[Worker] = []  # those that sleep and were not woken yet; the last is woken first
        self.producers = 0
        self._keeper_wakes = 0.0  # time.monotonic
        self._workers: list[Worker] = []
        self.stopping = False
        self._running = Context()  # the parent of each attempt's context
        self._claimed: deque[Record] = deque()  # by a worker that took several, for whichever comes first
        self._claimed_at = 0.0
        self._handed_back: list[int] = []
        self._local = threading.local()  # .here in the pool's own threads
        self._keeper = threading.Thread(target=self._keep, name="keeper", daemon=True)
        self._stop_once = threading.Lock()  # held by stop() from first to last; taken before all others
        self._report: StopReport | None = None

    # -- for the queue --------------------------------------------------------------------------------

    def start(self, values: Context) -> None:
        """Start the threads. Raises RuntimeError if they were started, or stopped, before."""
        with self._lock:
            if self._workers or self.stopping:
                raise RuntimeError("this queue was started before: a queue runs once, so make a new one")
            self._running = values.without_cancel()
            for _ in range(self._worker_count):
                self._hire()
        self._keeper.start()

    def in_worker(self) -> bool:
        """Return whether the thread that asks is one of the pool's own."""
        return hasattr(self._local, "here")

    def wake(self, jobs: int = 1) -> None:
        """Wake a worker for each of so many jobs, as far as some sleep."""
        with self._lock:
            for _ in range(min(jobs, len(self.idle))):
                self.idle.pop().gate.release()

    def parked(self, delay: float) -> None:
        """Tell the keeper that a job will be due in `delay` seconds."""
        if time.monotonic() + delay < self._keeper_wakes:
            with self._lock:
                self._alarm.notify()

    def wait_for_room(self, ctx: Context, full: Callable[[], bool]) -> None:
        """Sleep while `full()`, and neither `ctx` nor the pool has ended. A storage without news is asked again."""
        stop_listening = ctx.after_done(self._wake_producers)
        try:
            with self._lock:
                self.producers += 1
                try:
                    while not (self.stopping or ctx.done) and full():
                        left, poll = ctx.remaining(), self._storage.poll
                        self._room.wait(min(x for x in (left, poll, threading.TIMEOUT_MAX) if x is not None))
                finally:
                    self.producers -= 1
        finally:
            stop_listening()
        ctx.raise_if_done()

    def cancel(self, key: int) -> None:
        """Tell the attempt at this job that it is to stop, if it runs here."""
        for worker in list(self._workers):
            now = worker.now
            if now is not None and now[0].key == key:
                now[1].cancel(CANCEL)

    def stop(self, grace: float) -> StopReport:
        """Stop as the head of this file says. A second call returns what the first has reported."""
        with self._stop_once:
            if self._report is None:
                self._report = self._stop(grace)
            return self._report

    # -- workers --------------------------------------------------------------------------------------

    def _hire(self) -> None:
        worker = Worker()
        name = f"worker-{len(self._workers) + 1}"
        worker.thread = threading.Thread(target=self._work, args=(worker,), name=name, daemon=True)
        self._workers.append(worker)
        worker.thread.start()

    def _work(self, worker: Worker) -> None:
        self._local.here = True
        settled: Settled = ()
        while (record := self._next(worker, settled)) is not None:
            settled = ((record, self._attempt(worker, record)),)
            if worker.replaced:
                self._turn(settled, 0)
                break

    def _next(self, worker: Worker, settled: Settled) -> Record | None:
        """Settle what is done and return what to do now, asleep until there is something; None: the pool stops."""
        if self._claimed:
            claimed = self._take_claimed(settled)
        else:
            claimed = self._turn(settled, 0 if self.stopping else worker.limit)
        if not claimed:
            if self.stopping:
                return None
            claimed = self._sleep(worker)
            if not claimed:
                return None
        if self._storage.batch > 1:
            self._share_out(worker, claimed)
        elif self.idle and self._storage.backlog():
            self.wake()
        if self.producers and self._has_room():
            self._wake_producers()
        return claimed[0]

    def _turn(self, settled: Settled, limit: int) -> list[Record]:
        """A turn of the storage, tried until it works: an outcome must not get lost because a disk is full."""
        pause = 0.05
        while True:
            try:
                claimed = self._storage.turn(settled, limit, self._registry.types)
                break
            except Exception:
                log.exception("The storage failed; it is asked again in %.2f s", pause)
                if self.stopping and pause > 1.0:
                    return []  # what ran is taken for lost when its lease ends, and runs again
            time.sleep(pause)
            pause = min(2 * pause, 2.0)
        if settled:
            self._tell(settled)
        return claimed

    def _tell(self, settled: Settled) -> None:
        """Tell those who sleep of what was settled."""
        for record, outcome in settled:
            if outcome.delay:
                self.parked(outcome.delay)
            if self._waiting.by_key:
                self._waiting.ended(record.key)

    def _sleep(self, worker: Worker) -> list[Record]:
        while True:
            with self._lock:
                if self.stopping:
                    return []
                self.idle.append(worker)  # first this, then a look: whoever adds a job later sees it
                claimed = self._look(worker)
                if claimed:
                    self.idle.remove(worker)
                    return claimed
            worker.gate.acquire()  # whoever unlocks it has taken us off `idle`

    def _look(self, worker: Worker) -> list[Record]:
        if self._claimed:
            return [self._claimed.popleft()]
        try:
            return self._storage.turn((), worker.limit, self._registry.types)
        except Exception:
            log.exception("The storage failed; it is asked again")
            return []

    def _attempt(self, worker: Worker, record: Record) -> Outcome:
        registration = self._registry.find(record.type)
        if registration is None:
            return rejected(record)
        if record.options is None and registration.timeout is None:
            ctx = self._running.with_cancel()
        else:
            ctx = self._bounded(worker, record, registration)
        worker.now = (record, ctx)
        if record.cancelling:  # after the line above: who cancels marks the record first, and looks here then
            ctx.cancel(CANCEL)
        outcome = run_attempt(ctx, record, registration)
        worker.now = None
        ctx.close(RETURNED, RETURNED)  # threads that the handler has left behind hear of it
        if outcome is DONE or outcome.status is COMPLETED:
            worker.completed += 1
        elif not outcome.counts:
            worker.handed_back.append(record.key)
        return outcome

    def _bounded(self, worker: Worker, record: Record, registration: Registration) -> Context:
        """Return the context of a job that has options, or whose handler has a time-out."""
        options = record.options or NO_OPTIONS
        ctx = self._running.with_values(options.values or {})
        timeout = options.timeout if options.timeout is not None else registration.timeout
        if options.deadline is not None:
            left = options.deadline - time.time()
            timeout = left if timeout is None else min(left, timeout)
        if timeout is not None:
            ctx = ctx.with_timeout(timeout)
            worker.until = ctx.deadline
        return ctx

    # -- jobs claimed several at a time ---------------------------------------------------------------

    def _take_claimed(self, settled: Settled) -> list[Record]:
        self._turn(settled, 0)
        try:
            return [] if self.stopping else [self._claimed.popleft()]
        except IndexError:  # another worker was faster
            return []

    def _share_out(self, worker: Worker, claimed: list[Record]) -> None:
        """Keep one for this worker, and have the others taken by whichever comes first.

        It claims as many as it did in the last AHEAD seconds: short jobs share the cost of a turn, and no long one
        holds back others that another process could run.
        """
        now = time.monotonic()
        seconds = max(now - worker.begun, 1e-6)
        worker.begun = now
        worker.limit = max(1, min(self._storage.batch, int(worker.limit * min(AHEAD / seconds, 4.0))))
        if len(claimed) > 1:
            self._claimed_at = now
            self._claimed.extend(claimed[1:])
            if self.idle:
                self.wake(len(claimed) - 1)

    def _hand_back_claimed(self) -> None:
        back = []
        while self._claimed:
            with contextlib.suppress(IndexError):
                back.append(self._claimed.popleft())
        if back:
            self._turn([(record, HANDED_BACK) for record in back], 0)
            self._handed_back.extend(record.key for record in back)

    # -- the keeper -----------------------------------------------------------------------------------

    def _keep(self) -> None:
        self._local.here = True
        tend_at = time.monotonic()
        while not self._over():
            now = time.monotonic()
            if now >= tend_at:
                tend_at = now + self._storage.tend_every
                self._tend()
            if self.idle:
                self.wake()  # it looks, and wakes the next if it finds more than one
            self._doze(tend_at)

    def _doze(self, until: float) -> None:
        with self._lock:
            self._keeper_wakes = math.inf  # first this, then a look: whoever parks a job later wakes us
            seconds = until - time.monotonic()
            due = self._storage.next_due()
            for limit in (due if due or self.idle else None, self._storage.poll):
                if limit is not None:
                    seconds = min(seconds, limit)
            self._keeper_wakes = time.monotonic() + seconds
            if not self.stopping or self._alive():
                self._alarm.wait(max(seconds, 0.0))

    def _tend(self) -> None:
        """Renew leases, tell those who are to stop, and replace workers that overran."""
        desks = [(worker, worker.now) for worker in self._workers]
        running = {now[0].key: now for _, now in desks if now is not None}
        try:
            held = [now[0] for now in running.values()] + list(self._claimed)
            for record in self._storage.tend(held):
                if record.key in running:
                    running[record.key][1].cancel(CANCEL)
        except Exception:
            log.exception("The storage failed; it is asked again in %.1f s", self._storage.tend_every)
        now = time.monotonic()
        if self._claimed and now > self._claimed_at + STALE:
            self._hand_back_claimed()
        for worker, at_work in desks:
            if at_work is not None and at_work[1].done and not worker.replaced:
                self._replace(worker, now)

    def _replace(self, worker: Worker, now: float) -> None:
        """Let another work in the place of one whose handler does not listen, up to as many as there are workers."""
        if worker.until is None or now < worker.until + LISTEN or self.stopping:
            return
        if sum(each.replaced and each.thread.is_alive() for each in self._workers) >= self._worker_count:
            return
        log.error("%s runs on after its time-out: another thread takes its place", worker.thread.name)
        with self._lock:
            worker.replaced = True
            self._hire()

    # -- stopping -------------------------------------------------------------------------------------

    def _stop(self, grace: float) -> StopReport:
        with self._lock:
            self.stopping = True
            self._room.notify_all()
            self._alarm.notify()
        self.wake(len(self._workers))
        self._join(grace)
        self._running.cancel(SHUTDOWN)
        self._join(LISTEN)
        self._hand_back_claimed()
        still = [now[0].key for worker in self._workers if (now := worker.now) is not None and worker.thread.is_alive()]
        if self._workers and not still and self._keeper is not threading.current_thread():
            self._keeper.join(LISTEN)
        back = self._handed_back + [key for worker in self._workers for key in worker.handed_back]
        node = self._storage.node
        return StopReport(
            completed=sum(worker.completed for worker in self._workers),
            handed_back=tuple(id_of(key, node) for key in back),
            still_running=tuple(id_of(key, node) for key in still),
        )

    def _join(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        for worker in self._workers:
            if worker.thread is not threading.current_thread():
                worker.thread.join(max(0.0, until - time.monotonic()))

    def _alive(self) -> bool:
        return any(worker.thread.is_alive() for worker in self._workers)

    def _over(self) -> bool:
        return self.stopping and not self._alive()

    def _has_room(self) -> bool:
        """Whether half the buffer is free: producers that are woken for each single place do little but wake."""
        return self._storage.backlog() <= self._enough_room

    def _wake_producers(self) -> None:
        with self._lock:
            self._room.notify_all()
