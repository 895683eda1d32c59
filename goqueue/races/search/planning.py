"""In which order an exploration uses its strategies.

"auto" begins with the one that proves something, and leaves it where its end is not in sight:

    the reduction ─> runs at random ─> turns ─> the reduction ─> few preemptions ─> PCT ─> the reduction
    200 schedules    256               4 runs   to half          to four fifths     a fifth  what is left
         └─────────────┴────────┴──────────────────┴─────────────────┴───────────────┴─> a failure ─> simplify it

A program that the reduction exhausts, or finds to fail, within the first schedules never sees the others. The reduction
searches depth first, so it may take long to change an early step of a run; a random walk changes any step.
"""

from __future__ import annotations

from ..engine.words import Verdict
from .budget import Budget, Part
from .exploration import Exploration
from .options import Options
from .oracle import Everything, replayable
from .sampling import Sample
from .simplifying import simplify
from .walks.pct import missed
from .walks.turns import MOST
from .walks.walk import Known
from .workers import Workers

FIRST = 200  # schedules of the reduction, before runs at random
CHANCE = 256  # runs at random, before the reduction goes on
MEANINGFUL = 0.99  # a bug that is missed with a higher probability than this is not spoken of
BY = {
    "random": "by a random walk", "pct": "by PCT", "pos": "by POS", "surw": "by SURW", "turns": "by turns",
    "oracle": "by the oracle",
}  # fmt: skip


class Plan:
    """One exploration, from its first run to its simplest failure."""

    def __init__(self, exploration: Exploration, options: Options, workers: Workers, keep_going: bool) -> None:
        self._exploration, self._options, self._workers, self._keep_going = exploration, options, workers, keep_going
        self._budget = Budget(options)
        self._exhausted = False
        self._sampled: Sample | None = None  # the latest, which knows the most

    def carry_out(self) -> bool:
        """Search as the options ask. Return whether nothing is left to try."""
        exploration = self._exploration
        if self._options.search == "auto":
            self._automatically()
        elif self._options.search == "reduction":
            self._by_reduction()
        elif self._options.search == "oracle":
            self._ask_the_oracle()
        else:
            self._sample(self._options.search, 1.0, self._options.schedules)
        if exploration.failure is not None and not self._keep_going and exploration.oracle is None:
            # The reduction seldom preempts, and a circle of threads that take turns is easy to follow.
            by = self._sampled.strategy if self._sampled is not None and exploration.found_by else ""
            in_turns = by == "turns" and exploration.failure.verdict is Verdict.LIVELOCK
            simplify(exploration, self._budget.part(1.1), exploration.found_by != "" and not in_turns)
        return self._exhausted

    def _automatically(self) -> None:
        schedules = self._options.schedules
        self._reduce(0.5, FIRST)
        self._sample("random", 0.625, min(CHANCE, schedules // 8))
        self._sample("turns", 0.65, min(MOST, schedules // 100))
        self._reduce(0.5)
        self._try_few_preemptions(0.8)
        self._sample("pct", 1.0, schedules // 5)
        self._reduce(1.0)

    def _by_reduction(self) -> None:
        self._reduce(0.5)
        self._try_few_preemptions(1.0)
        self._reduce(1.0)

    def _ask_the_oracle(self) -> None:
        exploration, part, options = self._exploration, self._budget.part(), self._options
        oracle = exploration.oracle = replayable(options.seed, options.schedules)
        how = f"{BY['oracle']} (seed {options.seed})"
        while not (part.spent(exploration.schedules) or self._done or exploration.hopeless):
            run = exploration.run(oracle.pick, hot=Everything())
            exploration.schedules += 1
            exploration.note(run)
            oracle.plan(run)
            exploration.sampled[how] = exploration.schedules
        exploration.found_by = how if self._done else ""

    @property
    def late(self) -> bool:
        """Whether the search ended because its time was spent."""
        spent = self._exploration.schedules >= self._options.schedules
        return not self._done and not spent and self._budget.part().late

    @property
    def _done(self) -> bool:
        return self._exhausted or (self._exploration.failure is not None and not self._keep_going)

    def _reduce(self, share: float, at_most: int | None = None) -> None:
        if not self._done:
            self._exhausted = self._exploration.search(self._budget.part(share, at_most), self._keep_going)

    def _try_few_preemptions(self, share: float) -> None:
        exploration, part = self._exploration, self._budget.part(share)
        if not self._done and not self._keep_going:
            left = Part(max(0, part.schedules - exploration.schedules), part.deadline)
            exploration.schedules += exploration.try_few_preemptions(range(3), left)

    def _sample(self, strategy: str, share: float, runs: int) -> None:
        if not self._done:
            self._make_runs(strategy, share, runs)

    def _make_runs(self, strategy: str, share: float, runs: int) -> None:
        exploration, known = self._exploration, self._sampled.known if self._sampled else Known()
        sample = Sample(strategy, exploration, self._options.seed, self._workers, self._keep_going, known)
        self._sampled = sample
        sample.go_on(self._budget.part(share, exploration.schedules + runs))
        if sample.runs:
            how = BY[strategy] if strategy == "turns" else f"{BY[strategy]} (seed {self._options.seed})"
            exploration.sampled[how] = sample.runs
            exploration.promised = promise(sample) if strategy == "pct" else exploration.promised
            exploration.found_by = f"run {sample.runs} {how}" if self._done else ""


def promise(sample: Sample) -> str:
    """Return the bound of PCT in words."""
    if sample.pushed:
        return "PCT states no bound here, because a thread that polled or ran on had to let the others go first."
    known, runs = sample.known, sample.depths
    chances = {depth: missed(depth, known, runs[depth]) for depth in sorted(runs)}
    told = [
        f"  of depth {depth} with probability under {above(chance)} in {runs[depth]} runs"
        for depth, chance in chances.items()
        if chance < MEANINGFUL
    ]
    seen = f"at most {known.threads} threads, and {known.points} steps at which several could go on"
    if not told:
        return f"PCT had too few runs to promise anything, with {seen}."
    return "\n".join([f"PCT would have missed a bug, with {seen},", *told])


def above(chance: float) -> str:
    """Return a probability, rounded up.

    >>> above(0.0002), above(0.1234), above(0.123)
    ('0.001', '0.124', '0.124')
    """
    return f"{(int(chance * 1000) + 1) / 1000:g}"
