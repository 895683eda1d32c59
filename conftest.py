"""Loads the plugin behind `pytest --race` where goqueue is not installed, and what checks the notebooks.

Where goqueue is installed, its entry point has loaded the plugin already, under the same name, and pytest does not load
it twice. Notebooks and doctests under test neither show nor change a learner's progress: their kernels inherit this.
"""

import importlib.util
import os

import pytest

pytest_plugins = ["goqueue.races.pytest_plugin", "pytester"]
if importlib.util.find_spec("nbval"):  # a free-threaded Python may lack what nbval needs
    pytest_plugins.append("tests.notebooks.checked_notebooks")

collect_ignore_glob = ["tests/benchmarks/libraries/models/*"]  # they import libraries that only their table installs
collect_ignore = ["goqueue/races/engine/stacks.py"]  # only a browser tab can import it
os.environ["GOQUEUE_PROGRESS"] = ""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--no-skips`, for CI: there, a test that could not run has not passed."""
    parser.addoption("--no-skips", action="store_true", help="a skipped test fails the run")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Under `--no-skips`, fail a run in which a test was skipped, and say which."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or not session.config.getoption("no_skips"):
        return
    if skipped := reporter.stats.get("skipped", []):
        names = ", ".join(dict.fromkeys(report.nodeid for report in skipped))
        reporter.write_line(f"\n--no-skips: {len(skipped)} skipped: {names}", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
