"""What a job costs a server: bytes of PostgreSQL's log and seconds of a core, memory of a Valkey, and a claim with many
jobs kept.
"""

import itertools
import statistics
import time

import psycopg

from goqueue import Retention, Status
from goqueue.job import DONE, Record
from goqueue.storage import PostgresStorage
from goqueue.storage.postgres import upkeep

from ..harness import Figures
from .measures import cores, crew, idles
from .servers import on_postgres, on_valkey
from .system import AT_ONCE, FOR_EVER, Ours, fill

AT_MOST = 500  # jobs that are claimed one at a time
CLAIMS = 300


def logged(size: int) -> Figures:
    """Return the bytes of the log for each step of a job, and the time of a core that its claim and its end take."""
    with on_postgres() as server, psycopg.connect(server.url, autocommit=True) as on:
        storage = PostgresStorage(server.url, retention=Retention(0.0, 0.0, None))
        log = [written(on)]
        for _ in range(0, size, AT_ONCE):
            storage.add([Record("webhook", '{"order":17}') for _ in range(AT_ONCE)])
        log.append(written(on))
        one, many = ended(storage, 1, AT_MOST), ended(storage, 64, size)
        log.append(written(on))
        while storage.count()[Status.COMPLETED]:
            upkeep.forget(on, storage._sql, storage._retention, (), lambda on: None)  # type: ignore[arg-type]
        log.append(written(on))
        storage.close()
    submitted, done, deleted = ((after - before) / size for before, after in itertools.pairwise(log))
    log_bytes = {"submission, bytes": submitted, "end, bytes": done, "deletion, bytes": deleted}
    return {**log_bytes, "claimed one by one, µs": one, "claimed 64 at a time, µs": many}


def written(on: "psycopg.Connection[tuple[int]]") -> int:
    """Return how many bytes the server has written into its log so far."""
    return int(on.execute("SELECT (pg_current_wal_lsn() - '0/0')::bigint").fetchall()[0][0])


def ended(storage: PostgresStorage, at_once: int, most: int) -> float:
    """Claim and complete jobs. Return how many µs of a core each took, here and in the server's process."""
    count, spent, claimed = 0, spent_on(storage), storage.settle_and_claim((), at_once, ("webhook",))
    while claimed and count < most:
        count += len(claimed)
        claimed = storage.settle_and_claim([(each, DONE) for each in claimed], at_once, ("webhook",))
    storage.settle_and_claim([(each, DONE) for each in claimed], 0, ())
    return 1e6 * (spent_on(storage) - spent) / count


def spent_on(storage: PostgresStorage) -> float:
    """Return the seconds of a core that this process and its connection's have taken so far."""
    return time.process_time() + cores([storage._run(lambda on: on.info.backend_pid, True)])


def claims(size: int) -> Figures:
    """Return how long a claim takes on an empty table, and beside `size` finished and a tenth as many delayed jobs."""
    with on_postgres() as server:
        storage = PostgresStorage(server.url, retention=FOR_EVER)
        empty = claim_ms(storage)
        keep(server.url, storage.schema, size)
        kept = claim_ms(storage)
        storage.close()
    return {"empty, ms": empty, "kept, ms": kept, "kept ÷ empty": kept / empty}


def claim_ms(storage: PostgresStorage) -> float:
    """Return the median of many claims of one job, in milliseconds."""
    took = []
    for _ in range(CLAIMS):
        storage.add([Record("webhook", None)])
        begun = time.perf_counter()
        claimed = storage.settle_and_claim((), 10, ("webhook", "mail"))
        took.append(1e3 * (time.perf_counter() - begun))
        storage.settle_and_claim([(record, DONE) for record in claimed], 0, ())
    return statistics.median(took)


def keep(url: str, schema: str, jobs: int) -> None:
    """Put finished and delayed jobs into the table, as fast as the server can."""
    with psycopg.connect(url, autocommit=True) as on:
        on.execute("SET synchronous_commit = off")
        for status, count, delayed in (("completed", jobs, False), ("pending", jobs // 10, True)):
            on.execute(
                f"INSERT INTO {schema}.jobs (key, type, status, due, delayed, updated, max_retry) "
                f"SELECT {schema}.take_keys(1), 'webhook', %s, {schema}.moment() + 36000, %s, {schema}.moment(), 1 "
                "FROM generate_series(1, %s)".encode(),
                (status, delayed, count),
            )
        on.execute(f"VACUUM ANALYZE {schema}.jobs".encode())


def remembered(size: int) -> Figures:
    """Return how many bytes of a Valkey a job takes that waits, and one that has completed."""
    with on_valkey() as server:
        system = Ours(server.url)
        before = server.memory()
        fill(system, size)
        waiting = (server.memory() - before) / size
        with crew(idles, [(Ours, server.url, None)]):
            while system.queue.count(system.ctx)[Status.COMPLETED] < size:
                time.sleep(0.05)
        completed = (server.memory() - before) / size
        system.close()
    return {"waiting, bytes": waiting, "completed, bytes": completed}
