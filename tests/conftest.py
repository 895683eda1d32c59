"""Which tests stand behind the mark `slow` because of their length, and not where they are written.

The test command of the README is to take less than four minutes on two cores. A test that takes seconds, or has many
cases that take one, is in quick.toml: of its cases, the command runs as many as it says there. CI runs them all. Tests
that are only for CI, such as storms and long searches, have the mark themselves.
"""

import math
import signal
from collections import Counter

import pytest

from tests.quick import quick_cases

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell that runs this in the background has its children ignore Ctrl-C, and so would the programs of the tests.
    signal.signal(signal.SIGINT, signal.default_int_handler)

MANY, VERY_MANY = 6, 24  # cases of a test: then a third of them, or a fifth, is run at once
QUICK = quick_cases()  # of these tests, so many cases are run at once


def at_once(name: str, cases: int) -> int:
    """Return how many cases of a test are run at once."""
    return min(cases, QUICK.get(name, math.ceil(cases / (5 if cases >= VERY_MANY else 3 if cases >= MANY else 1))))


@pytest.hookimpl(tryfirst=True)  # before pytest leaves out what is marked
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the cases that are not run at once. Those that are lie evenly among all."""
    seen: Counter[str] = Counter()
    names = {item: item.nodeid.partition("[")[0].removeprefix("tests/") for item in items}
    names = {item: name for item, name in names.items() if item.get_closest_marker("slow") is None}
    cases = Counter(names.values())
    for item, name in names.items():
        count, number = at_once(name, cases[name]), seen[name]
        if number * count // cases[name] == (number - 1) * count // cases[name]:
            item.add_marker(pytest.mark.slow)
        seen[name] += 1
