"""Exercises: what steps/exercises/*.toml says about each, and the program that an answer makes.

12_2_bounded_buffer.toml     exercise 12.2
  title, kind, minutes, task     kind is "modify", "make" or "parsons" (put lines in order)
  hints                          from a nudge to nearly the answer
  given                          code that stands before every answer: imports, what the notebook had already
  start                          what the notebook holds before the learner begins; it must not pass
  name                           what an answer defines; check("12.2", name)
  solution, why                  one right answer, and why it is right
  blocks                         parsons: letter -> line. An answer is letters: "c a b"
  asked_in                       the notebook that asks it, if the step has more than one
  module, promises               an answer replaces this module of the step's version, and these promises are tried
                                 besides the checks of steps/exercises/stepNN.py
  wrong                          seeded wrong answers: `name`, `breaks` (the first check that must catch it), and
                                 `answer`, whole, or `change`: pairs [old, new] in the solution
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ..versions.course import catalogue, course_root


@dataclass(frozen=True)
class Wrong:
    """A wrong answer. It proves that the grader finds it, by the check that one expects."""

    name: str
    breaks: str
    answer: str


@dataclass(frozen=True)
class Exercise:
    """One exercise. See the file's head for what each field means."""

    id: str
    title: str
    kind: str
    minutes: int
    task: str
    hints: tuple[str, ...]
    solution: str
    why: str
    start: str = ""
    given: str = ""
    name: str = ""
    module: str = ""
    promises: tuple[str, ...] = ()
    asked_in: str = ""
    blocks: Mapping[str, str] = field(default_factory=dict)
    wrong: tuple[Wrong, ...] = ()

    @property
    def step(self) -> int:
        """The step that it belongs to."""
        return int(self.id.partition(".")[0])

    @property
    def version(self) -> int:
        """The step whose version its checks are given: its own, or that of the last step before, or the first one."""
        steps = [found.step for found in catalogue()]
        return max((step for step in steps if step <= self.step), default=min(steps))

    @property
    def notebook(self) -> str:
        """The name of the notebook that asks it."""
        if self.asked_in:
            return self.asked_in
        (found,) = (course_root() / "notebooks").glob(f"{self.step:02}_*.ipynb")
        return found.stem

    def program(self, answer: str) -> str:
        """Return the program that an answer makes: what is given, then the answer, or the lines its letters name.

        Raises ValueError for unknown letters, and for letters that come twice.
        """
        body = self._lines(answer) if self.kind == "parsons" else answer
        return f"{self.given}\n\n{body}\n"

    def _lines(self, letters: str) -> str:
        chosen = re.sub(r"[^\w]", "", letters).lower()
        unknown = [letter for letter in chosen if letter not in self.blocks]
        if unknown or len(set(chosen)) < len(chosen) or not chosen:
            wrong = (
                f"there is no line {unknown[0]!r}" if unknown else "each line can be used once" if chosen else "no line"
            )
            raise ValueError(f"{letters!r}: {wrong}; name lines by their letters, {' '.join(self.blocks)}, in order")
        return "\n".join(self.blocks[letter] for letter in chosen)


@cache
def exercises() -> dict[str, Exercise]:
    """Return all exercises by their id, in the order of the course."""
    files = sorted((course_root() / "steps" / "exercises").glob("*.toml"))
    return {found.id: found for found in map(_read, files)}


def find(number: str) -> Exercise:
    """Return one exercise. Raises LookupError for an unknown one, naming those that exist.

    >>> find("9.9")
    Traceback (most recent call last):
    LookupError: no exercise '9.9': there are ...
    """
    known, number = exercises(), str(number)  # 9.1 without quotes is a number
    name = number if number in known else number.zfill(4)  # 9.1 is 09.1
    if name not in known:
        raise LookupError(f"no exercise {number!r}: there are {', '.join(known)}")
    return known[name]


def _read(file: Path) -> Exercise:
    row: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    for key in ("task", "solution", "start", "given", "why"):
        if key in row:
            row[key] = row[key].strip("\n")
    row["hints"], row["promises"] = tuple(row["hints"]), tuple(row.get("promises", ()))
    row["wrong"] = tuple(_wrong(file, row["solution"], **wrong) for wrong in row.get("wrong", []))
    step, number, _ = file.stem.split("_", 2)
    return Exercise(id=f"{step}.{number}", **row)


def _wrong(file: Path, solution: str, name: str, breaks: str, answer: str = "", change: Any = ()) -> Wrong:
    if not answer:
        answer = solution
        for old, new in change:
            if old not in answer:
                raise ValueError(f"{file.name}, wrong answer {name}: {old!r} is not in the solution")
            answer = answer.replace(old, new)
    return Wrong(name, breaks, answer.strip("\n"))
