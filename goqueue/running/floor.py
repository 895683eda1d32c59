"""The floor: what the threads of a pool share, so that they need not know each other.

    a producer   adds a job ──> wakes one of `idle` ─────────┐
    a worker     enters `idle` ──> looks at the storage ──> sleeps
    a producer   enters `producers` ──> looks for room ──> sleeps
    a worker     takes a job ──> wakes `producers` ──────────┘
                 or, on a storage whose workers claim many at once, wakes one only if none is coming to look already
    maintenance  says when it wakes ──> looks at what is due ──> sleeps until then, or until `alarm`

Whoever is about to sleep registers first and looks second. Whoever changes something changes it first and looks for
sleepers second. So one of the two sees the other, in every order, and nobody needs to hold a lock while looking. The
storage is never called under the lock.
"""

import math
import threading
import time

from ..wake_up import WakeUp


class Floor:
    """Who sleeps, and whether the pool stops. Any thread may call it."""

    def __init__(self, gathers: bool = False) -> None:
        self.gathers = gathers  # whether a worker claims many jobs at once, so that one of them is enough for many
        # Guards idle, producers and stopping; held for a few instructions, and no other lock is taken under it. All
        # three are also read without it, by threads that only check whether there is something to do.
        self.lock = threading.Lock()
        self.idle: list[WakeUp] = []  # of workers that sleep, or are about to; the last is woken first
        self.producers: list[WakeUp] = []  # of callers that wait for room
        self._woken: WakeUp | None = None  # who was taken off `idle` last
        # If `gathers`: a worker is about to claim, so nobody else is woken for what is added. When it has claimed, it
        # makes `coming` False first and looks at `added` second; a producer writes `added` first, and looks at `coming`
        # second.
        self.coming = False
        self.added = False
        self.stopping = False
        self.forked = False  # whether this is the child of a fork, in which none of the threads runs
        self.dropped = False  # nobody has the queue any more: it stops when it has nothing left to do
        self.stop_begins = threading.Event()  # set right after `stopping`: for threads of the pool that pause
        self.alarm = WakeUp()  # of the maintenance thread
        self.wakes_at = -math.inf  # when that thread looks next (time.monotonic); read and written without the lock
        self._own = threading.local()  # .here in the pool's own threads

    def belong(self) -> None:
        """Mark the calling thread as one of the pool's."""
        self._own.here = True

    def belongs(self) -> bool:
        """Return whether the calling thread is one of the pool's."""
        return hasattr(self._own, "here")

    # -- workers that sleep ---------------------------------------------------------------------------

    def enter(self, sleeper: WakeUp) -> bool:
        """Add a worker to `idle`. Return False if the pool stops. The worker looks for a job after this, not before."""
        with self.lock:
            if self.stopping:
                return False
            self.idle.append(sleeper)
            return True

    def leave(self, sleeper: WakeUp) -> None:
        """Take a worker off `idle`, because it has found a job by itself.

        If somebody has woken it meanwhile, perhaps for another job, that wake-up goes to the next worker.
        """
        with self.lock:
            if sleeper in self.idle:
                self.idle.remove(sleeper)
                return
        sleeper.sleep(0.0)
        self.wake()

    def wake(self, jobs: int = 1) -> None:
        """Wake one sleeping worker for each of `jobs` jobs, as far as there are any."""
        with self.lock:
            for _ in range(min(jobs, len(self.idle))):
                self._woken = self.idle[-1]  # first, so that an interrupt before its wake-up does not lose it
                self.idle.pop()
                self._woken.wake()

    def wake_all_idle(self) -> None:
        """Let all that sleep look for jobs, because more may be claimed than before."""
        self.added = True
        self.wake(len(self.idle))
        self.due_in(0.0)

    def call(self) -> None:
        """If `gathers`: let a worker claim what was added: one that is about to, or else one that sleeps."""
        self.added = True
        if not self.coming:
            self.coming = True
            self.wake()

    def come_no_more(self) -> None:
        """If `gathers`: a worker has claimed, or need not. If something was added meanwhile, the next one is called."""
        self.coming = False
        if self.added:
            self.call()

    def wake_again(self, jobs: int = 1) -> None:
        """Wake workers after an interrupt may have cut `wake` short. One that is woken for nothing sleeps again."""
        with self.lock:
            if self._woken is not None:
                self._woken.wake()
        self.wake(jobs)

    # -- producers that wait for room -----------------------------------------------------------------

    def enter_producer(self, sleeper: WakeUp) -> None:
        """Add a caller that waits for room. It looks for room after this, not before."""
        with self.lock:
            self.producers.append(sleeper)

    def leave_producer(self, sleeper: WakeUp) -> None:
        """Take a caller off `producers`. A second call changes nothing."""
        with self.lock:
            if sleeper in self.producers:
                self.producers.remove(sleeper)

    def wake_producers(self) -> None:
        """Wake all callers that wait for room."""
        for sleeper in list(self.producers):
            sleeper.wake()

    # -- the maintenance thread, and the stop ---------------------------------------------------------

    def due_in(self, seconds: float) -> None:
        """Note that something is due in `seconds`: the maintenance thread is woken now if it would wake too late."""
        if time.monotonic() + seconds < self.wakes_at:
            self.alarm.wake()

    def drop(self) -> None:
        """Let maintenance stop the pool when it has nothing left to do. A finalizer calls this, so it takes no lock."""
        self.dropped = True
        self.alarm.wake()

    def stop(self) -> None:
        """Let all workers end when they have finished their jobs, and all producers give up. May be called again."""
        with self.lock:
            self.stopping = True
        self.stop_begins.set()
        self.wake(len(self.idle))
        self.wake_producers()
        self.alarm.wake()
