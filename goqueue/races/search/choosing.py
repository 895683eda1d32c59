"""What every search needs: the ordinary choice, and the choice that was made before."""

from __future__ import annotations

from ..engine.carrying import current_frames
from ..engine.log import Op
from ..engine.run import FAIR_SHARE, Run
from ..engine.sources import place_of_frame
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


def again(run: Run, able: list[Task], index: int, op: Op) -> Task:
    """Return the task that was chosen here before. If it does something else now, the model differs from run to run."""
    for task in able:
        if task.index == index and task.op == op:
            return task
    changed = next((task for task in run.tasks if task.index == index and not task.finished), run.current)
    run.change = differs(run, changed)
    run.end(Verdict.CHANGED)
    return able[0]


def plainly(run: Run, able: list[Task]) -> Task:
    """Let the current task go on, or else the first: the choice wherever a schedule names none."""
    return run.current if run.current in able else able[0]


def differs(run: Run, task: Task) -> str:
    """Say where a task is that did something else before."""
    frame = current_frames().get(task.carrier.ident) if task.carrier is not None else None
    where, line = place_of_frame(frame) if frame is not None else ("its beginning", "not begun")
    return f"{task.name} is at {where} ({line}), where it did something else in an earlier run"
