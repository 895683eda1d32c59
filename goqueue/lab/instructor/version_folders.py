"""The folders that are compared and graded: the course's versions, and what learners handed in.

submissions/ or submissions.zip             what `handed_in` finds in such a folder, or in a zip file that holds one
    Ann Miller/__init__.py, pool.py …        she handed in the version itself
    Bob_1234_file/my_queue/__init__.py …     he handed in a folder that holds it
    carol.zip, Dan/queue.zip                 a zip file that holds it
    erin.pdf                                 nothing of these: it cannot be graded, and the table says so

A learner's folder is never imported here, and never tried where it is: `snapshot` copies it first, plain files only,
bounded in size, under a harmless name. So no link leads a grader out of the folder, nothing is written into it, and a
folder called `json` hides nothing.
"""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..versions.course import entry
from ..versions.trial import Result, check_many
from .archives import unpack, unpack_inside
from .safe_output import plain

DEEPEST = 4  # folders within a submission, until the version's
MOST_FILES = 1_000
MOST_BYTES = 20_000_000
LEFT_OUT = {"__pycache__", "__MACOSX", "node_modules", "venv"}


@dataclass(frozen=True)
class Side:
    """One side of a comparison. `step` is None for a learner's folder."""

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


@dataclass(frozen=True)
class Submission:
    """One learner's work: a `folder` laid out like a version, or None, and then `problem` says why."""

    learner: str
    folder: Path | None
    problem: str = ""


@contextmanager
def handed_in(place: Path, *, answers: bool = False) -> Iterator[list[Submission]]:
    """Give what was handed in, in the order of names. Hidden files are skipped, zip files unpacked for the time.

    With `answers`, any folder will do, and so does a single notebook or Python file.

    Raises NotADirectoryError if `place` is neither a folder nor a zip file, LookupError if it holds nothing, or is one
    learner's version itself.
    """
    with tempfile.TemporaryDirectory(prefix="goqueue-", ignore_cleanup_errors=True) as room:
        called = plain(place.resolve().name)
        if place.is_file():
            try:
                unpack(place, Path(room, "all"))
            except ValueError as err:
                raise NotADirectoryError(f"{plain(str(place))} is no folder of submissions, and {err}") from err
            place = Path(room, "all")
            inside = [path for path in place.iterdir() if not is_left_out(path.name)]
            if len(inside) == 1 and inside[0].is_dir() and not (inside[0] / "__init__.py").exists():
                place = inside[0]  # a zip file of one folder that holds all of them
        if not place.is_dir():
            raise NotADirectoryError(f"{plain(str(place))} is no folder: name the one that holds the submissions")
        if not answers and (place / "__init__.py").exists():
            raise LookupError(f"{called} is itself laid out like a version: name the folder that holds it")
        entries = sorted(place.iterdir(), key=lambda path: (path.name.casefold(), path.name))
        found = [
            _submission(path, Path(room, str(number)), answers)
            for number, path in enumerate(entries)
            if not is_left_out(path.name)
        ]
        if not found:
            raise LookupError(f"{plain(str(place))} is empty: it must hold a folder or a zip file for each learner")
        yield found


