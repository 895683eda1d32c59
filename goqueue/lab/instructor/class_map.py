"""A map of the class: which promise is broken by how many, by whom, and what others who broke it had misunderstood.

The misconceptions are not read from the learners' minds: they are the names of the wrong answers and counterexamples
that the course knows to break this promise first.
"""

from collections import defaultdict
from typing import NamedTuple

from ..learn.exercises import find
from ..versions.trial import KEPT, NOT_TRIED, promises
from .grades import Grades, sentence


class Place(NamedTuple):
    """One promise that somebody breaks."""

    sentence: str
    misconceptions: tuple[str, ...]
    learners: tuple[str, ...]


def class_map(found: Grades) -> list[Place]:
    """Return the promises that are not kept by all who were tried, the one broken most often first."""
    broken_by: dict[str, list[str]] = defaultdict(list)
    for one in found.grades:
        for result in one.results:
            if result.outcome not in (KEPT, NOT_TRIED):
                broken_by[result.name].append(one.learner)
    order = sorted(broken_by, key=lambda name: -len(broken_by[name]))
    return [Place(sentence(name), misconceptions(name), tuple(broken_by[name])) for name in order]


def misconceptions(name: str) -> tuple[str, ...]:
    """Return what is known to break a promise, or a check of an exercise, in words."""
    number, _, check = name.partition(" ")
    if check:
        return tuple(wrong.name for wrong in find(number).wrong if wrong.breaks == check)
    known = promises().get(name)
    names = [one for one in known.counterexamples if isinstance(one, str)] if known is not None else []
    return tuple(" ".join(one.split("_")[1:]) for one in names)
