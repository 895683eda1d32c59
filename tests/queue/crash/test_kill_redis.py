"""Kill -9 with a server: its workers are killed, and it is itself, and with `appendfsync always` nothing is lost.

What must be true afterwards is what test_kill.py says of a file.
"""

import os
import random
import time
from typing import Any

import pytest

from ..servers.valkey import Valkey
from .storms import aftermath, begin
from .test_kill import (
    test_all_are_completed_and_none_runs_for_ever,
    test_each_ran_at_least_once,
    test_none_ran_twice_at_a_time,
    test_nothing_acknowledged_is_lost,
    test_there_was_a_storm,
)

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not hasattr(os, "fork"), reason="the storm forks")]


@pytest.fixture(scope="module", params=[20, 100])
def storm(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Kill workers and the producer, and the server once for each three of them."""
    server = Valkey(appendonly="yes", appendfsync="always")
    folder = tmp_path_factory.mktemp("storm")
    running = begin(folder, server.url, request.param)
    chance, restarts = random.Random(17), 0
    while running.poll() is None and restarts < request.param // 3:
        time.sleep(chance.uniform(0.2, 0.6))
        server.kill()
        server.start()
        restarts += 1
    found = aftermath(running, "always", request.param)
    assert list(folder.glob("errors-*")) == []
    server.remove()
    return found


__all__ = [
    "test_all_are_completed_and_none_runs_for_ever",
    "test_each_ran_at_least_once",
    "test_none_ran_twice_at_a_time",
    "test_nothing_acknowledged_is_lost",
    "test_there_was_a_storm",
]
