"""The source of an answer, taken from a notebook's cells: what it needs, and no more."""

from __future__ import annotations

import pytest

from goqueue.lab.learn.answers import sliced, source_of, statements


def needed(*cells: str, name: str = "deliver", known: tuple[str, ...] = ()) -> list[str]:
    return sliced(statements(cells), name, set(known)).splitlines()


def test_what_is_not_used_is_left_out() -> None:
    assert needed("stock = 1", "def deliver(ctx): return ctx") == ["def deliver(ctx): return ctx"]


def test_what_it_uses_comes_along_in_the_order_of_the_cells() -> None:
    cells = "import threading", "lock = threading.Lock()", "def deliver(ctx):\n    with lock:\n        pass"
    assert needed(*cells) == "\n".join(cells).splitlines()


def test_the_last_definition_counts_and_a_later_one_is_seen_by_a_function() -> None:
    cells = "def deliver(): return limit", "limit = 1", "limit = 2"
    assert needed(*cells) == ["def deliver(): return limit", "limit = 2"]


def test_a_statement_that_reads_its_own_name_needs_the_one_before() -> None:
    cells = "count = 1", "count = count + 1", "def deliver(): return count"
    assert needed(*cells) == list(cells)


def test_the_own_names_of_a_function_are_not_taken_for_the_notebooks() -> None:
    assert needed("job = boom()", "def deliver(ctx):\n    job = 1\n    return job")[0] == "def deliver(ctx):"


def test_classes_bases_decorators_defaults_and_methods_are_followed() -> None:
    cells = (
        "import functools",
        "class Base: pass",
        "limit = 3",
        "word = 'late'",
        "class deliver(Base):\n    most = limit\n    @functools.cache\n    def why(self, said=word): return helper()",
        "def helper(): return 1",
    )
    assert needed(*cells) == "\n".join(cells).splitlines()


def test_decorated_functions_and_shared_lines_come_whole_and_once() -> None:
    cells = "import functools; limit = 1", "@functools.cache\ndef deliver(): return limit"
    assert needed(*cells) == ["import functools", "limit = 1", "@functools.cache", "def deliver(): return limit"]


def test_magics_and_broken_cells_are_passed_over_and_known_names_are_not_taken() -> None:
    cells = "%matplotlib inline", "def broken(:", "v12 = load(12)", "def deliver(): return v12, print, len"
    assert needed(*cells, known=("v12", "load")) == ["def deliver(): return v12, print, len"]


def test_a_value_is_written_down() -> None:
    assert source_of([1, "b"], "order") == "order = [1, 'b']"


def test_a_function_of_a_module_is_imported() -> None:
    assert source_of(statements, "deliver") == "from goqueue.lab.learn.answers import statements as deliver"


def test_what_has_no_source_says_what_to_do() -> None:
    with pytest.raises(ValueError, match=r"cannot be found: define it in a cell, under a name such as deliver"):
        source_of(object(), "deliver")
