"""Say what went wrong in a learner's folder in one line, and where: "pool.py, line 12: expected ':'"."""

import linecache
import os
import traceback
from collections.abc import Iterable, Sequence
from pathlib import Path

from ..subprocesses import one_line

Place = tuple[str, int]  # a file and a line


def what_and_where(err: BaseException, folder: Path) -> str:
    """Return an error in one line, with the innermost line of the folder's own code that led to it."""
    said = one_line(err).replace(f"{folder}{os.sep}", "")
    if isinstance(err, SyntaxError) and err.msg and err.filename and err.lineno and _is_in(err.filename, folder):
        return f"{_place(err.filename, err.lineno)}: {err.msg}"
    for frame in reversed(traceback.extract_tb(err.__traceback__)):
        if _is_in(frame.filename, folder):
            return f"{_place(frame.filename, frame.lineno or 0)}: {said}"
    return said


def unreadable(folder: Path) -> str:
    """Return in one line why a folder's files are no package that can be imported, or "" if they are one."""
    if not (folder / "__init__.py").is_file():
        return "it has no __init__.py, so it is no package: add one, with `from .queue import Queue`"
    for file in sorted(folder.glob("*.py")):
        if not file.is_file():  # a pipe, perhaps: reading it would wait
            return f"{file.name} is no file"
        try:
            compile(file.read_bytes(), str(file), "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, OSError) as err:
            said = what_and_where(err, folder)
            return said if said.startswith(file.name) else f"{file.name}: {said}"
    return ""


def where_it_was(stacks: Iterable[Sequence[Place]], folder: Path) -> str:
    """Return the place and the line where a process was when its time was up, or "" if that is not in the folder.

    A thread that was running the folder's code comes before one that waited in a call.
    """
    known = [stack for stack in stacks if stack]
    innermost = [stack[0] for stack in known]
    for file, line in [*innermost, *(place for stack in known for place in stack)]:
        if _is_in(file, folder):
            return f"{_place(file, line)}: {linecache.getline(file, line).strip()}"
    return ""


def _is_in(file: str, folder: Path) -> bool:
    return Path(file).is_relative_to(folder)


def _place(file: str, line: int) -> str:
    return f"{Path(file).name}, line {line}"
