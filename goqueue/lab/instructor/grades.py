"""A folder of submissions, graded: the promises of one step, tried on each learner's version.

    submissions/ ── each ── a room of its own ── each promise in a process of its own ──> kept 27 of 28, first broken: …

All of them are read before the first is tried, and as many are tried at once as there are processors. Each result is
written down as it comes. Time and memory are bounded, so an endless loop or a crash costs its author some promises and
harms nobody else. What keeps a submission from more than accidents, `room` says.
"""

import os
import textwrap
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..subprocesses import end_all
from ..versions.course import entry
from ..versions.mend_first import first_to_mend
from ..versions.trial import KEPT, MARKS, NOT_TRIED, TOO_SLOW, Result, add_own, gained, kept_by, promises
from ..views.document import document, paragraph
from ..views.table import table
from ..views.view import View
from ..views.wording import one_line
from .journal import Journal, digest, folder_digest
from .likeness import alike
from .room import course_copy, what_is_prevented
from .safe_output import plain, plain_lines
from .trying import try_submission
from .trying_exercises import check_names, sentence_of, try_exercises
from .version_folders import Submission, handed_in, read_files

HEADS = ("learner", "kept", "gained", "what to mend first")
INTERRUPTED = "not tried yet: the run was interrupted, and the same command goes on from here"
_WIDEST = 100  # characters
WARNING = "Each promise ran in a process of its own, bounded in time and memory."
SHOWN = f"{WARNING} `warning` says what was not prevented."


@dataclass(frozen=True)
class Grade:
    """The results of one submission. Without results it could not be graded, and `problems` says why."""

    learner: str
    results: tuple[Result, ...]
    problems: tuple[str, ...] = ()
    likeness: str = ""  # whom it is most like

    @property
    def graded(self) -> bool:
        """Whether promises were tried, even if the code did not run."""
        return bool(self.results)

    @property
    def kept(self) -> int:
        """How many promises are kept."""
        return sum(found.outcome == KEPT for found in self.results)

    @property
    def broken(self) -> tuple[Result, ...]:
        """The promises that were tried and are not kept, in the order of the course."""
        return tuple(found for found in self.results if found.outcome not in (KEPT, NOT_TRIED))

    @property
    def too_slow(self) -> bool:
        """Whether a promise had no answer in time."""
        return any(found.outcome == TOO_SLOW for found in self.results)

    def of(self, names: Sequence[str]) -> "Grade":
        """Return the same with these promises only."""
        return replace(self, results=tuple(found for found in self.results if found.name in names))


class Grades(View):
    """The table of a class; a view of `grades`, one for each submission. `adds` are the promises that the step adds."""

    step: int
    grades: tuple[Grade, ...]
    interrupted: bool
    warning: str

    def __init__(self, step: int, grades: Sequence[Grade], *, interrupted: bool = False) -> None:
        warning = f"{WARNING} {what_is_prevented()}"
        vars(self).update(step=step, grades=tuple(grades), interrupted=interrupted, warning=warning)
        shown = table(HEADS, (row(self, one) for one in self.grades), self.title)
        # The view is the same on each machine, as notebooks must be. What is prevented is not.
        super().__init__(*document(shown, paragraph(textwrap.fill(SHOWN, _WIDEST), SHOWN)))

    @property
    def title(self) -> str:
        """The table's title."""
        what = "Exercises" if self.of_exercises else "Promises"
        return f"{what} of step {entry(self.step).step:02}, {entry(self.step).title}"

    @property
    def all_graded(self) -> bool:
        """Whether each submission could be graded, whatever its grade."""
        return all(one.graded for one in self.grades)

    @property
    def adds(self) -> list[str]:
        """The names of the promises that the step adds to the one before; of exercises, all checks."""
        return check_names(self.step) if self.of_exercises else [found.name for found in gained(self.step)]

    @property
    def of_exercises(self) -> bool:
        """Whether answers to exercises were graded, and not versions."""
        return any(" " in result.name for one in self.grades for result in one.results)


def grade(
    folder: Path,
    step: int | str,
    *,
    tell: Callable[[str], None] = lambda line: None,
    exercises: bool = False,
    own: Path | None = None,
    results: Path | None = None,
    jobs: int | None = None,
) -> Grades:
    """Try the promises of a step on each submission in a folder or a zip file; `tell` receives a line for each learner.

    With `exercises`, the answers to the step's exercises are tried instead, as found in notebooks or Python files.
    `own` is a folder of promises that learners do not have. Results are written down in the file `results` as they
    come; what is there already is not tried again. `jobs` submissions are tried at once, by default as many as there
    are processors. After Ctrl-C, what was found so far is returned.

    Raises LookupError for an unknown step or an empty folder, NotADirectoryError if there is no such folder.
    """
    number = entry(step).step
    if own is not None:
        add_own(own)
    names = check_names(number) if exercises else kept_by(step)
    with course_copy(versions=exercises, promises=own) as course, handed_in(folder, answers=exercises) as found:
        journal = Journal(results, {"step": number, "course": folder_digest(course), "promises": list(names)})
        works = [_work(one) for one in found]
        graded = _Class(course, names, journal, tell, works)
        grades = graded.run(jobs or os.cpu_count() or 1)
    likeness = alike(number, {one.learner: one.files for one in works if one.files})
    grades = [replace(one, likeness=likeness.get(one.learner, "")) for one in grades]
    return Grades(number, grades, interrupted=graded.interrupted)


@dataclass(frozen=True)
class _Work:
    """What one learner handed in, as it was before anything ran."""

    learner: str
    files: Mapping[str, bytes]
    problem: str = ""


