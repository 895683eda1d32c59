"""What several tests of the queue use: handlers, a queue with a handler, and the clock that some tests set."""

import time
from typing import Any

from goqueue import Context, Job, JobContext, Queue

TYPES = ("webhook", "mail")
PATIENCE = 60.0  # seconds that a test waits for what must come, before it fails

ctx = Context()


def nap(ctx: JobContext, payload: Any) -> Any:
    """Sleep for as long as the payload says, and listen to nobody."""
    time.sleep(payload)
    return payload


def listen(ctx: JobContext, payload: Any) -> None:
    """Wait for as long as the payload says, and give up when told to."""
    ctx.wait(payload)
    ctx.raise_if_done()


def fail(ctx: JobContext, payload: Any) -> None:
    """Fail at each attempt."""
    raise ConnectionError(f"attempt {ctx.attempt}")


def queue_of(handler: Any, *, workers: int = 4, buffer_size: int | None = 1024, **options: Any) -> Queue:
    """Return a queue with a handler for "webhook"."""
    queue = Queue(workers=workers, buffer_size=buffer_size)
    queue.register_handler("webhook", handler, **options)
    return queue


def submit(queue: Queue, payload: Any = None, **options: Any) -> Job:
    """Submit a job of type "webhook"."""
    return queue.submit_job(ctx, "webhook", payload, **options)


def run(queue: Queue, payload: Any = None, **options: Any) -> Job:
    """Start a queue, run a job of type "webhook", and stop the queue. Return the job as it ended."""
    with queue:
        return queue.wait(ctx, submit(queue, payload, **options))


class Clock:
    """Stands for the module `time`: it goes on when a test says so, and the time of day can be set."""

    def __init__(self) -> None:
        self.now = 1_000.0  # monotonic
        self.of_day = 1_800_000_000.0

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self.of_day

    def time_ns(self) -> int:
        return int(self.of_day * 1e9)

    def go_on(self, seconds: float) -> None:
        self.now += seconds
        self.of_day += seconds
