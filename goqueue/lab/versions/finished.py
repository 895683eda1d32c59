"""The finished queue, to be shown and compared like a step: `diff(13, "goqueue")`, `show("goqueue")`.

Its files are the modules of `goqueue` itself, without those for the course. Three files of step 13 became part of a
folder, so they are compared with the file there that does the same; the other files of those folders count as new.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from .course import FINISHED, PACKAGE, Entry, course_root, entry

AFTER_ALL = 14  # its place in the course, and the number of its notebook

_OF_THE_COURSE = ("__init__.py", "__main__.py", "cli.py")
_MOVED = {"pool.py": "running/pool.py", "processor.py": "running/attempt.py", "storage.py": "storage/memory.py"}
_FOLDERS = ("running", "storage", "testing")


@dataclass(frozen=True)
class Finished(Entry):
    """The entry of the finished queue."""

    @property
    def path(self) -> Path:
        """The package's folder."""
        return PACKAGE

    @property
    def label(self) -> str:
        """Its name and its title."""
        return f"{FINISHED}: {self.title}"

    def file(self, name: str) -> Path:
        """Return where a file of that name is."""
        return PACKAGE / _MOVED.get(name, name)

    def names(self) -> list[str]:
        """Return the names of its files, as a step would call them."""
        files = [*PACKAGE.glob("*.py"), *(path for folder in _FOLDERS for path in (PACKAGE / folder).rglob("*.py"))]
        found = sorted(path.relative_to(PACKAGE).as_posix() for path in files)
        moved = {there: name for name, there in _MOVED.items()}
        return [moved.get(name, name) for name in found if self.compares(name)]

    def compares(self, name: str) -> bool:
        """Return whether it is a module of the queue, which pages and the modules for the course are not."""
        return name.endswith(".py") and name not in _OF_THE_COURSE


def finished() -> Finished:
    """Return what steps.toml says about the finished queue. Raises LookupError if the course is older than that."""
    root = course_root()
    data = tomllib.loads((root / "steps" / "steps.toml").read_text(encoding="utf-8")).get("finished")
    if data is None:
        raise LookupError(
            f"steps.toml in {root.name} is older than the finished queue: unpack this course with "
            "`goqueue course FOLDER`, and ask there"
        )
    return Finished(step=AFTER_ALL, folder=FINISHED, **data)


def comparable(version: int | str) -> Entry:
    """Return the entry of a version or of the finished queue. Raises LookupError, naming those that exist."""
    if version == FINISHED:
        return finished()
    try:
        return entry(version)
    except LookupError as err:
        raise LookupError(f"{err}, and {FINISHED}, the finished queue") from None
