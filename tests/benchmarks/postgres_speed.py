"""How fast the queue is on PostgreSQL: `python -m tests.benchmarks.postgres_speed [--jobs N] [drain submit wake …]`

    drain    no-op jobs through worker processes, beside a bare loop of SKIP LOCKED that claims 10 or 50 at a time
    submit   one by one, beside a bare INSERT, and in batches of 1,000
    wake     from submit_job in this process to the handler in another, which is idle
    cost     bytes of the write-ahead log, and seconds of a core, for each job
    kept     a claim beside an empty table, and one with many finished and delayed jobs

A server of its own is started, with fsync on, as a real one has it; GOQUEUE_TEST_POSTGRES names another.
"""

import argparse
import itertools
import multiprocessing
import os
import statistics
import time
from pathlib import Path
from typing import Any

import psycopg

from goqueue import Context, Queue, Retention, Status
from goqueue.job import DONE, Record
from goqueue.storage import PostgresStorage
from goqueue.storage.postgres import upkeep
from tests.queue.servers import postgres

FOR_EVER = Retention(None, None, None)
PROCESSES = (1, 2, 4)


def nothing(ctx: object, payload: object) -> None:
    """The work of a no-op job."""


def work(url: str, ready: Any, workers: int = 2) -> None:
    """A worker process: run jobs until none is left."""
    queue = Queue(workers=workers, storage=PostgresStorage(url, retention=FOR_EVER))
    queue.register_handler("webhook", nothing)
    ready.wait()
    with queue:
        while queue.storage.backlog():
            time.sleep(0.02)
    queue.close()


def bare(url: str, ready: Any, size: int) -> None:
    """The least that a queue on PostgreSQL can do: claim, and complete in the same transaction."""
    with psycopg.connect(url, autocommit=True, prepare_threshold=1) as on:
        ready.wait()
        while True:
            with on.transaction():
                rows = on.execute(
                    "SELECT id FROM bare WHERE NOT done ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED", (size,)
                ).fetchall()
                on.execute("UPDATE bare SET done = true WHERE id = ANY(%s)", ([row[0] for row in rows],))
            if not rows:
                return


def timed(target: Any, count: int, *given: Any) -> float:
    """Run processes at once, and return the seconds until the last has ended."""
    spawn = multiprocessing.get_context("spawn")
    ready = spawn.Barrier(count + 1)
    crew = [spawn.Process(target=target, args=(given[0], ready, *given[1:])) for _ in range(count)]
    for each in crew:
        each.start()
    ready.wait()
    begun = time.monotonic()
    for each in crew:
        each.join()
    return time.monotonic() - begun


def drain(base: str, jobs: int) -> None:
    for count in PROCESSES:
        for size in (10, 50):
            with psycopg.connect(base, autocommit=True) as on:
                on.execute("DROP TABLE IF EXISTS bare")
                on.execute("CREATE TABLE bare (id bigint PRIMARY KEY, payload text, done boolean DEFAULT false)")
                on.execute("CREATE INDEX bare_waits ON bare (id) WHERE NOT done")
                on.execute("INSERT INTO bare SELECT n, '{}' FROM generate_series(1, %s) AS n", (jobs,))
                on.execute("VACUUM ANALYZE bare")
            seconds = timed(bare, count, base, size)
            print(f"drain, {count} processes, bare loop of {size}: {jobs / seconds:,.0f}/s", flush=True)
        with postgres.own_schema(base) as url:
            storage = PostgresStorage(url)
            storage.add([Record("webhook", None) for _ in range(jobs)])
            seconds = timed(work, count, url)
            left = storage.count()
            storage.close()
        print(f"drain, {count} processes, goqueue: {jobs / seconds:,.0f}/s {dict(left)}", flush=True)


