"""`pytest --race`, as a user meets it: each test runs pytest in a folder of its own."""

from __future__ import annotations

import os
import re
import shlex
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PLUGIN = "goqueue.races.pytest_plugin"
XDIST, COVERAGE = ("-p", "xdist", "-n", "2"), ("-p", "pytest_cov", "--cov=test_shop")

SHOP = """
import threading, time, unittest
from contextlib import nullcontext
import pytest


class Job:
    attempts = 0

def attempted(lock):
    job = Job()
    def attempt():
        with lock:
            job.attempts += 1
    threads = [threading.Thread(target=attempt) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return job.attempts

@pytest.fixture
def wanted():
    return 2

def test_plain(): pass
"""
LOST = """
@pytest.mark.race
def test_lost(wanted): assert attempted(nullcontext()) == wanted
"""
METHOD = """
class TestJob:
    @pytest.mark.race
    @pytest.mark.parametrize("wanted", [2], ids=["two of them"])
    def test_lost(self, wanted): assert attempted(nullcontext()) == wanted
"""
KEPT = """
@pytest.mark.race
def test_kept(wanted): assert attempted(threading.Lock()) == wanted
"""
UNORDERED = """
runs = []

@pytest.mark.race(detect=True)
def test_unordered(): runs.append(1); attempted(nullcontext())
"""
OTHERS = """
@pytest.mark.race(schedules=1)
def test_spent(wanted): assert attempted(threading.Lock()) == wanted

@pytest.mark.race
def test_sleep():
    before = time.monotonic()
    time.sleep(1)
    assert time.monotonic() - before == 1, "no real clock is so exact"

@pytest.mark.race
def test_outside():
    open(__file__).close()
"""
WRONG = {
    "an async test cannot be marked race: *": "mark.race\nasync def test_async(): pass",
    "a test with unittest's expectedFailure cannot be marked race: *": (
        "mark.race\nclass TestOld(unittest.TestCase):\n    @unittest.expectedFailure\n    def test_method(self): pass"
    ),
    "a test that uses capsys cannot be marked race: *": "mark.race\ndef test_printed(capsys): pass",
    "the mark has schedule=3: *takes modules=*": "mark.race(schedule=3)\ndef test_unknown(): pass",
    "the mark has 3 without a name: *": "mark.race(3)\ndef test_nameless(): pass",
    "the mark has modules=*3*: it must be a list of modules or names*": (
        "mark.race(modules=[3])\ndef test_module(): pass"
    ),
}


