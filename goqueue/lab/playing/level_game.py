"""A level in Python: the same models as on the page, played with a kernel, and kept in the learner's record.

game = level("lost_sale")    game.step("Ann") …    passed ─> a line in her record
level("one_lock").answer("No order fails.")

In a notebook a level is shown with its buttons. They need no Python, and cannot write into the record. So, when it is
done, they say the call that does: level("lost_sale", "8.2-65b496"), or level("one_lock", 2).
"""

from __future__ import annotations

from typing import Any

from goqueue.lab.learn import progress_log
from goqueue.lab.playing.levels import PLAYED, Level, levels
from goqueue.lab.playing.page import facts
from goqueue.lab.playing.tree import Data
from goqueue.lab.playing.widget import shown, start_of
from goqueue.lab.views.markup import Markup, element, prose
from goqueue.lab.views.view import View
from goqueue.races import Game
from goqueue.races.played_runs import Bench
from goqueue.races.search.options import Options


class LevelGame(Game):
    """A game with a task. `repr` says what is asked and, once it is passed, what it teaches."""

    def __init__(self, asked: Level) -> None:
        model, given = asked.with_source(asked.source)
        self.level, self.number = asked, [one.name for one in levels()].index(asked.name)
        self._by_engine = self._passed = False
        super().__init__(Bench(model, None, Options(**given)), asked.model, "")

    @property
    def passed(self) -> bool:
        """Whether the level was passed in this game."""
        return self._passed

    @property
    def par(self) -> int:
        """The fewest preemptions with which the level can be passed; 0 if it asks a question."""
        return int(self._facts["par"] or 0)

    def answer(self, text: str | int) -> View:
        """Answer the question of a level that asks one: with the words, the line, or the number of an option from 1.

        Raises ValueError if there is no such option.
        """
        options = self._facts["options"]
        words = [one.get("code") or one["text"] for one in options]
        number = int(text) - 1 if str(text).isdecimal() else words.index(text) if text in words else -1
        if not 0 <= number < len(options):
            known = "; ".join(f"{at}: {one!r}" for at, one in enumerate(words, 1)) or "none, it is played with step()"
            raise ValueError(f"{text!r} is no option of this level: it has {known}")
        option = options[number]
        if option["right"]:
            self._note(0)
        return View(f"{'Right' if option['right'] else 'No'}. {option['why']}{self._lesson}")

    def follow(self, schedule: str) -> Game:
        """Play a whole run, as its schedule says. Raises ValueError if it is none of this level."""
        self._by_engine = False
        super().follow(schedule)
        return self._look()

    def reset(self) -> Game:
        """Go back to the beginning."""
        self._by_engine = False
        return super().reset()

    def show_failing(self) -> Game:
        """Play the simplest run that fails. That passes no level."""
        self._by_engine = True
        return super().show_failing()

    def __repr__(self) -> str:
        asked = self._facts
        task = task_of(self.level, facts()[self.number])
        lines = [f"Level {self.number + 1}: {self.level.title}", task, self.level.source]
        for at, option in enumerate(asked["options"], 1):
            lines.append(
                f"{asked['question'] if at == 1 else ''}\n{at}: {option.get('code') or option['text']}".strip()
            )
        return "\n".join([*lines, super().__repr__()]) + self._lesson

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        asked = facts()[self.number]
        data = {**asked, "call": self.level.name, "start": start_of(self, asked)}
        title = f"Level {self.number + 1}: {self.level.title}{'' if self.level.title.endswith('?') else '.'} "
        first = element("b", title) + prose(task_of(self.level, asked))
        head = element("p", Markup(first)) + element("p", element("i", prose(self.level.about)))
        return {"text/plain": repr(self), "text/html": shown(repr(self), data, Markup(head))}

    def _go(self, *given: Any) -> Game:
        super()._go(*given)
        return self._look()

    def _look(self) -> Game:
        if self.level.kind in PLAYED and self.verdict == self.level.verdict and not self._by_engine:
            self._note(self.preemptions)
        return self

    @property
    def _lesson(self) -> str:
        return f"\nDone. {self.level.done}" if self._passed else ""

    @property
    def _facts(self) -> dict[str, Any]:
        found: dict[str, Any] = facts()[self.number]["level"]
        return found

    def _note(self, preemptions: int) -> None:
        if not self._passed:
            self._passed = True
            progress_log.note("level", self.level.name, preemptions=preemptions)


def task_of(asked: Level, known: Data) -> str:
    """Return what a level asks, with the fewest preemptions if it is played."""
    par = f" The fewest preemptions: {known['level']['par']}." if asked.kind in PLAYED else ""
    return asked.task + par


def level(name: str | int, done: str | int = "") -> LevelGame:
    """Return a level by its name, or by its number from 1. Raises LookupError if there is none.

    `done` is what the buttons of the level say when it is passed: a schedule, or the number of an option. Raises
    ValueError if it is neither.

    >>> game = level("lost_sale")
    >>> game.passed
    False
    """
    known: dict[str | int, Level] = {one.name: one for one in levels()}
    known |= dict(enumerate(levels(), 1))
    if name not in known:
        names = ", ".join(one.name for one in levels())
        raise LookupError(
            f"there is no level {name!r}: they have the numbers 1 to {len(levels())}, or the names {names}"
        )
    game = LevelGame(known[name])
    if done != "" and game.level.kind in PLAYED:
        game.follow(str(done))
    elif done != "":
        game.answer(done)
    return game
