"""How reports name a lock, an event or an object: by the variable that the model assigned it to."""

from __future__ import annotations

import ast
import contextlib
import linecache
import re
import sys
from types import FrameType
from typing import TYPE_CHECKING

from .identity import identity
from .sources import outside_engine, watched_frame

if TYPE_CHECKING:
    from .run import Run

# "lock = …", "self._lock: Lock = …", "left, right = …"
_TARGETS = re.compile(r"\s*([\w.]+(?:\s*,\s*[\w.]+)*)\s*(?::[^=]+)?=(?!=)")


def a(kind: str) -> str:
    """Return the name of a class with its article: "a Job", "an Order", "an RLock"."""
    return f"{'an' if re.match('[AEIOaeio]|RLock', kind) else 'a'} {kind}"


def creation_name(run: Run, kind: str) -> str:
    """Return the name that the running line assigns its new object to: "stock_lock", "Pool._lock"."""
    inner = outside_engine(sys._getframe(1))
    frame = watched_frame(inner)
    name = assigned_name(frame) if frame is not None else ""
    if inner is not frame and inner is not None:  # a library made it: jobs.not_empty
        part = assigned_name(inner).rpartition(".")[2]
        if part and not part.startswith("_"):
            name = f"{name}.{part}" if name else part
    return numbered(run, name or a(kind), kind)


def assigned_name(frame: FrameType) -> str:
    """Return the name that a frame's current line assigns its new object to."""
    source = linecache.getline(frame.f_code.co_filename, frame.f_lineno)
    match = _TARGETS.match(source)
    if match is None:
        return ""
    names = [name.strip() for name in match[1].split(",")]
    name = names[which(source, column_of(frame))] if len(names) > 1 else names[0]
    owner = frame.f_locals.get("self")
    return f"{type(owner).__name__}{name[4:]}" if name.startswith("self.") and owner is not None else name


def column_of(frame: FrameType) -> int:
    """Return the column of the call that a frame is executing."""
    positions = list(frame.f_code.co_positions())
    return positions[frame.f_lasti // 2][2] or 0


def which(source: str, column: int) -> int:
    """Return which of several values on the right of an assignment is at a column.

    >>> which("left, right = Lock(), Lock()", 22)
    1
    """
    with contextlib.suppress(SyntaxError):
        statement = ast.parse(source.strip()).body[0]
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Tuple):
            indent = len(source) - len(source.lstrip())
            ends = [indent + (value.end_col_offset or 0) for value in statement.value.elts]
            return next((at for at, end in enumerate(ends) if column < end), 0)
    return 0


def handle(thing: object) -> int:
    """Return the key under which a run keeps its data on a thread or event. Attributes are kept under its identity."""
    return ~identity(thing)


def numbered(run: Run, name: str, kind: str) -> str:
    """Return `name`, with a number if an object of that kind and name exists already."""
    count = run.names[name, kind] = run.names.get((name, kind), 0) + 1
    return name if count == 1 else f"{name}#{count}"
