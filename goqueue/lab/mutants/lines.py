"""The mutants of an answer that is an order of lines: one is missing, two are swapped, one too many is used."""

from collections.abc import Iterator
from functools import partial

from ..learn.exercises import Exercise
from .mutant import Mutant


def mixed(exercise: Exercise) -> list[Mutant]:
    """Return all answers that differ in one line, in the order of the solution."""
    right = exercise.solution.split()
    return [
        Mutant("", operator, " ".join(right), " ".join(letters), at + 1, partial(" ".join, letters))
        for operator, at, letters in _orders(right, list(exercise.blocks))
    ]


def _orders(right: list[str], blocks: list[str]) -> Iterator[tuple[str, int, list[str]]]:
    seen = [right]
    for at in range(len(right)):
        yield "statement_dropped", at, right[:at] + right[at + 1 :]
        for to in range(len(right)):
            moved = right[:at] + right[at + 1 :]
            moved.insert(to, right[at])
            if moved not in seen:
                seen.append(moved)
                yield "statements_swapped", at, moved
    for block in blocks:
        if block not in right:
            for at in range(len(right) + 1):
                yield "statement_added", at, [*right[:at], block, *right[at:]]
            for at in range(len(right)):
                yield "statement_replaced", at, [*right[:at], block, *right[at + 1 :]]
