"""What each comparison is made of, and how one is measured: in interleaved rounds.

    Comparison ── in each round, each Contender once ──> {"run/s": 240000, …} ──> median, least and most, and the goals

A figure's name says its unit. Nothing here asserts how fast anything is.
"""

import os
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from goqueue.lab.subprocesses import Died

Figures = dict[str, Any]  # numbers; a word where no number says it, such as a verdict
Measure = Callable[[int], Figures]  # how many; it runs in an empty folder, in a process that nothing else uses

OURS, EXECUTOR = "goqueue", "ThreadPoolExecutor"


@dataclass(frozen=True)
class Contender:
    """Something that is measured; `how` says how it is set up."""

    name: str
    measure: Measure
    how: str = ""


@dataclass(frozen=True)
class Goal:
    """What a figure should reach: `bound` by itself, or `bound` times the best of `of`."""

    figure: str
    sign: str  # "≥" or "≤"
    bound: float
    of: tuple[str, ...] = ()
    who: str = OURS

    def outcome(self, medians: dict[str, Figures]) -> Figures:
        """Return the goal in words; if it can be compared, the ratio of the figure to it, and whether it is kept.

        >>> Goal("run/s", "≥", 3, ("theirs",)).outcome({"goqueue": {"run/s": 8}, "theirs": {"run/s": 4}})
        {'goal': 'goqueue: run/s ≥ 3 × theirs', 'ratio': 2.0, 'kept': False}
        """
        text = f"{self.who}: {self.figure} {self.sign} {self.bound:,}"
        others = [medians[name][self.figure] for name in self.of if name in medians]
        if self.who not in medians or (self.of and not others):
            return {"goal": text}
        best = (max if self.sign == "≥" else min)(others or [self.bound])
        if others:
            text += f" × {self.of[0] if len(self.of) == 1 else 'the best of the others'}"
        ratio, bound = medians[self.who][self.figure] / best, self.bound if others else 1
        return {"goal": text, "ratio": brief(ratio), "kept": ratio >= bound if self.sign == "≥" else ratio <= bound}


@dataclass(frozen=True)
class Comparison:
    """One kind of work, done by each of `contenders`. The text's first line is a title; the rest explains."""

    text: str
    contenders: tuple[Contender, ...]
    size: int  # jobs, or whatever the work consists of
    quick: int  # the same, to see that all works
    goals: tuple[Goal, ...] = ()
    rounds: int = 3

    def compare(self, rounds: int, measure: Callable[[Contender], Figures]) -> Figures:
        """Measure; return what the data file holds of this. A contender that fails is left out of the next rounds."""
        found: dict[str, list[Figures]] = {}
        missing: dict[str, str] = {}
        load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
        for number in range(rounds):
            first = number % len(self.contenders)  # a slow minute of the machine hits all of them alike
            for contender in self.contenders[first:] + self.contenders[:first]:
                if contender.name not in missing:
                    show(self.text.splitlines()[0], number + 1, contender.name)
                    try:
                        figures = measure(contender)
                    except Died as err:
                        missing[contender.name] = str(err)
                    else:
                        found.setdefault(contender.name, []).append(figures)
        return {"rounds": rounds, "load": round(load, 1), **self.described(found, missing)}

    def described(self, found: dict[str, list[Figures]], missing: dict[str, str]) -> Figures:
        """Return contenders and goals as the file holds them."""
        told: dict[str, Any] = {one.name: {"how": one.how} for one in self.contenders}
        for name, rounds in found.items():
            told[name]["figures"] = {key: summary([of[key] for of in rounds]) for key in rounds[0]}
        for name, why in missing.items():
            told[name]["missing"] = why
        medians = {n: {key: of["median"] for key, of in told[n]["figures"].items()} for n in found}
        return {"contenders": told, "goals": [goal.outcome(medians) for goal in self.goals]}


def summary(values: list[Any]) -> Figures:
    """Return the median, the least and the most of numbers; of words, the one that comes most often.

    >>> summary([3, 1, 2])
    {'median': 2, 'least': 1, 'most': 3}
    """
    if isinstance(values[0], str):
        return {"median": statistics.mode(values)}
    return {"median": brief(statistics.median(values)), "least": brief(min(values)), "most": brief(max(values))}


def brief(value: float) -> float:
    """Return a number with four digits that count; an int is a count, and stays as it is."""
    return value if isinstance(value, int) else float(f"{value:.4g}")


def show(*words: object) -> None:
    """Show what is being done, if somebody is looking."""
    if sys.stderr.isatty():
        print("\r\033[K", *words, end="", file=sys.stderr, flush=True)
