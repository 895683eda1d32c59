"""Where the course's files are, and what steps.toml says of each version.

The nearest course counts: a folder `steps` at or above the working directory, else the one that goqueue came with
(beside it in a checkout, inside it in an installed wheel).
"""

import shutil
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[2]
FINISHED = "goqueue"  # what the finished queue is called, where the name of a version is asked for


@dataclass(frozen=True)
class Entry:
    """What steps.toml says of one version."""

    step: int
    folder: str
    title: str
    adds: str
    minutes: int
    changed: Mapping[str, str] = field(default_factory=dict)  # file -> what changed in it, and why
    faults: Sequence[str] = ()
    misconceptions: Sequence[str] = ()

    @property
    def path(self) -> Path:
        """The version's folder."""
        return course_root() / "steps" / self.folder

    @property
    def label(self) -> str:
        """How it is called: its number and its title."""
        return f"{self.step:02} {self.title}"

    def file(self, name: str) -> Path:
        """Return where a file of that name is, or would be."""
        return self.path / name

    def names(self) -> list[str]:
        """Return the names of its files."""
        return sorted(path.name for path in self.path.iterdir() if self.compares(path.name))

    def place(self, name: str) -> str:
        """Return where in its folder a file of that name is."""
        return self.file(name).relative_to(self.path).as_posix()

    def compares(self, name: str) -> bool:
        """Return whether a file of that name, of any version, can be compared with one of this."""
        return name.endswith((".py", ".md"))


@cache
def course_root() -> Path:
    """Return the folder that holds `steps`. Raises FileNotFoundError if there is none. Decided once a process."""
    here = Path.cwd()
    for folder in (here, *here.parents, PACKAGE.parent, PACKAGE / "_course"):
        if (folder / "steps" / "steps.toml").is_file():
            if sys.path[0] != str(folder):
                sys.path.insert(0, str(folder))  # so that `steps` means this one, not another course's
            return folder
    raise FileNotFoundError(
        "no folder 'steps' with a steps.toml here or above: unpack one with `goqueue course FOLDER`"
    )


@cache
def catalogue() -> tuple[Entry, ...]:
    """Return the entries of steps.toml, in the order of the course."""
    data = tomllib.loads((course_root() / "steps" / "steps.toml").read_text(encoding="utf-8"))
    return tuple(Entry(**row) for row in data["version"])


def entry(step: int | str) -> Entry:
    """Return the entry of one version. Raises LookupError, naming the versions there are.

    >>> entry(12).folder, entry("09").title
    ('step12_worker_pool', 'Context')
    """
    for found in catalogue():
        if str(step).lstrip("0") == str(found.step) or step == found.folder:
            return found
    known = ", ".join(str(found.step) for found in catalogue())
    if step == FINISHED:
        raise LookupError(f"{FINISHED}, the finished queue, is for diff and show, or `import goqueue`; here: {known}")
    raise LookupError(f"no version {step!r}: there are {known}")


def unpack(folder: Path) -> Path:
    """Copy the course, its steps and notebooks, into a new `folder`, and return it.

    Raises FileExistsError if the folder holds anything already: a learner's work is never overwritten.
    """
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty: name a new folder, so that no work of yours is overwritten")
    root = course_root()
    for part in ("steps", "notebooks"):
        if (root / part).is_dir():
            shutil.copytree(
                root / part, folder / part, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
            )
    return folder
