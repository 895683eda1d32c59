"""Notices unwatched code that the model runs through, so that it can be watched in the next run.

From Python 3.12 on, `sys.monitoring` reports each function once, which costs next to nothing, so every run is observed.
Python 3.11 has only `sys.setprofile`, which slows a run down. There the first runs are observed, then one in 2, 4, 8 …,
but no run that is recorded after the first, because such a run repeats an earlier one.
"""

from __future__ import annotations

import inspect
import sys
import threading
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

from ..engine.active import here
from ..engine.identity import identity
from ..engine.sources import ENGINE
from .rewriting.compiling import is_ours

FIRST_RUNS = 16  # that are all observed, where observing is slow
Space = dict[str, Any]


class Noticing:
    """Collects the code of functions that controlled threads run and that is not watched, with its globals.

    `wants(filename, globals)` says whether code belongs to what should be watched. `misses(code, globals)` says whether
    code was generated and has no source: if it runs while other threads do, its name is kept.
    """

    def __init__(self, wants: Callable[[str, Space], bool], misses: Callable[[CodeType, Space], bool]) -> None:
        self.found: dict[CodeType, Space] = {}
        self.generated: set[str] = set()
        self.known: set[CodeType] = set()  # cannot be watched, and has been named
        self._wants, self._misses = wants, misses

    def begin(self) -> None:
        """Begin before the first run, in the thread that explores."""

    def end(self) -> None:
        """End after the last run."""

    def run_begins(self, number: int, repeats: bool) -> None:
        """A run begins, which may repeat an earlier one. Observed or not, the same happens in it."""

    def run_ends(self) -> None:
        """A run has ended."""

    def note(self, code: CodeType, space: Space) -> bool:
        """Note code that a controlled thread runs. Return whether it need not be seen again."""
        if is_ours(code):
            return True
        is_text = code.co_filename == "<string>"  # that exec() or eval() runs
        if (code.co_flags & inspect.CO_OPTIMIZED or is_text) and self._wants(code.co_filename, space):
            if code not in self.known:
                self.found[code] = space
        elif self._misses(code, space):
            return self._name(code)
        return True

    def _name(self, code: CodeType) -> bool:
        """Keep the name of generated code if another thread may come between. Return whether one may."""
        run = here()
        shared = run is not None and run.others_run
        if shared:
            self.generated.add(code.co_qualname)
        return shared


class Profiled(Noticing):
    """Notices by sys.setprofile."""

    def begin(self) -> None:
        """Know by its globals which code is never wanted: the lab's, and threading's."""
        names = ["threading", *(name for name in sys.modules if name.startswith(ENGINE))]  # most calls are theirs
        self._of_others = {identity(vars(sys.modules[name])) for name in names}

    def run_begins(self, number: int, repeats: bool) -> None:
        """Observe the first runs, and then fewer and fewer."""
        self._usual = threading.getprofile()
        self._on = not repeats and (number <= FIRST_RUNS or not number & (number - 1))
        if self._on:
            threading.setprofile(self._observer())

    def run_ends(self) -> None:
        """Observe no more."""
        if self._on:
            threading.setprofile(self._usual)

    def _observer(self) -> Callable[[FrameType, str, Any], None]:
        """Return what Python calls at each call and each return, so it must be quick."""
        seen: set[int] = set()
        known = self._of_others

        def called(frame: FrameType, event: str, argument: Any) -> None:
            # To read `f_code` raises an audit event, so most calls, which are the lab's own, are told by their globals.
            if (
                event != "call"
                or identity(frame.f_globals) in known
                or identity(frame.f_code) in seen
                or here() is None
            ):
                return
            if self.note(frame.f_code, frame.f_globals):
                seen.add(identity(frame.f_code))

        return called


class Monitored(Noticing):
    """Notices by sys.monitoring."""

    def begin(self) -> None:
        """Observe each function that starts, until it was seen in a controlled thread."""
        monitoring = sys.monitoring  # type: ignore[attr-defined]  # from Python 3.12 on
        self._tool = next((tool for tool in (4, 3, 5, 0) if monitoring.get_tool(tool) is None), None)
        if self._tool is not None:
            monitoring.use_tool_id(self._tool, "goqueue")
            monitoring.register_callback(self._tool, monitoring.events.PY_START, self._started)
            monitoring.set_events(self._tool, monitoring.events.PY_START)
            monitoring.restart_events()

    def end(self) -> None:
        """Observe no more."""
        monitoring = sys.monitoring  # type: ignore[attr-defined]
        if self._tool is not None:
            monitoring.set_events(self._tool, 0)
            monitoring.register_callback(self._tool, monitoring.events.PY_START, None)
            monitoring.free_tool_id(self._tool)

    def _started(self, code: CodeType, offset: int) -> Any:
        if here() is not None and self.note(code, sys._getframe(1).f_globals):
            return sys.monitoring.DISABLE  # type: ignore[attr-defined]
        return None


noticing: type[Noticing] = Monitored if sys.version_info >= (3, 12) else Profiled
