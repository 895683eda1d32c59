"""Any sequence of calls on PostgresStorage, against the model of test_machine.py. The server has the model's clock."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from goqueue.storage import PostgresStorage

from ..servers.moved_clock import MovedClock
from ..test_machine import MANY, SETTINGS, machine_of

FEW = settings(SETTINGS, max_examples=2, stateful_step_count=25)  # each call asks a server
CLOCK = MovedClock()


class Timed(PostgresStorage):
    """Tells the server what time it is before each call. It is emptied and used again, which is faster than another."""

    def _run(self, op: Callable[[Any], Any], again: bool, seconds: float = 5.0) -> Any:
        if CLOCK.now != time.time() and hasattr(self, "ruled"):
            CLOCK.sleep(time.time() - CLOCK.now)
        return super()._run(op, again, seconds)

    def emptied(self) -> "Timed":
        for table in ("jobs", "workers"):
            self._ask(f"DELETE FROM {self.schema}.{table} RETURNING 1")
        self._leases.resign()
        return self

    def close(self) -> None:
        """Stay open for the next sequence."""
        self.flush()


@pytest.mark.parametrize(
    "how", [FEW, pytest.param(settings(MANY, max_examples=60), marks=pytest.mark.slow)], ids=["few", "many"]
)
def test_postgres_does_as_the_model_does(how: settings, postgres_url: str) -> None:
    storage = CLOCK.rule(Timed(postgres_url))
    storage.ruled = True
    run_state_machine_as_test(machine_of(lambda folder: storage.emptied()), settings=how)
    PostgresStorage.close(storage)
    CLOCK.close()
