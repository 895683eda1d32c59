"""A run that is made by hand: somebody presses a thread, and it does its next step.

    presses ─> pick() at each step ─> Situation, Situation, …, until no press is left: the run is cut off there

A press is the number of a thread. Where a thread has not begun, one press lets it begin and do its first step, because
nobody can notice a beginning. A run of another model, or one with more steps than before, does not fit: Misfit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from types import FrameType

from ..engine.carrying import current_frames
from ..engine.faults.faulty_run import FaultyRun
from ..engine.happens_before import Place
from ..engine.run import TICKED, Run
from ..engine.sources import Site, place_of_frame, watched_frame
from ..engine.tasks import Task
from ..engine.words import BETWEEN, LOCK, READ, THREADS, TRY, UNLOCK, WRITE, Verdict
from ..report.recorder import Recorder
from ..report.waits import waiting_now
from .choosing import carry_on

DOES: dict[str, str] = {READ: "reads", WRITE: "writes", LOCK: "takes", TRY: "tries to take", UNLOCK: "releases"}


@dataclass(frozen=True)
class Standing:
    """Where one thread stands: the line that it is at, and what it waits for. `next` is "" unless that is known."""

    name: str
    state: str  # "ready", "waiting" or "ended"
    where: str = ""
    line: str = ""
    number: int = 0  # of the line in its file, 0 if it has no line
    next: str = ""  # "writes stock['atlas']"
    waits: str = ""  # "waits for lock, which Ann has"


@dataclass(frozen=True)
class Situation:
    """What is known where the next thread is chosen."""

    threads: tuple[Standing, ...]
    current: int  # the thread that moved last
    usual: int  # the thread that goes on if nobody says otherwise
    is_free: bool  # to let another thread go on now is no preemption
    position: int
    preemptions: int
    entries: int  # of the recorder, up to here
    time: float
    interrupt: tuple[int, int, bool] = (0, 0, False)  # Ctrl-C now: the point of main, jumps of the clock, it must wake
    changes: int = 0  # of what survives a crash, up to here

    @property
    def able(self) -> tuple[int, ...]:
        """The threads that can go on."""
        return tuple(number for number, one in enumerate(self.threads) if one.state == "ready")

    def costs(self, thread: int) -> bool:
        """Whether letting a thread go on is a preemption."""
        return thread != self.usual and not self.is_free


Choose = Callable[[Situation], int | None]  # None: cut off the run


class ByHand:
    """Lets what `start` makes say at each step which thread goes on. `path` keeps where, and which."""

    def __init__(self, start: Callable[[], Choose]) -> None:
        self._start, self._choose = start, start()
        self.path: list[tuple[Situation, int]] = []
        self.last: Situation | None = None  # where the run was cut off
        self._begins = False
        self._began = 0  # jumps of the clock when main moved last

    def anew(self) -> ByHand:
        """Return the same for another run."""
        return ByHand(self._start)

    def pick(self, run: Run, able: list[Task]) -> Task:
        """Choose the task that goes on."""
        current = run.current
        begins, self._begins = self._begins, False
        if begins and current in able and not run.is_free:  # free: the clock has jumped
            return current
        situation = situation_of(run, able, self._began)
        wanted = self._choose(situation)
        chosen = next((task for task in able if task.index == wanted), None)
        if chosen is None:
            self.last = situation
            run.end(Verdict.REDUNDANT if wanted is None else Verdict.MISFIT)
            return able[0]
        self.path.append((situation, chosen.index))
        self._begins = chosen.carrier is None
        self._began = run.ticks if chosen.index == 0 else self._began
        return chosen


def presses(given: Sequence[int], go_on: bool = False) -> ByHand:
    """Return what makes a run of these presses, and cuts it off after them or, with `go_on`, goes on as usual."""

    def start() -> Choose:
        left = list(reversed(given))

        def choose(situation: Situation) -> int | None:
            if left:
                return left.pop()
            return situation.usual if go_on else None

        return choose

    return ByHand(start)


def at_positions(choices: dict[int, int], until: float) -> ByHand:
    """Return what makes a run in which the given positions are decided, up to one position."""

    def choose(situation: Situation) -> int | None:
        if situation.position > until:
            return None
        wanted = choices.get(situation.position, situation.usual)
        return situation.usual if wanted == TICKED else wanted  # the clock moves by itself

    return ByHand(lambda: choose)


def at_random(seed: object) -> ByHand:
    """Return what makes a whole run of presses at random."""

    def start() -> Choose:
        chance = Random(str(seed))
        return lambda situation: chance.choice(situation.able)

    return ByHand(start)


def situation_of(run: Run, able: list[Task], began: int) -> Situation:
    """Write down where all threads of a run stand."""
    frames = current_frames()
    current = run.current
    if isinstance(run, FaultyRun) and run.between:
        able = [current]
    usual = current if current in able else able[0]
    return Situation(
        tuple(standing(run, task, task in able, frames) for task in run.tasks),
        current.index,
        usual.index if not current.yielded else carry_on(run, able).index,
        run.is_free,
        run.position,
        run.preemptions,
        len(run.recorder.entries) if isinstance(run.recorder, Recorder) else 0,
        run.now,
        *faults_at(run, began),
    )


def faults_at(run: Run, began: int) -> tuple[tuple[int, int, bool], int]:
    """Return the point at which an interrupt would reach main now, and the number of changes so far."""
    if not isinstance(run, FaultyRun):
        return (0, 0, False), 0
    number = run.points.get(0, 0)
    main = run.tasks[0]
    waits = main.gate is not None
    open_now = waits or (0, number) in run.open
    known = number if open_now and not main.finished and run.interrupts is not None and not run.met else 0
    return (known, run.ticks - began if waits else 0, waits), run.changes


def standing(run: Run, task: Task, able: bool, frames: dict[int, FrameType]) -> Standing:
    """Write down where one thread stands."""
    if task.finished or task.killed:
        return Standing(task.name, "ended")
    if task.carrier is None:
        line = beginning(task)
        place = (line.where, line.text, line.line) if line is not None else ("", "", 0)
        if not able:
            return Standing(task.name, "waiting", *place, waits=BETWEEN[0])
        return Standing(task.name, "ready", *place, next="begins")
    frame = frames.get(task.carrier.ident)
    where, line_text = place_of_frame(frame)
    watched = watched_frame(frame)
    number = watched.f_lineno if watched is not None else 0
    if able:
        return Standing(task.name, "ready", where, line_text, number, next=next_step(run, task))
    waits = task.gate is not None and not task.can_go_on()
    told = waiting_now(task, frame) if waits else BETWEEN[0]
    return Standing(task.name, "waiting", where, line_text, number, waits=told)


def beginning(task: Task) -> Site | None:
    """Return the first line of the function that a thread has not begun, if it has source that is known."""
    target = getattr(task.thread, "_target", None) or getattr(type(task.thread), "run", None)
    code = getattr(target, "__code__", None)
    return Site(code.co_filename, code.co_firstlineno, code.co_qualname) if code is not None else None


def next_step(run: Run, task: Task) -> str:
    """Return what a thread does next, as far as that is known."""
    what, thing = task.waits_for
    if task.op is None:
        return ""
    serial, mode, key = task.op
    if mode == WRITE and serial in (task.serial, THREADS):
        return "ends" if serial == task.serial else "goes on"
    if what == "lock" and task.gate is not None:
        return f"takes {thing.name}"
    if what == "thread" and task.gate is not None:
        return f"joins {thing.name}"
    place = next((one for one in run.made.values() if type(one) is Place and one.serial == serial), None)
    if place is None or mode not in DOES:
        return ""
    if not place.by_key:
        return f"{DOES[mode]} {place.label}{'' if key is None else f'[{key!r}]'}"
    return f"{DOES[mode]} {'.'.join(str(part) for part in (place.label, key) if part)}"
