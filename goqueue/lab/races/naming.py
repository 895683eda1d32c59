"""What reports call a lock, an event, an object: by the name the model gave it where it was made."""

from __future__ import annotations

import linecache
import re
import sys
from types import FrameType
from typing import TYPE_CHECKING

from .sources import WATCHED

if TYPE_CHECKING:
    from .scheduler import Run

# "lock = …", "self._lock: Lock = …", "left, right = …"
_TARGETS = re.compile(r"\s*([\w.]+(?:\s*,\s*[\w.]+)*)\s*(?::[^=]+)?=(?!=)")
_HERE = __name__.rpartition(".")[0] + "."


def creation_name(run: Run, kind: str) -> str:
    """Return the name under which the line that is running keeps what it makes: "stock_lock", "Pool._lock"."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and str(frame.f_globals.get("__name__", "")).startswith(_HERE):
        frame = frame.f_back
    inner = frame
    while frame is not None and frame.f_code.co_filename not in WATCHED:
        frame = frame.f_back
    name = assigned_name(run, frame) if frame is not None else ""
    if inner is not frame and inner is not None:  # a library made it: jobs.not_empty
        part = assigned_name(run, inner).rpartition(".")[2]
        if part and not part.startswith("_"):
            name = f"{name}.{part}" if name else part
    return numbered(run, name or f"a {kind}")


def assigned_name(run: Run, frame: FrameType) -> str:
    """Return what the line of a frame assigns to."""
    match = _TARGETS.match(linecache.getline(frame.f_code.co_filename, frame.f_lineno))
    if match is None:
        return ""
    targets = match[1].split(",")
    key = (id(frame), frame.f_lineno)
    count = run.made_at[key] = run.made_at.get(key, -1) + 1
    name = targets[count % len(targets)].strip()
    owner = frame.f_locals.get("self")
    return f"{type(owner).__name__}{name[4:]}" if name.startswith("self.") and owner is not None else name


def handle(thing: object) -> int:
    """Return the key under which a run keeps what it knows of a thread or event. Its attributes are under its id()."""
    return ~id(thing)


def numbered(run: Run, name: str) -> str:
    """Return `name`, with a number if there is one of that name already."""
    run.names[name] = run.names.get(name, 0) + 1
    return name if run.names[name] == 1 else f"{name}#{run.names[name]}"