def _work(one: Submission) -> _Work:
    if one.folder is None:
        return _Work(one.learner, {}, one.problem)
    try:
        return _Work(one.learner, read_files(one.folder))
    except (ValueError, OSError) as err:
        return _Work(one.learner, {}, plain(str(err)))


class _Class:
    """The submissions of a class, tried several at once."""

    def __init__(
        self, course: Path, names: Sequence[str], journal: Journal, tell: Callable[[str], None], works: Sequence[_Work]
    ) -> None:
        self.course, self.names, self.journal, self.tell, self.works = course, names, journal, tell, works
        self.grades: dict[int, Grade] = {}
        self.interrupted = False

    def run(self, jobs: int) -> list[Grade]:
        """Try all of them, and return a grade for each."""
        try:
            self._try_all(jobs)
            self._try_again()
        except KeyboardInterrupt:
            self.interrupted = True
        return [self.grades.get(at, Grade(one.learner, (), (INTERRUPTED,))) for at, one in enumerate(self.works)]

    def _try_all(self, jobs: int) -> None:
        began, left = time.monotonic(), []
        for at, one in enumerate(self.works):
            known = self._known(one)
            if known is None:
                left.append(at)
            else:
                self.grades[at] = known
        if len(left) < len(self.works):
            self.tell(f"{len(self.works) - len(left)} of {len(self.works)} need no trial")
        with _Threads(jobs) as threads:
            waiting = {threads.submit(self._try, self.works[at]): at for at in left}
            for done, future in enumerate(as_completed(waiting), start=1):
                self._note(waiting[future], _came(future))
                seconds = (time.monotonic() - began) / done * (len(left) - done)
                self.tell(f"{done} of {len(left)}{_left(seconds)}: {self.works[waiting[future]].learner}")

    def _known(self, one: _Work) -> Grade | None:
        if one.problem:
            return Grade(one.learner, (), (one.problem,))
        row = self.journal.find(one.learner, digest(one.files))
        found = _grade_from(row, self.names) if row is not None else None
        return None if found is None or found.too_slow else found

    def _try(self, one: _Work) -> list[Result]:
        return _trial(self.names)(self.course, one.files, self.names)

    def _try_again(self) -> None:
        """Try what was too slow once more, each submission alone."""
        for at, one in list(self.grades.items()):
            if one.too_slow:
                self.tell(f"once more, alone: {one.learner}")
                slow = [found.name for found in one.results if found.outcome == TOO_SLOW]
                again = _trial(slow)(self.course, self.works[at].files, slow)
                told = {found.name: found for found in again if found.outcome != NOT_TRIED}
                self._note(at, [told.get(found.name, found) for found in one.results])

    def _note(self, at: int, came: Sequence[Result] | str) -> None:
        """Keep what came of a submission: its results, or why there are none."""
        work = self.works[at]
        found = Grade(work.learner, (), (came,)) if isinstance(came, str) else _clean(work.learner, came)
        self.grades[at] = found
        if found.graded:
            rows = [(one.name, one.outcome, one.message) for one in found.results]
            self.journal.write({"learner": work.learner, "work": digest(work.files), "results": rows})


def _trial(names: Sequence[str]) -> Callable[[Path, Mapping[str, bytes], Sequence[str]], list[Result]]:
    return try_exercises if any(" " in name for name in names) else try_submission


class _Threads(ThreadPoolExecutor):
    """Threads that try submissions. If the block ends by an exception, what they run is ended, and nothing is begun."""

    def __exit__(self, kind: Any, value: Any, trace: Any) -> None:
        ended = threading.Event()
        if kind is not None:
            self.shutdown(wait=False, cancel_futures=True)
            while any(thread.is_alive() for thread in self._threads):  # one may have begun its interpreter just now
                end_all()
                ended.wait(0.05)
        super().__exit__(kind, value, trace)


def _came(future: "Future[list[Result]]") -> list[Result] | str:
    """Return the results of a submission; or why there are none, so that one that cannot be tried stops no other."""
    try:
        return future.result()
    except Exception as err:
        return f"it could not be tried: {plain(f'{type(err).__name__}: {err}')}"


def _left(seconds: float) -> str:
    return f", about {seconds / 60:.0f} min left" if seconds >= 90 else f", about {seconds:.0f} s left"


def _clean(learner: str, results: Sequence[Result]) -> Grade:
    clean = [Result(learner, found.name, found.outcome, plain_lines(found.message)) for found in results]
    problems = dict.fromkeys(found.message for found in clean if found.outcome == NOT_TRIED)
    return Grade(learner, tuple(clean), tuple(problems))


def _grade_from(row: Mapping[str, Any], names: Sequence[str]) -> Grade | None:
    """Return the grade that was written down, or None if the row is none."""
    try:
        found = [Result(str(row["learner"]), name, outcome, message) for name, outcome, message in row["results"]]
    except (LookupError, TypeError, ValueError):
        return None
    known = [one.name for one in found] == list(names)
    return _clean(str(row["learner"]), found) if known and all(one.outcome in MARKS for one in found) else None


def first_broken(one: Grade) -> str:
    """Return the sentence of the promise to mend first, or ""."""
    first = first_to_mend(one.broken)
    return sentence(first.name) if first else ""


def sentence(name: str) -> str:
    """Return the sentence of a promise, or of a check of an exercise."""
    if " " in name:
        return sentence_of(name)
    known = promises().get(name)
    return known.sentence if known is not None else name


def marks(one: Grade) -> str:
    """Return "27 of 28", or "not graded"."""
    return f"{one.kept} of {len(one.results)}" if one.graded else "not graded"


def row(found: Grades, one: Grade) -> list[str]:
    """Return a learner's cells under HEADS."""
    first = one_line("; ".join(one.problems) or first_broken(one), _WIDEST)
    return [one.learner, marks(one), marks(one.of(found.adds)) if one.graded else "", first]
