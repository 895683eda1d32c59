"""`pytest --race`: run tests under the explorer, in every order of their threads that can matter.

    @pytest.mark.race(schedules=20_000)
    def test_no_update_is_lost(stock): ...

    pytest                                          as a plain test, once
    pytest --race                                   marked tests are explored; a failure shows how to replay it
    pytest --race-all                               every test is run once; one that starts threads is explored, too
    pytest --race-replay=23.1-a3f1c2 path::test     that one run again
    pytest --race --race-json=FILE --race-sarif=FILE

Each run makes the test's fixtures anew, as `pytest_fixtures` says; `pytest_model` says what a run is.

"exhausted" passes. "budget spent" passes with a warning, because nothing failed but nothing was proved either. Pytest
counts the warning in its last line, and `-W error::goqueue.races.pytest_plugin.BudgetSpent` makes it a failure.

The engine is imported when the first test is explored.
"""

from __future__ import annotations

import functools
import os
import re
import shlex
import threading
from collections.abc import Callable, Generator
from pathlib import Path
from time import perf_counter
from types import EllipsisType, ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from . import Result

TAKES = ("modules", "races", "interrupts", "search", "seed", "schedules", "steps", "seconds", "jobs", "detect")
IN_A_REPLAY = ("modules", "interrupts", "steps")  # what changes the meaning of a schedule
BRIEF = 10.0  # seconds for a test that --race-all explores without a mark
RACE = pytest.StashKey[dict[str, Any]]()  # what became of a test
THREADS = pytest.StashKey[int]()  # how many threads had been started before its setup


class BudgetSpent(pytest.PytestWarning):
    """A race test passed because its budget of schedules ran out, not because all schedules were tried."""


class Unwatched(pytest.PytestWarning):
    """A race test passed, but the lab saw less than its author may think: shared objects that it cannot look into."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the switches."""
    group = parser.getgroup("race", "races (goqueue)")
    group.addoption(
        "--race", action="store_true", help="run tests marked `race` in every order of their threads that can matter"
    )
    group.addoption(
        "--race-all", action="store_true", help="the same for every test that starts threads, with or without the mark"
    )
    group.addoption(
        "--race-seconds",
        metavar="S",
        type=float,
        default=BRIEF,
        help=f"how long --race-all explores a test without a mark ({BRIEF:g})",
    )
    group.addoption("--race-replay", metavar="SCHEDULE", help="run one test in the order that a report of --race names")
    group.addoption("--race-json", metavar="FILE", help="write the results of all race tests to FILE, as JSON")
    group.addoption("--race-sarif", metavar="FILE", help="write failures and data races to FILE, as SARIF 2.1.0")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark."""
    config.addinivalue_line(
        "markers",
        f"race({', '.join(f'{name}=…' for name in TAKES)}): a test that `--race` runs in every order of its threads "
        "that can matter",
    )
    if config.getoption("race_replay") is not None and hasattr(config.option, "dist"):
        config.option.dist = "no"  # pytest-xdist: the one test runs here, where the tests are counted
    if not hasattr(config, "workerinput"):  # no worker of pytest-xdist
        from .pytest_summary import Summary

        config.pluginmanager.register(Summary(config), "goqueue_race_summary")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Refuse to replay a schedule on anything but one test."""
    if session.config.getoption("race_replay") is None:
        return
    every = session.config.getoption("race_all")
    found = [item.nodeid for item in session.items if every or item.get_closest_marker("race")]
    if len(found) != 1:
        raise pytest.UsageError(
            f"--race-replay needs one test{'' if every else ' marked race'}, and {len(found)} are selected"
            f"{': ' + ', '.join(found[:3]) + ', …'[: 3 * (len(found) > 3)] if found else ''}; "
            "a schedule belongs to one test, so name it: pytest --race-replay=SCHEDULE path::test"
        )


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuse a mark that makes no sense, with and without `--race`, so that its author sees it."""
    if item.config.getoption("race_all"):
        item.stash[THREADS] = started_threads()
    marker = item.get_closest_marker("race")
    if marker is not None:
        from .pytest_model import why_not

        wrong = why_not(item) or wrong_options(marker)
        if wrong:
            pytest.fail(wrong, pytrace=False)
    if is_explored_only(item):
        from .pytest_fixtures import leave_for_later

        leave_for_later(item)


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


def is_explored_only(item: pytest.Item) -> bool:
    """Whether a test runs under the engine, and never plainly."""
    if item.config.getoption("race_replay") is not None:
        return True
    asked = item.config.getoption("race") or item.config.getoption("race_all")
    return bool(asked) and item.get_closest_marker("race") is not None


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Run a test under the engine if a switch asks for it; leave all others to pytest."""
    plain = item.runtest
    if is_explored_only(item):
        item.runtest = functools.partial(explore_marked, item, plain)  # type: ignore[method-assign]
    elif item.config.getoption("race_all"):
        item.runtest = functools.partial(explore_if_it_starts_threads, item, plain)  # type: ignore[method-assign]
    else:
        return (yield)
    try:
        return (yield)
    finally:
        del item.runtest  # what the class has


