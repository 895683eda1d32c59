"""Lock and RLock, for controlled threads.

A lock belongs to one run. Outside of its run, or after it, the lock does nothing, because a finaliser of an earlier
run may still touch it. The lock knows its owner, so a report can say which thread waits for which.
"""

from __future__ import annotations

import sys
import threading
from typing import Any

from ..engine.active import here
from ..engine.ends.leaving import after_the_run
from ..engine.happens_before import Clock, join
from ..engine.naming import creation_name, settled
from ..engine.run import Run
from ..engine.sources import place_of_frame
from ..engine.tasks import Outside, Task
from ..engine.words import GIVE, HANDED_OVER, LOCK, POLLED, READ, TRY, UNLOCK


class Lock:
    """What threading.Lock() returns to a controlled thread."""

    _real = "_thread.lock"

    def __init__(self, run: Run) -> None:
        self._run = run
        self.serial = run.serial()
        self.owner: Task | None = None
        self.clock: Clock = []  # what all earlier holders knew
        self.opened: Clock = []  # the same of those whose sections were more than one step
        self.polled = (POLLED, run.number_of_lock())  # hot if a task polls this lock, so a release is a step
        self.name = creation_name(run, "Lock", self) if run.recorder is not None else ""

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take the lock: see threading.Lock."""
        check_acquire(blocking, timeout)
        run = self._run
        if here() is not run:
            after_the_run()
            return True
        if run.over:
            run.unwinding()
            return True
        waits = blocking and timeout < 0
        if not waits:
            run.wanted.add(self.polled)
        run.current.waits_for = ("lock", self)
        if waits:
            run.wait((self.serial, LOCK, None), gate=self._is_free)
        elif blocking:
            run.wait((self.serial, TRY, None), gate=self._is_free_or_due, deadline=run.deadline(timeout))
        else:
            run.wait((self.serial, TRY, None))
        return self._take(run)

    def _is_free(self, due: bool) -> bool:
        return self.owner is None

    def _is_free_or_due(self, due: bool) -> bool:
        return self.owner is None or due

    def _take(self, run: Run) -> bool:
        if self.owner is not None:
            if run.recorder is not None:
                run.recorder.note(run, f"does not get {self.name}: {self.owner.name} has it")
            return False
        self.owner = task = run.current
        if task.enters is self:
            join(task.clock, self.opened)
            run.begin_section(self.serial, self.clock)
        else:
            join(task.clock, self.clock)
        task.enters = None
        run.log.took(self.serial)
        if run.recorder is not None:
            self.name = settled(run, self.name)
            run.recorder.takes(run, self.name)
        return True

    def release(self) -> None:
        """Release the lock. Any thread may do so, as with threading.Lock."""
        run = here()
        if run is None or run is not self._run or run.over:
            self.owner = None
            return
        handed_over = HANDED_OVER in run.hot
        run.visible(
            (self.serial, GIVE if handed_over else UNLOCK, None), hot=HANDED_OVER if handed_over else self.polled
        )
        if self.owner is not run.current:
            run.wanted.add(HANDED_OVER)
        if self.owner is None:
            raise RuntimeError("release unlocked lock")
        self._give(run, f"gives back {self.name}")

    def _give(self, run: Run, what: str) -> None:
        self.owner = None
        section = run.current.section
        if section is not None and section.serial == self.serial:
            join(self.clock, run.current.clock)
            run.end_section(section)
        else:
            join(self.opened, run.current.clock)
            run.publish(self.clock)
            run.log.gave(self.serial)
        if run.recorder is not None:
            run.recorder.gives(run, self.name, what)

    def belongs_to(self, run: Run) -> bool:
        """Whether the lock was made in this run."""
        return self._run is run

    def __reduce__(self) -> Any:
        raise TypeError(f"cannot pickle {self._real!r} object")  # nor can it be copied, like a real one

    def __repr__(self) -> str:
        state = "locked" if self.owner is not None else "unlocked"
        return f"<{state} {self._real} object {self.name} at number {self.serial}>"  # an address differs each time

    def _at_fork_reinit(self) -> None:
        self.owner = None

    def acquire_lock(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take the lock: the old name."""
        return self.acquire(blocking, timeout)

    def release_lock(self) -> None:
        """Release the lock: the old name."""
        self.release()

    def locked(self) -> bool:
        """Whether a thread holds the lock."""
        run = here()
        if run is self._run and run is not None:
            run.wanted.add(self.polled)
            run.visible((self.serial, READ, None))
        return self.owner is not None

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()

    # The methods that Condition calls.

    def _is_owned(self) -> bool:
        return self.owner is not None or self._is_of_another_run()

    def _is_of_another_run(self) -> bool:
        """Whether a finaliser touches a lock of an ended run. Nobody waits any more, so it may notify, but not wait."""
        return here() is not self._run and sys._getframe(2).f_code.co_name == "notify"

    def give_all(self, run: Run, what: str) -> int:
        """Release the lock before a wait; return how often it was taken."""
        self._give(run, what)
        return 1

    def take_back(self, run: Run, times: int) -> None:
        """Take the lock again after a wait."""
        self._take(run)


class RLock(Lock):
    """What threading.RLock() returns to a controlled thread: its owner may take it again."""

    _real = "_thread.RLock"

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self.times = 0

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take the lock: see threading.RLock."""
        if here() is self._run and self.owner is self._run.current:
            self.owner.enters = None
            self.times += 1
            return True
        taken = super().acquire(blocking, timeout)
        self.times = 1 if taken else self.times
        return taken

    def release(self) -> None:
        """Release the lock once. Raises RuntimeError if the caller does not hold it."""
        if here() is self._run and not self._run.over:
            if self.owner is not self._run.current:
                raise RuntimeError("cannot release un-acquired lock")
            self.times -= 1
            if self.times:
                return
        super().release()

    def _is_owned(self) -> bool:
        return (here() is self._run and self.owner is self._run.current) or self._is_of_another_run()

    def _at_fork_reinit(self) -> None:
        self.owner, self.times = None, 0

    def _recursion_count(self) -> int:
        return self.times if self._is_owned() else 0

    def _release_save(self) -> int:
        """Release the lock, however often it was taken; return that number."""
        if not self._is_owned():
            raise RuntimeError("cannot release un-acquired lock")
        times, self.times = self.times, 1
        self.release()
        return times

    def _acquire_restore(self, times: int) -> None:
        """Take the lock again, as often as `_release_save` says."""
        self.acquire()
        self.times = times

    def give_all(self, run: Run, what: str) -> int:
        """Release the lock before a wait; return how often it was taken."""
        times, self.times = self.times, 0
        self._give(run, what)
        return times

    def take_back(self, run: Run, times: int) -> None:
        """Take the lock again, as often as before the wait."""
        self._take(run)
        self.times = times


def check_acquire(blocking: bool, timeout: float) -> None:
    """Raise what a real lock raises for invalid arguments."""
    if not blocking and timeout != -1:
        raise ValueError("can't specify a timeout for a non-blocking call")
    if timeout < 0 and timeout != -1:
        raise ValueError("timeout value must be a non-negative number")
    if timeout > threading.TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")


def outside(what: str) -> Outside:
    """Return the error for an object made before the run. It ends the run, even if the model swallows it."""
    where, line = place_of_frame(sys._getframe(2))
    error = Outside(
        f"{what} in {where} ({line}) was made before the run began, so the lab does not control it; "
        "make it inside the model, so that each run has its own"
    )
    run = here()
    if run is not None and run.guest is None:
        run.fail(error, run.current)
    return error