def _submission(path: Path, room: Path, answers: bool) -> Submission:
    learner = plain(path.name)
    if path.is_symlink():
        return Submission(learner, None, "a link, not a folder: put the folder itself here")
    try:
        folder = path
        if path.suffix.lower() == ".zip" and path.is_file():
            learner = plain(path.stem)
            unpack(path, room)
            folder = room
        elif answers and path.suffix in (".ipynb", ".py") and path.is_file():
            learner = plain(path.stem)
            write_files(room, {path.name: path.read_bytes()})
            folder = room
        elif not path.is_dir():
            return Submission(learner, None, "a file, neither a folder nor a zip file: hand in one of these")
        if answers:
            return Submission(learner, _unpacked_inside(folder, room) if any(folder.rglob("*.zip")) else folder)
        versions = list(_versions(folder, DEEPEST))
        if not versions and any(folder.rglob("*.zip")):
            folder = _unpacked_inside(folder, room)
            versions = list(_versions(folder, DEEPEST))
    except OSError as err:
        return Submission(learner, None, f"it cannot be read: {err.strerror}")
    except ValueError as err:
        return Submission(learner, None, plain(str(err)))
    if len(versions) == 1:
        return Submission(learner, versions[0])
    if not versions:
        return Submission(learner, None, "no folder in it is laid out like a version, with an __init__.py")
    names = ", ".join(plain(str(version.relative_to(folder))) for version in versions)
    return Submission(learner, None, f"{len(versions)} folders in it have an __init__.py ({names}): leave one")


def _unpacked_inside(folder: Path, room: Path) -> Path:
    """Return a copy of a learner's folder in which its zip files are unpacked."""
    if folder != room:
        write_files(room, read_files(folder))
    unpack_inside(room)
    return room


def _versions(folder: Path, deepest: int) -> Iterator[Path]:
    """Yield the topmost folders that have an __init__.py."""
    if (folder / "__init__.py").is_file():
        yield folder
    elif deepest:
        for inner in sorted(folder.iterdir()):
            if inner.is_dir() and not inner.is_symlink() and not is_left_out(inner.name):
                yield from _versions(inner, deepest - 1)


@contextmanager
def snapshot(folder: Path) -> Iterator[Path]:
    """Give a copy of `folder`, which is deleted afterwards. Raises ValueError, saying why, if it cannot be copied.

    >>> with snapshot(Path(__file__).parent) as copy:
    ...     copy.name, (copy / "version_folders.py").is_file()
    ('submission', True)
    """
    files = read_files(folder)
    with tempfile.TemporaryDirectory(prefix="goqueue-", ignore_cleanup_errors=True) as room:
        copy = Path(room, "submission")
        write_files(copy, files)
        yield copy


def read_files(folder: Path) -> dict[str, bytes]:
    """Return the plain files of a folder, by their paths in it. Raises ValueError, saying why, if that cannot be."""
    files = {}
    for file in _files(folder):
        try:
            files[file.relative_to(folder).as_posix()] = file.read_bytes()
        except OSError as err:
            raise ValueError(f"{_named(file, folder)} cannot be read: {err.strerror}") from err
    return files


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write such files into a folder, which is made if it does not exist."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def is_left_out(name: str) -> bool:
    """Whether a folder is not a learner's work, because it is hidden or made by a tool."""
    return name.startswith(".") or name in LEFT_OUT


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files to copy. Raises ValueError for a link that leads out, or if there is too much."""
    root, count, size = folder.resolve(), 0, 0
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not is_left_out(name)]
        for path in [Path(place, name) for name in (*folders, *names)]:
            if path.is_symlink() and not path.resolve().is_relative_to(root):
                raise ValueError(f"{_named(path, folder)} is a link that leads out of the folder: hand in the file")
            if not path.is_file():
                continue  # a folder, a pipe, a link that leads nowhere
            count, size = count + 1, size + path.stat().st_size
            if count > MOST_FILES or size > MOST_BYTES:
                raise ValueError(f"it holds more than {MOST_FILES:,} files or {MOST_BYTES // 1_000_000} MB: too much")
            yield path


def _named(path: Path, folder: Path) -> str:
    return plain(str(path.relative_to(folder)))


def try_promises(version: int | Path, names: Sequence[str]) -> tuple[Result, ...]:
    """Return the result of each promise, in their order. Of a folder, a copy is tried.

    Raises ValueError if the folder cannot be copied: too large, or with a link that leads out of it.
    """
    if isinstance(version, int):
        return check_many([(version, name) for name in names])
    with snapshot(version) as copy:
        return check_many([(copy, name) for name in names])
