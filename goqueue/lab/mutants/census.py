"""The census: all mutants of a version or an exercise, and what became of each."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from ..subprocesses import Died, call_in_subprocesses
from .equivalents import reason_for
from .mutant import Mutant
from .subject import Subject

HOUR = 3600.0
JOBS = os.cpu_count() or 1

KILLED, LISTED, SURVIVES = "killed", "listed", "survives"


@dataclass(frozen=True)
class Fate:
    """What became of a mutant: killed `by` a judge with a message, listed for a `reason`, or it survives."""

    subject: str
    file: str
    mutant: Mutant
    by: str = ""
    how: str = ""
    message: str = ""

    @property
    def reason(self) -> str:
        """Why nobody needs to kill it, or ''."""
        return reason_for(self.subject, self.file, self.mutant.key)

    @property
    def outcome(self) -> str:
        """Killed, listed or survives."""
        return KILLED if self.by else LISTED if self.reason else SURVIVES


def fates(
    subject: Subject, jobs: int = JOBS, keys: Sequence[str] | None = None, judges: Sequence[str] | None = None
) -> list[Fate]:
    """Let all mutants of `subject` be judged, or only those with one of `keys`, in `jobs` processes at once.

    A key is the name of a file and the key of a mutant: `channel.py | Channel.get | …`. With `judges`, only those try.
    Raises RuntimeError if the judges could not work, because the original does not keep its promises, say.
    """
    everyone = [(file, at, one) for file in subject.files for at, one in enumerate(subject.mutants(file))]
    wanted = None if keys is None else {*keys}
    chosen = [found for found in everyone if wanted is None or f"{found[0]} | {found[2].key}" in wanted]
    shares = [chosen[first::jobs] for first in range(min(jobs, len(chosen)))]
    question = {"subject": subject.name, "judges": [*(subject.judges if judges is None else judges)]}
    questions = [{**question, "mutants": [[file, at] for file, at, _ in share]} for share in shares]
    answers = call_in_subprocesses(f"{__package__}.judge:judge_share", questions, seconds=HOUR)
    for answer in answers:
        if isinstance(answer, Died):
            raise RuntimeError(f"the mutants of {subject.name} could not be judged: {answer}")
    return [
        Fate(subject.name, file, one, **answers[at % len(shares)][at // len(shares)])
        for at, (file, _, one) in enumerate(chosen)
    ]
