"""play: you choose which thread goes on, press by press, on the model's real code.

    game = play(two_clerks)      game.step("Ann")  game.step("Bob")  game.undo()  game.reset()  game.show_failing()
    each press ─> the model runs again, with the presses so far ─> is cut off there, and what is seen is written down

So what was played is a run of the engine like any other, and `game.schedule` is what replay() takes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Any, ClassVar

from .engine.faults.plans import NO_FAULTS, Crashes, Interrupt, Interrupts, Plan, planned
from .engine.words import Verdict
from .exploring import explore
from .played_runs import Bench, Played
from .replay_line import called, meaning
from .report.result import Result
from .report.text import HEADLINES, call_of_replay
from .search.by_hand import Situation, Standing, at_positions, presses
from .search.exploration import Model
from .search.options import Options
from .search.schedules import parse
from .watch.selection import Modules

RECOVERY = "recovery"  # the thread that runs after a crash
Moves = list[tuple[tuple[int, ...], Plan]]  # all presses and faults, after each one


@dataclass(frozen=True)
class Answer:
    """Whether some order fails. `yes` is None if the budget was spent before that was known."""

    yes: bool | None
    text: str

    def __repr__(self) -> str:
        return self.text


class Game:
    """A model that is played. `repr` shows where it stands. Not for use by several threads at once."""

    page: ClassVar[Callable[[Game], str] | None] = None  # makes the HTML for a notebook; set by whoever has views

    def __init__(self, bench: Bench, name: str, told: str) -> None:
        self.bench, self.name = bench, name
        self._told = told
        self._found: Result | None = None
        self._moves: Moves = [((), NO_FAULTS)]
        self._played = self._run((), NO_FAULTS)

    # -- moves ------------------------------------------------------------------------------------------

    def step(self, thread: str | int) -> Game:
        """Let a thread do its next step. Raises ValueError if there is none of that name, or if it cannot go on."""
        number = self._number(thread)
        moved, plan = self._moves[-1]
        return self._go((*moved, number), plan)

    def interrupt(self) -> Game:
        """Press Ctrl-C: main gets KeyboardInterrupt where it stands. Raises ValueError if that cannot be now."""
        now = self._playable()
        point, ticks, waits = now.interrupt
        if not point:
            raise ValueError(
                "Ctrl-C cannot come now: it needs play(model, interrupts=1), comes once in a run, and not in clean-up"
            )
        moved, plan = self._moves[-1]
        return self._go((*moved, 0) if waits else moved, plan._replace(interrupts=(Interrupt(0, point, ticks),)))

    def crash(self, outcome: int = 0) -> Game:
        """Kill the process before its next change of what survives; then `recover` runs. Raises ValueError without one.

        `outcome` says which of the states that a crash can leave on a Disk: 0 is the first.
        """
        now = self._playable()
        if self.bench.options.crashes is None:
            raise ValueError("the process cannot be killed here: it needs play(model, crashes=Crashes(…))")
        moved, plan = self._moves[-1]
        return self._go(moved, plan._replace(crash=now.changes + 1, outcome=outcome))

    def undo(self) -> Game:
        """Take the last press back. At the beginning, nothing happens."""
        if len(self._moves) > 1:
            self._moves.pop()
            self._played = self._run(*self._moves[-1])
        return self

    def reset(self) -> Game:
        """Go back to the beginning."""
        self._moves = self._moves[:1]
        self._played = self._run(*self._moves[0])
        return self

    def show_failing(self) -> Game:
        """Play the simplest run that fails; `undo` walks back through it. If none is known, nothing is moved."""
        found = self._explored()
        if found.failed:
            plan, order = planned(found.schedule)
            self._moves = steps_of(self.bench.play(at_positions(dict(parse(order)[0]), inf), plan), plan)
            self._played = self._run(*self._moves[-1])
        return self

    def follow(self, schedule: str) -> Game:
        """Play the run of a schedule; `undo` walks back through it. Raises ValueError if it is of another model."""
        plan, order = planned(schedule)
        played = self.bench.play(at_positions(dict(parse(order)[0]), inf), plan)
        if played.schedule != schedule:
            raise ValueError(f"{schedule!r} is no schedule of {self.name}: it leads to {played.schedule!r} instead")
        self._moves = steps_of(played, plan)
        self._played = self._run(*self._moves[-1])
        return self

    def is_there_one(self) -> Answer:
        """Ask the engine whether some order fails, and how it knows."""
        found = self._explored()
        number = f"{found.schedules} schedule{'s' if found.schedules != 1 else ''}"
        if found.failed:
            return Answer(True, f"Yes, there is an order that fails: {found.verdict}. show_failing() plays it.")
        if found.verdict == Verdict.EXHAUSTED:
            but = f", except inside of: {', '.join(found.unwatched)}" if found.unwatched else ""
            return Answer(None if but else False, f"No order fails{but}: exhausted, {number}.")
        return Answer(None, f"Nothing failed in {number}, and there is more to try ({found.verdict}): not known.")

    # -- where it stands ----------------------------------------------------------------------------------

    @property
    def threads(self) -> tuple[Standing, ...]:
        """Where each thread stands: its next line, what it waits for, and who holds that. Empty if the run is over."""
        return self._played.now.threads if self._played.now else ()

    @property
    def able(self) -> tuple[str, ...]:
        """The threads that can go on."""
        return tuple(one.name for one in self.threads if one.state == "ready")

    @property
    def state(self) -> dict[str, str]:
        """The shared state, as far as it has been touched."""
        done = self._played.done
        return dict(done[-1].state if done else self._played.beginning.state)

    @property
    def played(self) -> Played:
        """All that was played."""
        return self._played

    @property
    def moves(self) -> tuple[tuple[int, ...], Plan]:
        """The threads that were pressed, by their numbers, and the faults that were asked for."""
        return self._moves[-1]

    @property
    def preemptions(self) -> int:
        """How often a thread had to stop although it could have gone on."""
        return self._played.preemptions

    @property
    def verdict(self) -> Verdict | None:
        """How the run ended, or None if it is not over."""
        return None if self._played.now else self._played.verdict

    @property
    def schedule(self) -> str:
        """What replay() takes. If the run is not over, the engine goes on from here as usual."""
        if self._played.now is None:
            return self._played.schedule
        moved, plan = self._moves[-1]
        return self.bench.play(presses(moved, go_on=True), plan).schedule

    def __repr__(self) -> str:
        return as_text(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        bundle = {"text/plain": repr(self)}
        if Game.page is not None:
            bundle["text/html"] = Game.page(self)
        return bundle

    # -- how --------------------------------------------------------------------------------------------

    def _playable(self) -> Situation:
        if self._played.now is None:
            raise ValueError("the run is over: undo() takes the last press back, reset() begins anew")
        return self._played.now

    def _number(self, thread: str | int) -> int:
        now = self._playable()
        numbers = {one.name: number for number, one in enumerate(now.threads)}
        number = numbers.get(thread, -1) if isinstance(thread, str) else thread
        if number not in now.able:
            known = ", ".join(repr(name) for name in self.able)
            why = now.threads[number].waits or "has ended" if 0 <= number < len(now.threads) else "is not there"
            raise ValueError(f"thread {thread!r} cannot be pressed: it {why}; these can: {known}")
        return number

    def _go(self, moved: tuple[int, ...], plan: Plan) -> Game:
        played = self._run(moved, plan)
        wanted = len(plan.interrupts) + bool(plan.crash)
        if played.verdict is Verdict.MISFIT or played.met < wanted:
            raise ValueError("that cannot be now: the fault does not come in this run")
        if played.moved[: len(moved)] == moved:
            self._moves.append((moved, plan))
        else:
            self._moves = steps_of(played, plan)
        self._played = played
        return self

    def _run(self, moved: tuple[int, ...], plan: Plan) -> Played:
        """Play the presses. After a crash the rest goes by itself, because only `recover` runs."""
        played = self.bench.play(presses(moved, go_on=bool(plan.crash)), plan)
        while self.bench.hot != self.bench.known:  # more accesses are steps than was known: find the presses among them
            self.bench.known = self.bench.hot
            until = played.situations[-1].position if played.situations else -1
            choices = {one.position: thread for one, thread in zip(played.situations, played.moved, strict=True)}
            played = self.bench.play(at_positions(choices, inf if plan.crash else until), plan)
        return played

    def _explored(self) -> Result:
        if self._found is None:
            asked = self.bench.options
            self._found = explore(
                self.bench.model,
                modules=self.bench.modules,
                interrupts=asked.interrupts,
                crashes=asked.crashes,
                schedules=asked.schedules,
                steps=asked.steps,
                seconds=asked.seconds,
                races="off",
            )
        return self._found


def steps_of(played: Played, plan: Plan) -> Moves:
    """Return the presses of a run, one more each time. The process is killed at the last."""
    alive = plan._replace(crash=0, outcome=0)
    dead = [at for at, one in enumerate(played.situations) if one.threads[-1].name == RECOVERY] if plan.crash else []
    length = dead[0] - 1 if dead else len(played.moved)
    moves = [(played.moved[:count], alive) for count in range(length + 1)]
    return [((), NO_FAULTS), *moves[1:], *([(played.moved[: length + 1], plan)] if plan.crash else [])]


def play(
    model: Model,
    *,
    modules: Modules = None,
    interrupts: int | Interrupts = 0,
    crashes: Crashes | None = None,
    schedules: int = 10_000,
    steps: int = 5_000,
    seconds: float | None = None,
) -> Game:
    """Play `model` by hand: each press lets one thread do its next step. Returns a Game, which a notebook shows.

    The arguments are those of explore(). `schedules` and `seconds` limit what the engine may try, for show_failing()
    and is_there_one(). With `interrupts=1`, Ctrl-C is a move; with `crashes`, to kill the process is one. Time is
    virtual: the clock jumps to the next deadline when all threads wait, and at no other moment. Raises what explore()
    raises. One thread at a time.

    >>> game = play(lambda: None)
    >>> game.verdict
    'passed'
    """
    options = Options(interrupts=interrupts, crashes=crashes, schedules=schedules, steps=steps, seconds=seconds)
    name = called(model) or getattr(model, "__name__", "model")
    told = meaning(modules, steps, interrupts, crashes)
    return Game(Bench(model, modules, options), name, told)


def as_text(game: Game) -> str:
    """Return where a game stands, in words."""
    played = game.played
    presses_made = f"{len(played.done)} press{'es' if len(played.done) != 1 else ''}"
    cost = f"{played.preemptions} preemption{'s' if played.preemptions != 1 else ''}"
    lines = [f"{game.name}, after {presses_made} with {cost}"]
    if played.done:
        last = played.done[-1]
        lines.append(f"last: {last.thread} {', '.join(last.what) or 'goes on'}")
    lines += [f"  {one.name}: {told(one)}" for one in game.threads]
    shared = "; ".join(f"{name} = {value}" for name, value in game.state.items())
    lines += [f"shared: {shared}"] if shared else []
    if played.now is not None:
        return "\n".join([*lines, f"You can press: {', '.join(game.able)}"])
    again = call_of_replay(game.name, played.schedule, game._told)
    return "\n".join(line for line in [*lines, HEADLINES[played.verdict], played.how, f"The same run: {again}"] if line)


def told(one: Standing) -> str:
    """Return where a thread stands, in words."""
    if one.state == "ended":
        return "has ended"
    if one.waits:
        return f"{one.waits}, at {one.where}    {one.line}"
    next_one = f"    ({one.next})" if one.next else ""
    return f"next {one.where}    {one.line}{next_one}"
