"""What an exploration found: a verdict, the schedule that shows it, and a view to step through."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from .report import Race
from .trace import Trace

if TYPE_CHECKING:
    from goqueue.lab.views import View

PASSED = ("exhausted", "budget spent", "passed")


@dataclass(frozen=True, repr=False)
class Result:
    """The result of explore(), detect() or replay(). `repr` says everything in text; a notebook shows a stepper.

    `verdict` is "failed assertion", "exception in a thread", "deadlock", "lost wake-up", "livelock", "data race",
    "exhausted" (every order that can matter was tried), "budget spent" (no claim), or, of a replay, "passed".
    `schedules` is how many runs it took. `schedule` is what replay() needs, "" if nothing failed.
    """

    verdict: str
    schedules: int
    schedule: str
    races: tuple[Race, ...]
    trace: Trace | None
    summary: str  # what was found, in words, without the steps

    @property
    def failed(self) -> bool:
        """Whether something went wrong."""
        return self.verdict not in PASSED

    def only(self, *files: str) -> Result:
        """Return the same result, with the steps of some files only: only("storage.py", "job.py").

        Raises ValueError if no step is in them.
        """
        if self.trace is None:
            return self
        steps = tuple(step for step in self.trace.steps if step.where.rpartition(":")[0] in files)
        if not steps:
            known = ", ".join(dict.fromkeys(step.where.rpartition(":")[0] for step in self.trace.steps))
            raise ValueError(f"no step is in {' or '.join(files) or 'no file'}: the steps are in {known}")
        return replace(self, trace=replace(self.trace, steps=steps))

    @property
    def view(self) -> View:
        """What a notebook shows."""
        from goqueue.lab.views.stepper import stepper
        from goqueue.lab.views.view import View

        if self.trace is None:
            return View(self.summary)
        steps = stepper(self.trace, self.title)
        words = f'<pre style="background:#ffffff;color:#222222;margin:0;padding:0.5em">{_escaped(self.summary)}</pre>'
        return View(f"{self.summary}\n\n{steps.text}", words + steps.html)

    @property
    def title(self) -> str:
        """One line: the verdict, and how it can be had again."""
        return f"{self.verdict}: schedule {self.schedule}" if self.schedule else self.verdict

    def __repr__(self) -> str:
        return self.view.text

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return self.view._repr_mimebundle_(include, exclude)


def side_by_side(bad: Result, good: Result) -> View:
    """Show two runs next to each other: one that fails, one that does not.

    Raises ValueError if one of them shows no run: explore() shows the failing one, replay() any.
    """
    from goqueue.lab.views.stepper import side_by_side as views_side_by_side

    if bad.trace is None or good.trace is None:
        empty = "the first" if bad.trace is None else "the second"
        raise ValueError(
            f"{empty} result shows no run, it was {(bad if bad.trace is None else good).verdict}; replay one"
        )
    return views_side_by_side(bad.trace, good.trace, (bad.title, good.title))


def _escaped(text: str) -> str:
    from html import escape

    return escape(text)
