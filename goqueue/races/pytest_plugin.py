"""`pytest --race`: run marked tests under the explorer, in every order of their threads that can matter.

    @pytest.mark.race(modules=[storage], schedules=20_000)
    def test_no_update_is_lost(): ...

    pytest                                          as a plain test, once
    pytest --race                                   explored; a failure shows the engine's report and how to replay it
    pytest --race-replay=23.1-a3f1c2 path::test     that one run again

The test function is the model, so it must make its own objects. A fixture is made once, before the first run, and all
runs share it. It may hand in a number or a class, but not a queue, a lock or a list that the model changes. To skip a
test, use a mark: a `pytest.skip` in its body is an exception in the model.

"exhausted" passes. "budget spent" passes with a warning, because nothing failed but nothing was proved either. Pytest
counts the warning in its last line, and `-W error::goqueue.races.pytest_plugin.BudgetSpent` makes it a failure.

The engine is imported when the first marked test runs.
"""

from __future__ import annotations

import functools
import inspect
import os
import shlex
from pathlib import Path
from types import EllipsisType, ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from . import Result

TAKES = ("modules", "races", "interrupts", "search", "seed", "schedules", "steps", "seconds", "jobs", "detect")


class BudgetSpent(pytest.PytestWarning):
    """A race test passed because its budget of schedules ran out, not because all schedules were tried."""


