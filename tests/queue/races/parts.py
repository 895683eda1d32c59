"""A pool whose threads a model starts itself: as few as it needs, so that every order can be tried.

Maintenance comes only once a day, because it wakes whoever sleeps and so would hide a missed wake-up.
"""

import threading
from typing import Any

from goqueue import Context, Queue
from goqueue.running.worker import Worker
from goqueue.storage import MemoryStorage

from .proving import HOUR

DAY = 24 * HOUR


def quiet_storage() -> MemoryStorage:
    """Return a storage that is maintained once a day."""
    storage = MemoryStorage()
    storage.maintain_every = DAY
    return storage


def bench(*kinds: type[Worker], **options: Any) -> tuple[Queue, list[Worker]]:
    """Return a queue whose threads nobody starts, and workers of these kinds."""
    queue = Queue(workers=len(kinds) or 1, storage=quiet_storage(), **options)
    pool = queue.pool
    workers = [kind(pool.floor, pool.dispatch, pool.attempts, f"worker-{n}") for n, kind in enumerate(kinds, 1)]
    pool.crew.workers.extend(workers)
    return queue, workers


def whole(handler: Any = lambda ctx, payload: None, workers: int = 1, **options: Any) -> Queue:
    """Return a queue with a handler for "webhook", by default one that returns at once."""
    queue = Queue(workers=workers, storage=quiet_storage())
    queue.register_handler("webhook", handler, **options)
    return queue


def without_maintenance(queue: Queue) -> Queue:
    """Put a thread that ends at once in the place of a queue's maintenance."""
    queue.pool.maintenance.thread = threading.Thread(target=int, name="maintenance", daemon=True)
    return queue


def workers_only(queue: Queue) -> Queue:
    """Start the workers of a queue, and maintenance that ends at once."""
    return maintained(without_maintenance(queue))


def maintained(queue: Queue) -> Queue:
    """Start the workers of a queue, and its maintenance."""
    queue.pool.start(Context())
    return queue
