"""What is mutated, and who judges its mutants: a version and its promises, or an exercise and its checks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from ..learn.exercise_runner import _outcome, checks
from ..learn.exercises import exercises, find
from ..versions.course import catalogue, entry
from ..versions.trial import kept_by, try_here
from .lines import mixed
from .mutant import Mutant, mutants
from .replacement import replace_module

Tried = tuple[str, str]  # an outcome, and the message


@dataclass(frozen=True)
class Subject:
    """A version (its name is a number, such as 12), or an exercise (12.3)."""

    name: str

    @property
    def is_exercise(self) -> bool:
        """Whether it is one, and not a version."""
        return "." in self.name

    @property
    def files(self) -> list[str]:
        """The names of the files that are mutated."""
        if self.is_exercise:
            return ["solution"]
        return [name for name in entry(self.name).names() if name.endswith(".py") and name != "__init__.py"]

    @property
    def judges(self) -> list[str]:
        """The names of the promises or checks that judge its mutants."""
        return list(checks(find(self.name))) if self.is_exercise else kept_by(self.name)

    def mutants(self, file: str) -> Sequence[Mutant]:
        """Return the mutants of one of its files."""
        if not self.is_exercise:
            return mutants(entry(self.name).file(file).read_text(encoding="utf-8"))
        exercise = find(self.name)
        return mixed(exercise) if exercise.kind == "parsons" else mutants(exercise.solution)

    def trial(self, file: str, text: str, folder: Path) -> Callable[[str], Tried]:
        """Put a mutant's text in its place, in this process; return the function that lets a judge try it."""
        if self.is_exercise:
            answer = folder / "answer.py"
            answer.write_text(find(self.name).program(text), encoding="utf-8")
            return partial(_try_exercise, self.name, answer)
        replace_module(f"steps.{entry(self.name).folder}.{Path(file).stem}", text, folder)
        return partial(_try_version, self.name)

    def original(self) -> Callable[[str], Tried]:
        """Return the function that lets a judge try what is not mutated."""
        if not self.is_exercise:
            return partial(_try_version, self.name)
        return partial(_try_solution, self.name)


def _try_version(name: str, judge: str) -> Tried:
    found = try_here(name, judge)
    return found.outcome, found.message


def _try_exercise(name: str, answer: Path, judge: str) -> Tried:
    found = _outcome(name, answer, judge)
    return found["outcome"], found["message"]


def _try_solution(name: str, judge: str) -> Tried:
    with TemporaryDirectory() as folder:
        return Subject(name).trial("solution", find(name).solution, Path(folder))(judge)


def subjects() -> list[Subject]:
    """Return all: the versions, then the exercises."""
    return [*(Subject(str(found.step)) for found in catalogue()), *map(Subject, exercises())]


def subject(name: str) -> Subject:
    """Return the version or the exercise of that name. Raises LookupError, naming those that exist."""
    return Subject(find(name).id) if "." in name else Subject(str(entry(name).step))
