"""Whatever is replaced of what judges a version is named; what a promise itself does is not."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from goqueue.lab.versions import seal as sealing
from goqueue.lab.versions.load import load
from goqueue.lab.versions.seal import seal
from steps.promises import PROMISES, step12
from steps.promises.bench import Bench

GRACEFUL: Any = PROMISES["graceful_stop"].check


def nothing(*arguments: object) -> None:
    """Stand in the place of what judges."""


REPLACED: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "steps.promises.step12.expect": lambda patch: patch.setattr(step12, "expect", nothing),
    "steps.promises.bench.Bench.later": lambda patch: patch.setattr(Bench, "later", nothing),
    "steps.promises.step12.graceful_stop": lambda patch: patch.setattr(GRACEFUL.__wrapped__, "__code__", emptied()),
    "threading.enumerate": lambda patch: patch.setattr(threading, "enumerate", list),
    "time.monotonic": lambda patch: patch.setattr(time, "monotonic", float),
}


def emptied() -> Any:
    """Return the code of a promise that asks for nothing."""

    def asks_nothing(version: object) -> None:
        return

    return asks_nothing.__code__


@pytest.mark.parametrize("name", REPLACED)
def test_what_was_replaced_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = seal()
    assert broken() == ""
    REPLACED[name](monkeypatch)
    assert broken() == name


def test_a_promise_leaves_the_seal_whole_and_so_does_what_anybody_may_set(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = seal()
    for name in ("graceful_stop", "tells_listeners", "saved_once"):
        PROMISES[name].check(load(12))
    monkeypatch.setattr(threading, "excepthook", nothing)
    assert broken() == ""
    assert "threading.excepthook" in sealing._FOR_EVERYBODY
