"""A disk for models: files whose writes may be lost, kept or torn when the power fails.

    write, append, replace, remove ──> the system's memory ──> fsync(name): this file is on the disk
                                             └── a crash: each file as it was at its last fsync, or as it is, or torn

It stands in for files in a model that `explore(…, crashes=…)` runs. Each call is one step. It promises what POSIX and
the usual file systems do: replace() is atomic, and changes of the directory reach the disk in their order, at any time;
fsync() of a file makes its content and its name certain, and sync() makes everything certain.
"""

from __future__ import annotations

import itertools
from typing import Any

from ..engine.active import here
from ..engine.faults.faulty_run import FaultyRun
from ..engine.places import place_of
from ..engine.words import READ, WRITE, Mode


class File:
    """The content of one file: what the disk has, and what the system has in memory, after each write since then."""

    def __init__(self) -> None:
        self.certain, self.content = b"", b""
        self.between: list[bytes] = []  # contents after it was certain and before the last write

    def become(self, content: bytes) -> None:
        """Have another content, in memory."""
        if self.content not in (self.certain, *self.between):
            self.between.append(self.content)
        self.content = content

    def settle(self) -> None:
        """Have on the disk what is in memory."""
        self.certain, self.between = self.content, []


class Disk:
    """Files by name, each a string of bytes. Outside of a run it is a plain object.

    >>> disk = Disk()
    >>> disk.append("jobs", b"one ")
    >>> disk.fsync("jobs")
    >>> disk.append("jobs", b"two ")
    >>> disk.read("jobs"), disk.names()
    (b'one two ', ('jobs',))
    """

    def __init__(self) -> None:
        self._files: dict[str, File] = {}
        self._directories: list[dict[str, File]] = [{}]  # the certain one, then one for each change that is not

    def read(self, name: str) -> bytes:
        """Return the content of a file. Raises FileNotFoundError if there is none."""
        self._step(READ, f"reads {name!r}")
        return self._file(name).content

    def names(self) -> tuple[str, ...]:
        """Return the names of all files, in order."""
        self._step(READ, "lists the files")
        return tuple(sorted(self._files))

    def write(self, name: str, content: bytes | bytearray | memoryview) -> None:
        """Replace the content of a file, which is made if there is none. A crash may leave half of it."""
        whole = bytes_of(content)
        self._step(WRITE, f"writes {name!r}: {whole!r}")
        self._opened(name).become(whole)

    def append(self, name: str, content: bytes | bytearray | memoryview) -> None:
        """Write at the end of a file, which is made if there is none. A crash may leave half of it."""
        more = bytes_of(content)
        self._step(WRITE, f"appends to {name!r}: {more!r}")
        file = self._opened(name)
        file.become(file.content + more)

    def replace(self, old: str, new: str) -> None:
        """Give a file another name, whose file is gone then. Raises FileNotFoundError if there is no `old`."""
        self._step(WRITE, f"renames {old!r} to {new!r}")
        file = self._file(old)
        del self._files[old]
        self._files[new] = file
        self._directories.append(dict(self._files))

    def remove(self, name: str) -> None:
        """Remove a file. Raises FileNotFoundError if there is none."""
        self._step(WRITE, f"removes {name!r}")
        self._file(name)
        del self._files[name]
        self._directories.append(dict(self._files))

    def fsync(self, name: str) -> None:
        """Make the content of a file certain, and all changes of names so far. Raises FileNotFoundError."""
        self._step(WRITE, f"fsyncs {name!r}")
        self._file(name).settle()
        self._directories = [dict(self._files)]

    def sync(self) -> None:
        """Make everything certain."""
        self._step(WRITE, "syncs all files")
        for file in self._files.values():
            file.settle()
        self._directories = [dict(self._files)]

    def _file(self, name: str) -> File:
        if name not in self._files:
            raise FileNotFoundError(f"the disk has no file {name!r}")
        return self._files[name]

    def _opened(self, name: str) -> File:
        if name not in self._files:
            self._files[name] = File()
            self._directories.append(dict(self._files))
        return self._files[name]

    def _step(self, mode: Mode, what: str) -> None:
        run = here()
        if run is None or run.over:
            return
        place = place_of(run, self)
        if isinstance(run, FaultyRun) and run.crashes is not None:
            run.touch(mode)
        else:
            run.visible((place.serial, mode, None))
        if run.recorder is not None:
            run.recorder.note(run, f"{place.label}: {what}")

    # -- what the engine calls at a crash -------------------------------------------------------------

    def _goqueue_states(self) -> int:
        """Return how many states a crash can leave now."""
        states = len(self._directories)
        for file in self._uncertain():
            states *= len(left_of(file))
        return states

    def _goqueue_power_fails(self, state: int) -> None:
        """Become what a crash leaves, in one of its states."""
        self._files = self._directories[state % len(self._directories)]
        state //= len(self._directories)
        for file in self._uncertain():
            states = left_of(file)
            file.content = states[state % len(states)]
            file.settle()
            state //= len(states)
        self._directories = [dict(self._files)]
        run = here()
        if run is not None and run.recorder is not None:
            left = ", ".join(f"{name!r}: {file.content!r}" for name, file in sorted(self._files.items()))
            run.recorder.note(run, f"{place_of(run, self).label} is left with {left or 'no file'}")

    def _uncertain(self) -> list[File]:
        files: dict[int, Any] = {id(file): file for names in self._directories for file in names.values()}
        return [file for file in files.values() if file.between or file.content != file.certain]


def bytes_of(content: bytes | bytearray | memoryview) -> bytes:
    """Return what is written, as it is now. Raises TypeError for anything but bytes, as a file does.

    >>> bytes_of(bytearray(b"abc"))
    b'abc'
    """
    return bytes(memoryview(content))


def left_of(file: File) -> list[bytes]:
    """Return what a crash can leave of a file that has changed: the old content, that after a write, or half a write.

    >>> file = File()
    >>> file.become(b"abcd")
    >>> left_of(file)
    [b'', b'abcd', b'ab']
    >>> file.become(b"abcdef")
    >>> left_of(file)
    [b'', b'abcdef', b'abc', b'ab', b'abcd', b'abcde']
    """
    written = [file.certain, *file.between, file.content]
    found = [file.certain, file.content, *halfway(file.certain, file.content)]
    for before, after in itertools.pairwise(written):
        found += [*halfway(before, after), after]
    return list(dict.fromkeys(found))


def halfway(before: bytes, after: bytes) -> list[bytes]:
    """Return what half a write leaves: of an appended part, or of a file that was emptied and is written anew."""
    appended = after.startswith(before)
    begun = len(before) if appended else 0
    torn = after[: begun + (len(after) - begun) // 2]
    return [torn] if appended else [torn, b""]
