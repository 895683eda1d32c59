"""One run of a model: real threads, of which one at a time holds the baton.

    main ─────┐ step: "before I take the lock, who goes on?"
              │        choose one of those that can go on
    worker-1  └──baton──> goes on ── step ──┐
    worker-2               <──────baton─────┘

A *step* is one visible operation (take a lock, wait, sleep, join, touch a racing location) and everything the thread
does until its next one. Between steps no other controlled thread moves. A run is therefore decided only by which
thread is chosen at each step, and not by the machine, its load, or the interpreter's lock. Only the holder of the baton
touches the engine's state, so that state needs no lock. The baton is a real lock, which also publishes the state from
thread to thread on builds without a GIL.

Time is virtual: it stands still while any thread can go on, and then jumps to the next deadline.
"""

from __future__ import annotations

import _thread
import math
import sys
import threading
from collections.abc import Callable
from typing import Any

from .happens_before import Clock, Place, Races, join
from .recorder import Recorder
from .sources import place_of_frame
from .tasks import Abort, Carrier, Gate, Guest, Misfit, Op, Outside, Task

POLLED = ("a lock is polled", None)  # hot: a task checks locks without waiting, so a release is a step of its own
ENDS_SEEN = ("a thread's end is polled", None)  # hot: likewise, the end of a thread is a step of its own
HANDED_OVER = ("a lock is given back by another", None)  # hot: the release may come before the taking
PULSED = ("an event is cleared", None)  # hot: the start of a wait is a step of its own, because a set may come and go
CUT_OFF_BY = ("", "failed assertion", "exception in a thread")  # verdicts of runs that end while some tasks could go on
ENDLESS = -1  # in a schedule, instead of a task: the search gave up here
# threading's own list of threads, by real thread, which current_thread() reads. It has no public name.
KNOWN_THREADS: dict[int, Any] = threading._active  # type: ignore[attr-defined]
SPIN = 200  # accesses in a row, or steps of one thread while others could go on, after which the others are chosen