def explore_marked(item: pytest.Item, plain: Callable[[], object]) -> None:
    """Explore or replay a test."""
    from .pytest_model import why_not

    wrong = why_not(item)  # it has no mark, and is to be replayed
    if wrong:
        pytest.fail(wrong, pytrace=False)
    if is_skipped(item):
        plain()
        return
    marker = item.get_closest_marker("race")
    refused = run(item, dict(marker.kwargs) if marker is not None else {})
    if refused is not None:
        text = f"{type(refused).__name__}: {in_words_of_a_test(str(refused))}"
        pytest.fail("\n".join([text, *shared_by_all_runs(item)]), pytrace=False)


def explore_if_it_starts_threads(item: pytest.Item, plain: Callable[[], object]) -> None:
    """Run a test plainly. If it has passed and has started threads, explore it, too."""
    from .pytest_fixtures import finish_those_made
    from .pytest_model import why_not
    from .pytest_state import Kept

    kept = Kept(item)
    plain()
    if getattr(item, "_excinfo", None):  # a TestCase's method, which has failed or was skipped
        return
    if started_threads() == item.stash[THREADS]:
        item.stash[RACE] = {"kind": "without threads"}
        return
    wrong = why_not(item)
    if wrong:
        item.stash[RACE] = {"kind": "not explored", "why": wrong.partition(" cannot be")[0]}
        return
    finish_those_made(item)
    with kept.put_back():
        refused = run(item, {"seconds": item.config.getoption("race_seconds")})
    if refused is not None:
        item.stash[RACE] = {"kind": "not explored", "why": in_words_of_a_test(str(refused))}


def run(item: Any, options: dict[str, Any]) -> Exception | None:
    """Hand a test to the engine, and conclude. If the engine refuses it, return why."""
    from . import Misfit, Outside, detect, explore, replay
    from .doubles.logs import heard
    from .pytest_model import OneTest

    model, schedule, began = OneTest(item), item.config.getoption("race_replay"), perf_counter()
    search = detect if options.pop("detect", False) else explore
    try:
        if "PYTEST_XDIST_WORKER" in os.environ:
            options.pop("jobs", None)  # pytest-xdist has processes of its own, and the result is the same
        with heard(*handlers_of(item)):
            if schedule is None:
                result = search(model, **options)
            else:
                result = replay(model, schedule, **{name: options[name] for name in IN_A_REPLAY if name in options})
    except (TypeError, ValueError, OSError, RuntimeError, Misfit, Outside) as error:
        if item.config.getoption("fulltrace"):
            raise
        return error
    conclude(item, result, perf_counter() - began)
    if model.outcome is not None:
        raise model.outcome
    return None


