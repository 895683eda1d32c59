"""The fixtures of a race test: each run makes those of the project anew, and all runs share the others.

    made anew   fixtures with the scope of a function that the project defines, monkeypatch, recwarn, and setup_method()
    shared      wider scopes, and what pytest and its plugins bring, such as tmp_path and capsys

A fixture that is made anew is called by the main thread of the run, before the test, and finished after it. So the
locks and queues in it belong to the run. What a shared fixture of the project holds is put back after each run.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from .watch.selection import is_anybodys, is_installed

LATER: Any = object()  # in `item.funcargs`: no fixture is made before the first run
OF_PYTEST = ("monkeypatch", "recwarn")  # which keep what a test does, and no more
XUNIT = ("_xunit_setup", "_unittest_setup")  # what pytest calls the fixture that calls setup_method()


def is_projects(definition: pytest.FixtureDef[Any]) -> bool:
    """Whether a fixture is defined in the project whose code is tested."""
    code = getattr(inspect.unwrap(definition.func), "__code__", None)
    return code is not None and is_anybodys(code.co_filename) and not is_installed(code.co_filename)


def can_be_made_anew(definition: pytest.FixtureDef[Any]) -> bool:
    """Whether each run can have a fixture of its own."""
    name, function = definition.argname, inspect.unwrap(definition.func)
    if definition.scope != "function" or inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        return False
    return name in OF_PYTEST or name.startswith(XUNIT) or is_projects(definition)


def definitions(item: Any) -> dict[str, Any]:
    """Return the definitions of each fixture that a test uses. The last of a name is the nearest to the test."""
    found: dict[str, Any] = item._fixtureinfo.name2fixturedefs
    return found


def made_anew(item: Any) -> list[str]:
    """Return which fixtures of a test each run makes anew, in the order in which pytest makes them."""
    known = definitions(item)
    return [name for name in item.fixturenames if name in known and all(map(can_be_made_anew, known[name]))]


def shared(item: Any) -> dict[str, Any]:
    """Return what all runs of a test share and the project defines: fixtures of wider scopes, and parameters."""
    anew, known = made_anew(item), definitions(item)
    given: dict[str, Any] = dict(item.callspec.params) if hasattr(item, "callspec") else {}
    found = {f"the parameter {name}": value for name, value in given.items()}
    for name, value in item.funcargs.items():
        if name not in anew and name in known and is_projects(known[name][-1]):
            found[f"the fixture {name}"] = value
    return found


def shared_names(item: Any) -> str:
    """Return which fixtures all runs of a test share, and their scopes: "tmp_path, db (session)"."""
    anew, known = made_anew(item), definitions(item)
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    found = []
    for name in item.fixturenames:
        if name in known and name not in anew and name not in parameters and not name.startswith("_"):
            scope = known[name][-1].scope
            found.append(name if scope == "function" else f"{name} ({scope})")
    return ", ".join(found)


def leave_for_later(item: Any) -> None:
    """Keep pytest from making the fixtures that each run makes anew."""
    item.funcargs.update(dict.fromkeys(made_anew(item), LATER))


def finish_those_made(item: Any) -> None:
    """Finish the fixtures that pytest has made for a plain run of the test, before other runs make them anew."""
    for name in reversed(made_anew(item)):
        for definition in reversed(definitions(item)[name]):
            definition.finish(item._request)
    if "caplog" in item.funcargs:
        item.funcargs["caplog"].clear()


class Fixtures:
    """The fixtures of one run."""

    def __init__(self, item: Any, instance: object) -> None:
        self.item, self.instance = item, instance
        self.finalizers: list[Callable[[], object]] = []
        self._anew = set(made_anew(item))
        self._known = dict(definitions(item))
        self._made: dict[tuple[str, int], Any] = {}

    def make_all(self) -> dict[str, Any]:
        """Make all that the test needs. Return the arguments of the test."""
        for name in made_anew(self.item):
            self.value(name)
        return {name: self.value(name) for name in self.item._fixtureinfo.argnames}

    def value(self, name: str, level: int = -1) -> Any:
        """Return a fixture. `level` counts the definitions of that name from the nearest to the test outwards."""
        if name == "request":
            return Request(self, name)
        if name not in self._known:
            self._find(name)
        if name not in self._anew:
            known = name in self.item.funcargs
            return self.item.funcargs[name] if known else self.item._request.getfixturevalue(name)
        if (name, level) not in self._made:
            self._made[name, level] = self._make(self._known[name][level], level)
        return self._made[name, level]

    def _find(self, name: str) -> None:
        """Find a fixture that is asked for by getfixturevalue(), and is no argument."""
        found = self.item.session._fixturemanager.getfixturedefs(name, self.item)
        if found:
            self._known[name] = found
            if all(map(can_be_made_anew, found)):
                self._anew.add(name)

    def _make(self, definition: Any, level: int) -> Any:
        function, own = bound(definition.func, self.instance), definition.argname
        given = {name: self.value(name, level - 1 if name == own else -1) for name in definition.argnames}
        if "request" in given:
            given["request"] = Request(self, own)
        if not inspect.isgeneratorfunction(function):
            return function(**given)
        generator = function(**given)
        value = next(generator)
        self.finalizers.append(functools.partial(end_of, generator, own))
        return value

    def finish(self) -> None:
        """Call all finalizers, the last one first. Raises the first exception, after all have been called."""
        errors: list[BaseException] = []
        while self.finalizers:
            try:
                self.finalizers.pop()()
            except BaseException as error:
                errors.append(error)
        if errors:
            raise errors[0]


class Request:
    """What a fixture gets as `request`. All but its own attributes are those of the test's."""

    def __init__(self, fixtures: Fixtures, name: str) -> None:
        self._fixtures, self.fixturename, self.scope = fixtures, name, "function"
        self.instance = fixtures.instance
        parameters = getattr(getattr(fixtures.item, "callspec", None), "params", {})
        if name in parameters:
            self.param = parameters[name]

    @property
    def function(self) -> Any:
        """The test, as a method of the run's own object if it is a method."""
        return bound(self._fixtures.item.obj, self.instance)

    def addfinalizer(self, finalizer: Callable[[], object]) -> None:
        """Call something at the end of the run."""
        self._fixtures.finalizers.append(finalizer)

    def getfixturevalue(self, argname: str) -> Any:
        """Return a fixture by name."""
        return self._fixtures.value(argname)

    def __getattr__(self, name: str) -> Any:
        if name == "param":
            raise AttributeError(f"the fixture {self.fixturename!r} has no parameter")
        return getattr(self._fixtures.item._request, name)


def bound(function: Any, instance: object) -> Any:
    """Return a method as one of another object of its class; return other functions as they are."""
    owner = getattr(function, "__self__", None)
    if instance is None or owner is None or isinstance(owner, type) or not isinstance(instance, type(owner)):
        return function
    return function.__func__.__get__(instance)


def end_of(generator: Iterator[Any], name: str) -> None:
    """Run the part of a fixture behind its `yield`."""
    try:
        next(generator)
    except StopIteration:
        return
    raise RuntimeError(f"the fixture {name!r} has more than one `yield`: it must have one")
