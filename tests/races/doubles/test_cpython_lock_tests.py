"""CPython's own tests of locks, `test.lock_tests`, as models: each passes in every order that is tried."""

from __future__ import annotations

import contextlib
import importlib
import threading
import unittest
from typing import Any

import pytest

from goqueue.races import explore

lock_tests: Any = importlib.import_module("test.lock_tests")

# What CPython tests, and what makes it. `Bunch` starts threads by _thread.start_new_thread, or by threading.Thread.
KINDS: dict[str, tuple[str, Any]] = {
    "LockTests": ("locktype", lambda: threading.Lock()),
    "RLockTests": ("locktype", lambda: threading.RLock()),
    "RLockTests, in Python": ("locktype", lambda: threading._PyRLock()),  # type: ignore[attr-defined]
    "EventTests": ("eventtype", lambda: threading.Event()),
    "ConditionTests": ("condtype", lambda *lock: threading.Condition(*lock)),
    "SemaphoreTests": ("semtype", lambda *args, **options: threading.Semaphore(*args, **options)),
    "BoundedSemaphoreTests": ("semtype", lambda *args, **options: threading.BoundedSemaphore(*args, **options)),
    "BarrierTests": ("barriertype", lambda *args, **options: threading.Barrier(*args, **options)),
}


def cases() -> list[tuple[str, str]]:
    return [
        (kind, name)
        for kind in KINDS
        for name in unittest.TestLoader().getTestCaseNames(getattr(lock_tests, kind.partition(",")[0]))
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "name"), cases())
def test_a_test_of_cpython_passes(kind: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # CPython's tests wait until real threads are gone. The lab keeps its real threads for the next run.
    monkeypatch.setattr(lock_tests.threading_helper, "wait_threads_exit", lambda *_: contextlib.nullcontext())
    attribute, make = KINDS[kind]
    made = type(kind, (getattr(lock_tests, kind.partition(",")[0]),), {attribute: staticmethod(make)})
    if kind == "ConditionTests":
        setattr(made, "locktype", None)  # noqa: B010  # mypy knows no such attribute

    def model() -> None:
        case = made(name)
        try:
            case.debug()
        except unittest.SkipTest:
            return

    result = explore(model, modules=[], schedules=10)
    assert not result.failed, result
