"""Tests of all kinds, as projects have them: fixtures, classes, TestCase, skips, and `--race-all`."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

STOCK = """
import asyncio, threading, unittest
import pytest

class Stock:
    def __init__(self):
        self.items, self.lock = 10, threading.Lock()
    def sell(self):
        self.items -= 1
    def sell_safely(self):
        with self.lock: self.items -= 1

def twice(sell):
    threads = [threading.Thread(target=sell) for _ in range(2)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.plugins = ["goqueue.races.pytest_plugin"]
    pytester.makepyfile(stock=STOCK)
    return pytester


def run(project: pytest.Pytester, source: str, *words: str) -> pytest.RunResult:
    """Run pytest on a file with these tests."""
    project.makepyfile(test_stock=f"from stock import *\n{source}")
    return project.runpytest_subprocess("--strict-markers", *words)


FIXTURES = """
made = []

@pytest.fixture(params=[10, 20])
def amount(request):
    return request.param

@pytest.fixture
def stock(amount, request):
    stock = Stock()
    stock.items = amount
    made.append(stock)
    request.addfinalizer(lambda: made.append("ended"))
    yield stock
    assert stock.items == amount - 2, "the end of a fixture belongs to the run"

@pytest.fixture(autouse=True)
def patched(monkeypatch):
    monkeypatch.setattr(Stock, "name", "atlas", raising=False)

@pytest.mark.race
def test_each_run_has_its_own(stock, amount):
    assert made == [stock], "the list is put back, and the fixture is made once a run"
    assert stock.items == amount and stock.name == "atlas"
    twice(stock.sell_safely)
    assert stock.items == amount - 2

@pytest.fixture
def by_name():
    return {"sold": 0}

@pytest.mark.race
def test_fixtures_by_name(request):
    found = request.getfixturevalue("by_name")
    assert request.getfixturevalue("by_name") is found and request.node.name == "test_fixtures_by_name"
    twice(lambda: found.update(sold=found["sold"]))
    assert found == {"sold": 0}
    found["sold"] = 1

def test_afterwards():
    assert not hasattr(Stock, "gone") and Stock.name == "atlas"
"""


def test_each_run_makes_its_fixtures_anew(project: pytest.Pytester) -> None:
    done = run(project, FIXTURES, "--race", "-v")
    done.assert_outcomes(passed=4)
    done.stdout.fnmatch_lines(["*test_each_run_has_its_own?10?  exhausted  2 schedules"])


def test_a_race_in_an_object_of_a_fixture_is_found_and_its_replay_line_works(project: pytest.Pytester) -> None:
    source = """
@pytest.fixture
def stock():
    return Stock()

@pytest.mark.race
def test_sales(stock):
    twice(stock.sell)
    assert stock.items == 8
"""
    done = run(project, source, "--race")
    done.assert_outcomes(failed=1)
    done.stdout.no_fnmatch_line("*replay(*")
    (line,) = {line for line in done.outlines if line.startswith("pytest --race-replay=")}
    project.runpytest_subprocess(*line.split()[1:]).assert_outcomes(failed=1)


def test_a_shared_fixture_is_put_back_and_one_that_cannot_be_is_named(project: pytest.Pytester) -> None:
    source = """
@pytest.fixture(scope="module")
def stock():
    return Stock()

@pytest.fixture(scope="module")
def numbers():
    return (number for number in range(99))

@pytest.fixture(scope="module")
def rng():
    return random.Random(1)

@pytest.fixture(scope="module")
def connection():
    made = sqlite3.connect(":memory:", check_same_thread=False)
    yield made
    made.close()

@pytest.mark.race
def test_drawn(rng):
    stock = Stock()
    twice(stock.sell_safely)
    assert rng.randrange(10**9) == 144272509

@pytest.mark.race
def test_connected(connection):
    stock = Stock()
    twice(stock.sell_safely)
    connection.execute("create table if not exists sold (name)")

@pytest.mark.race
def test_put_back(stock):
    twice(stock.sell_safely)
    assert stock.items == 8

@pytest.mark.race
@pytest.mark.parametrize("sold", [[]])
def test_a_parameter(sold):
    twice(lambda: sold.append(1))
    assert sold == [1, 1]

@pytest.mark.race
def test_numbers(numbers):
    stock = Stock()
    twice(stock.sell_safely)
    next(numbers)
"""
    done = run(project, f"import random, sqlite3\n{source}", "--race", "-v")
    done.assert_outcomes(passed=5, warnings=2)
    done.stdout.fnmatch_lines(
        [
            "*test_a_parameter?sold0?  exhausted  3 schedules",
            "*test_connected  exhausted, except: the fixture connection (state outlives a run)  2 schedules",
            "*test_drawn  exhausted  2 schedules",
            "*test_numbers  exhausted, except: the fixture numbers (state outlives a run)  2 schedules",
            "*test_put_back  exhausted  2 schedules",
        ]
    )


CLASSES = """
class TestPlain:
    def setup_method(self, method):
        assert method.__name__ == "test_sales"
        self.stock = Stock()
    def teardown_method(self):
        assert self.stock.items == 8
    @pytest.fixture
    def wanted(self):
        return self.stock.items - 2
    @pytest.mark.race
    def test_sales(self, wanted):
        assert not hasattr(self, "sold")
        self.sold = True
        twice(self.stock.sell_safely)
        assert self.stock.items == wanted

@pytest.mark.race
class TestOld(unittest.TestCase):
    def setUp(self):
        self.stock = Stock()
        self.addCleanup(self.ended)
    def ended(self):
        assert self.stock.items == 0, "the cleanup comes last"
    def tearDown(self):
        self.assertEqual(self.stock.items, 8)
        self.stock.items = 0
    def test_safely(self):
        twice(self.stock.sell_safely)
        with self.subTest("left"):
            self.assertEqual(self.stock.items, 8)
    def test_lost(self):
        twice(self.stock.sell)
        self.assertEqual(self.stock.items, 8)
    def test_skipped(self):
        self.stock.items = 8
        self.skipTest("not today")
    @unittest.skip("never")
    def test_never(self): pass
"""


def test_methods_and_test_cases_have_a_new_object_for_each_run(project: pytest.Pytester) -> None:
    done = run(project, CLASSES, "--race", "-v")
    done.assert_outcomes(passed=2, failed=1, skipped=2)
    done.stdout.fnmatch_lines(
        [
            "AssertionError: 9 != 8",
            "*TestOld::test_lost  failed assertion *",
            "*TestOld::test_safely  exhausted  2 schedules",
            "*TestPlain::test_sales  exhausted  2 schedules",
        ]
    )
    run(project, CLASSES).assert_outcomes(passed=3, skipped=2)


OUTCOMES = """
@pytest.mark.race
def test_skip():
    twice(Stock().sell_safely)
    pytest.skip("not on this system")

@pytest.mark.race
def test_xfail():
    pytest.xfail("known")

@pytest.mark.race
def test_fail():
    pytest.fail("as it must")

@pytest.mark.race
def test_raises():
    with pytest.raises(ZeroDivisionError, match="division"):
        1 / 0
    assert 0.1 + 0.2 == pytest.approx(0.3)

@pytest.mark.race
def test_exit():
    raise SystemExit(1)

@pytest.mark.race
@pytest.mark.xfail(strict=True, reason="a race")
def test_mark():
    stock = Stock()
    twice(stock.sell)
    assert stock.items == 8
"""


def test_a_skip_and_the_like_mean_what_they_mean_in_pytest(project: pytest.Pytester) -> None:
    done = run(project, OUTCOMES, "--race", "-v", "-rs")
    done.assert_outcomes(passed=1, failed=2, skipped=1, xfailed=2)
    done.stdout.fnmatch_lines(["AssertionError: as it must", "SystemExit: 1", "*test_fail  failed assertion*"])
    done.stdout.fnmatch_lines(["SKIPPED*not on this system*"])


SUBTESTS = """
@pytest.mark.race
def test_parts(subtests):
    stock = Stock()
    twice(stock.sell_safely)
    with subtests.test(msg="how many are left"):
        assert stock.items == 8
"""


def test_the_subtests_of_pytest_may_capture_what_is_printed(project: pytest.Pytester) -> None:
    run(project, SUBTESTS, "--race").assert_outcomes(passed=1)


CUT = """
@pytest.mark.race(steps=3)
def test_cut(): twice(Stock().sell_safely)

@pytest.mark.race
def test_hook(monkeypatch):
    told = []
    monkeypatch.setattr(threading, "excepthook", lambda args: told.append(args.exc_type))
    twice(lambda: 1 / 0)
    assert told == [ZeroDivisionError] * 2
"""


def test_a_test_whose_runs_are_cut_is_told_to_allow_more_steps_and_one_may_set_a_hook(
    project: pytest.Pytester,
) -> None:
    done = run(project, CUT, "--race")
    done.assert_outcomes(passed=2, warnings=1)
    done.stdout.fnmatch_lines(["*budget spent: * cut at the limit (steps=3)*(steps=30), or make the test shorter*"])


GIVEN = """
from hypothesis import given, settings, strategies

@pytest.mark.race
@given(strategies.integers())
def test_given(number): pass
"""


def test_hypothesis_is_refused_with_the_way_out(project: pytest.Pytester) -> None:
    done = run(project, GIVEN, "--race")
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["*a test with Hypothesis's @given cannot be marked race: *explore() inside the test*"])


