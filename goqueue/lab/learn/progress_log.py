"""What a learner has done, in one plain file that may be deleted: a line of JSON for each thing done.

Lines are only added, each in one write, so two notebooks may do so at the same time.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from ..versions.course import PACKAGE, course_root

FILE = "goqueue-progress.jsonl"
VARIABLE = "GOQUEUE_PROGRESS"  # another file; empty: nothing is kept, and nothing is shown


def path() -> Path | None:
    """Return the file, which need not exist, or None where nothing is kept.

    It is in the folder of the course, or in the working directory if the course is the copy inside a wheel.
    """
    named = os.environ.get(VARIABLE)
    if named is not None:
        return Path(named) if named else None
    root = course_root()
    return (Path.cwd() if root.is_relative_to(PACKAGE) else root) / FILE


def note(kind: str, name: str, **facts: Any) -> None:
    """Write down that a "prediction", an "exercise" or a "promise" was done. Any thread may call this.

    If the file cannot be written, a line on stderr reports it, and the learner can go on.
    """
    file = path()
    if file is None:
        return
    line = json.dumps({"kind": kind, "name": name, **facts}, ensure_ascii=False) + "\n"
    try:
        with file.open("a", encoding="utf-8") as out:
            out.write(line)
    except OSError as err:
        print(
            f"goqueue: this is not written down, since {file.name} cannot be written: {err.strerror}", file=sys.stderr
        )


def entries(kind: str) -> list[dict[str, Any]]:
    """Return what was noted of one kind, oldest first. Other lines are skipped, because learners may edit the file."""
    file = path()
    if file is None or not file.is_file():
        return []
    return [found for line in file.read_text("utf-8", "replace").splitlines() if (found := _entry(line, kind))]


def _entry(line: str, kind: str) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    good = isinstance(found, dict) and found.get("kind") == kind and isinstance(found.get("name"), str)
    return found if good else None
