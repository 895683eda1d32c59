"""A test as a model: each run makes the fixtures and the object of the test's class, and calls the test.

    a function           fixtures ─> the test ─> the ends of the fixtures
    a method             a new object of its class, setup_method, the test, teardown_method
    of a TestCase        a new object, setUp, the test, tearDown, its cleanups

`pytest.skip` and `pytest.xfail` end a run well; the plugin passes them on to pytest. What fails a run fails it at once,
before tearDown and the ends of the fixtures, so that they neither hide the failure nor lengthen its report.
"""

from __future__ import annotations

import inspect
import unittest
from typing import Any

import pytest

from .engine.active import Active
from .pytest_fixtures import Fixtures, bound, shared

OUTCOMES: Any = (pytest.skip.Exception, pytest.xfail.Exception, pytest.exit.Exception, unittest.SkipTest)


class OneTest:
    """A test that the engine can call again and again. `func` is what it watches; `keywords` is what the runs share."""

    def __init__(self, item: Any) -> None:
        self._item = item
        self.func = item.obj
        self.keywords = shared(item)
        self.outcome: BaseException | None = None  # a skip, which a run ended with
        self.__name__ = item.name

    def __call__(self) -> None:
        instance = new_instance(self._item)
        fixtures = Fixtures(self._item, instance)
        try:
            self._run(instance, fixtures)
        except OUTCOMES as outcome:
            self.outcome = outcome
        except BaseException as error:
            if Active.run is not None:
                Active.run.fail(error, Active.run.current)
            raise
        finally:
            fixtures.finish()

    def _run(self, instance: Any, fixtures: Fixtures) -> None:
        try:
            given = fixtures.make_all()
            test = bound(self._item.obj, instance)
            if is_case(self._item):
                given = {}
                fixtures.finalizers.append(lambda: clean_up(instance))
                instance.setUp()
                fixtures.finalizers.append(instance.tearDown)
            test(**given)
        except pytest.fail.Exception as failed:
            if isinstance(failed, pytest.xfail.Exception):
                raise
            raise AssertionError(str(failed)).with_traceback(failed.__traceback__) from None


def is_case(item: Any) -> bool:
    """Whether a test is a method of a unittest.TestCase."""
    return isinstance(item, pytest.Function) and item.cls is not None and issubclass(item.cls, unittest.TestCase)


def new_instance(item: Any) -> Any:
    """Return a new object of a test's class, or None for a function."""
    if item.cls is None:
        return None
    return item.cls(item.name) if is_case(item) else item.cls()


def clean_up(case: Any) -> None:
    """Call what a TestCase has added by addCleanup, as TestCase.debug() does."""
    while case._cleanups:
        function, args, options = case._cleanups.pop()
        function(*args, **options)


def why_not(item: pytest.Item) -> str:
    """Return why this kind of test cannot be explored, or ""."""
    if not isinstance(item, pytest.Function):
        return f"a {type(item).__name__} cannot be marked race: mark a test function"
    function = getattr(item, "obj", None)
    if (
        inspect.iscoroutinefunction(function)
        or inspect.isasyncgenfunction(function)
        or (item.cls is not None and issubclass(item.cls, unittest.IsolatedAsyncioTestCase))
    ):
        return (
            "an async test cannot be marked race: the lab explores threads, and an event loop has one; put what the "
            "threads do into an ordinary test function that starts them"
        )
    if any(getattr(thing, "__unittest_expecting_failure__", False) for thing in (function, item.cls)):
        return "a test with unittest's expectedFailure cannot be marked race: use @pytest.mark.xfail with a function"
    if is_hypothesis(item):
        return (
            "a test with Hypothesis's @given cannot be marked race: the lab would explore each of its examples; call "
            "goqueue.races.explore() inside the test, for a model with the example's values: "
            "assert not explore(lambda: check(values)).failed, under @settings(deadline=None)"
        )
    return ""


def is_hypothesis(item: Any) -> bool:
    """Whether Hypothesis makes the arguments of a test."""
    return bool(getattr(item.obj, "is_hypothesis_test", False))
