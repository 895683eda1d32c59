"""Whether a state of a run comes again: then its threads can go on for ever, which is a livelock.

    state A ──> B ──> C ──> A again, and every thread that could move in between has moved: a circle without an end
    state A ──> B ──> C ──> D …  up to the limit of steps: a long run, about which nothing is claimed

A state is where each thread stands in its code, and all values that the code can reach: variables, attributes, items.
A time counts from now on, because the clock moves in every livelock that sleeps; if the code has read the clock, the
present moment counts too. Only runs of many steps are examined, because a state takes long to write down.

How far a `for` loop or a function in C has come is no value that code can reach. So a state has come again only if each
thread that moved is in the same execution of a `while` loop as before, in a later round, and as many steps behind its
beginning; or in the same call of a function of the library that has such a loop and no `for` loop.

A livelock that counts its rounds comes to a new state each time, so it is called too long: nobody can tell it from a
program that counts to its end.
"""

from __future__ import annotations

import _random
import dis
import functools
import gc
import itertools
import random
import sys
import threading
import types
from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ..carrying import IN_A_TAB, current_frames
from ..places import own_dict
from ..sources import ENGINE, WATCHED

if TYPE_CHECKING:
    from ..run import Run
    from ..tasks import Task

PORTIONS = (8, 2)  # a state is kept after 1/8 of the steps that a run may have, and another one after 1/2
COMPARISONS = 20  # with each of them, of all values
SURE = 10  # times that a state came again: then a run need not go on to the limit of steps
POSITIONS = 20  # a run may have so many possible steps for each step that it may have
LARGEST = 20_000  # values in a state; a larger one is not compared

ATOMS = frozenset({int, bool, str, bytes, complex, type(None)})
NUMBERS = ATOMS | {float}  # what watched code holds is no time from now on, because it has not read the clock
SKIPPED = (types.ModuleType, types.CodeType, types.FrameType)
BY_REFERENCES = (dict, list, set, frozenset, tuple, deque, type, BaseException)  # these hide nothing

OF_A_TOOL = {"_stderr", "_invoke_excepthook"}  # of a thread: they lead to what shows errors, such as Jupyter's kernel


