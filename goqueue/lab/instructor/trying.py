"""Trying one submission: in a room of its own, by promises, and with a control that its judge was not changed.

The control is a promise and an older version of the course that breaks it, chosen by chance. Both come with the
question, and are tried in a process in which the submission's own code ran before.
"""

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..subprocesses import Died, call_in_subprocess
from ..versions.course import entry
from ..versions.trial import (
    DEADLINE,
    PATIENCE,
    STARTING,
    TRY_SHARE,
    Result,
    promises,
    results,
    share_question,
)
from .room import room

CONTROLS = 6  # each of which is looked at; see `_deceived`


def try_submission(course: Path, files: Mapping[str, bytes], names: Sequence[str]) -> list[Result]:
    """Return the result of each promise, in their order. Any thread may call this."""
    with room(course, files) as here:
        pairs = [(Path(here.submission), name) for name in names]
        question = {**share_question(pairs), "apart": True, "control": controls(here.submission)}
        found: Any
        try:
            found = call_in_subprocess(TRY_SHARE, question, seconds=STARTING + PATIENCE * DEADLINE, place=here.place)
        except Died as err:
            found = err
        return results(pairs, found)


def controls(folder: str) -> list[tuple[str, str, dict[str, str]]]:
    """Return a few promises, chosen by chance, each with the files of a version that breaks it."""
    broken_by = {
        name: step
        for name, known in promises().items()
        for step in known.counterexamples
        if isinstance(step, int) and step < known.since  # a later one breaks it for a while only
    }
    chosen = random.SystemRandom().sample(sorted(broken_by), CONTROLS)
    return [(folder, name, _files(broken_by[name])) for name in chosen]


def _files(step: int) -> dict[str, str]:
    return {file.name: file.read_text(encoding="utf-8") for file in entry(step).path.glob("*.py")}
