"""Others on Redis, as their manuals set them up, and the least that a queue there can do.

rq and dramatiq have two workers in a process, huey too; saq runs 10 jobs at a time, as by default.
"""

import asyncio
import logging
import time
from importlib import import_module
from typing import Any

from .system import PAYLOAD, THREADS, Done, System

TAKE = """
for i = 2, #ARGV do redis.call('HDEL', KEYS[2], ARGV[i]) end
local taken = redis.call('RPOP', KEYS[1], ARGV[1]) or {}
for _, id in ipairs(taken) do redis.call('HSET', KEYS[2], id, '{"order":17}') end
return taken
"""

_done: list[Done] = []  # what the tasks call: a task is a function of a module, because rq finds it by name


def webhook(order: int) -> None:
    """The work of a job."""
    for each in _done:
        each()


async def webhook_soon(ctx: object, order: int) -> None:
    """The same, for a worker with an event loop."""
    webhook(order)


class Bare(System):
    """A loop: one script takes an id, and acknowledges the one before."""

    size = 1

    def __init__(self, url: str) -> None:
        self.client: Any = import_module("redis").from_url(url)
        self.take = self.client.register_script(TAKE)

    def submit(self) -> None:
        """One LPUSH."""
        self.client.lpush("bare", '{"order":17}')

    def submit_many(self, count: int) -> None:
        """One LPUSH of many."""
        self.client.lpush("bare", *['{"order":17}'] * count)

    def work(self, done: Done) -> None:
        """Take and acknowledge."""
        taken: list[bytes] = []
        while True:
            taken = self.take(["bare", "running"], [self.size, *taken])
            for _ in taken:
                done()
            if not taken:
                time.sleep(0.001)


class BareTwenty(Bare):
    """The same, with 20 ids a call."""

    size = 20


class Rq(System):
    """Its SimpleWorker, which runs jobs in its own process, one at a time."""

    def __init__(self, url: str) -> None:
        logging.getLogger("rq").setLevel(logging.CRITICAL)
        self.module: Any = import_module("rq")
        self.queue = self.module.Queue(connection=import_module("redis").from_url(url))

    def submit(self) -> None:
        """Enqueue one."""
        self.queue.enqueue(webhook, 17)

    def submit_many(self, count: int) -> None:
        """Enqueue many."""
        self.queue.enqueue_many([self.module.Queue.prepare_data(webhook, (17,)) for _ in range(count)])

    def work(self, done: Done) -> None:
        """Run its worker."""
        _done.append(done)
        self.module.SimpleWorker([self.queue], connection=self.queue.connection).work(logging_level="CRITICAL")


class Saq(System):
    """Its worker, with 10 jobs at a time."""

    def __init__(self, url: str) -> None:
        logging.getLogger("saq").setLevel(logging.CRITICAL)
        self.url, self.loop = url, asyncio.new_event_loop()
        self.queue = self.opened()

    def opened(self) -> Any:
        """Return a queue on a client of its own."""
        return import_module("saq.queue.redis").RedisQueue(import_module("redis.asyncio").from_url(self.url))

    def submit(self) -> None:
        """Enqueue one."""
        self.loop.run_until_complete(self.queue.enqueue("webhook_soon", **PAYLOAD))

    def work(self, done: Done) -> None:
        """Run its worker."""
        _done.append(done)
        worker = import_module("saq").Worker(self.queue, [webhook_soon])
        self.loop.run_until_complete(worker.start())


class Dramatiq(System):
    """Its worker, with two threads."""

    def __init__(self, url: str) -> None:
        logging.getLogger("dramatiq").setLevel(logging.CRITICAL)
        module: Any = import_module("dramatiq")
        self.broker = import_module("dramatiq.brokers.redis").RedisBroker(url=url)
        module.set_broker(self.broker)
        self.actor = module.actor(webhook, broker=self.broker)

    def submit(self) -> None:
        """Send one."""
        self.actor.send(17)

    def work(self, done: Done) -> None:
        """Run its worker."""
        _done.append(done)
        import_module("dramatiq").Worker(self.broker, worker_threads=THREADS).start()
        time.sleep(3600)


class Huey(System):
    """Its consumer, with two threads. It deletes a job when a worker takes it: at most once."""

    def __init__(self, url: str) -> None:
        logging.getLogger("huey").setLevel(logging.CRITICAL)
        self.huey = import_module("huey").RedisHuey(url=url, results=False)
        self.task = self.huey.task()(webhook)

    def submit(self) -> None:
        """Enqueue one."""
        self.task(17)

    def work(self, done: Done) -> None:
        """Run its consumer."""
        _done.append(done)
        self.huey.create_consumer(workers=THREADS, periodic=False).start()
        time.sleep(3600)
