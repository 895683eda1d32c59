"""Try promises on versions, each in a process of its own and under a deadline, since a version may hang or crash.

    check(12) ──┬── interpreter ──┬── its copy: 12 runs_at_once ──> {"outcome": "kept"}
                │                 ├── its copy: 12 no_handler ────> {"outcome": "broken", "message": …}
                └── another one   └── …

Each interpreter imports what is needed once, for its share. A learner's folder is never imported in the calling
process. Whether it can be imported at all is tried first, so that a slip is reported once, not with each promise.
"""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..subprocesses import Died, call_in_subprocesses, one_line
from ..views.view import View
from .course import course_root, entry
from .error_location import what_and_where
from .load import load
from .own_promises import read_own

if TYPE_CHECKING:
    from steps.promises import Promise

DEADLINE = 30.0  # seconds of processor time that a promise may take; its own waits are in virtual time
LEARNERS_DEADLINE = 10.0  # the same on a folder: a slip must not cost minutes
PATIENCE = 12.0  # on the clock it may take so many times that, because the machine may be busy
STARTING = 60.0  # seconds for an interpreter to start, on a busy machine
AT_ONCE = os.cpu_count() or 1  # they compute rather than wait

KEPT, BROKEN, NOT_YET, ERROR, NOT_TRIED = "kept", "broken", "not yet", "error", "not tried"
TOO_SLOW = "too slow here"
MARKS = {KEPT: "✓", BROKEN: "✗", NOT_YET: "–", ERROR: "!", NOT_TRIED: "!", TOO_SLOW: "…"}
LONGEST_MESSAGE = 10_000  # characters

MOST_LATE = 2  # promises of a share that took too long: after these, others would too, and minutes would pass
TRY_SHARE = f"{__package__}.trial_process:try_share"

_own: "dict[str, Promise]" = {}

Version = int | str | Path  # a step, a counterexample, or a folder laid out like a version


@dataclass(frozen=True)
class Result:
    """The result of one promise on one version.

    The outcome is kept, broken, not yet (a part is missing), error (a crash), or too slow here: twice there was no
    answer in time, the second time when nothing else was tried. Of a folder it may be not tried, because something must
    be mended first: the message is then the same for all such promises.
    """

    version: str
    name: str
    outcome: str
    message: str = ""

    def __str__(self) -> str:
        return f"{self.name} on {self.version}: {self.outcome}{self.message and ' — ' + self.message}"


def promises() -> "dict[str, Promise]":
    """Return all promises by name, in the order of the course; an instructor's own come last."""
    course_root()
    from steps.promises import PROMISES

    return {**PROMISES, **_own} if _own else PROMISES


def add_own(folder: Path) -> None:
    """Let an instructor's own promises count, too, in this process. Raises LookupError as `read_own` does."""
    _own.clear()
    promises()
    _own.update(read_own(folder))


def gained(step: int, before: int | None = None) -> "tuple[Promise, ...]":
    """Return the promises that this step keeps and `before` does not (default: the step before this one).

    >>> [promise.name for promise in gained(10)][:2]
    ['remembers', 'exactly_max_retry']
    """
    before = step - 1 if before is None else before
    return tuple(found for found in promises().values() if step in found.kept_by and before not in found.kept_by)


def lost(step: int, before: int | None = None) -> "tuple[Promise, ...]":
    """Return the promises that `before` keeps (default: the step before this one) and this step does not.

    >>> [promise.name for promise in lost(12)]
    ['handler_submits', 'no_handler']
    """
    return gained(step - 1 if before is None else before, step)


class Checks(View):
    """The results of several promises, a line each; a view of `results`."""

    results: tuple[Result, ...]

    def __init__(self, results: Iterable[Result]) -> None:
        object.__setattr__(self, "results", tuple(results))
        sentences = {name: found.sentence for name, found in promises().items()}
        tried = [_line(found, sentences[found.name]) for found in self.results if found.outcome != NOT_TRIED]
        super().__init__("\n".join([*tried, *(f"{MARKS[NOT_TRIED]} {why}" for why in self.not_tried)]))

    def __iter__(self) -> Iterator[Result]:
        return iter(self.results)

    @property
    def kept(self) -> bool:
        """Whether all are kept."""
        return all(found.outcome == KEPT for found in self.results)

    @property
    def not_tried(self) -> list[str]:
        """Why promises were not tried, a line for each reason."""
        reasons = Counter((one.version, one.message) for one in self.results if one.outcome == NOT_TRIED)
        return [f"{version}: {why} ({count} not tried)" for (version, why), count in reasons.items()]


def _line(found: Result, sentence: str) -> str:
    return "\n      ".join([f"{MARKS[found.outcome]} {found.version} {sentence}", *found.message.splitlines()])


