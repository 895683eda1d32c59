"""A queue with room for one job, which is there; producers that write down how it went; and what stops them."""

import time
from collections.abc import Callable

from goqueue import Context, Queue
from goqueue.context import ContextDone
from goqueue.errors import QueueStopped
from goqueue.worker import Worker

from .parts import bench


def full(desk: type[Worker] = Worker) -> tuple[Queue, Worker]:
    """Return a queue with room for one job, which is there, and a desk."""
    queue, (worker,) = bench(desk, buffer_size=1)
    queue.submit_job(Context(), "webhook")
    return queue, worker


def submits(queue: Queue, ctx: Context, log: list[str]) -> Callable[[], None]:
    """Return the body of a producer that writes down how its submission went."""

    def producer() -> None:
        try:
            queue.submit_job(ctx, "webhook")
            log.append("kept")
        except (ContextDone, QueueStopped) as err:
            log.append(type(err).__name__)

    return producer


def stops(queue: Queue) -> Callable[[], None]:
    """Return the body of a thread that stops a queue, as far as producers are concerned."""

    def stop() -> None:
        with queue.pool.lock:
            queue.pool.stopping = True
            queue.pool._room.notify_all()

    return stop


def on_time(log: list[str], *expected: list[str]) -> None:
    """Check how submissions went, and that nobody came late."""
    assert log in expected, log
    assert time.monotonic() == 0.0, f"{time.monotonic():g} s late"
