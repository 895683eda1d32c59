"""`goqueue worker --reload`: for development, a worker that starts anew when a Python file changes.

    this process ── starts ──> worker ──────────────────────── SIGTERM, an orderly stop ──> a new worker
                └── looks at the *.py files below the folder, twice a second ──┘ one has changed

A worker that cannot start, because of a mistake in the file, waits for the next change.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue

EVERY = 0.5  # seconds between two looks
NOT_LOOKED_INTO = ("site-packages", "node_modules", "__pycache__")


def stamps(folder: Path) -> dict[str, tuple[int, int]]:
    """Return when each Python file below a folder was changed, and its size. Hidden folders are left out."""
    found = {}
    for where, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".") and name not in NOT_LOOKED_INTO]
        for name in files:
            if name.endswith(".py"):
                path = os.path.join(where, name)
                try:
                    status = os.stat(path)
                except FileNotFoundError:  # an editor replaces it just now
                    continue
                found[path] = (status.st_mtime_ns, status.st_size)
    return found


def run_reloading(arguments: Sequence[str], folder: Path, say: Callable[[str], None]) -> int:
    """Run `goqueue worker` with these arguments, anew after each change, until SIGTERM or Ctrl-C. Return its status."""
    heard: SimpleQueue[int] = SimpleQueue()  # its put() is safe in a signal handler
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda got, frame: heard.put(got))
    while True:
        seen = stamps(folder)
        # In a session of its own, so that a Ctrl-C of the terminal reaches it once: from here.
        worker = subprocess.Popen(
            [sys.executable, "-m", "goqueue", "worker", *arguments], cwd=folder, start_new_session=True
        )
        got = until_changed(heard, folder, seen)
        status = stop(worker, heard, got or signal.SIGTERM)
        if got:
            return status
        now = stamps(folder)
        changed = sorted(os.path.relpath(path, folder) for path in {*now, *seen} if now.get(path) != seen.get(path))
        say(f"{', '.join(changed[:3])} changed: the worker starts anew")


def until_changed(heard: "SimpleQueue[int]", folder: Path, seen: dict[str, tuple[int, int]]) -> int | None:
    """Wait for a change or a signal. Return the signal, or None."""
    while stamps(folder) == seen:
        try:
            return heard.get(timeout=EVERY)
        except Empty:
            continue
    return None


def stop(worker: "subprocess.Popen[bytes]", heard: "SimpleQueue[int]", number: int) -> int:
    """Send a signal to a worker, and each one that comes meanwhile. Return its status once it has ended."""
    worker.send_signal(number)
    while True:
        try:
            return worker.wait(timeout=EVERY)
        except subprocess.TimeoutExpired:
            if not heard.empty():
                worker.send_signal(heard.get())
