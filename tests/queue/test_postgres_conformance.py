"""PostgresStorage keeps every promise of the conformance suite, on a real server.

The clock is moved by the checks themselves, here and on the server, so nothing depends on how busy the machine is.
"""

import contextlib
from collections.abc import Iterator

import pytest

from goqueue import Retention
from goqueue.storage import PostgresStorage, Storage
from goqueue.storage.postgres import upkeep
from goqueue.testing import checks, conformance, expectations
from goqueue.testing.conformance import CHECKS, RETENTION_CHECKS, Check, RetentionCheck

from .servers import postgres
from .servers.moved_clock import MovedClock


@pytest.fixture
def moved(monkeypatch: pytest.MonkeyPatch) -> Iterator[MovedClock]:
    """A clock that the checks move, for the server too."""
    clock = MovedClock()
    for module in (checks, conformance, expectations):
        monkeypatch.setattr(module, "time", clock)
    monkeypatch.setattr(upkeep, "SHARE", 0.0)  # a real pause would never end on a clock that stands still
    yield clock
    clock.close()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_postgres_keeps_its_promises(check: Check, moved: MovedClock, postgres_url: str) -> None:
    storage = moved.rule(PostgresStorage(postgres_url), postgres_url)
    check(storage)
    storage.close()
    storage.close()  # harmless


@pytest.mark.parametrize("check", RETENTION_CHECKS, ids=lambda check: check.__name__)
def test_postgres_forgets_what_it_may(check: RetentionCheck, moved: MovedClock) -> None:
    with contextlib.ExitStack() as schemas:

        def open_storage(retention: Retention) -> Storage:
            url = schemas.enter_context(postgres.own_schema())
            storage: Storage = moved.rule(PostgresStorage(url, retention=retention), url)
            return storage

        check(open_storage)
