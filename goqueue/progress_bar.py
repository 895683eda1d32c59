"""What a caller who waits for a job is shown: `queue.wait(ctx, job, show=True)`, or a function of the caller's.

    waiting thread ── looks ──> a change? ──> show(job) ──> sleeps for a moment, or until the job ends

All of it happens in the thread that waits. No worker prints anything.
"""

import contextlib
import sys
from collections.abc import Callable
from html import escape
from typing import Any

from .job import Job
from .names import printable

Show = Callable[[Job], object]
WIDTH = 24  # characters of a bar


class Shown:
    """Calls a function with a job, if it is not as it was at the last call. For one thread."""

    def __init__(self, show: Show) -> None:
        self._show = show
        self._last: object = None

    def __call__(self, job: Job) -> None:
        """Show a job, if something is new."""
        now = (job.status, job.attempts, job.progress)
        if now != self._last:
            self._last = now
            self._show(job)


class Bar:
    """A line that is written anew: in a terminal, or below the cell of a notebook. Elsewhere, only its end is written.

    For one thread.
    """

    def __init__(self) -> None:
        self._width = 0  # of what was written last
        self._cell: Any = None  # where it is shown in a notebook

    def __call__(self, job: Job) -> None:
        """Show a job as it is now."""
        display = display_of_notebook()
        if display is not None:
            if self._cell is None:
                self._cell = display(View(job), display_id=True)
            else:
                self._cell.update(View(job))
        elif sys.stderr is not None:
            with contextlib.suppress(OSError, ValueError):  # it is closed, and nobody looks
                self._write(job)

    def _write(self, job: Job) -> None:
        text = line(job)
        if not sys.stderr.isatty():
            if job.final:
                print(text, file=sys.stderr)
            return
        print(f"\r{text:<{self._width}}", end="\n" if job.final else "", file=sys.stderr, flush=True)
        self._width = len(text)


class View:
    """A job's progress in a notebook: as text, and as HTML."""

    def __init__(self, job: Job) -> None:
        self.text = line(job)
        part = 1.0 if job.final else None if job.progress is None else job.progress.fraction
        value = "" if part is None else f' value="{part:.3f}"'
        self.html = f'<progress max="1"{value} aria-label="progress"></progress> <span>{escape(words(job))}</span>'

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": self.text, "text/html": self.html}


def words(job: Job) -> str:
    """Return in words how far a job has come: `webhook: 3/10 (30%) orders`."""
    now = job.progress or job.status
    again = f", attempt {job.attempts}" if job.attempts > 1 else ""
    return printable(f"{job.type}: {now}{again}")


def line(job: Job) -> str:
    """Return a bar with its words. Without a total there is no bar."""
    part = None if job.progress is None else job.progress.fraction
    if part is None:
        return words(job)
    full = int(WIDTH * part)
    return f"[{'#' * full}{'.' * (WIDTH - full)}] {words(job)}"


def display_of_notebook() -> Any:
    """Return the function that shows something below the cell that runs, or None outside of a notebook."""
    found = sys.modules.get("IPython")  # never imported here: a notebook has it
    shell = None if found is None else found.get_ipython()
    return found.display.display if found is not None and getattr(shell, "kernel", None) is not None else None


def show_of(show: object) -> Shown | None:
    """Return what shows a job: True means a bar. Raises TypeError if it can show nothing."""
    if show is None or show is False:
        return None
    if show is True:
        return Shown(Bar())
    if not callable(show):
        raise TypeError(f"show is {show!r}: it must be True for a bar, or a function that takes the job")
    return Shown(show)
