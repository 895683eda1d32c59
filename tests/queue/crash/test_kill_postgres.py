"""Kill -9, at random moments, of processes that work on a PostgreSQL server; behind the mark, also of the server."""

import os
import time
from typing import Any

import pytest

from ..servers import postgres
from .storms import aftermath, begin
from .test_kill import (
    test_all_are_completed_and_none_runs_for_ever,
    test_each_ran_at_least_once,
    test_none_ran_twice_at_a_time,
    test_nothing_acknowledged_is_lost,
    test_there_was_a_storm,
)

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not hasattr(os, "fork"), reason="the storm forks")]
__all__ = [
    "test_all_are_completed_and_none_runs_for_ever",
    "test_each_ran_at_least_once",
    "test_none_ran_twice_at_a_time",
    "test_nothing_acknowledged_is_lost",
    "test_there_was_a_storm",
]


KILLS = 100


@pytest.fixture(scope="module", params=["workers", "workers and server"])
def storm(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What a storm has left behind."""
    server = postgres.Server()
    process = begin(tmp_path_factory.mktemp("storm"), server.url, KILLS)
    try:
        for _ in range(5 if request.param == "workers and server" else 0):
            time.sleep(2.0)
            server.kill()
            server.start()
        return aftermath(process, "PostgreSQL", KILLS)
    finally:
        process.kill()
        process.wait()
        server.stop()
