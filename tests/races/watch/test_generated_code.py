"""Functions that exec() made before the run: watched if their source is kept, as attrs keeps it; else named."""

from __future__ import annotations

import collections
import dataclasses
import threading
from collections.abc import Callable
from typing import Any

import attr
import pytest

from goqueue.races import explore


@attr.s
class Point:
    x: int = attr.ib()
    y: int = attr.ib()


@dataclasses.dataclass
class Plain:
    x: int
    y: int


Pair = collections.namedtuple("Pair", "x y")  # which generates another `__new__`


def generated(filename: str) -> Callable[[Any], int]:
    space: dict[str, Any] = {}
    exec(compile("def total(point): return point.x + point.y\n", filename, "exec"), space)
    found: Callable[[Any], int] = space["total"]
    return found


def while_it_moves(look: Callable[[Any], object], make: Callable[[int, int], Any] = Point) -> list[object]:
    point, seen = make(0, 0), list[object]()

    def move() -> None:
        point.x = 1
        point.y = 1

    thread = threading.Thread(target=move)
    thread.start()
    seen.append(look(point))
    thread.join()
    return seen


def torn_by_attrs() -> None:
    assert while_it_moves(lambda point: point == Point(1, 0)) == [False]


def shown_by_attrs() -> None:
    assert while_it_moves(repr) != ["Point(x=0, y=1)"]


@pytest.mark.parametrize("model", [torn_by_attrs, shown_by_attrs])
def test_what_attrs_generates_is_watched(model: Callable[[], None]) -> None:
    result = explore(model)
    assert result.verdict == "failed assertion"
    assert any("<attrs generated" in step.filename for step in result.trace.steps)


def test_what_only_fills_new_objects_is_exhausted() -> None:
    def model() -> None:
        threads = [threading.Thread(target=Point, args=(1, 2)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    result = explore(model)
    assert (result.verdict, result.unwatched) == ("exhausted", ())


@pytest.mark.parametrize("filename", ["<gen>", "<string>"])
def test_code_without_a_source_is_named_if_another_thread_runs(filename: str) -> None:
    total = generated(filename)
    result = explore(lambda: while_it_moves(total) and None)
    assert result.unwatched == ("total in generated code (not watched)",)

    def alone() -> None:
        assert total(Point(1, 2)) == 3

    assert explore(alone).unwatched == ()
    assert explore(lambda: while_it_moves(total) and None, modules=[]).unwatched == ()


def test_dataclasses_and_named_tuples_are_not_named() -> None:
    def model() -> None:
        while_it_moves(lambda point: (point == Plain(1, 0), repr(point), Pair(1, 2), Pair(3, 4)._replace(x=5)), Plain)

    result = explore(model)
    assert (result.verdict, result.unwatched) == ("exhausted", ())


def test_what_attrs_notes_while_it_shows_an_object_differs_in_no_run() -> None:
    result = explore(lambda: while_it_moves(repr) and None)
    assert result.verdict == "exhausted"
    assert "differ" not in result.summary
