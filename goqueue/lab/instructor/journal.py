"""The results of a class, written down as they come, a line of JSON for each submission.

    {"goqueue grade": 1, "step": 12, "course": "9f…"}
    {"learner": "Ann", "work": "31…", "results": [["runs_at_once", "kept", ""], …], "problems": [], …}

`course` and `work` stand for what was tried, byte for byte. So a run that was cut off goes on where it was, a
submission that was handed in anew is tried anew, and so is everything if the course has changed. A line that was cut
off counts for nothing.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .safe_output import check_own

MARK = '{"goqueue grade": 1, '


def digest(files: Mapping[str, bytes]) -> str:
    """Return a word that stands for these files."""
    found = hashlib.sha256()
    for name, content in sorted(files.items()):
        for part in (name.encode("utf-8", "surrogateescape"), content):
            found.update(len(part).to_bytes(8, "big") + part)
    return found.hexdigest()[:32]


def folder_digest(folder: Path) -> str:
    """Return a word that stands for the files of a folder, without what Python compiled."""
    files = (file for file in folder.rglob("*") if file.is_file() and file.suffix != ".pyc")
    return digest({file.relative_to(folder).as_posix(): file.read_bytes() for file in files})


class Journal:
    """A file of results. Without a file, nothing is kept."""

    def __init__(self, file: Path | None, asked: Mapping[str, Any]) -> None:
        self.file = file
        self.head = MARK + json.dumps(dict(asked))[1:]
        self.known: dict[tuple[str, str], dict[str, Any]] = {}
        if file is not None:
            check_own(file, MARK)
            self._read(file)

    def find(self, learner: str, work: str) -> dict[str, Any] | None:
        """Return what is written down about this work of this learner, or None."""
        return self.known.get((learner, work))

    def write(self, row: Mapping[str, Any]) -> None:
        """Write down what came of a submission, so that it is there whatever happens next."""
        if self.file is None:
            return
        with self.file.open("ab") as out:
            out.write(json.dumps(dict(row)).encode() + b"\n")
            out.flush()
            os.fsync(out.fileno())

    def _read(self, file: Path) -> None:
        lines = file.read_text(encoding="utf-8", errors="replace").split("\n") if file.exists() else []
        if lines[:1] != [self.head]:  # another step, or another course
            file.write_text(self.head + "\n", encoding="utf-8")
            return
        for line in lines[1:-1]:
            try:
                row = json.loads(line)
                self.known[str(row["learner"]), str(row["work"])] = row
            except (ValueError, LookupError, TypeError):
                continue
        if lines[-1]:
            with file.open("ab") as out:
                out.write(b"\n")  # a line that was cut off
