"""Where a submission is tried: a folder of its own, a copy of the course, none of the instructor's variables.

    course/       what judges: goqueue, and the promises; no version, no counterexample, no solution
    submission/   a copy of what was handed in
    tmp/          its home, and the place for its temporary files

With `bwrap` (bubblewrap) the system keeps it there: it sees no other files and no network, changes nothing but tmp,
which is small, and all of its processes end with it. Without `bwrap` it runs as you do, and a line says so.
"""

import compileall
import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..subprocesses import Place
from ..versions.course import PACKAGE, catalogue, course_root
from ..versions.own_promises import FOLDER
from .version_folders import write_files

DISK = 64_000_000  # bytes that it may write
APART = "Each submission ran behind bubblewrap: without network, other files, or processes that outlive it."
NOT_APART = (
    "bwrap (bubblewrap) is not here, so nothing prevents a submission from reading, changing and sending away what you "
    "can. Install it, or grade what strangers hand in inside a container."
)
_NOT_OF_THE_COURSE = ("_course", "_build", "*.pyc")
_JUDGES = ("__init__.py", "steps.toml", "promises")  # of the folder `steps`
_SYSTEM = ("/usr", "/bin", "/lib", "/lib64", "/lib32", "/sbin", "/etc/ld.so.cache", "/etc/alternatives", "/nix/store")


@dataclass(frozen=True)
class Room:
    """A submission's copy as it is called inside, and how an interpreter is started there."""

    submission: str
    place: Place


@functools.cache
def bubblewrap() -> str | None:
    """Return the path of `bwrap`, or None if there is none or it may not do its work here."""
    command = shutil.which("bwrap")
    if command is None or sys.platform != "linux":
        return None
    with tempfile.TemporaryDirectory() as folder:
        line = [*_apart(command, Path(folder), Path(folder)), sys.executable, "-I", "-c", ""]
        tried = subprocess.run(line, capture_output=True, check=False, env=_environment(Path("/")), timeout=60)
    return command if tried.returncode == 0 else None


def what_is_prevented() -> str:
    """Return one line that says how submissions are kept apart here."""
    return APART if bubblewrap() else NOT_APART


@contextmanager
def course_copy(*, versions: bool = False, promises: Path | None = None) -> Iterator[Path]:
    """Give a copy of what judges a submission, compiled. It is made before any of them runs.

    `promises` is a folder of an instructor's own. With `versions`, it holds what an answer to an exercise works with:
    the versions, and the exercises without answers.
    """
    with tempfile.TemporaryDirectory(prefix="goqueue-", ignore_cleanup_errors=True) as folder:
        left_out = shutil.ignore_patterns(*_NOT_OF_THE_COURSE)
        shutil.copytree(PACKAGE, Path(folder, PACKAGE.name), ignore=left_out)
        for part in _JUDGES:
            source, target = course_root() / "steps" / part, Path(folder, "steps", part)
            target.parent.mkdir(exist_ok=True)
            shutil.copytree(source, target, ignore=left_out) if source.is_dir() else shutil.copyfile(source, target)
        if promises is not None:
            shutil.copytree(promises, Path(folder, "steps", FOLDER), ignore=left_out)
        if versions:
            for one in catalogue():
                shutil.copytree(one.path, Path(folder, "steps", one.folder), ignore=left_out)
            _copy_exercises(Path(folder, "steps", "exercises"))
        compileall.compile_dir(folder, quiet=2)
        yield Path(folder)


def _copy_exercises(folder: Path) -> None:
    """Copy the exercises: of a solution only the line that says whether it inherits from the course."""
    source = course_root() / "steps" / "exercises"
    folder.mkdir()
    for file in source.glob("*.py"):
        shutil.copyfile(file, folder / file.name)
    for file in source.glob("*.toml"):
        row = tomllib.loads(file.read_text(encoding="utf-8"))
        heads = [line for line in row["solution"].splitlines() if line.startswith("class ")]
        row |= {"solution": "\n".join(heads), "hints": [], "why": "", "start": "", "wrong": []}
        blocks = row.pop("blocks", {})
        lines = [f"{key} = {json.dumps(value)}" for key, value in row.items()]
        lines += ["[blocks]", *(f"{key} = {json.dumps(value)}" for key, value in blocks.items())]
        (folder / file.name).write_text("\n".join(lines) + "\n", encoding="utf-8")


@contextmanager
def room(course: Path, files: Mapping[str, bytes]) -> Iterator[Room]:
    """Give a room with these files of a submission in it. It is deleted afterwards."""
    with tempfile.TemporaryDirectory(prefix="goqueue-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        write_files(folder / "submission", files)
        command = bubblewrap()
        if command:
            os.chmod(folder, 0o755)  # inside, it belongs to another user
            place = Place(_apart(command, course, folder / "submission"), _environment(Path("/")))
            yield Room("/submission", place)
            return
        (folder / "tmp").mkdir()
        shutil.copytree(course, folder / "course")  # its own: what it does to it harms nobody else
        yield Room(str(folder / "submission"), Place((), _environment(folder), folder / "course"))


def _environment(folder: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}  # Windows needs it
    return {
        **kept,
        "HOME": str(folder / "tmp"),
        "LANG": "C.UTF-8",
        "MALLOC_ARENA_MAX": "1",  # otherwise each thread reserves 64 MB of addresses, and these count as memory
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(folder / "course"),
        "TMPDIR": str(folder / "tmp"),
    }


def _apart(command: str, course: Path, submission: Path) -> list[str]:
    words = [command, "--unshare-all", "--unshare-user", "--uid", "65534", "--gid", "65534", "--cap-drop", "ALL"]
    words += ["--die-with-parent", "--new-session", "--hostname", "submission"]
    for path in map(Path, _SYSTEM):
        if path.is_symlink():
            words += ["--symlink", os.readlink(path), str(path)]
        elif path.exists():
            words += ["--ro-bind", str(path), str(path)]
    for prefix in dict.fromkeys([sys.base_prefix, sys.base_exec_prefix, sys.prefix, sys.exec_prefix]):
        if not Path(prefix).is_relative_to("/usr"):
            words += ["--ro-bind", prefix, prefix]
    words += ["--ro-bind", str(course), "/course", "--ro-bind", str(submission), "/submission"]
    words += ["--proc", "/proc", "--dev", "/dev", "--size", str(DISK), "--tmpfs", "/tmp"]
    return [*words, "--remount-ro", "/", "--chdir", "/course"]
