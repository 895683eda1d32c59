"""`goqueue watch my_queue`: at each save, try a step's promises and show the first one that is not kept.

look at the files ──> changed? ──> the same as a moment ago? ──> try, show ──┐
      └─────────────────────────── a moment later <─────────────────────────┘
"""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from ..versions.course import entry
from ..versions.trial import check
from .own_version import step_to_work_on
from .step_summary import bar, next_to_keep, note_kept

MOMENT = 0.25  # seconds from one look at the files to the next

Files = dict[str, tuple[int, int]]  # name -> when it was written, and its size


def watch_command(folder: Path, named: str | None, once: bool) -> int:
    """Do what `goqueue watch` does, and return its exit status.

    Raises NotADirectoryError if there is no such folder, LookupError for an unknown step.
    """
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is no folder: make one with `goqueue new {folder.name} --from 11`")
    try:
        step = step_to_work_on(folder) if named is None else entry(named).step
        if once:
            kept, text = try_once(folder, step)
            print(text)
            return 0 if kept else 1
        watch(folder, step)
    except KeyboardInterrupt:
        return 130 if once else 0  # Ctrl-C is how a watch is meant to end
    return 0


def watch(
    folder: Path,
    step: int,
    *,
    show: Callable[[str], None] | None = None,
    pause: Callable[[], None] = lambda: time.sleep(MOMENT),
) -> None:
    """Try a step's promises on a folder, now and whenever one of its files changes, until Ctrl-C.

    `show` receives the text of each try, and `pause` waits for a moment. The folder may vanish and come back.
    """
    show = show or show_on_screen
    tried: Files | None = None  # what was tried last
    try:
        while True:
            files = look(folder)
            if files != tried:
                tried = files = _settled(folder, files, pause)
                nothing = f"There is no Python file in {folder.name}: waiting for it."
                show(try_once(folder, step)[1] if files else nothing)
            pause()
    except KeyboardInterrupt:
        pass


def try_once(folder: Path, step: int) -> tuple[bool, str]:
    """Try a step's promises once. Return whether all are kept, and the text to show."""
    try:
        checks = check(folder, step=step)
    except OSError as err:  # the folder has just vanished
        return False, str(err)
    note_kept(checks, step)
    return checks.kept, next_to_keep(checks, step, folder.as_posix()) + (f"\n{bar(checks)}" if _is_terminal() else "")


def look(folder: Path) -> Files:
    """Return the Python files of a folder as they are now, without those that cannot be read."""
    found: Files = {}
    for file in sorted(folder.glob("*.py")):
        try:
            facts = file.stat()
        except OSError:  # gone, or being renamed: a later look will tell
            continue
        found[file.name] = (facts.st_mtime_ns, facts.st_size)
    return found


def show_on_screen(text: str) -> None:
    """Print a text. Clear the screen first if it is a terminal."""
    if _is_terminal() and os.environ.get("TERM") != "dumb":
        if sys.platform == "win32":
            os.system("cls")
        else:
            print("\x1b[2J\x1b[H", end="")
    print(text, "", "Each save is tried at once. Ctrl-C ends this.", sep="\n", flush=True)


def _settled(folder: Path, files: Files, pause: Callable[[], None]) -> Files:
    """Wait until the files stay the same, because an editor writes in several steps."""
    while True:
        pause()
        later = look(folder)
        if later == files:
            return files
        files = later


def _is_terminal() -> bool:
    return sys.stdout is not None and sys.stdout.isatty()
