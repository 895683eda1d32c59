"""Context managers of the standard library that set for a while what the whole process uses.

    with redirect_stdout(text): …     a step that sets sys.stdout; …; a step that sets it back
    with mock.patch(…): …             the same for an attribute
    with catch_warnings(): …          the same for warnings.filters
    with memoryview(…): …             a step at its beginning and one at its end, as for any object that is not watched

Two threads that do so may end in another order than they began, so what the first one set stays. A run may leave such
things behind, also where it is stopped in the middle. They are put back after it.
"""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from typing import Any

from ....engine.active import here
from ....engine.faults.killable_run import KillableRun
from ....engine.places import place_of
from ....engine.run import Run
from ....engine.sources import site_number
from ....engine.words import CALL, PLAIN, READ, WRITE, Mode
from ...objects.kinds import OPAQUE, how
from ..attributes import tell_what_decides
from ..opaque import place_of_opaque
from ..sections import begin
from ..waited_for import WAITED_FOR, in_this_run

STREAMS = {contextlib.redirect_stdout: "stdout", contextlib.redirect_stderr: "stderr"}
OWNERS = {warnings.catch_warnings: (warnings, "filters"), contextlib.chdir: (os, "the directory")}
OWNERS |= {kind: (sys, name) for kind, name in STREAMS.items()}


class Usual:
    """What the process used before the first run."""

    streams: Any = None
    filters: Any = None

    @classmethod
    def note(cls) -> None:
        """Note it."""
        cls.streams = sys.stdout, sys.stderr
        cls.filters = warnings.filters, list(warnings.filters), warnings.showwarning

    @classmethod
    def put_back(cls) -> None:
        """Put back what a run has changed."""
        sys.stdout, sys.stderr = cls.streams
        filters, items, shows = cls.filters
        if warnings.filters is not filters or filters != items:
            filters[:] = items
            warnings.filters = filters
            getattr(warnings, "_filters_mutated", tuple)()
        warnings.showwarning = shows


class Stepping:
    """Stands before a context manager. Its beginning and its end are steps."""

    __slots__ = ("manager",)

    def __init__(self, manager: Any) -> None:
        self.manager = manager

    def touch(self, run: Run, mode: Mode, site: int) -> None:
        """Come to the step that enters or leaves."""
        run.access(place_of_opaque(run, self.manager), mode, None, CALL, site, "")

    def __enter__(self) -> Any:
        self.step(READ)
        return self.manager.__enter__()

    def __exit__(self, *raised: Any) -> Any:
        self.step(WRITE)
        return self.manager.__exit__(*raised)

    def step(self, mode: Mode) -> None:
        """Come to the step, if this is part of a run."""
        run = here()
        if run is not None:
            self.touch(run, mode, site_number(sys._getframe()))


class Redirecting(Stepping):
    """Stands before one that sets an attribute."""

    __slots__ = ("name", "owner")

    def __init__(self, manager: Any, owner: Any, name: str) -> None:
        super().__init__(manager)
        self.owner, self.name = owner, name

    def touch(self, run: Run, mode: Mode, site: int) -> None:
        """Come to the step that sets the attribute, or sets it back."""
        run.access(place_of(run, self.owner), WRITE, self.name, PLAIN, site, "." + self.name)
        tell_what_decides(run, self.owner, self.name)


def enter(thing: Any, whole: bool) -> Any:
    """with thing: … `whole`: no code of the caller runs in between"""
    run, kind = here(), type(thing)
    if run is None:
        return thing
    run.open_section()
    if kind in WAITED_FOR:
        thing = in_this_run(run, thing)
        begin(run, thing, whole)
        return thing
    if kind in OWNERS:
        return Redirecting(thing, *OWNERS[kind])
    if kind.__module__ == "unittest.mock" and hasattr(thing, "getter"):
        return Redirecting(thing, thing.getter(), thing.attribute)
    if how(kind, "__exit__") is OPAQUE and not (isinstance(run, KillableRun) and run.may_be_killed):
        return Stepping(thing)  # a block's end closes a file, for example; if a crash may come, it is `Managed`
    return thing


def print_to(run: Run, site: int) -> Any:
    """Return where print() writes to, if a run has redirected it."""
    run.access(place_of(run, sys), READ, "stdout", PLAIN, site, ".stdout")
    return None if sys.stdout is Usual.streams[0] else sys.stdout