def check(version: Version, *names: str, step: int | str | None = None) -> Checks:
    """Try promises on a version and return their results: those named, those that `step` keeps, or all.

    Raises LookupError for an unknown version, promise or step, or if both names and a step are given,
    NotADirectoryError for a path that is no folder.

    >>> check(12, "no_handler", "graceful_stop")
    ✗ 12 a job whose type has no handler fails at once, with a clear error
          get_job(…).status, without a handler for 'email': 'pending' came back, 'failed' was expected
    ✓ 12 stop lets running jobs finish, joins every thread, and may be called twice
    """
    if names and step is not None:
        raise LookupError(f"promises are named, and so is step {step}: name either")
    wanted = known_names(names) if step is None else kept_by(step)
    if isinstance(version, Path):
        if not version.is_dir():
            raise NotADirectoryError(f"{version.name} is no folder: name a step, such as 12, or a version's folder")
    else:
        load(version)  # an unknown version is an error now, not in each subprocess
    return Checks(check_many([(version, name) for name in wanted]))


def kept_by(step: int | str) -> list[str]:
    """Return the names of the promises that a step keeps, in the order of the course. Raises LookupError."""
    return [name for name, found in promises().items() if entry(step).step in found.kept_by]


def known_names(names: Sequence[str]) -> Sequence[str]:
    """Return these names of promises, or all names if there are none here.

    Raises LookupError for an unknown one, naming those that exist.
    """
    known = promises()
    for name in names:
        if name not in known:
            raise LookupError(f"no promise {name!r}: there are {', '.join(known)}")
    return names or tuple(known)


def check_many(pairs: Sequence[tuple[Version, str]]) -> tuple[Result, ...]:
    """Try each (version, promise) of `pairs`, a few at a time, and return the results in their order.

    What has no answer in time is tried once more, alone.
    """
    shares = [pairs[first::AT_ONCE] for first in range(min(AT_ONCE, len(pairs)))]
    tried = _ask(shares)
    found = [tried[at % len(shares)][at // len(shares)] for at in range(len(pairs))]
    slow = [at for at, one in enumerate(found) if one.outcome == TOO_SLOW]
    if slow:
        [again] = _ask([[pairs[at] for at in slow]], most_late=1)
        for at, one in zip(slow, again, strict=True):
            found[at] = one if one.outcome != NOT_TRIED else found[at]
    return tuple(found)


def _ask(shares: Sequence[Sequence[tuple[Version, str]]], most_late: int = MOST_LATE) -> list[list[Result]]:
    questions = [share_question(share, most_late) for share in shares]
    longest = STARTING + PATIENCE * DEADLINE * max(map(len, shares), default=0)
    answers = call_in_subprocesses(TRY_SHARE, questions, seconds=longest)
    return [results(share, answer) for share, answer in zip(shares, answers, strict=True)]


def share_question(share: Sequence[tuple[Version, str]], most_late: int = MOST_LATE) -> dict[str, Any]:
    """Return what `TRY_SHARE` is asked, so that it tries each pair of a share."""
    return {"pairs": [_question(version, name) for version, name in share], "most_late": most_late}


def _question(version: Version, name: str) -> tuple[bool, str, str, float]:
    if isinstance(version, Path):
        return True, str(version.resolve()), name, LEARNERS_DEADLINE
    return False, str(version), name, DEADLINE


def results(share: Sequence[tuple[Version, str]], answer: Any) -> list[Result]:
    """Return the results of a share. An answer counts for what was asked only, as one of the known outcomes only."""
    told = answer if isinstance(answer, list) and len(answer) == len(share) else [answer] * len(share)
    return [_result(version, name, one) for (version, name), one in zip(share, told, strict=True)]


def _result(version: Version, name: str, told: Any) -> Result:
    if isinstance(told, dict) and told.get("outcome") in tuple(MARKS) and isinstance(told.get("message"), str):
        return Result(label(version), name, told["outcome"], told["message"][:LONGEST_MESSAGE])
    why = str(told) if isinstance(told, Died) else "what came back is no answer"
    return Result(label(version), name, NOT_TRIED if isinstance(version, Path) else ERROR, why)


def try_here(version: Version, name: str) -> Result:
    """Try one promise in this process, with no deadline."""
    called = label(version)
    from steps.promises import Broken

    try:
        found = promises()[name]
        check = found.check  # before a learner's code runs
        package = load(version)
        if missing := found.missing(package):
            return Result(called, name, NOT_YET, f"it has no {missing}")
        check(package)
    except Broken as err:
        return Result(called, name, BROKEN, str(err))
    except Exception as err:
        return Result(called, name, ERROR, said(err, version))
    return Result(called, name, KEPT)


def said(err: BaseException, version: Version) -> str:
    """Return an error in one line, with the line of code that led to it if the version is a folder."""
    return what_and_where(err, version.resolve()) if isinstance(version, Path) else one_line(err)


def label(version: Version) -> str:
    """Return the name that results give to a version, which is never a path."""
    return version.resolve().name if isinstance(version, Path) else str(version)
