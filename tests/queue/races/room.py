"""A queue with room for one job, which is there; and producers that write down how it went."""

from collections.abc import Callable

from goqueue import Context, Queue
from goqueue.context import ContextDone
from goqueue.errors import QueueStopped
from goqueue.worker import Worker

from .parts import bench
from .proving import on_time, together


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


def produces(queue: Queue, *expected: str, ctx: Context | None = None, **others: Callable[[], object]) -> str:
    """Submit a job into a full buffer, while others do something. It goes as expected, and not late."""
    log: list[str] = []
    together(producer=submits(queue, ctx or Context(), log), **others)
    assert log in [[each] for each in expected], log
    on_time()
    return log[0]
