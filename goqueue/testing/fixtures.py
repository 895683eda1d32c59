"""Fixtures for pytest. A project asks for them in its conftest.py: pytest_plugins = ["goqueue.testing.fixtures"]

queue       an InlineQueue: each job runs at once, in the test's own thread
recorded    a RecordingQueue: submissions are noted, and nothing runs
clock       virtual time for real queues that the test makes: a week of backoff passes in milliseconds
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from . import InlineQueue, RecordingQueue, virtual_time

if TYPE_CHECKING:
    from ..races.timing import VirtualClock


@pytest.fixture
def queue() -> Iterator[InlineQueue]:
    """A queue that runs each job before submit_job returns."""
    with InlineQueue() as queue:
        yield queue


@pytest.fixture
def recorded() -> RecordingQueue:
    """A queue that notes what is submitted, and runs nothing."""
    return RecordingQueue()


@pytest.fixture
def clock(request: pytest.FixtureRequest) -> "Iterator[VirtualClock]":
    """Virtual time during the test. Make queues, storages and locks in the test, not in a fixture that comes before."""
    with virtual_time([request.module]) as clock:
        yield clock
