"""Where the course's files are, and what steps.toml says about each version.

The nearest course counts: a folder `steps` in or above the working directory, or else the one that goqueue came with,
which is beside it in a checkout and inside it in an installed wheel.
"""

import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[2]
FINISHED = "goqueue"  # the name of the finished queue where a version can be named


@dataclass(frozen=True)
class Entry:
    """What steps.toml says about one version."""

    step: int
    folder: str
    title: str
    adds: str
    minutes: int
    notebooks: Sequence[str] = ()  # their names, in the order of the course
    changed: Mapping[str, str] = field(default_factory=dict)  # file -> what changed in it, and why
    faults: Sequence[str] = ()
    misconceptions: Sequence[str] = ()

    @property
    def path(self) -> Path:
        """The version's folder."""
        return course_root() / "steps" / self.folder

    @property
    def label(self) -> str:
        """Its number and its title."""
        return f"{self.step:02} {self.title}"

    def file(self, name: str) -> Path:
        """Return the path that a file of that name has, or would have."""
        return self.path / name

    def names(self) -> list[str]:
        """Return the names of its files."""
        return sorted(path.name for path in self.path.iterdir() if self.compares(path.name))

    def place(self, name: str) -> str:
        """Return where in its folder a file of that name is."""
        return self.file(name).relative_to(self.path).as_posix()

    def compares(self, name: str) -> bool:
        """Return whether files of that name can be compared with those of this version."""
        return name.endswith((".py", ".md"))


@cache
def course_root() -> Path:
    """Return the folder that holds `steps`, found once in each process. Raises FileNotFoundError if there is none."""
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
    """Return the entry of one version. Raises LookupError for an unknown one, naming those that exist.

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
