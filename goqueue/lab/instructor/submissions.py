"""What is in a folder of submissions: one sub-folder a learner, laid out like a version, or with one such folder in it.

submissions/
    Ann Miller/__init__.py, pool.py …        she handed in the version itself
    Bob_1234_file/my_queue/__init__.py …     he handed in a folder that holds it
    carol.zip                                not a folder: it cannot be graded, and the table says so
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .safe_text import plain
from .snapshot import is_left_out

DEEPEST = 4  # folders within a submission, until the version's


@dataclass(frozen=True)
class Submission:
    """One learner's work: `folder` is laid out like a version; or it is None, and `problem` says why not."""

    learner: str
    folder: Path | None
    problem: str = ""


def submissions(folder: Path) -> list[Submission]:
    """Return what was handed in, in the order of names. Hidden files are passed over.

    Raises NotADirectoryError if `folder` is none, LookupError if it holds nothing.
    """
    if not folder.is_dir():
        raise NotADirectoryError(f"{plain(str(folder))} is no folder: name the one that holds the submissions")
    entries = sorted(folder.iterdir(), key=lambda path: (path.name.casefold(), path.name))
    found = [_submission(path) for path in entries if not is_left_out(path.name)]
    if not found:
        raise LookupError(f"{plain(str(folder))} is empty: it must hold one folder for each learner")
    return found


def _submission(path: Path) -> Submission:
    learner = plain(path.name)
    if path.is_symlink():
        return Submission(learner, None, "a link, not a folder: put the folder itself here")
    if not path.is_dir():
        return Submission(learner, None, "a file, not a folder: unpack it first, if it is an archive")
    try:
        versions = list(_versions(path, DEEPEST))
    except OSError as err:
        return Submission(learner, None, f"it cannot be read: {err.strerror}")
    if len(versions) == 1:
        return Submission(learner, versions[0])
    if not versions:
        return Submission(learner, None, "no folder in it is laid out like a version, with an __init__.py")
    names = ", ".join(plain(str(version.relative_to(path))) for version in versions)
    return Submission(learner, None, f"{len(versions)} folders in it have an __init__.py ({names}): leave one")


def _versions(folder: Path, deepest: int) -> Iterator[Path]:
    """Yield the topmost folders that have an __init__.py."""
    if (folder / "__init__.py").is_file():
        yield folder
    elif deepest:
        for inner in sorted(folder.iterdir()):
            if inner.is_dir() and not inner.is_symlink() and not is_left_out(inner.name):
                yield from _versions(inner, deepest - 1)
