"""Ten thousand workers lose their server in one moment: how they come back, with and without chance in their pauses.

    python -m tests.benchmarks.herd     writes the table in docs/many_machines.md anew, in about a minute

It is a simulation on a clock of its own, so it takes no server, and no machine changes its numbers. The pauses come
from the product's own code: a worker's loop that asks a failing storage again (running/dispatch.py) around that of the
storage, which tries to connect (storage/postgres/connections.py, storage/redis/server.py). The workers do not meet, so
each has its outage by itself, and what all have tried is counted afterwards. Each stands for a process.
"""

import collections
import contextlib
import math
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple
from unittest import mock

import psycopg
import redis

from goqueue.running import dispatch
from goqueue.storage.postgres import connections
from goqueue.storage.postgres.session import Session
from goqueue.storage.redis import server as redis_server

WORKERS = 10_000
AWAY = 30.0  # seconds
BIN = 0.01  # seconds
SEED = 17
PAGE = Path(__file__).parents[2] / "docs" / "many_machines.md"
HEAD = (
    "| storage | chance in the pauses | tries in the busiest 10 ms after it is back | in the busiest second "
    "| seconds until all are back |\n|---|---|---|---|---|\n"
)


class Clock:
    """Stands for the module `time` in the code that pauses: a sleep takes no time here. Notes each try to connect."""

    def __init__(self) -> None:
        self.now = 0.0
        self.tries: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def wait(self, seconds: float) -> bool:
        """Wait for a stop that never comes."""
        self.now += seconds
        return False

    def is_back(self) -> bool:
        """Note a try, and return whether the server answers it."""
        self.tries.append(self.now)
        return self.now >= AWAY


class Outage(NamedTuple):
    """What was tried after the server was back, and when the last worker was back."""

    tries: list[float]
    seconds: float

    def busiest(self, seconds: float) -> int:
        """Return how many tries there are in the busiest so many seconds."""
        return max(collections.Counter(int((each - AWAY) / seconds + 1e-9) for each in self.tries).values())


def postgres(clock: Clock) -> Callable[[], object]:
    """Return a call of a storage in PostgreSQL."""

    def connect(*given: Any, **options: Any) -> Any:
        if not clock.is_back():
            raise psycopg.OperationalError("connection refused")
        return SimpleNamespace(execute=lambda text: None)

    found = connections.Connections("", "postgresql://", 8, True)
    found._failure = None
    session = mock.patch.object(Session, "connect", connect)

    def call() -> object:
        with session:
            return found.connect(clock.now + connections.BUSY)

    return call


def valkey(clock: Clock) -> Callable[[], object]:
    """Return a call of a storage in Redis."""

    def get_connection() -> Any:
        if not clock.is_back():
            raise redis.exceptions.ConnectionError("connection refused")
        return None

    found = redis_server.Server("redis://localhost", "", 5.0, None)
    found.pool = SimpleNamespace(get_connection=get_connection)
    found._exchange = lambda *given: None  # type: ignore[method-assign]
    return lambda: found.ask("EVALSHA", twice=True)


KINDS: dict[str, Callable[[Clock], Callable[[], object]]] = {"PostgreSQL": postgres, "Redis": valkey}


def outage(kind: str, chance: bool, workers: int = WORKERS) -> Outage:
    """Let so many workers lose their server, each by itself, and return what they have tried once it is back."""
    random.seed(SEED)
    tries: list[float] = []
    last = 0.0
    for _ in range(workers):
        clock = Clock()
        call = KINDS[kind](clock)
        with on(clock, chance):
            work(clock, call)
        tries += [each for each in clock.tries if each >= AWAY]
        last = max(last, clock.now)
    return Outage(tries, last - AWAY)


def work(clock: Clock, call: Callable[[], object]) -> None:
    """Do what a worker does whose storage has just failed: ask again until it works."""
    worker: Any = SimpleNamespace(
        floor=SimpleNamespace(stop_begins=clock),
        storage=SimpleNamespace(settle_and_claim=lambda *given: call()),
        registry=SimpleNamespace(types=()),
        say_failed=lambda err: None,
    )
    dispatch.Dispatch._insist(worker, (), 1, OSError("the server is away"))


@contextlib.contextmanager
def on(clock: Clock, chance: bool) -> Iterator[None]:
    """Let the code that pauses have this clock; without chance, each pause is as long as it may be."""
    with contextlib.ExitStack() as stack:
        for module in (dispatch, connections, redis_server):
            stack.enter_context(mock.patch.object(module, "time", clock))
        if not chance:
            stack.enter_context(mock.patch.object(random, "uniform", lambda least, most: most))
        yield


def table(workers: int = WORKERS) -> str:
    """Return the table of the page."""
    lines = []
    for kind in KINDS:
        for chance in (True, False):
            found = outage(kind, chance, workers)
            numbers = (f"{found.busiest(BIN):,}", f"{found.busiest(1.0):,}", f"{math.ceil(10 * found.seconds) / 10}")
            lines.append(f"| {kind} | {'yes' if chance else 'no'} | {' | '.join(numbers)} |\n")
    return HEAD + "".join(lines)


def main() -> None:
    """Write the page anew."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(HEAD)
    after = rest.partition("\n\n")[2]
    PAGE.write_text(f"{before}{table()}\n{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
