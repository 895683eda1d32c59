"""One side of a comparison: a version of the course, or any folder laid out like one."""

from dataclasses import dataclass
from pathlib import Path

from ..versions.course import entry
from .safe_text import plain


@dataclass(frozen=True)
class Side:
    """What is compared. `step` is None for a folder, which is a learner's: it is never imported here."""

    name: str
    title: str
    folder: Path
    step: int | None


def sides(before: int | str | Path, after: int | str | Path) -> tuple[Side, Side]:
    """Return both sides, under different names.

    Raises LookupError for an unknown step, NotADirectoryError for a path that is no folder.

    >>> [side.title for side in sides(10, "13")]
    ['10 Retry fields', '13 Requeue with backoff']
    """
    old, new = _side(before), _side(after)
    if old.name == new.name and old.folder != new.folder:  # ann/my_queue and bob/my_queue
        old, new = (_folder(one.folder, f"{one.folder.parent.name}/{one.folder.name}") for one in (old, new))
    return old, new


def _side(version: int | str | Path) -> Side:
    if isinstance(version, Path):
        return _folder(version.resolve(), version.resolve().name)
    found = entry(version)
    return Side(f"{found.step:02}", f"{found.step:02} {found.title}", found.path, found.step)


def _folder(folder: Path, name: str) -> Side:
    if not folder.is_dir():
        raise NotADirectoryError(f"{plain(folder.name)} is no folder: name a step, such as 12, or a version's folder")
    return Side(plain(name), plain(name), folder, None)