class Run:
    """One run of `body`. `pick(run, able)` chooses the task that goes on; `able` is never empty. Not reusable."""

    def __init__(
        self,
        pick: Callable[[Run, list[Task]], Task],
        *,
        hot: frozenset[Any] = frozenset(),
        forced: dict[int, int] | None = None,
        limit: int = 5_000,
        idle: list[Carrier] | None = None,
        recorder: Recorder | None = None,
    ) -> None:
        self.guest: Guest | None = None
        self.pick, self.hot, self.forced, self.limit, self.recorder = pick, hot, forced or {}, limit, recorder
        self.idle: list[Carrier] = [] if idle is None else idle
        self.tasks: list[Task] = []
        self.ident = 0  # of the real thread that holds the baton; 0 if none does
        self.now = 0.0
        self.ticks = 0
        self.position = 0  # counts possible steps, so that it does not depend on what is hot
        self.steps = 0
        self.streak = 0  # steps in a row by one task, while others could go on
        self.starved = 0  # the most steps in a row for which a task could go on but others did
        self.spin = 0  # accesses in a row without a step
        self.events: list[tuple[int, Op, int]] = []  # (task, operation, ticks before)
        self.releases: dict[int, int] = {}  # serial of a lock -> index of the event in which it was last released
        self.released_at: dict[int, int] = {}  # index of an acquiring event -> that of the release before it
        self.woken: set[int] = set()  # indices of the events that a deadline let happen
        self.enabled_by: dict[int, int] = {}  # index of the event in which a wait ended -> of the event that ended it
        self.parents: dict[int, int] = {}  # task -> index of the event that started it
        self.joined: dict[int, int] = {}  # index of a joining event -> the task
        self.choices: list[tuple[int, int]] = []  # (position, task): exceptions from "go on, else the first"
        self.preemptions = 0
        self.over = self.stopped = False
        self.cut_off: list[int] = []  # tasks that could have gone on; what they would have done is unknown
        self.pending: list[tuple[int, Op]] = []  # the next operation of each task that had not ended
        self.verdict = ""
        self.error: BaseException | None = None
        self.culprit: Task | None = None
        self.races = Races(self)
        self.wanted: set[Any] = set()  # what should be hot in the next run
        self.notified: dict[int, set[int]] = {}  # conditions by id -> the tasks that notified them
        self.left: list[Task] = []  # tasks that had not ended when the run did
        self.serials = 0
        self.labels: dict[int, tuple[Callable[[], Any], str]] = {}  # by id: a weak reference and the name in reports
        self.names: dict[tuple[str, str], int] = {}  # name and kind -> how many objects have them
        self.executor_lock: Any = None  # all executors of a run share it
        self.values: dict[tuple[int, str], Any] = {}  # of variables, for the recorder
        self.made: dict[int, Any] = {}  # objects by id, kept alive so that no id is reused in a run
        self.done = _thread.allocate_lock()
        self.done.acquire()
        self.current: Task = None  # type: ignore[assignment]  # set before any task moves

    # -- naming things --------------------------------------------------------------------------------

    def serial(self) -> int:
        """Return a number that no other object of this run has. Objects are numbered in the order of the run."""
        self.serials += 1
        return self.serials

    def took(self, serial: int) -> None:
        """The current step has taken a lock, so it comes after the step that released it."""
        if serial in self.releases:
            self.released_at[len(self.events) - 1] = self.releases[serial]

    def was_enabled_by(self, index: int) -> None:
        """The current step could not have come before the step with this index, which notified it."""
        self.enabled_by[len(self.events) - 1] = index

    def gave(self, serial: int) -> None:
        """The current step has released a lock."""
        self.releases[serial] = len(self.events) - 1

    def publish(self, clock: Clock) -> None:
        """Add all that the current task knows to `clock`."""
        task = self.current
        join(clock, task.clock)
        task.clock[task.index] += 1

    def sees_end(self, task: Task) -> None:
        """If `task` has ended, the current task knows all that it knew."""
        if task.finished:
            join(self.current.clock, task.end_clock)
            self.joined[len(self.events) - 1] = task.index

    # -- threads --------------------------------------------------------------------------------------

    def add(self, name: str, body: Callable[[], object], thread: Any = None) -> Task:
        """Make a task that can go on. The caller holds the baton, or no task has moved yet."""
        index = len(self.tasks)
        clock = [0] * (index + 1)
        if self.tasks:
            join(clock, self.current.clock)
            self.parents[index] = len(self.events) - 1
            self.current.clock[self.current.index] += 1
        clock[index] = 1
        task = Task(self, index, name, body, thread, clock)
        task.serial = self.serial()
        self.tasks.append(task)
        return task

    def ends(self, task: Task) -> None:
        """A task has finished. This is a step of its own if a task checks whether threads are alive."""
        self.position += 1
        if ENDS_SEEN in self.hot or self.position in self.forced:
            self.step((task.serial, "w", None))

    def finish(self, task: Task, carrier: Carrier) -> None:
        """End a task and pass the baton on. Called in its own real thread, as the last thing."""
        task.finished, task.op, task.gate, task.end_clock = True, None, None, list(task.clock)
        self.forget_thread(task)
        carrier.rest()
        if self.over or all(other.finished or other.daemon for other in self.tasks):
            self.stop()
            return
        self.position += 1
        following = self.choose()
        if following is None:
            self.stop()
        else:
            self.pass_baton(following)

    def retire_carrier(self) -> None:
        """The current task uses a thread-local, which stays in its real thread, so let no other task run there."""
        if isinstance(self.current.carrier, Carrier):
            self.current.carrier.retired = True

    def forget_thread(self, task: Task) -> None:
        """Take a task out of threading's own list of threads."""
        if task.carrier is not None and KNOWN_THREADS.get(task.carrier.ident) is task.thread:
            del KNOWN_THREADS[task.carrier.ident]

    # -- steps ----------------------------------------------------------------------------------------

    def step(self, op: Op, gate: Gate | None = None, deadline: float | None = None) -> None:
        """Let the search choose the next task; return when the caller is chosen and `gate` lets it pass."""
        if self.over:
            self.unwinding(waits=True)
        task = self.current
        task.op, task.gate, task.deadline = op, gate, deadline
        following = self.choose()
        if following is not task:
            if following is None:
                self.stop()
            else:
                self.pass_baton(following)
            task.carrier.baton.acquire()  # type: ignore[union-attr]  # a running task has a carrier
            if self.over:
                self.unwinding(waits=True)
        task.gate = task.deadline = None

    def choose(self) -> Task | None:
        """Choose the task that goes on, and note it. None if the run is over."""
        while not (able := [task for task in self.tasks if task.can_go_on()]):
            if not self.tick():
                self.end("deadlock")
                return None
        before = self.current
        usual = before if before in able else able[0]
        chosen = self.pick(self, able) if self.position not in self.forced else self.force(able)
        if self.over:
            return None
        if chosen is not usual:
            self.choices.append((self.position, chosen.index))
            if usual is before and not before.yielded and self.streak < SPIN:
                self.preemptions += 1
        self.streak = self.streak + 1 if chosen is before and len(able) > 1 else 0
        chosen.yielded = False
        for task in able:
            task.passed_over += 1
            self.starved = max(self.starved, task.passed_over)
        chosen.passed_over = 0
        self.steps += 1
        if self.steps > self.limit or self.position > SPIN * self.limit // 10:
            self.choices.append((self.position, ENDLESS))
            patience = max(self.limit // 4, min(self.limit // 2, SPIN))
            self.end("unfair" if self.starved > patience else "livelock")
            return None
        self.spin = 0
        if chosen.deadline is not None and chosen.gate is not None and not chosen.gate(False):
            self.woken.add(len(self.events))
        self.events.append((chosen.index, chosen.op, self.ticks))
        if self.recorder is not None and before is usual and chosen is not before:
            self.recorder.preempted(before)
        return chosen

    def force(self, able: list[Task]) -> Task:
        """Return the task that the schedule names. Ends the run if it cannot go on."""
        if self.forced[self.position] == ENDLESS:
            self.choices.append((self.position, ENDLESS))
            self.end("livelock")
        for task in able:
            if task.index == self.forced[self.position]:
                return task
        self.end("misfit")
        return able[0]

    def pass_baton(self, task: Task) -> None:
        """Let `task` go on. The caller must wait for its own baton, or end."""
        if task.carrier is None:
            task.carrier = carrier = self.idle.pop() if self.idle else Carrier(self.idle)
            carrier.task = task
            if task.thread is not None:
                task.thread._ident = carrier.ident
                KNOWN_THREADS[carrier.ident] = task.thread
        self.current = task
        self.ident = task.carrier.ident
        task.carrier.baton.release()

    def tick(self) -> bool:
        """No task can go on: let the clock jump to the next deadline. False if there is none."""
        due = [task.deadline for task in self.tasks if not task.finished and task.deadline is not None]
        due = [when for when in due if when > self.now]
        if not due:
            return False
        self.now = min(due)
        self.ticks += 1
        return True

    def deadline(self, timeout: float | None) -> float | None:
        """Return when a wait of `timeout` seconds ends, or None: never.

        It is rounded to whole nanoseconds, so that 0.1 + 0.2 and 0.3 are one instant. It is never too early: a thread
        that waits for the rest of a time would otherwise wait for zero seconds again and again.
        """
        if timeout is None:
            return None
        exact = (self.now + timeout) * 1e9
        when = math.ceil(exact - max(1e-4, exact * 4e-16)) / 1e9  # after hours, a float is less exact
        return when if when > self.now or timeout <= 0 else self.now + 1e-9

    # -- accesses -------------------------------------------------------------------------------------

    def access(self, place: Place, mode: str, key: Any, sort: str, site: int, shown: str) -> None:
        """The current task is about to read ("r") or write ("w") `key` of a watched object (None: all of it)."""
        if self.over:
            self.unwinding()
            return
        self.position += 1
        self.spin += 1
        if (place.kind, key if place.by_key else None) in self.hot or self.position in self.forced:
            self.step((place.serial, mode, key))
        elif self.spin > SPIN:
            self.current.yielded = True
            self.step(None)
        if self.recorder is not None:
            self.recorder.at(self)
        self.races.note(self.current, place, mode, key, sort, site, shown)

    # -- the end --------------------------------------------------------------------------------------

    def fail(self, error: BaseException, task: Task) -> None:
        """An exception has left a task."""
        if not self.over:
            self.error, self.culprit = error, task
            if isinstance(error, Outside | Misfit):
                self.end("outside")
            elif isinstance(error, AssertionError):
                self.end("failed assertion")
            else:
                self.end("exception in a thread")

    def end(self, verdict: str) -> None:
        """The run is over; each task that comes to a step unwinds."""
        if not self.over:
            self.over, self.verdict = True, verdict
            self.left = [task for task in self.tasks if not task.finished]
            circle = any(waits_in_a_circle(task) for task in self.left)
            if verdict == "deadlock" and not circle and any(is_deaf(self, task) for task in self.left):
                self.verdict = "lost wake-up"
            if self.recorder is not None:
                self.recorder.end(self)

    def unwinding(self, waits: bool = False) -> None:
        """The run is over, and the current task came to a step: raise Abort, so that it ends.

        After that, the task's steps on its way out are let pass, unless it would wait.
        """
        self.current.aborts += 1
        if waits or self.current.aborts == 1 or self.current.aborts > SPIN:
            raise Abort

    def stop(self) -> None:
        """Wake the thread that started the run."""
        if not self.stopped:
            self.stopped = True
            left = [task for task in self.tasks if not task.finished]
            self.pending = [(task.index, task.op) for task in left if task.op is not None]
            if self.verdict in CUT_OFF_BY:
                self.cut_off = [task.index for task in left if task.can_go_on()]
            if self.cut_off:
                self.wanted.add(ENDS_SEEN)  # so that there is a step, before the end, at which these tasks can go on
        self.over = True
        self.ident = 0
        self.done.release()

    def begin(self, body: Callable[[], object], thread: Any) -> None:
        """Run `body` as the first task, up to the end of the run, then unwind the tasks that are left.

        Called in an uncontrolled thread. An exception in that thread (Ctrl-C) ends the run and is raised again.
        """
        main = self.add("main", body, thread)
        self.current = main
        lost: Task | None = None
        try:
            self.pass_baton(main)
            self.wait_for_the_end()
        except BaseException:
            self.over = True  # the running task soon comes to a step, unwinds, and stops the run
            if self.ident and not self.done.acquire(timeout=1.0):
                lost = self.current  # it waits for something real, perhaps for another task
            raise
        finally:
            self.unwind(lost)

    # -- a caller who takes part ----------------------------------------------------------------------

    def enter(self) -> None:
        """Make the calling thread the first task, with the baton in hand."""
        main = self.add("main", lambda: None)
        main.carrier = self.guest = Guest()
        self.done = self.guest.baton
        self.current, self.ident = main, main.carrier.ident

    def leave(self, wait: bool) -> None:
        """End the calling thread's part. With `wait`, the others go on until all but daemons have ended."""
        main = self.tasks[0]
        main.finished, main.end_clock = True, list(main.clock)
        if wait and not self.over and not all(task.finished or task.daemon for task in self.tasks):
            following = self.choose()
            if following is not None:
                self.pass_baton(following)
                self.wait_for_the_end()
        self.over = True
        self.unwind()

    def wait_for_the_end(self) -> None:
        """Wait for the end of the run. If nothing moves for a while, say what the current task waits for."""
        seen, silent = -1, 0
        while not self.done.acquire(timeout=PATIENCE):
            silent = silent + 1 if self.position == seen else 0
            seen = self.position
            if silent:
                raise Outside(stuck(self.current))

    def unwind(self, lost: Task | None = None) -> None:
        """Let every task that has begun and not ended raise Abort, one after the other."""
        for task in self.tasks:
            if isinstance(task.carrier, Carrier) and not task.finished and task is not lost:
                self.current, self.ident = task, task.carrier.ident
                task.carrier.baton.release()
                if not self.done.acquire(timeout=UNWINDING) and not self.interrupt(task):
                    self.forget_thread(task)  # it swallows every Abort, or waits for something real
            task.finished = True
            if task.thread is not None:
                task.thread._is_stopped = True  # 3.11 and 3.12 read this after the run
        if lost is not None and not self.done.acquire(timeout=UNWINDING) and not self.interrupt(lost):
            self.forget_thread(lost)
        self.ident = 0

    def interrupt(self, task: Task) -> bool:
        """Raise Abort in a thread that comes to no step. Return whether the thread has ended."""
        import ctypes  # imported only here, because a model that loops for ever is rare

        ident = task.carrier.ident if task.carrier is not None else 0
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(ident), ctypes.py_object(Abort))
        return self.done.acquire(timeout=UNWINDING)


