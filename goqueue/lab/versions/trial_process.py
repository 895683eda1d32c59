"""Try a share of (version, promise) pairs. This runs in an interpreter of its own, and each pair in a copy of that.

A folder is a learner's. Whether it can be imported is tried first, and a folder that hangs twice is given up.
"""

import logging
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..subprocesses import Died, TimedOut, keep_apart, map_in_subprocesses
from .course import course_root
from .error_location import unreadable, where_it_was
from .load import load
from .own_code import borrowed, from_elsewhere, not_hers, refuse_the_course
from .own_promises import FOLDER
from .seal import seal
from .trial import (
    BROKEN,
    ERROR,
    KEPT,
    LEARNERS_DEADLINE,
    NOT_TRIED,
    PATIENCE,
    TOO_SLOW,
    Result,
    Version,
    add_own,
    label,
    promises,
    said,
    try_here,
)

DECEIVED = (
    "it changes what judges it, or answers in its place: after it had run, code that is known to break “{}” was found "
    "to keep it. So nothing is counted"
)

TOUCHED = "it changes what judges it, or answers in its place: it replaced {}. So nothing is counted"
UNSOUND = "whether it leaves its judge as it is could not be found out, for it ended the process. So nothing is counted"
SOUND = 2  # controls that must be found broken

Control = tuple[str, str, dict[str, str]]

_apart = False  # whether this interpreter tries what was handed in


def try_share(question: dict[str, Any]) -> list[dict[str, str]]:
    """Try each of its "pairs", given as (is it a folder?, version, promise, seconds of processor time).

    After "most_late" promises that took too long, a folder is given up. With "apart", nothing that a folder's code
    starts outlives its promise. With "control", see `_deceived`.
    """
    promises()  # imports what the promises need, once
    own = course_root() / "steps" / FOLDER
    if own.is_dir():
        add_own(own)
    global _apart
    if question.get("apart"):
        _apart = True
        keep_apart()
    learners: dict[str, _Folder] = {}
    tried = []
    for is_folder, version, name, seconds in question["pairs"]:
        if is_folder and version not in learners:
            learners[version] = _Folder(Path(version), seconds, question["most_late"])
        tried.append(learners[version].result(name) if is_folder else _in_a_copy(version, name, seconds)[0])
    touched = next((one.message for one in tried if one.message.startswith(TOUCHED.partition("{")[0])), "")
    if touched:
        return [{"outcome": NOT_TRIED, "message": touched}] * len(tried)
    if any(one.outcome == KEPT for one in tried) and (why := _deceived(question.get("control", []))):
        return [{"outcome": NOT_TRIED, "message": why}] * len(tried)
    return [vars(result) for result in tried]


def _deceived(controls: list[Control]) -> str:
    """Return why a folder's results cannot be believed, or "".

    A control is a folder, a promise, and code that is known to break it. That promise must be found broken by that
    code, in a process in which the folder's own code ran before. Two controls must be found so, and none may be kept:
    what a folder has changed may concern only some of them.
    """
    broken = 0
    for control in controls:
        [found] = map_in_subprocesses(
            _control, [control], seconds=PATIENCE * LEARNERS_DEADLINE, processor_seconds=2 * LEARNERS_DEADLINE
        )
        outcome = "" if isinstance(found, Died) else found.get("outcome")
        if outcome == KEPT:
            return DECEIVED.format(promises()[control[1]].sentence)
        broken += outcome == BROKEN
    return UNSOUND if controls and broken < SOUND else ""


def _control(control: Control) -> dict[str, str]:
    path, name, files = control
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room, "control")
        folder.mkdir()
        for file, text in files.items():
            (folder / file).write_text(text, encoding="utf-8")
        _try_pair((Path(path), name))
        return vars(try_here(folder, name))


class _Folder:
    """A learner's folder, with the problem, if there is one, that makes it useless to try more promises."""

    def __init__(self, path: Path, seconds: float, most_late: int) -> None:
        self.path, self.seconds, self.most_late = path, seconds, most_late
        self.problem = _in_a_copy(path, "", seconds)[0].message
        self.late = 0  # promises that took too long

    def result(self, name: str) -> Result:
        if self.problem:
            return Result(label(self.path), name, NOT_TRIED, self.problem)
        result, late = _in_a_copy(self.path, name, self.seconds)
        self.late += late
        if self.late == self.most_late:
            self.problem = "promises took too long: mend these first"
        return result


def _in_a_copy(version: Version, name: str, seconds: float) -> tuple[Result, bool]:
    """Return the result of one pair, and whether it took too long."""
    [found] = map_in_subprocesses(_try_pair, [(version, name)], seconds=PATIENCE * seconds, processor_seconds=seconds)
    if not isinstance(found, Died):
        return Result(label(version), name, found["outcome"], found["message"]), False
    message, late = str(found), isinstance(found, TimedOut)
    if isinstance(found, TimedOut) and isinstance(version, Path):
        where = where_it_was(found.stacks, version.resolve())
        message += where and f"; it was at {where}"
    return Result(label(version), name, TOO_SLOW if late else ERROR, message), late


def _try_pair(pair: tuple[Version, str]) -> dict[str, str]:
    """Try a promise. Without a name, try whether a folder can be imported at all."""
    version, name = pair
    if isinstance(version, Path):
        sys.dont_write_bytecode = True  # else an edit may run old bytecode
        refuse_the_course()
    broken_seal = seal() if isinstance(version, Path) and _apart else str
    logged = _Logged()
    logging.getLogger().addHandler(logged)
    try:
        result = try_here(version, name) if name else _try_import(version)
    except BaseException as err:  # SystemExit, say: this process ends anyway
        result = Result(label(version), name, ERROR, said(err, version))
    if result.outcome == KEPT and (what := broken_seal()):
        result = Result(label(version), name, ERROR, TOUCHED.format(what))
    if isinstance(version, Path) and result.outcome == BROKEN and logged.error is not None:
        result = replace(result, message=f"{result.message}\nmeanwhile it logged: {said(logged.error, version)}")
    return vars(result)


class _Logged(logging.Handler):
    """Keeps the last exception that was logged, because a worker that swallows an exception reports it only there."""

    error: BaseException | None = None

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[1] is not None:
            self.error = record.exc_info[1]


def _try_import(version: Version) -> Result:
    called = label(version)
    if called in {*sys.stdlib_module_names, "goqueue", "steps"}:
        why = f"{called} is the name of another module, which would be hidden: give the folder another name"
        return Result(called, "", ERROR, why)
    if isinstance(version, Path) and (why := unreadable(version.resolve()) or borrowed(version.resolve())):
        return Result(called, "", ERROR, why)
    package: Any = load(version)
    if isinstance(version, Path) and (why := not_hers(package, version.resolve())):
        return Result(called, "", ERROR, why)
    if isinstance(version, Path) and _apart and (why := from_elsewhere(version.resolve())):
        return Result(called, "", ERROR, why)
    if not callable(getattr(package, "Queue", None)):
        return Result(called, "", ERROR, "__init__.py gives no Queue: add `from .queue import Queue`")
    return Result(called, "", KEPT)