def test_the_way_out_of_hypothesis_works(project: pytest.Pytester) -> None:
    source = """
from goqueue.races import explore
from hypothesis import given, settings, strategies

@settings(deadline=None, max_examples=5, database=None)
@given(strategies.integers(2, 20))
def test_given(amount):
    def check():
        stock = Stock()
        stock.items = amount
        twice(stock.sell_safely)
        assert stock.items == amount - 2
    assert explore(check).verdict == "exhausted"
"""
    run(project, source).assert_outcomes(passed=1)


def test_the_lab_does_not_watch_itself_where_it_is_installed(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = project.path / "venv" / "site-packages"
    for folder in ("races", "lab"):
        shutil.copytree(
            ROOT / "goqueue" / folder, site / "goqueue" / folder, ignore=shutil.ignore_patterns("__pycache__")
        )
    (site / "goqueue" / "__init__.py").touch()
    monkeypatch.setenv("PYTHONPATH", str(site))
    source = """
import goqueue.races

@pytest.mark.race
def test_safe():
    assert "site-packages" in goqueue.races.__file__
    stock = Stock()
    twice(stock.sell_safely)
    assert stock.items == 8
"""
    done = run(project, source, "--race", "-v")
    done.assert_outcomes(passed=1)
    done.stdout.fnmatch_lines(["*test_safe  exhausted  2 schedules"])


ALL = """
@pytest.fixture
def stock():
    stock = Stock()
    yield stock
    stock.items = None

def test_plain(): pass

def test_found(stock):
    twice(stock.sell)
    assert stock.items == 8

def test_safe(stock):
    twice(stock.sell_safely)
    assert stock.items == 8

def test_file(tmp_path):
    twice(lambda: (tmp_path / "sales.txt").write_text("sold"))

async def do(): await asyncio.to_thread(print)

def test_wrong(): assert False

class TestOld(unittest.TestCase):
    def test_plain(self): pass
    def test_found(self):
        stock = Stock()
        twice(stock.sell)
        self.assertEqual(stock.items, 8)
    def test_wrong(self): self.fail()

@pytest.mark.race
def test_marked(stock):
    twice(stock.sell_safely)
"""


def test_race_all_explores_what_starts_threads_and_counts_the_rest(project: pytest.Pytester) -> None:
    done = run(project, ALL, "--race-all")
    done.assert_outcomes(passed=5, failed=4)
    done.stdout.fnmatch_lines(
        [
            "4 explored, 2 without threads, 1 not explored",
            "not explored: test_stock.py::test_file: *real input or output*; a test must not wait for *",
        ]
    )
    replays = {line for line in done.outlines if line.startswith("pytest --race-all --race-replay=")}
    assert len(replays) == 2  # of test_found and of TestOld::test_found; under CI, pytest prints each of them twice
    (line,) = {line for line in replays if "TestOld" not in line}
    project.runpytest_subprocess(*line.split()[1:]).assert_outcomes(failed=1)


FILLED = """
import logging, warnings
made, seen, known = [], [], None

def one():
    global known
    if known is None:
        known = Stock()
        made.append(known)
    return known

def test_first_use():
    twice(one)
    assert len(made) == 1

def test_afterwards():
    assert len(made) == 1 and known is not None

class TestSeen:
    seen = []
    def test_seen_once(self):
        twice(lambda: None)
        seen.append(1)
        self.seen.append(1)
        assert len(seen) == len(self.seen) == 1

def test_log(caplog):
    twice(lambda: logging.getLogger("shop").warning("sold"))
    assert len(caplog.records) == 2

def test_warning(recwarn):
    warnings.warn("sold out", stacklevel=1)
    twice(lambda: None)
    assert len(recwarn) == 1
"""


def test_race_all_puts_back_what_the_plain_run_has_filled(project: pytest.Pytester) -> None:
    done = run(project, FILLED, "--race-all", "-v")
    done.assert_outcomes(passed=4, failed=1)
    done.stdout.fnmatch_lines(["*test_first_use  failed assertion  *", "4 explored, 1 without threads"])
