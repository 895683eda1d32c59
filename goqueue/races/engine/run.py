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

import contextlib
import math
from _thread import TIMEOUT_MAX, LockType
from collections.abc import Callable, Iterable
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, ClassVar

from .carrying import get_ident
from .ends import ending, spurious
from .ends.leaving import insist
from .ends.recurrence import POSITIONS, Recurrence
from .happens_before import Clock, Place, Races, join
from .log import Joint, Log, Op
from .notices import Notice, Notices
from .observer import Observer
from .sections import Section
from .tasks import KNOWN_THREADS, Abort, Carrier, Gate, Guest, Misfit, Outside, Task, held_lock
from .words import CALL, COUNTED, ENDS_SEEN, NEVER, READ, SHORT_RUNS, THREADS, WRITE, Mode, Sort, Verdict

AGAIN = 4  # times that accesses which belong together begin, if other threads come between
ENDLESS = -1  # in a schedule, instead of a task: a livelock was seen here
STOPPED = -2  # in a schedule, instead of a task: the limit of steps was reached here
TICKED = -3  # in a schedule, instead of a task: all that could go on polled, so the clock moved
UNSEEN = 200  # accesses in a row that are no steps, after which the others are chosen
FAIR_SHARE = 200  # steps of one task while others could go on, after which the others are chosen

FIRST_IDENT, FIRST_NATIVE_ID = 1001, 2001  # the numbers of the main thread; the next one has the next ones

MOST_RESTING = 100  # real threads that are kept for the next run; more would be too many for some systems


def nothing() -> None:
    """Stand for what a thread of a run did, afterwards."""


def no_file() -> str:
    """Return the file of a model that nobody named."""
    return ""


