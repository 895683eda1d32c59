"""A queue of each kind, in virtual time."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from goqueue import MemoryStorage, Queue
from goqueue.testing import virtual_time


@pytest.fixture(params=["memory", "file"])
def queue(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Queue]:
    """A queue with three workers. What the test's module has imported of `datetime` is virtual too."""
    with virtual_time(modules=[request.module]):
        queue = Queue(workers=3, storage=MemoryStorage() if request.param == "memory" else tmp_path / "jobs.db")
        yield queue
        queue.close()