class Unwatched(pytest.PytestWarning):
    """A race test passed, but the lab saw less than its author may think: shared objects that it cannot look into."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the two switches."""
    group = parser.getgroup("race", "races (goqueue)")
    group.addoption(
        "--race", action="store_true", help="run tests marked `race` in every order of their threads that can matter"
    )
    group.addoption(
        "--race-replay",
        metavar="SCHEDULE",
        help="run one test marked `race` in the order that a report of --race names",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark."""
    config.addinivalue_line(
        "markers",
        f"race({', '.join(f'{name}=…' for name in TAKES)}): a model that `--race` runs in every order of its threads "
        "that can matter",
    )
    if config.getoption("race_replay") is not None and hasattr(config.option, "dist"):
        config.option.dist = "no"  # pytest-xdist: the one test runs here, where the tests are counted


def pytest_collection_finish(session: pytest.Session) -> None:
    """Refuse to replay a schedule on anything but one test."""
    if session.config.getoption("race_replay") is None:
        return
    marked = [item.nodeid for item in session.items if item.get_closest_marker("race")]
    if len(marked) != 1:
        raise pytest.UsageError(
            f"--race-replay needs one test marked race, and {len(marked)} are selected"
            f"{': ' + ', '.join(marked[:3]) + ', …'[: 3 * (len(marked) > 3)] if marked else ''}; "
            "a schedule belongs to one test, so name it: pytest --race-replay=SCHEDULE path::test"
        )


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuse a mark that makes no sense, with and without `--race`, so that its author sees it."""
    marker = item.get_closest_marker("race")
    if marker is not None:
        wrong = wrong_test(item) or wrong_options(marker)
        if wrong:
            pytest.fail(wrong, pytrace=False)


def wrong_test(item: pytest.Item) -> str:
    """Return why this kind of test cannot be a model, or ""."""
    import unittest

    if not isinstance(item, pytest.Function):
        return f"a {type(item).__name__} cannot be marked race: mark a test function"
    if item.cls is not None and issubclass(item.cls, unittest.TestCase):
        return "a method of a unittest.TestCase cannot be marked race: make it a function, or a method of a plain class"
    if inspect.iscoroutinefunction(item.obj) or inspect.isasyncgenfunction(item.obj):
        return "an async test cannot be marked race: a model is an ordinary function that starts threads"
    return ""


def wrong_options(marker: pytest.Mark) -> str:
    """Return which argument of the mark is wrong, or ""."""
    takes = f"@pytest.mark.race takes {', '.join(f'{name}=…' for name in TAKES)}, by name"
    if marker.args:
        return f"the mark has {marker.args[0]!r} without a name: {takes}"
    unknown = [name for name in marker.kwargs if name not in TAKES]
    if unknown:
        return f"the mark has {unknown[0]}={marker.kwargs[unknown[0]]!r}: {takes}"
    modules = marker.kwargs.get("modules")
    if modules is not None and not (
        isinstance(modules, list | tuple)
        and all(isinstance(module, ModuleType | str | EllipsisType) for module in modules)
    ):
        return f"the mark has modules={modules!r}: it must be a list of modules or names, such as modules=['storage']"
    return ""


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a marked test under the engine if a switch asks for it; leave all others to pytest."""
    marker = pyfuncitem.get_closest_marker("race")
    schedule = pyfuncitem.config.getoption("race_replay")
    if marker is None or not (pyfuncitem.config.getoption("race") or schedule is not None):
        return None
    conclude(pyfuncitem, run(pyfuncitem, dict(marker.kwargs), schedule), schedule is not None)
    return True


def run(item: pytest.Function, options: dict[str, Any], schedule: str | None) -> Result:
    """Hand the test to the engine. If the engine refuses it, the test fails with the engine's message."""
    from . import Misfit, Outside, detect, explore, replay

    parameters = inspect.signature(item.obj).parameters
    model = functools.partial(item.obj, **{name: item.funcargs[name] for name in parameters if name in item.funcargs})
    search = detect if options.pop("detect", False) else explore
    try:
        if "PYTEST_XDIST_WORKER" in os.environ:
            options.pop("jobs", None)  # pytest-xdist has processes of its own, and the result is the same
        if schedule is None:
            return search(model, **options)
        meaning = ("modules", "interrupts", "steps")  # what changes the meaning of a schedule
        return replay(model, schedule, **{name: options[name] for name in meaning if name in options})
    except (TypeError, ValueError, OSError, RuntimeError, Misfit, Outside) as error:
        if item.config.getoption("fulltrace"):
            raise
        refused = error  # raised below, or pytest would show the engine's traceback as its cause
    pytest.fail(f"{type(refused).__name__}: {refused}", pytrace=False)


def conclude(item: pytest.Function, result: Result, replayed: bool) -> None:
    """Keep the verdict for the summary; fail, warn, or pass."""
    tried = "replayed" if replayed else f"{result.schedules} schedule{'s' * (result.schedules != 1)}"
    item.user_properties += [("race_verdict", str(result.verdict)), ("race_tried", tried)]
    if result.failed:
        again = f"pytest --race-replay={result.schedule} {shlex.quote(from_here(item))}"
        pytest.fail(f"{result!r}\n\nThe same run again:\n{again}", pytrace=False)
    warn_of_what_was_not_seen(item, result)
    if result.verdict == "too long":
        item.warn(BudgetSpent(f"too long: {result.summary.splitlines()[2]}"))
    elif result.verdict == "budget spent":
        item.warn(
            BudgetSpent(
                f"budget spent: {tried} were tried and none failed, but there are more, so nothing is claimed; give "
                "the mark more schedules=… or seconds=…, or the test fewer threads or steps"
            )
        )


def warn_of_what_was_not_seen(item: pytest.Function, result: Result) -> None:
    """Warn if "exhausted" says less than it seems to."""
    if result.verdict != "exhausted":
        return
    if result.unwatched:
        item.warn(
            Unwatched(
                f"exhausted, except: {', '.join(result.unwatched)}; the lab does not see what happens inside of "
                "these, or cannot put them back before each run"
            )
        )
    if result.remark:
        item.warn(
            Unwatched(
                f"{result.remark}; if the test is meant to share something, name its modules in the mark: "
                "@pytest.mark.race(modules=[…])"
            )
        )


def from_here(item: pytest.Function) -> str:
    """Return the test's name on the command line, as seen from the folder where pytest was started."""
    path = Path(os.path.relpath(item.path, item.config.invocation_params.dir)).as_posix()
    return "::".join([path, *item.nodeid.split("::")[1:]])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """With -v, list the verdict of each race test, and how many schedules were tried."""
    if config.get_verbosity() < 1:
        return
    reports = [one for some in terminalreporter.stats.values() for one in some if isinstance(one, pytest.TestReport)]
    lines = []
    for report in reports:
        said = dict(report.user_properties)
        if report.when == "call" and "race_verdict" in said:
            lines.append(f"{report.nodeid}  {said['race_verdict']}  {said['race_tried']}")
    if lines:
        terminalreporter.section("race tests")
        for line in sorted(lines):
            terminalreporter.line(line)
