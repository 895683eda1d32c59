"""The workers of a pool: started, replaced if a handler does not return, counted, joined."""

import contextlib
import threading
import time

from ..job import Record, id_of
from ..job_context import JobContext
from ..log import CRITICAL, ERROR, tell
from .attempt import CANCEL, Attempts
from .dispatch import LISTEN, Dispatch
from .floor import Floor
from .worker import Worker


class Crew:
    """`size` workers, and replacements. Any thread may call it."""

    def __init__(self, size: int, floor: Floor, dispatch: Dispatch, attempts: Attempts) -> None:
        self.size = size
        self.workers: list[Worker] = []  # changed under floor.lock
        self._floor = floor
        self._dispatch = dispatch
        self._attempts = attempts
        self._names = 0  # how many workers there were in all
        self._told: list[Worker] = []  # those of which was said that they are not replaced
        self._completed = 0  # by workers that are no longer in the list

    def start(self) -> None:
        """Start all workers. The caller holds floor.lock."""
        for _ in range(self.size):
            self._start_worker()

    def hire(self) -> None:
        """Start one more worker, unless the pool is stopping."""
        with self._floor.lock:
            if not self._floor.stopping:
                self._start_worker()

    def _start_worker(self) -> None:
        worker = Worker(self._floor, self._dispatch, self._attempts, f"worker-{self._names + 1}")
        self.workers.append(worker)
        try:
            worker.thread.start()  # under the lock, because a concurrent stop joins each of `workers`
        except RuntimeError:  # the system has no thread left
            self.workers.remove(worker)
            raise
        self._names += 1

    # -- looking --------------------------------------------------------------------------------------

    def alive(self) -> bool:
        """Return whether any worker is still alive."""
        return any(worker.thread.is_alive() for worker in list(self.workers))

    def running(self) -> list[tuple[Worker, Record, JobContext]]:
        """Return who runs what now."""
        return [(worker, *now) for worker in list(self.workers) if (now := worker.now) is not None]

    def completed(self) -> int:
        """Return how many jobs have been completed in all."""
        with self._floor.lock:
            return self._completed + sum(worker.completed for worker in self.workers)

    def cancel(self, key: int) -> None:
        """Tell the attempt at this job to stop, if it runs here."""
        for _, record, ctx in self.running():
            if record.key == key:
                ctx.cancel(CANCEL)

    # -- replacing ------------------------------------------------------------------------------------

    def tell_overrunning(self) -> None:
        """Tell the attempts whose time is up. Give up the workers that have heard of it and run on."""
        for worker, _, ctx in self.running():
            if ctx.deadline is not None and ctx.done and not worker.replaced:  # looking also calls its listeners
                self._give_up(worker, ctx.deadline)

    def mend(self) -> None:
        """Forget the workers that have ended, and start new ones for those that were given up or died."""
        self._forget_ended()
        while not self._floor.stopping and self.at_work() < self.size:
            self.hire()

    def at_work(self) -> int:
        """Return how many workers may take jobs, or will when their handlers return."""
        return sum(not worker.replaced for worker in list(self.workers))

    def _give_up(self, worker: Worker, deadline: float) -> None:
        """Mark a worker that does not listen as replaced. At most as many as the pool has workers are replaced."""
        if time.monotonic() < deadline + LISTEN or self._floor.stopping:
            return
        name, (record, _) = worker.thread.name, worker.now or (None, None)
        said = "" if record is None else f" {record.type!r} job {id_of(record.key, self._attempts.node)}"
        if len(self.workers) - self.at_work() < self.size:
            tell(ERROR, "%s still runs%s after its timeout: a new worker replaces it", name, said)
            worker.replaced = True
        elif worker not in self._told:
            self._told.append(worker)
            tell(
                CRITICAL,
                "%s still runs%s after its timeout, and so do %d others that were replaced: it is not replaced, "
                "because each would hold a thread for ever. Restart this process, and let the handler listen to ctx",
                *(name, said, self.size),
            )

    def _forget_ended(self) -> None:
        with self._floor.lock:
            if self._floor.stopping:
                return
            for worker in [each for each in self.workers if not each.thread.is_alive()]:
                self._completed += worker.completed
                self._told = [each for each in self._told if each is not worker]
                self.workers.remove(worker)

    # -- ending ---------------------------------------------------------------------------------------

    def join(self, seconds: float) -> None:
        """Wait until all workers have ended, except the calling one, for at most so many seconds."""
        until = time.monotonic() + seconds
        for worker in list(self.workers):
            if worker.thread is not threading.current_thread():
                with contextlib.suppress(RuntimeError):  # its start was interrupted
                    worker.thread.join(max(0.0, until - time.monotonic()))