@dataclass(slots=True, weakref_slot=True, eq=False, repr=False)
class Run:
    """One run of `body`. `pick(run, able)` chooses the task that goes on; `able` is never empty. Not reusable."""

    pick: Callable[[Run, list[Task]], Task]
    _: KW_ONLY
    hot: frozenset[Any] = frozenset()
    forced: dict[int, int] = field(default_factory=dict)
    limit: int = 5_000
    idle: list[Carrier] = field(default_factory=list)
    recorder: Observer | None = None
    own_file: Callable[[], str] = no_file  # returns the file that holds the model
    guest: Guest | None = None
    resting: list[Carrier] = field(default_factory=list)  # whose tasks have ended
    tasks: list[Task] = field(default_factory=list)
    current: Task = field(init=False)  # set before any task moves
    ident: int = 0  # of the real thread that holds the baton; 0 if none does
    now: float = 0.0
    ticks: int = 0
    position: int = 0  # counts possible steps, so that it does not depend on what is hot
    steps: int = 0
    streak: int = 0  # steps in a row by one task, while others could go on
    recurrence: Recurrence = field(init=False)
    long_from: int = field(init=False)  # a position from which on the run may have become long
    writes: int = 0  # accesses so far that write
    acts: int = 0  # steps so far of tasks that do not poll
    polled: bool = False  # whether a task has polled
    clock_reads: int = 0  # by watched code
    starved: int = 0  # the most steps in a row for which a task could go on but others did
    unseen: int = 0  # accesses in a row that were no steps
    log: Log = field(default_factory=Log)
    choices: list[tuple[int, int]] = field(default_factory=list)  # (position, task): exceptions from "go on, or first"
    preemptions: int = 0
    is_free: bool = False  # to let another task go on now is no preemption: the current one waits or has yielded
    over: bool = False
    stopped: bool = False
    has_spares: bool = False  # whether a pool has threads
    has_strays: bool = False  # whether a real thread did not end with the run, and may come to a step yet
    verdict: Verdict = Verdict.WELL
    error: BaseException | None = None
    culprit: Task | None = None
    change: str = ""  # what differs from an earlier run that began in the same order
    races: Races = field(init=False)
    wanted: set[Any] = field(default_factory=set)  # what should be hot in the next run
    # (task, its count inside) -> the lock, and what the task knew at the end: of sections that were one step.
    sections: dict[tuple[int, int], tuple[int, Clock]] = field(default_factory=dict)
    notices: dict[int, Notices] = field(default_factory=dict)  # of conditions, by the serial of those who wait
    left: list[Task] = field(default_factory=list)  # tasks that had not ended when the run did
    deaf: list[Task] = field(default_factory=list)  # of these, who missed what they wait for
    waking: spurious.Waking | None = None  # after the end: the one task that goes on, alone
    serials: int = 0
    # By identity: a weak reference and the name in reports.
    labels: dict[int, tuple[Callable[[], Any], str]] = field(default_factory=dict)
    names: dict[tuple[str, str], int] = field(default_factory=dict)  # name and kind -> how many objects have them
    # By the identity of what was made before the run, or (what, identity, task).
    stand_ins: dict[Any, Any] = field(default_factory=dict)
    # Items of containers: their first names, and what leads to the final ones.
    unsettled: dict[str, Any] = field(default_factory=dict)
    values: dict[tuple[int, str], Any] = field(default_factory=dict)  # of variables, for the recorder
    # Objects by identity, kept alive so that none is reused in a run.
    made: dict[int, Any] = field(default_factory=dict)
    handovers: int = 0  # how often the baton went to another task
    # Task -> what its unfinished calls into C work on.
    within: dict[int, list[tuple[Place, Mode]]] = field(default_factory=dict)
    opaque: dict[str, str] = field(default_factory=dict)  # kinds of objects that are not watched -> their names
    done: LockType = field(default_factory=held_lock)
    knows_sections: ClassVar[bool] = True  # whether a critical section may be one step

    def __post_init__(self) -> None:
        """Make what leads back to the run."""
        self.recurrence, self.races = Recurrence(self), Races(self)
        self.long_from = self.recurrence.begins

    # -- naming things --------------------------------------------------------------------------------

    def serial(self) -> int:
        """Return a number that no other object of this run has. Objects are numbered in the order of the run."""
        self.serials += 1
        return self.serials

    def number_of_lock(self) -> tuple[int, int]:
        """Return what a lock that is made now is known by in other runs: its maker, and how many that one has made."""
        task = self.current
        task.locks += 1
        return task.index, task.locks

    def publish(self, clock: Clock) -> None:
        """Add all that the current task knows to `clock`."""
        self.open_section()
        task = self.current
        join(clock, task.clock)
        task.clock[task.index] += 1

    def notice(self) -> Notice:
        """Return the notification that the current task gives now."""
        self.open_section()
        task = self.current
        return Notice(task.index, task.clock[task.index], self.position)

    def sees_end(self, task: Task) -> None:
        """If `task` has ended, the current task knows all that it knew."""
        self.open_section()
        if task.finished:
            join(self.current.clock, task.end_clock)
            self.log.joined[self.log.now] = task.index

    # -- threads --------------------------------------------------------------------------------------

    def add(self, name: str, body: Callable[[], object], thread: Any = None) -> Task:
        """Make a task that can go on. The caller holds the baton, or no task has moved yet."""
        index = len(self.tasks)
        clock = [0] * (index + 1)
        if self.tasks:
            self.open_section()
            join(clock, self.current.clock)
            self.log.parents[index] = self.log.now
            self.current.clock[self.current.index] += 1
        clock[index] = 1
        task = Task(self, index, name, body, thread, clock, self.serial())
        self.tasks.append(task)
        return task

    def ends(self, task: Task) -> None:
        """A task has finished. This is a step of its own if a task checks whether threads are alive."""
        self.visible((task.serial, WRITE, None), hot=NEVER if COUNTED in self.hot else ENDS_SEEN)
        self.visible((THREADS, WRITE, None), hot=COUNTED)

    def end_of(self, task: Task) -> int:
        """Return the serial of what the end of a task changes: if threads are counted, that is the list of them."""
        return THREADS if COUNTED in self.hot else task.serial

    def finish(self, task: Task, carrier: Carrier) -> None:
        """End a task and pass the baton on. Called in its own real thread, as the last thing."""
        self.forget_thread(task)
        self.let_rest(carrier)
        if not self.over:
            self.open_section()
        self.acts += 1
        task.finished, task.op, task.gate, task.end_clock = True, None, None, list(task.clock)
        if self.over or not self.is_needed():
            self.stop()
            return
        self.position += 1
        following = self.choose()
        if following is None:
            self.stop()
        else:
            self.pass_baton(following)

    def is_needed(self) -> bool:
        """Whether a task has not ended that is no daemon, and no thread of a pool that waits for work."""
        return bool([task for task in self.tasks if not (task.finished or task.daemon or task.is_spare())])

    def let_rest(self, carrier: Carrier) -> None:
        """Keep a real thread for the next run. What this run left in it, such as thread-locals, is gone by then."""
        carrier.task = None
        if self.guest is not None:  # virtual_time() makes one run, which may start very many threads
            self.idle.append(carrier)
        elif len(self.resting) < MOST_RESTING:
            self.resting.append(carrier)
        else:
            carrier.retired = True

    def retire_carrier(self) -> None:
        """The current task uses a thread-local of before the run, so let no other task run in its real thread."""
        if isinstance(self.current.carrier, Carrier):
            self.current.carrier.retired = True

    def forget_thread(self, task: Task) -> None:
        """Take a task out of threading's own list of threads."""
        if task.thread is not None and KNOWN_THREADS.get(task.ident) is task.thread:
            del KNOWN_THREADS[task.ident]

    # -- steps ----------------------------------------------------------------------------------------

    def visible(self, op: Op, *, hot: Any = None, gate: Gate | None = None, deadline: float | None = None) -> None:
        """Come to a possible step. It is one always, or only if what `hot` names is hot, or the schedule says so."""
        self.position += 1
        if hot is None or hot in self.hot or self.position in self.forced:
            self.step(op, gate, deadline)

    wait = visible  # a step that waits until `gate` lets it pass; an interrupt may end it, see FaultyRun

    def step(self, op: Op, gate: Gate | None = None, deadline: float | None = None) -> None:
        """Let the search choose the next task; return when the caller is chosen and `gate` lets it pass."""
        if self.over:
            self.unwinding(waits=True)
        task = self.current
        if task.section is not None:
            self.open_section()
        task.op, task.gate, task.deadline = op, gate, deadline
        following = self.choose()
        if following is not task:
            if following is None:
                self.stop()
            else:
                self.handovers += 1
                self.pass_baton(following)
            task.carrier.baton.acquire()  # type: ignore[union-attr]  # a running task has a carrier
            if self.over:
                self.unwinding(waits=True)
        task.gate = task.deadline = None

    def choose(self) -> Task | None:
        """Choose the task that goes on, and note it. None if the run is over."""
        if self.waking is not None:
            return self.current if self.waking.may_go_on() else None
        if self.has_spares and not self.is_needed():
            return None
        self.is_free = False
        while not (able := self.able()):
            self.is_free = True  # all waited
            if not self.tick():
                self.end(Verdict.DEADLOCK)
                return None
        if self.position >= self.long_from and self.goes_round(able):
            self.give_up()
            return None
        before = self.current
        usual = before if before in able else able[0]
        self.is_free |= usual is not before or before.yielded or self.streak >= FAIR_SHARE
        if self.polled and not self.forced:
            able = self.awake(able, usual)
            self.is_free |= usual not in able
        chosen = self.pick(self, able) if self.position not in self.forced else self.force(able)
        if self.over:
            return None
        if chosen is not usual:
            self.choices.append((self.position, chosen.index))
            self.preemptions += not self.is_free
        if len(able) > 1:
            self.streak = self.streak + 1 if chosen is before else 0
            self.pass_over(able)
        else:
            self.streak = 0
        chosen.yielded, chosen.passed_over = False, 0
        if chosen.polls < 0 or (chosen.op is not None and chosen.op[1] is not READ):
            self.acts, chosen.polls = self.acts + 1, -1
        self.steps += 1
        if self.position >= self.long_from and (self.steps > self.limit or self.position > POSITIONS * self.limit):
            self.give_up()
            return None
        self.unseen = 0
        if chosen.deadline is not None and chosen.gate is not None and not chosen.gate(False):
            self.log.woken.add(self.log.now + 1)
        self.log.events.append((chosen.index, chosen.op, self.ticks))
        if self.recorder is not None and not self.is_free and chosen is not before:
            self.recorder.preempted(before)
        return chosen

    def able(self) -> list[Task]:
        """Return the tasks that can go on now, in the order in which they were made."""
        now = self.now  # what Task.can_go_on says, which is called too often here
        return [
            task
            for task in self.tasks
            if not task.finished
            and ((gate := task.gate) is None or gate(task.deadline is not None and task.deadline <= now))
        ]

    @property
    def moves(self) -> int:
        """Count what has happened that may end a loop in which a thread polls: the steps of those that do not poll."""
        return self.acts + self.writes + self.ticks

    def awake(self, able: list[Task], usual: Task) -> list[Task]:
        """Return the tasks that do not poll. If all do, the clock moves, because a real one would."""
        moves = self.moves
        found = [task for task in able if task.polls != moves]
        if not found and self.tick():
            self.choices.append((self.position, TICKED))
            return [usual]
        return found or able

    def pass_over(self, able: list[Task]) -> None:
        """Count for each task how often it could go on and did not; the one that is chosen begins anew."""
        for task in able:
            task.passed_over += 1
            if task.passed_over > self.starved:
                self.starved = task.passed_over

    def goes_round(self, able: list[Task]) -> bool:
        """Look for a state that came before. True if one came so often that the run need not go on."""
        if self.steps < self.recurrence.begins and self.position < POSITIONS * self.recurrence.begins:
            return False
        self.recurrence.look(able)
        return self.recurrence.sure and not self.forced and self.recorder is None  # else it ends where the other did

    def give_up(self) -> None:
        """The run has reached the limit of steps."""
        patience = max(self.limit // 4, min(self.limit // 2, FAIR_SHARE))
        unfair = self.starved > patience
        endless = self.recurrence.found and not unfair
        self.choices.append((self.position, ENDLESS if endless else STOPPED))
        self.end(Verdict.UNFAIR if unfair else Verdict.LIVELOCK if endless else Verdict.TOO_LONG)

    def force(self, able: list[Task]) -> Task:
        """Return the task that the schedule names. Ends the run if it cannot go on."""
        if self.forced[self.position] in (ENDLESS, STOPPED):
            self.choices.append((self.position, self.forced[self.position]))
            self.end(Verdict.LIVELOCK if self.forced[self.position] == ENDLESS else Verdict.TOO_LONG)
        if self.forced[self.position] == TICKED and self.tick():
            self.choices.append((self.position, TICKED))
            return self.current if self.current in able else able[0]
        for task in able:
            if task.index == self.forced[self.position]:
                return task
        self.end(Verdict.MISFIT)
        return able[0]

    def pass_baton(self, task: Task) -> None:
        """Let `task` go on. The caller must wait for its own baton, or end, and touch nothing before that."""
        carrier = task.carrier or self.carry(task)
        self.current, self.ident = task, carrier.ident
        carrier.baton.release()

    def carry(self, task: Task) -> Carrier:
        """Give a task a real thread."""
        task.carrier = carrier = self.idle.pop() if self.idle else Carrier()
        carrier.task = task
        task.ident, task.native_id = FIRST_IDENT + task.index, FIRST_NATIVE_ID + task.index
        if self.guest is not None:  # beside whom real threads run, so the numbers are real ones
            task.ident, task.native_id = carrier.ident, carrier.native_id
        if task.thread is not None:
            task.thread._ident, task.thread._native_id = task.ident, task.native_id
            KNOWN_THREADS[task.ident] = task.thread
        return carrier

    def tick(self) -> bool:
        """No task can go on, or all that could poll: let the clock jump to the next deadline. False if it cannot."""
        due = [task.deadline for task in self.tasks if not task.finished and task.deadline is not None]
        due += [task.until for task in self.tasks if task.until is not None and task.polls == self.moves]
        due = [when for when in due if when > self.now]
        if not due:
            return False
        self.now = min(due)
        self.ticks += 1
        return True

    def deadline(self, timeout: float | None) -> float | None:
        """Return when a wait of `timeout` seconds ends, or None: never.

        It is rounded to whole nanoseconds, so that 0.1 + 0.2 and 0.3 are one instant. It is never too early: a thread
        that waits for the rest of a time would otherwise wait for zero seconds again and again. Raises OverflowError if
        Python does not wait for so long either.
        """
        if timeout is None:
            return None
        if timeout > TIMEOUT_MAX:
            raise OverflowError("timestamp out of range for platform time_t")
        exact = (self.now + timeout) * 1e9
        when = math.ceil(exact - max(1e-4, exact * 4e-16)) / 1e9  # after hours, a float is less exact
        return when if when > self.now or timeout <= 0 else self.now + 1e-9

    @property
    def others_run(self) -> bool:
        """Whether threads besides the current one have not ended."""
        return sum(not task.finished for task in self.tasks) > 1

    def name_unseen(self, told: str, why: str) -> None:
        """Let the verdict name what happens now and is not seen, if other threads run meanwhile."""
        self.open_section()
        if self.others_run:
            self.opaque[told] = f"{told} ({why})"
            self.wanted.add((told, None))

    # -- critical sections ----------------------------------------------------------------------------

    def begin_section(self, serial: int, before: Clock) -> None:
        """The current task has taken a lock, and is in a section that may be one step. `before`: all earlier holders.

        Its count goes up, so that what it did before is told from what it does inside.
        """
        task = self.current
        task.clock[task.index] += 1
        task.section = Section(serial, before)

    def end_section(self, section: Section) -> None:
        """The current task is about to release a lock, and its section was one step."""
        task = self.current
        task.section = None
        self.sections[task.index, task.clock[task.index]] = (section.serial, list(task.clock))
        task.clock[task.index] += 1
        self.log.was_section(section)

    def open_section(self) -> None:
        """The section in which the current task is, if any, is not one step: its order with all others matters."""
        task = self.current
        if task.section is not None:
            join(task.clock, task.section.before)
            task.section = None

    # -- accesses -------------------------------------------------------------------------------------

    def access(self, place: Place, mode: Mode, key: Any, sort: Sort, site: int, shown: str) -> None:
        """The current task is about to read or write `key` of a watched object (None: all of it)."""
        if self.over:
            self.unwinding()
            return
        self.position += 1
        self.unseen += 1
        if mode is WRITE:
            self.writes += 1
        if (place.kind, key if place.by_key else None) in self.hot or self.position in self.forced:
            op = (place.serial, mode, key)
            self.step(Joint(op, self.current.joined) if self.current.joined else op)
        elif self.unseen > UNSEEN:
            self.current.yielded = True
            self.step(None)
        if self.recorder is not None:
            self.recorder.at(self)
        task = self.current
        if task.section is not None:
            task.section.touch(place, mode, key)
        self.races.note(task, place, mode, key, sort, site, shown)

    def together(self, touched: list[tuple[Place, Mode]], site: int, sort: Sort = CALL) -> None:
        """The current task is about to touch several objects at once, so no other may move between these accesses.

        If another did, they begin anew. A run in which that happens again and again shows nothing that a run without
        shows not, and threads could hold up each other for ever, so it is given up.
        `sort` is that of the reads.
        """
        rounds, moved = 0, True
        while moved:
            rounds += 1
            if rounds > AGAIN:
                self.end(Verdict.REDUNDANT)
            moved = self.touch_each(touched, site, sort)

    def touch_each(self, touched: Iterable[tuple[Place, Mode]], site: int, sort: Sort) -> bool:
        """Touch several objects, one after the other. Return whether another task moved meanwhile."""
        task, first = self.current, -1
        task.joined = ()
        for place, mode in touched:
            self.access(place, mode, None, sort if mode == READ else CALL, site, "")
            first = self.handovers if first < 0 else first
            task.joined = (*task.joined, (place.serial, mode, None))
        task.joined = ()
        return first not in (-1, self.handovers)

    def amid(self) -> None:
        """A call into C has called back: what it works on is about to be touched once more."""
        self.touch_each(self.within.get(self.current.index, ()), 0, CALL)

    # -- the end --------------------------------------------------------------------------------------

    def fail(self, error: BaseException, task: Task) -> None:
        """An exception has left a task."""
        if not self.over and self.waking is None:
            self.error, self.culprit = error, task
            if isinstance(error, Outside | Misfit):
                self.end(Verdict.OUTSIDE)
            elif isinstance(error, AssertionError):
                self.end(Verdict.FAILED_ASSERTION)
            else:
                self.end(Verdict.EXCEPTION)

    def end(self, verdict: Verdict) -> None:
        """The run is over; each task that comes to a step unwinds."""
        if not self.over:
            self.over, self.verdict = True, verdict
            self.left = [task for task in self.tasks if not (task.finished or task.killed)]
            self.verdict = ending.named(self, verdict)
            if self.recorder is not None:
                self.recorder.end(self)

    def unwinding(self, waits: bool = False) -> None:
        """The run is over, and the current task came to a step: raise Abort, so that it ends.

        After that, the task's steps on its way out are let pass, unless it would wait.
        """
        self.current.aborts += 1
        if waits or self.current.aborts == 1 or self.current.aborts > ending.MOST_ABORTS:
            insist(self, self.current)
            raise Abort

    def stop(self) -> None:
        """Wake the thread that started the run."""
        if not self.stopped:
            self.stopped = True
            left = [task for task in self.tasks if not task.finished]
            self.log.pending = [(task.index, task.op) for task in left if task.op is not None]
            if self.verdict in SHORT_RUNS:
                self.log.cut_off = [task.index for task in left if task.can_go_on()]
            if self.log.cut_off:
                self.wanted.add(ENDS_SEEN)  # so that there is a step, before the end, at which these tasks can go on
        self.over = True
        if self.ident == get_ident():  # else the run was unwound without this thread, which was stuck
            self.ident = 0
        with contextlib.suppress(RuntimeError):  # nobody has waited since a stuck thread ended
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
            ending.wait_for_the_end(self)
        except BaseException:
            self.over = True  # the running task soon comes to a step, unwinds, and stops the run
            if self.ident and not self.done.acquire(timeout=ending.GLANCE):
                lost = self.current  # it waits for something real, perhaps for another task
            raise
        finally:
            ending.unwind(self, lost)

    def let_go(self) -> None:
        """Hold no object of the model any more, because another run begins.

        The model's locks lead here. A finaliser that leads to such a lock would otherwise keep all that the run has
        made, its own object included, so that nothing of it would ever go.
        """
        for held in (self.made, self.stand_ins, self.values, self.notices, self.within):
            held.clear()
        if self.recorder is None and not self.has_strays:
            self.leave_no_circle()

    def leave_no_circle(self) -> None:
        """Let go of all that leads back to this run: else only the garbage collector would find it, much later.

        Nobody asks any more: a report would be about a recorded run, and no real thread is left.
        """
        self.tasks, self.left, self.deaf, self.error, self.culprit, self.waking = [], [], [], None, None, None
        with contextlib.suppress(AttributeError):  # it has let go before
            del self.races, self.recurrence, self.current

    def let_go_of_all(self) -> None:
        """Hold nothing at all, because the exploration has ended and its result is made."""
        for task in self.tasks:
            task.body, task.thread, task.gate, task.notices, task.waits_for = nothing, None, None, None, ("", None)
        self.left, self.deaf, self.error, self.culprit, self.waking = [], [], None, None, None
        self.let_go()

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
        if wait and not self.over and self.is_needed():
            following = self.choose()
            if following is not None:
                self.pass_baton(following)
                ending.wait_for_the_end(self)
        self.over = True
        ending.unwind(self)
