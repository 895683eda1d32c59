"""Others on PostgreSQL, as their manuals set them up, and the least that a queue there can do.

Each peer runs as many jobs at a time as it does best: on two cores and with no-op jobs, that was 10.
"""

import asyncio
import logging
from importlib import import_module
from typing import Any

import psycopg

from .system import PAYLOAD, Done, System

AT_A_TIME = 10


class Bare(System):
    """A loop that claims some jobs and completes them in the same transaction: SKIP LOCKED, and nothing else."""

    size = 10

    def __init__(self, url: str) -> None:
        self.on = psycopg.connect(url, autocommit=True, prepare_threshold=1)

    def prepare(self) -> None:
        """Make the table, with an index on what waits."""
        self.on.execute(
            "CREATE TABLE bare (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payload text, done boolean "
            "DEFAULT false); CREATE INDEX bare_waits ON bare (id) WHERE NOT done"
        )

    def submit(self) -> None:
        """One INSERT."""
        self.on.execute("INSERT INTO bare (payload) VALUES (%s) RETURNING id", ('{"order":17}',)).fetchall()

    def submit_many(self, count: int) -> None:
        """One INSERT of many rows."""
        rows = ['{"order":17}'] * count
        self.on.execute("INSERT INTO bare (payload) SELECT unnest(%s::text[]) RETURNING id", (rows,)).fetchall()

    def work(self, done: Done) -> None:
        """Claim and complete."""
        claim = "SELECT id FROM bare WHERE NOT done ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED"
        while True:
            with self.on.transaction():
                ids = [row[0] for row in self.on.execute(claim, (self.size,)).fetchall()]
                for _ in ids:
                    done()
                self.on.execute("UPDATE bare SET done = true WHERE id = ANY(%s)", (ids,))


class BareFifty(Bare):
    """The same, with 50 jobs in a claim."""

    size = 50


class Procrastinate(System):
    """Its worker, with 10 jobs at a time; all records kept, as by default."""

    def __init__(self, url: str) -> None:
        logging.getLogger("procrastinate").setLevel(logging.CRITICAL)
        self.module: Any = import_module("procrastinate")
        self.url, self.done = url, None
        self.app = self.module.App(connector=self.module.SyncPsycopgConnector(conninfo=url))
        self.app.open()
        self.task = self.declared(self.app, lambda: None)

    def declared(self, app: Any, done: Done) -> Any:
        """Return the task, as an app knows it."""

        async def webhook(order: int) -> None:
            done()

        return app.task(name="webhook")(webhook)

    def prepare(self) -> None:
        """Its own tables."""
        self.app.schema_manager.apply_schema()

    def submit(self) -> None:
        """Defer one."""
        self.task.defer(**PAYLOAD)

    def submit_many(self, count: int) -> None:
        """Defer many."""
        self.task.batch_defer(*[PAYLOAD] * count)

    def work(self, done: Done) -> None:
        """Run its worker."""
        asyncio.run(self.worker(done))

    async def worker(self, done: Done) -> None:
        """Run the worker, on an app whose connections are asynchronous."""
        app = self.module.App(connector=self.module.PsycopgConnector(conninfo=self.url))
        self.declared(app, done)
        async with app.open_async():
            await app.run_worker_async(concurrency=AT_A_TIME, install_signal_handlers=False)


class PgQueuer(System):
    """Its QueueManager on asyncpg, 10 jobs in a batch; finished jobs go to its log."""

    def __init__(self, url: str) -> None:
        logging.getLogger("pgqueuer").setLevel(logging.CRITICAL)
        self.module: Any = import_module("pgqueuer")
        self.url = url
        self.loop = asyncio.new_event_loop()
        self.queries = self.loop.run_until_complete(self.connected(url))

    async def connected(self, url: str) -> Any:
        """Return what it does its queries with."""
        connection = await import_module("asyncpg").connect(url)
        return self.module.Queries(self.module.AsyncpgDriver(connection))

    def prepare(self) -> None:
        """Its own tables."""
        self.loop.run_until_complete(self.queries.install())

    def submit(self) -> None:
        """Enqueue one."""
        self.loop.run_until_complete(self.queries.enqueue("webhook", b'{"order":17}'))

    def submit_many(self, count: int) -> None:
        """Enqueue many."""
        call = self.queries.enqueue(["webhook"] * count, [b'{"order":17}'] * count, [0] * count)
        self.loop.run_until_complete(call)

    def work(self, done: Done) -> None:
        """Run its manager."""
        self.loop.run_until_complete(self.manage(done))

    async def manage(self, done: Done) -> None:
        """Run the manager, on the connection that this process has."""
        manager = self.module.QueueManager(self.queries)

        async def webhook(job: object) -> None:
            done()

        manager.entrypoint("webhook")(webhook)
        await manager.run(batch_size=AT_A_TIME)
