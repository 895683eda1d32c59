"""A copy of a learner's folder, to be tried in its place: plain files only, bounded in size, under a harmless name.

So a link cannot lead a grader out of the folder, nothing is written into it, and a folder called `json` hides nothing.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .safe_text import plain

MOST_FILES = 1_000
MOST_BYTES = 20_000_000
LEFT_OUT = {"__pycache__", "__MACOSX", "node_modules", "venv"}


@contextmanager
def snapshot(folder: Path) -> Iterator[Path]:
    """Give a copy of `folder`, which is gone afterwards. Raises ValueError if it cannot be copied, and says why.

    >>> with snapshot(Path(__file__).parent) as copy:
    ...     copy.name, (copy / "snapshot.py").is_file()
    ('submission', True)
    """
    files = list(_files(folder))
    with tempfile.TemporaryDirectory(prefix="goqueue-", ignore_cleanup_errors=True) as room:
        copy = Path(room, "submission")
        for file in files:
            target = copy / file.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                shutil.copyfile(file, target)
            except OSError as err:
                raise ValueError(f"{_named(file, folder)} cannot be read: {err.strerror}") from err
        copy.mkdir(exist_ok=True)
        yield copy


def is_left_out(name: str) -> bool:
    """Whether a folder is none of a learner's work: hidden, or made by a tool."""
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