def waits_in_a_circle(task: Task) -> bool:
    """Whether a task waits for a lock whose owner waits for a lock, and so on, in a circle."""
    met: list[Task] = []
    while task.gate is not None and task.waits_for[0] == "lock" and task.waits_for[1].owner is not None:
        met.append(task)
        task = task.waits_for[1].owner
        if task in met:
            return True
    return False


def is_deaf(run: Run, task: Task) -> bool:
    """Whether a task missed what it waits for: a notification came early or woke another; an event was cleared."""
    what, thing = task.waits_for
    others = run.notified.get(id(thing), set()) - {task.index}
    return (what == "condition" and bool(others)) or (what == "event" and bool(thing.clock))


UNWINDING = 2.0  # seconds of real time; only a thread that waits for something outside takes so long
PATIENCE = 5.0  # seconds of real time without a step, after which a run is considered to wait for something outside


def stuck(task: Task) -> str:
    """Say at which line of its own code a task is."""
    frame = sys._current_frames().get(task.carrier.ident if task.carrier else 0)
    where, line = place_of_frame(frame)
    return (
        f"{task.name} has been in {where} ({line}) for more than {PATIENCE:g} seconds of real time: it computes for "
        "very long, loops without end, or waits for something that the lab does not control, such as a lock made "
        "before the run; make all that the model needs inside the model"
    )


class Active:
    """The current run, if any. `run.ident` is the real thread that may act for it."""

    run: Run | None = None


def here() -> Run | None:
    """Return the run that the calling thread belongs to, or None: a thread of a kernel or a test runner has none."""
    run = Active.run
    return run if run is not None and run.ident == _thread.get_ident() else None
