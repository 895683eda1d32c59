"""What a learner is shown first of a mutant: a sample, drawn at random, to be judged by hand.

    seed ── sample() ──> mutants that are not listed ── shown_first() ──> the result to mend first

A mutant of a version is tried as a learner's folder is: `check` and `first_to_mend` decide. Promises are tried in the
order of the course up to the first that is missed, and then those that try a part alone; the others decide nothing. Of
an exercise, the first check that is missed comes first, as in `check("12.3", answer)`.
"""

import random
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from ..learn.exercises import find
from ..learn.grading import grade
from ..versions.course import entry
from ..versions.mend_first import first_to_mend, tries_a_part
from ..versions.trial import BROKEN, KEPT, Result, check_many
from .equivalents import reason_for
from .mutant import Mutant
from .subject import Subject, subjects

VERSIONS, EXERCISES = 40, 10  # how many of each are drawn
TOGETHER = 8  # promises that are tried at once
WIDEST = 120  # characters of a mutant


@dataclass(frozen=True)
class Shown:
    """A mutant, and what is shown first of it: None if all is kept."""

    subject: Subject
    file: str
    mutant: Mutant
    first: Result | None


def sample(seed: int, versions: int = VERSIONS, exercises: int = EXERCISES) -> list[tuple[Subject, str, Mutant]]:
    """Return mutants drawn at random, the same for the same seed, in the order of the course."""
    draw, drawn = random.Random(seed), []
    for count, wanted in ((versions, False), (exercises, True)):
        everyone = [
            (subject, file, mutant)
            for subject in subjects()
            if subject.is_exercise == wanted
            for file in subject.files
            for mutant in subject.mutants(file)
            if not reason_for(subject.name, file, mutant.key)
        ]
        drawn += [everyone[at] for at in sorted(draw.sample(range(len(everyone)), count))]
    return drawn


def shown_first(subject: Subject, file: str, mutant: Mutant) -> Shown:
    """Try a mutant, and return what a learner would be shown first."""
    return Shown(
        subject, file, mutant, _of_an_exercise(subject, mutant) if subject.is_exercise else _of(subject, file, mutant)
    )


def _of(subject: Subject, file: str, mutant: Mutant) -> Result | None:
    with TemporaryDirectory() as folder:
        mine = Path(folder, "my_queue")
        shutil.copytree(entry(subject.name).path, mine, ignore=shutil.ignore_patterns("__pycache__"))
        (mine / file).write_text(mutant.write(), encoding="utf-8")
        return first_to_mend(_tried(mine, subject.judges))


def _tried(mine: Path, names: Sequence[str]) -> list[Result]:
    """Return the results up to those with the first that is missed, and of all later ones that try a part alone."""
    for at in range(0, len(names), TOGETHER):
        found = check_many([(mine, name) for name in names[at : at + TOGETHER]])
        if any(one.outcome != KEPT for one in found):
            rest = [name for name in names[at + TOGETHER :] if tries_a_part(name)]
            return [*found, *check_many([(mine, name) for name in rest])]
    return []


def _of_an_exercise(subject: Subject, mutant: Mutant) -> Result | None:
    graded = grade(find(subject.name), mutant.write())
    missed = next((one for one in graded.results if one.outcome != KEPT), None)
    return None if missed is None else Result(subject.name, missed.name, missed.outcome, missed.message)


def row(number: int, shown: Shown) -> str:
    """Return a line of the table in tests/lab/mutants/first_shown.md, whose last column is for a judgement by hand."""
    mutant, first = shown.mutant, shown.first
    code = f"{mutant.function} · {mutant.operator} · {mutant.before} -> {mutant.after}"
    said = "nothing" if first is None else first.name or "that it does not run"
    if first is not None and first.outcome != BROKEN:
        said += f" ({first.outcome})"
    short = code if len(code) <= WIDEST else code[: WIDEST - 2] + " …"
    return f"| {number} | {shown.subject.name} {shown.file} | `{short}` | {said} | |"
