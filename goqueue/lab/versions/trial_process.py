"""Try a share of (version, promise) pairs. This runs in an interpreter of its own, and each pair in a copy of that.

A folder is a learner's. Whether it can be imported is tried first, and a folder that hangs twice is given up.
"""

import logging
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..subprocesses import Died, TimedOut, map_in_subprocesses
from .error_location import unreadable, where_it_was
from .load import load
from .trial import BROKEN, ERROR, KEPT, NOT_TRIED, Result, Version, label, promises, said, try_here

Question = tuple[bool, str, str, float]

MOST_LATE = 2  # promises of a share that took too long: after these, others would too, and minutes would pass


def try_share(share: list[Question]) -> list[dict[str, str]]:
    """Try each pair of a share, given as (is it a folder?, version, promise, seconds)."""
    promises()  # imports what the promises need, once
    learners: dict[str, _Folder] = {}
    tried = []
    for is_folder, version, name, seconds in share:
        if is_folder and version not in learners:
            learners[version] = _Folder(Path(version), seconds)
        tried.append(learners[version].result(name) if is_folder else _in_a_copy(version, name, seconds)[0])
    return [vars(result) for result in tried]


class _Folder:
    """A learner's folder, with the problem, if there is one, that makes it useless to try more promises."""

    def __init__(self, path: Path, seconds: float) -> None:
        self.path, self.seconds = path, seconds
        self.problem = _in_a_copy(path, "", seconds)[0].message
        self.late = 0  # promises that took too long

    def result(self, name: str) -> Result:
        if self.problem:
            return Result(label(self.path), name, NOT_TRIED, self.problem)
        result, late = _in_a_copy(self.path, name, self.seconds)
        self.late += late
        if self.late == MOST_LATE:
            self.problem = "promises took too long: mend these first"
        return result


def _in_a_copy(version: Version, name: str, seconds: float) -> tuple[Result, bool]:
    """Return the result of one pair, and whether it took too long."""
    [found] = map_in_subprocesses(_try_pair, [(version, name)], seconds=seconds)
    if not isinstance(found, Died):
        return Result(**found), False
    message, late = str(found), isinstance(found, TimedOut)
    if isinstance(found, TimedOut) and isinstance(version, Path):
        where = where_it_was(found.stacks, version.resolve())
        message += where and f"; it was at {where}"
    return Result(label(version), name, BROKEN if late else ERROR, message), late


def _try_pair(pair: tuple[Version, str]) -> dict[str, str]:
    """Try a promise. Without a name, try whether a folder can be imported at all."""
    version, name = pair
    sys.dont_write_bytecode = isinstance(version, Path)  # else an edit may run old bytecode
    logged = _Logged()
    logging.getLogger().addHandler(logged)
    try:
        result = try_here(version, name) if name else _try_import(version)
    except BaseException as err:  # SystemExit, say: this process ends anyway
        result = Result(label(version), name, ERROR, said(err, version))
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
    if isinstance(version, Path) and (why := unreadable(version.resolve())):
        return Result(called, "", ERROR, why)
    package: Any = load(version)
    if not callable(getattr(package, "Queue", None)):
        return Result(called, "", ERROR, "__init__.py gives no Queue: add `from .queue import Queue`")
    return Result(called, "", KEPT)
