"""Fixtures that several tests of the queue use."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from goqueue.storage import steady
from goqueue.storage.sqlite import database, leases, statements, storage, work
from goqueue.testing import virtual_time

from .parts import Clock


@pytest.fixture
def clock() -> Iterator[Any]:
    """Virtual time, which the test's own threads and its queues share."""
    with virtual_time() as now:
        yield now


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that each module of the SQLite storage reads, and that stands still until the test moves it."""
    clock = Clock()
    for module in (storage, leases, statements, work, steady):
        monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file of a SQLite storage may be made."""
    return tmp_path / "jobs.db"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A SQLite storage gives up at once if another connection holds its file."""
    monkeypatch.setattr(database, "BUSY", 0.02)
