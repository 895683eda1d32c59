"""What a learner has done, and what remains: folded from the record."""

from __future__ import annotations

from collections import Counter

from ..versions.trial import promises
from ..views.document import Block, document, paragraph
from ..views.table import table
from ..views.view import View
from . import progress_log
from .exercises import exercises
from .prediction import replies


def progress() -> View:
    """Show what was predicted, solved and built so far, a line for each notebook.

    A prediction counts as it was made first; an exercise once it has passed.
    """
    first = {one["name"]: one for one in reversed(progress_log.entries("prediction"))}
    solved = {one["name"] for one in progress_log.entries("exercise") if one.get("passed") is True}
    names = {one.notebook for one in replies().values()} | {one.notebook for one in exercises().values()}
    rows = [_row(name, first, solved) for name in sorted(names)]
    shown = table(["notebook", "predicted", "right", "exercises solved"], rows, title="What you have done")
    # Where she was certain, and wrong, is what to look at again.
    missed = [name for name, one in first.items() if one.get("confidence") == 4 and one.get("right") is False]
    notes = [
        *_levels(),
        *(f"Certain, and it came otherwise: {question}" for question in missed),
        *_own_versions(),
        _where(),
    ]
    return View(*document(shown, Block(""), *map(paragraph, notes)))


def _row(notebook: str, first: dict[str, dict[str, object]], solved: set[str]) -> list[str]:
    asked = [one.question for one in replies().values() if one.notebook == notebook]
    made = [first[question] for question in asked if question in first]
    own = [one.id for one in exercises().values() if one.notebook == notebook]
    right = sum(one.get("right") is True for one in made)
    return [notebook, f"{len(made)} of {len(asked)}", str(right), f"{len(solved & set(own))} of {len(own)}"]


def _own_versions() -> list[str]:
    noted = {(str(one.get("version")), one.get("step"), one["name"]) for one in progress_log.entries("promise")}
    kept = Counter((version, step) for version, step, name in noted if isinstance(step, int) and name in promises())
    asked = Counter(step for found in promises().values() for step in found.kept_by)
    last = dict(sorted(kept))  # the last step of each version
    return [
        f"Your version {version}: {kept[version, step]} of {asked[step]} promises of step {step} have been kept"
        for version, step in last.items()
    ]


def _levels() -> list[str]:
    done = list(dict.fromkeys(one["name"] for one in progress_log.entries("level")))
    return [f"Levels passed: {len(done)}: {', '.join(done)}"] if done else []


def _where() -> str:
    file = progress_log.path()
    if file is None:
        return "Nothing is kept here: GOQUEUE_PROGRESS is empty."
    return f"What you do is kept in {file.name}, in the course's folder. Delete it to begin anew."
