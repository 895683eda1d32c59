"""Watched code does what plain code does: each construct of the language gives the same result, watched or not.

A construct is a few lines that return what they found. Each runs plainly, and as a model that ends with an exception,
so that the recorded run is among those compared.
"""

from __future__ import annotations

import gc
import importlib.util
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Any

import pytest

from goqueue.lab import explore

from ..constructs.assigning import ASSIGNING
from ..constructs.calling import CALLING
from ..constructs.classes import CLASSES
from ..constructs.copying import COPYING
from ..constructs.flow import FLOW
from ..constructs.naming import NAMING
from ..constructs.objects import OBJECTS
from ..litmus.programs import NAMED

CONSTRUCTS = {**ASSIGNING, **NAMING, **FLOW, **CALLING, **CLASSES, **OBJECTS, **COPYING}


class Done(Exception):
    """Ends a model."""


def module_of(source: str, folder: Path) -> ModuleType:
    """Return a module made from source, in a file, because only files are watched."""
    path = folder / "construct.py"
    path.write_text(source, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("construct", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def both_ways(construct: Callable[[], Any], module: ModuleType) -> tuple[Any, list[Any]]:
    """Return what a function gives plainly, and in each watched run."""
    plain, code, watched = construct(), construct.__code__, list[Any]()

    def model() -> None:
        assert construct.__code__ is not code
        watched.append(construct())
        raise Done

    result = explore(model, modules=[module])
    assert result.summary.startswith("EXCEPTION IN A THREAD\nDone"), (result.summary, result.trace)
    assert construct.__code__ is code
    return plain, watched


@pytest.mark.parametrize("name", CONSTRUCTS)
def test_watched_code_does_what_plain_code_does(name: str, tmp_path: Path) -> None:
    body = textwrap.indent(textwrap.dedent(CONSTRUCTS[name]), "    ")
    module = module_of(f"def construct():{body}", tmp_path)
    plain, watched = both_ways(module.construct, module)
    assert len(watched) >= 2
    for value in watched:
        assert repr(value) == repr(plain)


def test_watched_code_outlives_its_exploration() -> None:
    made: list[Any] = []

    class Order:
        def __del__(self) -> None:
            made.append(f"{len(made)} made")

    def model() -> None:
        order = Order()
        order.me = order  # type: ignore[attr-defined]  # so that only the collector ends it
        made.append(lambda: list(made[:1]))
        made.append(stock())

    def stock() -> Iterator[int]:
        try:
            yield len(made)
        finally:
            made.append("closed")

    explore(model)
    look, items = made[:2]
    assert (look(), next(items)) == ([look], len(made))
    items.close()
    gc.collect()
    assert "closed" in made
    assert any(str(thing).endswith(" made") for thing in made)


def test_other_threads_may_run_watched_code_meanwhile() -> None:
    model = NAMED["lost update on an attribute"].right
    go_on, done, errors = [True], list[int](), list[BaseException]()

    def call_the_model() -> None:
        try:
            while go_on:
                model()
                done.append(1)
        except BaseException as error:
            errors.append(error)

    thread = Thread(target=call_the_model)
    thread.start()
    for _ in range(20):
        explore(model)
    go_on.clear()
    thread.join()
    assert not errors
    assert done
