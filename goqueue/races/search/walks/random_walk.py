"""A random walk: at each step the running thread is preempted with a small probability.

The probability is 0.05 in one run and 0.2 in the next. Few preemptions find bugs that need two threads to be far apart;
many find bugs that need a close race. After a preemption, and where the running thread cannot go on, each thread that
can go on is equally likely.
"""

from __future__ import annotations

from ...engine.run import Run
from ...engine.tasks import Task
from .walk import Walk

SWITCHING = (0.05, 0.2)  # probabilities, by turns


class RandomWalk(Walk):
    """Preempts with a probability that depends on the number of the run."""

    def choose(self, run: Run, able: list[Task]) -> Task:
        """Choose one of several tasks."""
        if run.current not in able:
            return self.chance.choice(able)
        if self.chance.random() >= SWITCHING[self.number % len(SWITCHING)]:
            return run.current
        return self.chance.choice([task for task in able if task is not run.current])
