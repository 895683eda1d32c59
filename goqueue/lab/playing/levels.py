"""The levels: what is asked, of which few lines of Python, and how the machine proves that it can be done.

    levels/*.toml ─> Level ─> its model, and that of each option ─> explore and the tree ─> facts: par, verdicts

Kinds: "fail" (make it fail), "deadlock" (find it), "reach" (a state that the last line says cannot be), "predict" (does
some order fail?), and "mend" (which line is right?). In a "mend", <HERE> in the code is the line to choose.
"""

from __future__ import annotations

import linecache
import queue
import threading
import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from goqueue.lab.playing.threads import run
from goqueue.lab.playing.tree import BOUND, Data, forest
from goqueue.lab.playing.widget import data_of
from goqueue.races import Crashes, Result, explore, play

FOLDER = Path(__file__).with_name("levels")
HERE = "<HERE>"
PLAYED = ("fail", "deadlock", "reach")
QUESTIONS = {"predict": "Does some order fail?", "mend": "Which of these is right?"}
NAMES = {
    "run": run,
    **{
        name: getattr(threading, name)
        for name in ("Condition", "Event", "Lock", "RLock", "Semaphore", "Thread", "Timer")
    },
    **{name: getattr(queue, name) for name in ("Empty", "Queue")},
    **{name: getattr(time, name) for name in ("monotonic", "sleep")},
}


@dataclass(frozen=True)
class Level:
    """One level, as its file says."""

    name: str
    title: str
    kind: str
    about: str  # the misconception that it cures, or the promise that it belongs to
    task: str
    done: str  # one sentence, when it is passed
    model: str
    code: str
    verdict: str = "failed assertion"  # how the run must end
    interrupts: int = 0
    survives: str = ""  # with a crash: an expression for what survives
    recover: str = ""
    bound: int = BOUND
    options: tuple[dict[str, str], ...] = ()  # of a "mend": code and why; the first is the one that is played

    @property
    def source(self) -> str:
        """The code that is played."""
        return self.with_line(self.options[0]["code"]) if self.options else self.code.strip() + "\n"

    def with_line(self, line: str) -> str:
        """Return the code with one choice."""
        rows = []
        for row in self.code.strip().splitlines():
            indent = row[: len(row) - len(row.lstrip())]
            rows += [indent + one for one in line.strip().splitlines()] if row.strip() == HERE else [row]
        return "\n".join(rows) + "\n"

    def with_source(self, source: str) -> tuple[Callable[..., object], dict[str, Any]]:
        """Return a form of the model, and the options of play() and explore() that it needs."""
        filename, names = f"{self.name}.py", {"__name__": self.name, **NAMES}
        linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
        exec(compile(source, filename, "exec", dont_inherit=True), names)
        given: dict[str, Any] = {"interrupts": self.interrupts} if self.interrupts else {}
        if self.recover:
            given["crashes"] = Crashes(eval(self.survives, names), names[self.recover])
        return names[self.model], given

    def explored(self, source: str = "") -> Result:
        """Explore one form of the model."""
        model, given = self.with_source(source or self.source)
        return explore(model, races="off", **given)

    def facts(self) -> Data:
        """Return all that the page needs, and what the machine has proved."""
        result = self.explored()
        model, given = self.with_source(self.source)
        game = play(model, **given)
        grown = forest(game, self.bound)
        told = {"title": self.title, "name": self.model, "answer": answer(result), "schedules": result.schedules}
        data = data_of(game, self.source, 1, grown, **told)
        level = {
            "kind": self.kind,
            "about": self.about,
            "task": self.task,
            "done": self.done,
            "verdict": self.verdict,
            "par": grown.par(self.verdict),
            "hides": self.kind == "predict",
            "question": QUESTIONS.get(self.kind, ""),
            "options": self.judged(result),
            "found": str(result.verdict),
        }
        return {**data, "level": level, "id": self.name}

    def judged(self, result: Result) -> list[Data]:
        """Return the options, with what the engine says of each."""
        if self.kind == "predict":
            says = answer(result)
            return [
                {"text": "Some order fails.", "right": result.failed, "why": says},
                {"text": "No order fails.", "right": result.verdict == "exhausted", "why": says},
            ]
        judged = []
        for option in self.options:
            found = self.explored(self.with_line(option["code"]))
            right = found.verdict == "exhausted" and not found.unwatched
            judged.append({"code": option["code"].strip(), "right": right, "why": f"{option['why']} ({answer(found)})"})
        turned = len(self.name) % max(1, len(judged))  # so that the right one does not always stand last
        return judged[turned:] + judged[:turned]


def answer(result: Result) -> str:
    """Return what the engine found, in a sentence without a full stop too many."""
    number = f"{result.schedules} schedule{'s' if result.schedules != 1 else ''}"
    if result.failed:
        return f"The engine: some order fails: {result.verdict}."
    if result.verdict == "exhausted" and not result.unwatched:
        return f"The engine: no order fails, exhausted after {number}."
    return f"The engine: not known after {number}."


@cache
def levels() -> tuple[Level, ...]:
    """Return all levels, in order of difficulty."""
    found = []
    for file in sorted(FOLDER.glob("*.toml")):
        for given in tomllib.loads(file.read_text("utf-8"))["level"]:
            options = tuple(given.pop("options", ()))
            found.append(Level(**given, options=options))
    return tuple(found)