class Shop:
    """A folder with tests of a shop, and how to run them."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self._pytester = pytester
        self.folder = pytester.path

    def sells(self, *parts: str) -> None:
        """Write test_shop.py."""
        self._pytester.makepyfile(test_shop="".join([SHOP, *parts]))

    def run(self, *words: str) -> pytest.RunResult:
        """Run pytest there."""
        return self._pytester.runpytest_subprocess("--strict-markers", *words)


@pytest.fixture
def shop(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # a run needs half the time without the others
    pytester.plugins = [PLUGIN]
    return Shop(pytester)


def replay_words(done: pytest.RunResult) -> list[str]:
    """Return the words after `pytest` in the only replay line of an output.

    Where CI is set, pytest's short summary repeats the report, and so the line.
    """
    (line,) = set(re.findall(r"^pytest (--race-replay=.*)$", done.stdout.str(), re.MULTILINE))
    return shlex.split(line)


def test_without_the_switch_a_marked_test_runs_once(shop: Shop) -> None:
    shop.sells(UNORDERED, "\ndef test_runs(): assert len(runs) == 1\n")
    done = shop.run("-v")
    done.assert_outcomes(passed=3)
    done.stdout.no_fnmatch_line("*race tests*")


def test_with_it_each_runs_under_the_engine_only_and_fails_with_the_report_and_nothing_of_the_engine(
    shop: Shop,
) -> None:
    shop.sells(LOST, UNORDERED, KEPT, OTHERS)
    done = shop.run("--race", "-v")
    done.assert_outcomes(passed=4, failed=3, warnings=2)  # the budget is spent; one schedule was all of test_sleep
    expected = """
        *DATA RACE*
        Outside: main does real input or output in test_shop.py:*; a test must not wait for the outside world*
        *budget spent*nothing is claimed*
        *= race tests =*
        test_shop.py::test_kept  exhausted  * schedule*
        test_shop.py::test_lost  failed assertion  * schedule*
        test_shop.py::test_sleep  exhausted  1 schedule: no two threads touched the same thing
        test_shop.py::test_spent  budget spent  1 schedule
        test_shop.py::test_unordered  data race  * schedule*
    """
    done.stdout.fnmatch_lines([line.strip() for line in expected.strip().splitlines()])
    assert "test_plain  " not in done.stdout.str()
    assert "goqueue/lab" not in done.stdout.str()
    done = shop.run("--race", f"-Werror::{PLUGIN}.BudgetSpent", "--full-trace", "-k", "spent or outside")
    done.assert_outcomes(failed=2, deselected=5)
    done.stdout.fnmatch_lines(["*goqueue*races*.py:*"])
    done.stdout.no_fnmatch_line("*= race tests =*")  # without -v, and nothing passed


@pytest.mark.parametrize(
    ("ci", "test", "name"),
    [("", LOST, "test_lost"), ("true", METHOD, "TestJob::test_lost[two of them]")],
    ids=["a function, at home", "a method with a parameter, in CI"],
)
def test_the_replay_line_ends_the_report_and_reproduces_it_as_long_as_it_fits(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, ci: str, test: str, name: str
) -> None:
    monkeypatch.setenv("CI", ci)
    shop.sells(test, KEPT)
    words = replay_words(shop.run("--race"))
    assert words[1] == f"test_shop.py::{name}"
    again = shop.run("-v", *words)
    again.assert_outcomes(failed=1)
    assert f"test_shop.py::{name}  failed assertion  replayed" in again.stdout.lines
    assert replay_words(again) == words
    report = again.stdout.str().partition("= FAILURES =")[2].partition("= race tests =")[0]
    assert report.splitlines()[-2].startswith("pytest --race-replay=")
    shop.sells(test.replace("nullcontext()", "threading.Lock()"))
    shop.run(*words).stdout.fnmatch_lines(["Misfit: *schedule * does not fit: *"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "and 2 are selected: *test_lost, *test_kept; *"),
        (XDIST, "and 2 are selected: *test_lost, *test_kept; *"),
        (("test_shop.py::test_plain",), "and 0 are selected; *"),
    ],
    ids=["two", "two under xdist", "none"],
)
def test_a_replay_wants_exactly_one_marked_test(shop: Shop, words: tuple[str, ...], said: str) -> None:
    shop.sells(LOST, KEPT)
    done = shop.run("--race-replay=1.2-abcdef", *words)
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines([f"*needs one test marked race, {said}"])


@pytest.mark.parametrize("switch", [(), ("--race",)], ids=["plain", "race"])
def test_a_mark_that_cannot_be_kept_is_an_error(shop: Shop, switch: tuple[str, ...]) -> None:
    shop.sells(*(f"\n@pytest.{test}\n" for test in WRONG.values()))
    done = shop.run(*switch)
    done.assert_outcomes(passed=1, errors=6)
    done.stdout.fnmatch_lines([*WRONG])


def test_under_xdist_and_coverage_all_is_the_same(shop: Shop) -> None:
    shop.sells(LOST, KEPT)
    alone, *others = (shop.run("--race", "-v", *plugin) for plugin in ((), XDIST, COVERAGE))
    words, summary = replay_words(alone), re.compile(r"^test_shop\.py::\w+  .*$", re.MULTILINE)
    for done in others:
        done.assert_outcomes(passed=2, failed=1)
        assert summary.findall(done.stdout.str()) == summary.findall(alone.stdout.str()) != []
        assert replay_words(done) == words
    others[1].stdout.re_match_lines([r"test_shop\.py\s+\d+\s+0\s+100%"])
    shop.run(*XDIST, *words).assert_outcomes(failed=1)


def test_installed_and_asked_for_it_is_loaded_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    names = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"]["pytest11"]
    assert names == {PLUGIN: PLUGIN}, "another name would load it twice: pytest compares names"
    installed = shop.folder / "site" / "goqueue-0.dist-info"
    installed.mkdir(parents=True)
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: goqueue\nVersion: 0\n")
    (installed / "entry_points.txt").write_text(f"[pytest11]\n{PLUGIN} = {PLUGIN}\n")
    monkeypatch.syspath_prepend(str(installed.parent))
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}{os.pathsep}{installed.parent}")
    (shop.folder / "conftest.py").write_text((ROOT / "conftest.py").read_text("utf-8"))
    shop.sells(KEPT)
    others = ("nbval", "hypothesispytest", "pytest_cov", "xdist")  # installed, too, and slow to load
    shop.run("--race", *(f"-pno:{name}" for name in others)).assert_outcomes(passed=2)
