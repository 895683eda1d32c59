"""Who kills a mutant: its judges try it, the cheapest first, until one is not content.

    an interpreter: tries the original, which shows what each judge costs
        ├── copy: mutant 1 ── judge ── judge ──> killed by …
        ├── copy: mutant 2 ── judge ── judge ── judge ──> survives
        └── …

A judge may take a few times the processor time that it takes for the original. What waits for ever uses none, so
there is a time limit too. A judge that dies with a mutant tries it once more, alone, so that a busy machine kills none.
"""

import resource
import time
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ..subprocesses import Died, map_in_subprocesses
from ..versions.trial import KEPT, promises
from .subject import Subject

LONGEST = 60.0  # seconds for one mutant, if all wait
PATIENCE = 4.0  # a judge may take so many times what it takes for the original
DIED = "died"


def judge_share(question: dict[str, Any]) -> list[dict[str, str]]:
    """Return, for each [file, number] of a share of mutants, who killed it, and how. This runs in an interpreter."""
    promises()
    subject = Subject(question["subject"])
    costs = _costs(subject, question["judges"])
    texts = {file: subject.mutants(file) for file in {file for file, _ in question["mutants"]}}
    killers: dict[str, Counter[str]] = {}
    found = []
    for file, number in question["mutants"]:
        mutant = texts[file][number]
        known = killers.setdefault(f"{file} {mutant.function}", Counter())
        order = sorted(costs, key=lambda name: (known[name] == 0, round(costs[name], 1), -known[name]))
        found.append(_judged(subject, file, mutant.write(), [(name, costs[name]) for name in order]))
        known[found[-1]["by"]] += 1
    return found


def _costs(subject: Subject, judges: Sequence[str]) -> dict[str, float]:
    """Return the processor time that each judge takes for the original. Raises RuntimeError if it kills that."""
    trial, costs = subject.original(), {}
    for name in judges:
        before = time.process_time()
        outcome, message = trial(name)
        costs[name] = time.process_time() - before
        if outcome != KEPT:
            raise RuntimeError(f"{name} does not hold for {subject.name} itself: {message}")
    return costs


def _judged(subject: Subject, file: str, text: str, judges: Sequence[tuple[str, float]]) -> dict[str, str]:
    """Let the judges try a mutant. One that dies with it tries it again, alone: perhaps all of them together were too
    slow here, because the machine is busy.
    """
    with TemporaryDirectory() as folder:

        def tried(by: Sequence[tuple[str, float]]) -> Any:
            (came,) = map_in_subprocesses(partial(_try, subject, file, text, by), [folder], seconds=LONGEST)
            return came

        found = tried(judges)
        while isinstance(found, Died):
            last = Path(folder, "trying").read_text()
            at = [name for name, _ in judges].index(last)
            again = tried(judges[at : at + 1])
            if isinstance(again, Died):
                return {"by": last, "how": DIED, "message": str(again)}
            judges = judges[at + 1 :]
            found = again if again["by"] or not judges else tried(judges)
        return dict(found)


def _try(subject: Subject, file: str, text: str, judges: Sequence[tuple[str, float]], folder: str) -> dict[str, str]:
    trying = Path(folder, "trying")
    trying.write_text(judges[0][0])
    trial = subject.trial(file, text, Path(folder))
    for name, cost in judges:
        trying.write_text(name)
        _limit_processor_time(PATIENCE * cost)
        outcome, message = trial(name)
        if outcome != KEPT:
            return {"by": name, "how": outcome, "message": message}
    return {"by": "", "how": KEPT, "message": ""}


def _limit_processor_time(seconds: float) -> None:
    until = int(time.process_time() + seconds) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.getrlimit(resource.RLIMIT_CPU)[1]))