class Recurrence:
    """Looks for a state that comes again. Called by the thread that holds the baton, before each choice."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._portions = [max(1, run.limit // portion) for portion in PORTIONS]
        self.begins = self._portions[0]  # the number of steps from which on the run must call look()
        self._times = 0  # that a state came again
        self._kept: list[Any] | None = None
        self._rough: list[object] = []
        self._stand: list[object] = []
        self._offered: set[int] = set()
        self._going: dict[int, Going] = {}
        self._compared = self._since = self._reads = 0
        self._moment = 0.0

    @property
    def found(self) -> bool:
        """Whether a state came again."""
        return self._times > 0

    @property
    def sure(self) -> bool:
        """Whether it came again so often that the run need not go on. In a tab, that is not always at the same step."""
        return self._times >= SURE and not IN_A_TAB

    def look(self, able: list[Task]) -> None:
        """Compare the state with the one that was kept, or keep it."""
        run = self._run
        rough: list[object] = [run.current.index, *able, *(task.op for task in run.tasks if not task.finished)]
        if self._portions and max(run.steps, run.position // POSITIONS) >= self._portions[0]:
            del self._portions[0]
            self._stand, roots = standing(run)
            self._kept, self._rough, self._offered, self._compared = reachable(roots, run.now), rough, set(), 0
            self._since, self._moment, self._reads = len(run.log.events), run.now, run.clock_reads
            self._going = {task.index: going_round(run, task) for task in run.tasks}
        elif self._kept is not None and rough == self._rough and self._compared < COMPARISONS:
            self._compare()
        self._offered.update(task.index for task in able)

    def _compare(self) -> None:
        """Compare the state with the one that was kept: first what is quick to compare."""
        moved = {event[0] for event in self._run.log.events[self._since :]}
        # Each thread that could move since the state was kept must have moved.
        if not (self._offered <= moved and self._time_fits()):
            return
        stand, roots = standing(self._run)
        if stand == self._stand and self._went_round(moved):
            self._compared += 1
            if reachable(roots, self._run.now) == self._kept:
                self._times += 1

    def _went_round(self, moved: set[int]) -> bool:
        """Whether each thread that has moved since the state was kept has come back by a further round of a loop."""
        return all(
            came_back(self._going.get(index, {}), going_round(self._run, self._run.tasks[index])) for index in moved
        )

    def _time_fits(self) -> bool:
        """Whether the clock stands still, or watched code has not read it."""
        return self._run.now == self._moment or self._run.clock_reads == self._reads


# A `while` loop that runs -> its rounds so far, and the steps of its task since the last one began. Or the frame of a
# function of the library -> the steps of the run, and 0.
Going = dict[Any, tuple[int, int]]


def going_round(run: Run, task: Task) -> Going:
    """Return the loops in which a task is. Each has a variable of its own for what is known of its rounds."""
    from .spinning import Rounds  # imported here, because spinning imports this file

    if task.finished or task.carrier is None:
        return {}
    frames = frames_of(current_frames().get(task.carrier.ident))
    held = [value for frame in frames for value in frame.f_locals.values() if type(value) is Rounds]
    going: Going = {rounds: (rounds.count, rounds.steps_of(run, task.index)) for rounds in held}
    if frames and frames[0].f_code.co_filename not in WATCHED and shows_its_rounds(frames[0].f_code):
        going[frames[0]] = (run.steps, 0)
    return going


@functools.cache
def shows_its_rounds(code: types.CodeType) -> bool:
    """Whether a function has a `while` loop and no `for` loop, which keeps its iterator where nobody can look."""
    names = {instruction.opname for instruction in dis.get_instructions(code)}
    backward = {name for name in names if "JUMP_BACKWARD" in name and not name.endswith("NO_INTERRUPT")}
    return bool(backward) and not names & {"FOR_ITER", "SEND"}


def came_back(before: Going, now: Going) -> bool:
    """Whether a task is in one of the same loops, in a later round, and as many steps behind its beginning."""
    return any(now[one][0] > count and now[one][1] == steps for one, (count, steps) in before.items() if one in now)


class Number:
    """A float in a state. It may be a time, so another one is equal if it is as far from its present moment, too."""

    def __init__(self, value: float, now: float) -> None:
        self._value, self._left = repr(value), round(value - now, 9)

    def __eq__(self, other: object) -> bool:
        """Whether the two are the same number, or the same time from now on."""
        return isinstance(other, Number) and (self._value == other._value or self._left == other._left)


def standing(run: Run) -> tuple[list[Any], list[Any]]:
    """Return where each thread stands in its code, with its plain variables, and all values that it can begin with."""
    frames = current_frames()
    stand: list[Any] = []
    roots: list[Any] = []
    for task in run.tasks:
        left = None if task.deadline is None else round(task.deadline - run.now, 9)
        stand += [task.finished or task.can_go_on(), left]
        if not task.finished and task.carrier is not None:
            for frame in frames_of(frames.get(task.carrier.ident)):
                held, watched = list(frame.f_locals.values()), frame.f_code.co_filename in WATCHED
                plain = NUMBERS if watched else ATOMS
                stand += [frame.f_code, frame.f_lasti, *(value for value in held if type(value) in plain)]
                roots += held
                if watched:
                    roots += (value for value in frame.f_globals.values() if is_own(value))
    return stand, roots


def frames_of(frame: types.FrameType | None) -> list[types.FrameType]:
    """Return the frames of a thread that are not the engine's, innermost first.

    Those that called Thread.run() hold the state of a tool that wraps it, as Jupyter's kernel does, not the model's.
    """
    frames, end = [], None
    while frame is not None:
        module = str(frame.f_globals.get("__name__"))
        if not module.startswith(ENGINE):
            frames.append(frame)
            if module == "threading" and frame.f_code.co_qualname == "Thread.run":
                end = len(frames)
        frame = frame.f_back
    return frames[:end]


def reachable(values: list[Any], now: float, most: int = LARGEST) -> list[Any] | None:
    """Return all values that can be reached from `values`, or None if there are more than `most`.

    It calls no code of the model. An object that is met again is known by its number.
    """
    state: list[Any] = []
    met: dict[int, int] = {}
    modules: list[object] = list(sys.modules.values())
    namespaces = {id(vars(module)) for module in modules if isinstance(module, types.ModuleType)}
    for value in values:  # which grows
        kind = type(value)
        if kind in ATOMS:
            state += (kind, value)
        elif kind is float:
            state.append(Number(value, now))
        elif id(value) in met:
            state.append(met[id(value)])
        else:
            met[id(value)] = len(met)
            inside = [] if id(value) in namespaces else list(inside_of(value, kind))
            state += (kind, len(inside))
            if is_own(value):
                state += (one for one in own_values(value) if type(one) is float)
            values += inside
        if len(values) > most:
            return None
    return state


def inside_of(value: Any, kind: type) -> Iterable[Any]:
    """Return what a value holds."""
    if issubclass(kind, SKIPPED) or (issubclass(kind, type) and not is_own(value)):
        return ()
    if kind.__module__.startswith(ENGINE) and all(base.__module__.startswith(ENGINE) for base in kind.__mro__[:-1]):
        owner = getattr(value, "owner", None)  # of a lock; a queue has items
        return (getattr(owner, "index", None), getattr(value, "_times", None), *getattr(value, "_items", ()))
    if issubclass(kind, threading.Thread):
        return [held for name, held in object.__getattribute__(value, "__dict__").items() if name not in OF_A_TOOL]
    return (*hidden_in(value, kind), *gc.get_referents(value))


def hidden_in(value: Any, kind: type) -> Iterable[Any]:
    """Return what a value keeps where the garbage collector does not look: the bytes of a buffer, the day of a date."""
    if issubclass(kind, BY_REFERENCES):
        return ()
    if issubclass(kind, random.Random):
        return (_random.Random.getstate(value),)
    if kind is types.GeneratorType:
        return (value.gi_frame and value.gi_frame.f_lasti,)
    try:
        if kind is memoryview:
            return (bytes(value),)
        if kind is itertools.count:  # whose __reduce__ warns from 3.12 on, and is gone in 3.14
            return (repr(value),)
        if is_in_c(kind, "__reduce_ex__"):
            return (value.__reduce_ex__(2),)
        if is_in_c(kind, "__reduce__"):
            return (value.__reduce__(),)
        return (value.__getstate__(),) if is_in_c(kind, "__getstate__") else ()
    except Exception:  # not all of these can be: a released memoryview, a closed file, an iterator over a frame
        return ()


def own_values(value: Any) -> list[Any]:
    """Return the values of an object's own attributes. It calls no code of the model."""
    return list(own_dict(value).values())


def is_in_c(kind: type, method: str) -> bool:
    """Whether a class has a method of its own that is written in C, so that a call runs no code of the model."""
    found = getattr(kind, method, None)
    return type(found) is types.MethodDescriptorType and found is not getattr(object, method, None)


def is_own(value: Any) -> bool:
    """Whether a value of a module can change while the model runs: data, or a class of a watched module."""
    kind = type(value)
    if kind in ATOMS or kind in (float, dict, list, set, tuple):
        return True
    owner = value if issubclass(kind, type) else kind
    file = getattr(sys.modules.get(owner.__module__), "__file__", None)
    return file in WATCHED
