"""The source of an answer, taken from a notebook's cells: what it needs, and no more."""

from __future__ import annotations

import pytest

from goqueue.lab.learn.answers import sliced, source_of, statements

# the cells before the answer, the answer, and whether each of these cells is needed
CELLS = {
    "what is not used is left out": (["stock = 1"], "def deliver(ctx): return ctx", [False]),
    "what it uses comes along in the order of the cells": (
        ["import threading", "lock = threading.Lock()"],
        "def deliver(ctx):\n    with lock:\n        pass",
        [True, True],
    ),
    "a statement that reads its own name needs the one before": (
        ["count = 1", "count = count + 1"],
        "def deliver(): return count",
        [True, True],
    ),
    "the names of a function itself are not the notebook's": (
        ["job = boom()"],
        "def deliver(ctx):\n    job = 1\n    return job",
        [False],
    ),
    "bases, decorators and defaults are followed": (
        ["import functools", "class Base: pass", "limit = 3", "word = 'late'", "def helper(): return 1"],
        "@functools.cache\nclass deliver(Base):\n    most = limit\n    def why(self, said=word): return helper()",
        [True, True, True, True, True],
    ),
    "magics, broken cells and known names are passed over": (
        ["%matplotlib inline", "def broken(:", "v12 = load(12)"],
        "def deliver(): return v12, print, len",
        [False, False, False],
    ),
}


@pytest.mark.parametrize(("cells", "answer", "used"), CELLS.values(), ids=CELLS)
def test_an_answer_comes_with_what_it_uses(cells: list[str], answer: str, used: list[bool]) -> None:
    wanted = [cell for cell, is_used in zip(cells, used, strict=True) if is_used]
    assert sliced(statements([*cells, answer]), "deliver", {"v12", "load"}) == "\n".join([*wanted, answer])


def test_the_last_definition_counts_a_later_one_is_seen_and_statements_of_one_line_come_apart() -> None:
    cells = "import functools; limit = 1", "def deliver(): return limit", "limit = 2; other = 3"
    assert sliced(statements(cells), "deliver", set()).splitlines() == [cells[1], "limit = 2"]


def test_an_answer_without_a_cell_is_a_value_or_of_a_module_or_it_is_said_what_to_do() -> None:
    assert source_of([1, "b"], "order") == "order = [1, 'b']"
    assert source_of(statements, "deliver") == "from goqueue.lab.learn.answers import statements as deliver"
    with pytest.raises(ValueError, match=r"cannot be found: define it in a cell, under a name such as deliver"):
        source_of(object(), "deliver")
