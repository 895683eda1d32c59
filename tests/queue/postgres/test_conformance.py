"""PostgresStorage keeps every promise of the conformance suite, on a real server.

The clock is moved by the checks themselves, here and on the server, so nothing depends on how busy the machine is. The
tests use a few schemas again and again, emptied, because to make one costs more than most checks.
"""

import contextlib
from collections.abc import Iterator

import pytest

from goqueue import Retention
from goqueue.storage import PostgresStorage, Storage
from goqueue.storage.postgres import upkeep
from goqueue.testing import checks, conformance, expectations
from goqueue.testing.conformance import CHECKS, RETENTION_CHECKS, Check, RetentionCheck

from ..servers import postgres
from ..servers.moved_clock import MovedClock


@pytest.fixture(scope="module")
def clock() -> Iterator[MovedClock]:
    clock = MovedClock()
    yield clock
    clock.close()


@pytest.fixture(scope="module")
def schemas() -> Iterator[list[str]]:
    """Addresses of queues that stand ready; the clock rules there already."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(postgres.own_schema()) for _ in range(2)]


@pytest.fixture
def moved(clock: MovedClock, schemas: list[str], monkeypatch: pytest.MonkeyPatch) -> Iterator["Opener"]:
    """What opens storages whose clock the checks move."""
    for module in (checks, conformance, expectations):
        monkeypatch.setattr(module, "time", clock)
    monkeypatch.setattr(upkeep, "EVERY", 0.0)
    monkeypatch.setattr(upkeep, "SHARE", 0.0)  # a real pause would never end on a clock that stands still
    yield Opener(clock, schemas)
    clock.forget()


class Opener:
    """Opens storages, each in another of a few schemas, which are empty then."""

    ruled: set[str] = set()  # noqa: RUF012 -- of all tests

    def __init__(self, clock: MovedClock, schemas: list[str]) -> None:
        self._clock = clock
        self._left = list(schemas)

    def open(self, retention: Retention) -> Storage:
        url = self._left.pop()
        storage = PostgresStorage(url, retention=retention)
        rule = self._clock.rule_again if url in self.ruled else self._clock.rule
        self.ruled.add(url)
        ruled: Storage = rule(storage)
        return ruled


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_postgres_keeps_its_promises(check: Check, moved: Opener) -> None:
    storage = moved.open(Retention())
    check(storage)
    storage.close()
    storage.close()  # harmless


@pytest.mark.parametrize("check", RETENTION_CHECKS, ids=lambda check: check.__name__)
def test_postgres_forgets_what_it_may(check: RetentionCheck, moved: Opener) -> None:
    check(moved.open)
