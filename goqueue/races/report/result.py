"""What an exploration found: a verdict, the schedule that shows it, and a view to step through it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from ..engine.sources import file_label
from ..engine.words import Verdict
from .text import Race
from .trace import Step, Trace
from .trace_text import as_text

NO_CLAIM = (Verdict.BUDGET_SPENT, Verdict.TOO_LONG)
AGAIN = "To run it again: "
PASSED = (Verdict.EXHAUSTED, *NO_CLAIM, Verdict.PASSED)


@dataclass(frozen=True, repr=False)
class Result:
    """The result of explore(), detect() or replay(). `repr` says everything in text; a notebook shows a stepper.

    `verdict` is "failed assertion", "exception in a thread", "deadlock", "lost wake-up", "livelock", "data race",
    "exhausted" (every order that can matter was tried), "budget spent" or "too long" (no claim) or, of a replay,
    "passed".
    `schedules` is the number of runs made. `schedule` is what replay() needs, and `trace` is what happened in that run:
    the simplest one that fails or, if none does, an ordinary one. "exhausted" with names in `unwatched` excepts what
    happens inside of the calls of these objects, which count as one step each.
    """

    verdict: Verdict
    schedules: int
    schedule: str
    races: tuple[Race, ...]
    trace: Trace
    summary: str  # the finding in words, without the steps
    unwatched: tuple[str, ...] = ()  # classes of shared objects that the lab could not look into: "array (array)"
    remark: str = ""  # why there was one schedule, that runs were cut, or which threads took no part in what failed
    again: str = ""  # the call of replay() in the last line of the summary, or ""
    place: tuple[str, int] = ("", 0)  # the file and the line where the model begins

    page: ClassVar[Callable[[Result], str] | None] = None  # makes the HTML for a notebook; set by whoever has views

    @property
    def failed(self) -> bool:
        """Whether something went wrong."""
        return self.verdict not in PASSED

    @property
    def claims_nothing(self) -> bool:
        """Whether nothing failed, and yet not all was tried: "budget spent" or "too long"."""
        return self.verdict in NO_CLAIM

    def only(self, *files: str) -> Result:
        """Return the same result with only the steps of some files: only("storage.py", "In").

        "In" means all cells of a notebook. Raises ValueError if no step is in them.
        """
        labels = {file_label(name) for name in files}
        steps: list[Step] = []
        preempted = ""
        for step in self.trace.steps:
            preempted = preempted or step.preempted
            preempted = "" if preempted == step.thread else preempted  # it goes on itself
            name = step.where.rpartition(":")[0]
            if name in labels or (name.startswith("In[") and "In" in labels):
                steps.append(replace(step, preempted=preempted))
                preempted = ""
        if not steps:
            known = ", ".join(dict.fromkeys(step.where.rpartition(":")[0] for step in self.trace.steps))
            raise ValueError(f"no step is in {' or '.join(files) or 'no file'}: the steps are in {known or 'no file'}")
        return replace(self, trace=replace(self.trace, steps=tuple(steps)))

    def with_line(self, again: str) -> Result:
        """Return the same result with other words for running it again, such as a command; "" for none."""
        summary = self.summary.removesuffix(AGAIN + self.again).rstrip("\n") if self.again else self.summary
        return replace(self, summary=f"{summary}\n{AGAIN}{again}" if again else summary, again=again)

    @property
    def title(self) -> str:
        """One line: the verdict, and the schedule that repeats the run."""
        return f"{self.verdict}: schedule {self.schedule}"

    def __repr__(self) -> str:
        shows_no_run = self.claims_nothing or self.verdict == Verdict.EXHAUSTED
        return self.summary if shows_no_run else f"{self.summary}\n\n{as_text(self.trace, self.title)}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        bundle = {"text/plain": repr(self)}
        if Result.page is not None:
            bundle["text/html"] = Result.page(self)
        return bundle
