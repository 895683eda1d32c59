"""What every search needs: the ordinary choice, and the choice that was made before."""

from __future__ import annotations

from ..engine.run import FAIR_SHARE, Run
from ..engine.tasks import Task
from ..engine.words import Verdict


def carry_on(run: Run, able: list[Task]) -> Task:
    """Let the current task go on. If it cannot, has yielded, or has had its share, choose the next one."""
    current = run.current
    if current in able and not current.yielded and run.streak < FAIR_SHARE:
        return current
    later = [task for task in able if task.index > current.index]
    others = [task for task in able if task is not current]
    return (later or others or able)[0]


def again(run: Run, able: list[Task], index: int) -> Task:
    """Return the task that was chosen here before. If it cannot go on, the model differs from run to run."""
    for task in able:
        if task.index == index:
            return task
    run.end(Verdict.CHANGED)
    return able[0]


def plainly(run: Run, able: list[Task]) -> Task:
    """Let the current task go on, or else the first: the choice wherever a schedule names none."""
    return run.current if run.current in able else able[0]
