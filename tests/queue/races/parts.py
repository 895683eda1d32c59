"""A pool whose threads a model starts itself: as few as it needs, so that every order can be tried.

The keeper's tour comes only once a day, because it wakes whoever sleeps and so would hide a missed wake-up.
"""

import threading
from typing import Any

from goqueue import Context, Queue
from goqueue.storage import MemoryStorage
from goqueue.worker import Worker

from .proving import HOUR

DAY = 24 * HOUR


def quiet_storage() -> MemoryStorage:
    """Return a storage that is tended once a day."""
    storage = MemoryStorage()
    storage.tend_every = DAY
    return storage


def bench(*desks: type[Worker], **options: Any) -> tuple[Queue, list[Worker]]:
    """Return a queue whose threads nobody starts, and desks of its pool."""
    queue = Queue(workers=len(desks) or 1, storage=quiet_storage(), **options)
    workers = [kind(queue.pool, f"worker-{number}") for number, kind in enumerate(desks, 1)]
    queue.pool.workers.extend(workers)
    return queue, workers


def whole(handler: Any = lambda ctx, payload: None, workers: int = 1, **options: Any) -> Queue:
    """Return a queue with a handler for "webhook", by default one that returns at once."""
    queue = Queue(workers=workers, storage=quiet_storage())
    queue.register_handler("webhook", handler, **options)
    return queue


def without_keeper(queue: Queue) -> Queue:
    """Put a thread that ends at once in the place of a queue's keeper."""
    queue.pool.keeper.thread = threading.Thread(target=int, name="keeper", daemon=True)
    return queue


def keeperless(queue: Queue) -> Queue:
    """Start the workers of a queue, and a keeper that ends at once."""
    return kept(without_keeper(queue))


def kept(queue: Queue) -> Queue:
    """Start the workers of a queue, and its keeper."""
    queue.pool.start(Context())
    return queue