def submit(base: str, jobs: int) -> None:
    with psycopg.connect(base, autocommit=True) as on:
        on.execute("DROP TABLE IF EXISTS bare")
        on.execute("CREATE TABLE bare (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payload text)")
        begun = time.monotonic()
        for _ in range(jobs // 10):
            on.execute("INSERT INTO bare (payload) VALUES (%s) RETURNING id", ('{"order":17}',)).fetchall()
        print(f"a bare INSERT, one by one: {jobs / 10 / (time.monotonic() - begun):,.0f}/s", flush=True)
    with postgres.own_schema(base) as url:
        queue = Queue(storage=url)
        begun = time.monotonic()
        for number in range(jobs // 10):
            queue.submit_job(Context(), "webhook", {"order": number})
        print(f"submit one by one: {jobs / 10 / (time.monotonic() - begun):,.0f}/s", flush=True)
        begun = time.monotonic()
        for _ in range(jobs // 1000):
            queue.submit_many(Context(), "webhook", [{"order": number} for number in range(1000)])
        print(f"submit in batches of 1,000: {jobs / (time.monotonic() - begun):,.0f}/s", flush=True)
        queue.close()


def wake(base: str, jobs: int) -> None:
    with postgres.own_schema(base) as url:
        PostgresStorage(url).close()
        spawn = multiprocessing.get_context("spawn")
        told: Any = spawn.Queue()
        process = spawn.Process(target=echo, args=(url, told))
        process.start()
        told.get()
        queue, late = Queue(storage=url), []
        for number in range(min(jobs, 300)):
            time.sleep(0.02)
            begun = time.monotonic()
            queue.submit_job(Context(), "webhook", number)
            late.append(1000 * (told.get() - begun))
        cuts = statistics.quantiles(late, n=100)
        print(f"idle to running: p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms", flush=True)
        queue.close()
        process.kill()
        process.join()


def echo(url: str, told: Any) -> None:
    """Tell when each job begins. CLOCK_MONOTONIC is that of the machine."""
    queue = Queue(workers=2, storage=url)
    queue.register_handler("webhook", lambda ctx, payload: told.put(time.monotonic()))
    with queue:
        while not queue.storage._listener.hears:  # type: ignore[attr-defined]
            time.sleep(0.01)
        told.put(None)
        time.sleep(3600)


def cost(base: str, jobs: int) -> None:
    with postgres.own_schema(base) as url, psycopg.connect(base, autocommit=True) as on:
        storage = PostgresStorage(url, retention=Retention(0.0, 0.0, None))
        log = [written(on)]
        for _ in range(jobs // 1000):
            storage.add([Record("webhook", '{"order":17}') for _ in range(1000)])
        log.append(written(on))
        for size in (1, 64):
            ended, spent, claimed = 0, cores(storage), storage.settle_and_claim((), size, ("webhook",))
            while claimed and ended < (jobs if size > 1 else 500):
                ended += len(claimed)
                claimed = storage.settle_and_claim([(each, DONE) for each in claimed], size, ("webhook",))
            storage.settle_and_claim([(each, DONE) for each in claimed], 0, ())
            print(f"a job in claims of {size}: {1e6 * (cores(storage) - spent) / ended:,.0f} µs of a core", flush=True)
        log.append(written(on))
        while storage.count()[Status.COMPLETED]:
            upkeep.forget(on, storage._sql, storage._retention, (), lambda on: None)  # type: ignore[arg-type]
        log.append(written(on))
        parts = ", ".join(f"{(after - before) / jobs:,.0f}" for before, after in itertools.pairwise(log))
        print(f"bytes of the log for a submission, an end, a deletion: {parts}", flush=True)
        storage.close()


def written(on: Any) -> int:
    """Return how many bytes the server has written into its log so far."""
    return int(on.execute("SELECT pg_current_wal_lsn() - '0/0'").fetchone()[0])


def cores(storage: PostgresStorage) -> float:
    """Return the seconds of a core that this process and its connection's have taken so far."""
    pid = storage._run(lambda on: on.info.backend_pid, True)
    words = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return time.process_time() + (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def kept(base: str, jobs: int) -> None:
    """`jobs` finished ones and a tenth as many delayed ones, which the claims must not see."""
    with postgres.own_schema(base) as url:
        storage = PostgresStorage(url, retention=FOR_EVER)
        for what in ("empty", f"{jobs:,} finished and {jobs // 10:,} delayed"):
            if what != "empty":
                fill(base, storage, jobs)
            took = []
            for _ in range(300):
                storage.add([Record("webhook", None)])
                begun = time.monotonic()
                claimed = storage.settle_and_claim((), 10, ("webhook", "mail"))
                took.append(1000 * (time.monotonic() - begun))
                storage.settle_and_claim([(record, DONE) for record in claimed], 0, ())
            print(f"a claim, {what}: {statistics.median(took):.2f} ms", flush=True)
        storage.close()


def fill(base: str, storage: PostgresStorage, jobs: int) -> None:
    s = storage.schema
    with psycopg.connect(base, autocommit=True) as on:
        for status, count, delayed in (("completed", jobs, False), ("pending", jobs // 10, True)):
            on.execute(
                f"INSERT INTO {s}.jobs (key, type, status, due, delayed, updated, max_retry) SELECT {s}.take_keys(1), "
                f"'webhook', %s, {s}.moment() + 36000, %s, {s}.moment(), 1 FROM generate_series(1, %s)".encode(),
                (status, delayed, count),
            )
        on.execute(f"VACUUM ANALYZE {s}.jobs".encode())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=20_000)
    parser.add_argument("what", nargs="*", default=["drain", "submit", "wake", "cost", "kept"])
    asked = parser.parse_args()
    named = os.environ.get(postgres.NAMED)
    server = None if named else postgres.Server("fsync=on", "max_wal_size=4GB")
    try:
        for what in asked.what:
            globals()[what](named or (server and server.url), asked.jobs)
    finally:
        if server is not None:
            server.stop()


if __name__ == "__main__":
    main()