def handlers_of(item: Any) -> list[Any]:
    """Return the handler of logging that a test asks pytest for, by the fixture `caplog`."""
    return [item.funcargs["caplog"].handler] if "caplog" in item.funcargs else []


def conclude(item: pytest.Item, result: Result, seconds: float) -> None:
    """Keep what the summary tells; fail, warn, or pass."""
    from .report.facts import facts

    replayed = item.config.getoption("race_replay") is not None
    tried = "replayed" if replayed else f"{result.schedules} schedule{'s' * (result.schedules != 1)}"
    unmarked = "" if item.get_closest_marker("race") else "--race-all "
    again = f"pytest {unmarked}--race-replay={result.schedule} {shlex.quote(from_here(item))}"
    told = facts(result, item.nodeid, seconds, again)
    item.stash[RACE] = {"kind": "explored", "tried": tried, "facts": told}
    item.user_properties += [("race_verdict", str(result.verdict)), ("race_tried", tried)]
    if result.failed:
        plain = result.with_line("")
        text = repr(plain).removeprefix(plain.summary)
        summary = in_words_of_a_test(plain.summary, result.trace.ending)
        lines = [f"{summary}{text}", *shared_by_all_runs(item), f"\nThe same run again:\n{again}"]
        pytest.fail("\n".join(lines), pytrace=False)
    warn_of_what_was_not_seen(item, result)
    if result.claims_nothing:
        more = in_words_of_a_test(result.remark) or (
            f"none of {tried} failed, but there are more, so nothing is claimed; give the mark more schedules=… or "
            "seconds=…, or the test fewer threads or steps"
        )
        item.warn(BudgetSpent(f"{result.verdict}: {more}"))


def shared_by_all_runs(item: pytest.Item) -> list[str]:
    """Return a line about the fixtures that are not made anew for each run, if there are any."""
    from .pytest_fixtures import shared_names

    names = shared_names(item)
    return [f"All runs share these fixtures: {names}. Each run makes the others anew."] if names else []


def warn_of_what_was_not_seen(item: pytest.Item, result: Result) -> None:
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
    if result.remark and item.get_closest_marker("race") is not None:
        item.warn(
            Unwatched(
                f"{result.remark}; if the test is meant to share something, name its modules in the mark: "
                "@pytest.mark.race(modules=[…])"
            )
        )


def in_words_of_a_test(text: str, untouched: str = "") -> str:
    """Say "the test" where the engine says "the model". `untouched` is a part with words of the test itself.

    >>> in_words_of_a_test("make it inside the model")
    'make it inside the test'
    """
    parts = text.split(untouched) if untouched else [text]
    return untouched.join(re.sub(r"\b([Tt]he|a) model\b", r"\1 test", part) for part in parts)


def from_here(item: pytest.Item) -> str:
    """Return the test's name on the command line, as seen from the folder where pytest was started."""
    path = Path(os.path.relpath(item.path, item.config.invocation_params.dir)).as_posix()
    return "::".join([path, *item.nodeid.split("::")[1:]])


def is_skipped(item: Any) -> bool:
    """Whether unittest's decorator skips a test, which pytest sees only when the test is called."""
    return any(getattr(thing, "__unittest_skip__", False) for thing in (item.obj, item.cls))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Give a report what became of the test, so that it also comes from the workers of pytest-xdist."""
    report = yield
    if call.when == "call" and RACE in item.stash:
        vars(report)["race"] = item.stash[RACE]
        del item.stash[RACE]
    return report


class Started:
    """How many threads this process has started since --race-all first asked."""

    count = 0


def started_threads() -> int:
    """Return how many threads this process has started."""
    count_threads()
    return Started.count


@functools.cache
def count_threads() -> None:
    """Let Thread.start count, from now on."""
    real = threading.Thread.start

    @functools.wraps(real)
    def start(self: threading.Thread) -> None:
        Started.count += 1
        real(self)

    threading.Thread.start = start  # type: ignore[method-assign]
