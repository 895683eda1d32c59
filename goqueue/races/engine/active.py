"""Which run is going on, if any, and whether the calling thread is part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .carrying import get_ident

if TYPE_CHECKING:
    from .run import Run


class Active:
    """The current run, if any. `run.ident` is the real thread that may act for it."""

    run: Run | None = None


def here() -> Run | None:
    """Return the run that the calling thread belongs to, or None: a thread of a kernel or a test runner has none."""
    run = Active.run
    return run if run is not None and run.ident == get_ident() else None
