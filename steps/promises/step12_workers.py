"""Promises about the workers: how many they are, when they stop, and what costs none of them."""

import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

from .bench import HOUR, Bench, in_virtual_time
from .explored import explored
from .logs import logged
from .models import deleting, deleting_beside, shelf, starting
from .promise import expect, promise
from .step08 import refuses


@promise(
    "N workers are N threads, and run no more than N jobs at once",
    needs=("pool",),
    counterexamples=("step12_pool_has_one_worker_more",),
)
@in_virtual_time
def no_more_than_n(version: ModuleType) -> None:
    """Two workers and four deliveries of ten seconds; an hour later, two more."""
    bench = Bench(version, workers=2)
    began: list[float] = []

    def deliver(ctx: Any, payload: dict[str, Any]) -> None:
        began.append(time.monotonic())
        time.sleep(10.0)

    bench.handle(deliver)
    for _ in range(4):
        bench.submit()
    with bench.running():
        time.sleep(HOUR)
        expect("when four deliveries of 10 s began, with two workers", began, [0.0, 0.0, 10.0, 10.0])
        for _ in range(2):
            bench.submit()
        time.sleep(HOUR)
    expect("when two more began, which came after an hour", began[4:], [HOUR, HOUR])


@promise(
    "a queue is started once: a second start is an error, and harms nothing",
    needs=("pool",),
    counterexamples=("step12_pool_starts_again", "step12_pool_looks_before_it_starts"),
)
def starts_once(version: ModuleType) -> None:
    """A second start while it runs, one after it has stopped, and two at the same moment."""
    starts_again(version)
    explored(version, starting(version), "starts refused, of two at the same moment", "1")


@in_virtual_time
def starts_again(version: ModuleType) -> None:
    bench = Bench(version, workers=1)
    bench.handle(lambda ctx, payload: None)
    given_up = version.Context()
    given_up.cancel()  # so that a start that is not refused returns
    with bench.running():
        time.sleep(1.0)
        refuses("a second start(ctx), while it runs", lambda: bench.queue.start(given_up), "started")
        bench.later(bench.submit().id, "completed")
    refuses("a start(ctx) after the stop", lambda: bench.queue.start(given_up), "started")


@promise(
    "if nothing runs, a stop takes no time, and a deadline is a stop too",
    needs=("pool",),
    counterexamples=("step12_pool_stops_on_the_hour",),
)
@in_virtual_time
def stops_at_once(version: ModuleType) -> None:
    """Three idle workers. The context that start() gets ends in the middle of a second."""
    bench = Bench(version, workers=3)
    bench.queue.start(version.Context().with_timeout(5.35))
    expect("when start(ctx) returned, in seconds, if ctx ends at 5.35 s", time.monotonic(), 5.35)
    stopped = version.Context()
    stopped.cancel()
    Bench(version, workers=3).queue.start(stopped)
    expect("the same of a ctx that had ended before", time.monotonic(), 5.35)


@promise(
    "what submit returns is the caller's: it does not change, and changing it does not change the job",
    needs=("pool",),
    counterexamples=("step12_queue_returns_the_workers_job",),
)
@in_virtual_time
def returns_a_copy(version: ModuleType) -> None:
    """The caller adds a line to the order that it got back."""
    bench = Bench(version, workers=1)
    seen: list[Any] = []
    bench.handle(lambda ctx, payload: seen.append(payload["lines"]))
    job = bench.submit(payload={"lines": ["tea"]})
    expect("the status of what submit returned", str(job.status), "pending")
    job.payload["lines"].append("milk")
    with bench.running():
        bench.later(job.id, "completed")
    expect("what the handler got, after the caller added 'milk' to what submit returned", seen, [["tea"]])
    expect("the status of what submit returned, when the job is completed", str(job.status), "pending")
    bench = Bench(version, workers=1)
    bench.handle(lambda ctx, payload: None)
    with bench.running():
        job = bench.submit(payload={"slow to copy": SlowToCopy()})
    expect("the status of what submit returned, while the workers run", str(job.status), "pending")


class SlowToCopy:
    """Takes a second to copy, so that a worker could run a job while it is copied."""

    def __deepcopy__(self, memo: object) -> "SlowToCopy":
        time.sleep(1.0)
        return self


@promise(
    "a submission that fails or is interrupted leaves no job behind",
    needs=("pool",),
    counterexamples=("step12_queue_keeps_what_it_refused",),
)
@in_virtual_time
def refused_leaves_no_trace(version: ModuleType) -> None:
    """Ctrl-C comes while the job is handed over."""

    class Interrupted(version.Context):  # type: ignore[misc, name-defined]
        def after_done(self, fn: Callable[[], None]) -> Callable[[], None]:
            raise KeyboardInterrupt

    bench = Bench(version)
    bench.handle(lambda ctx, payload: None)
    try:
        bench.submit(Interrupted())
    except KeyboardInterrupt:
        expect("jobs kept", [job.id for job in bench.store("list_by_status", "pending")], [])
    with bench.running():
        pass  # so that threads end that have begun already


@promise(
    "a storage that fails costs no worker: the failure is logged, and the next job runs",
    needs=("pool", "queue.Queue(storage)"),
    counterexamples=("step12_pool_dies_of_its_storage",),
)
@in_virtual_time
def survives_the_storage(version: ModuleType) -> None:
    """The disk is full when the first outcome is written, and the storage has an error of its own for that."""
    bench = Bench(version, workers=1, storage=full_for(version, "job-1"))
    bench.handle(lambda ctx, payload: None)
    with logged(version) as lines:
        for _ in range(2):
            bench.submit()
        with bench.running():
            bench.later("job-2", "completed")
    expect("whether a log line names job-1", any("job-1" in line and "stored" in line for line in lines), True)


def full_for(version: ModuleType, job_id: str) -> Any:
    """Return a storage that cannot store the outcome of one job."""

    class NoRoom(Exception):
        pass

    class Full(version.storage.MemoryStorage):  # type: ignore[misc, name-defined]
        def update_job(self, ctx: Any, job: Any) -> None:
            if job.id == job_id and job.status == "completed":
                raise NoRoom("no space left on device")
            super().update_job(ctx, job)

    return Full()


@promise(
    "a handler's context is its own: it ends with the attempt, and a handler that ends it and fails has failed",
    needs=("pool",),
    counterexamples=("step12_processor_takes_any_end_for_a_stop",),
)
@in_virtual_time
def ends_its_own_context(version: ModuleType) -> None:
    """The handler cancels what it was given. The next job, and the queue, go on."""
    bench = Bench(version, workers=1)
    given: list[Any] = []

    def deliver(ctx: Any, payload: dict[str, Any]) -> None:
        given.append(ctx)
        if payload["order"] == 17:
            ctx.cancel("I have had enough")
            raise ConnectionError("the partner is down")

    bench.handle(deliver)
    jobs = [bench.submit(payload={"order": order}) for order in (17, 18)]
    with bench.running():
        bench.later(jobs[1].id, "completed")
        expect("ctx.done of the second handler, when its job is completed", given[1].done, True)
    kept = [(str(bench.get(job.id).status), bench.get(job.id).attempts) for job in jobs]
    expect("(status, attempts) of the two", kept, [("failed", 1), ("completed", 1)])


@promise(
    "a job that is forgotten while others save, update and list is gone, and harms nobody",
    needs=("storage.MemoryStorage.delete_job",),
    counterexamples=("step12_storage_deletes_without_a_lock",),
)
def deletes_safely(version: ModuleType) -> None:
    """One of two jobs is deleted, twice; then it is deleted while others read and write."""
    storage = shelf(version)
    storage.save_job(version.Context(), version.job.Job("job-2", "webhook", {"order": 18}))
    for _ in range(2):
        storage.delete_job(version.Context(), "job-1")
    left = [job.id for job in storage.list_by_status(version.Context(), "pending")]
    expect("the jobs left of job-1 and job-2, after delete_job(ctx, 'job-1')", left, ["job-2"])
    explored(version, deleting(version), "jobs left, once delete_job and update_job are over", "0", LookupError)
    explored(version, deleting_beside(version), "jobs left, once delete_job of job-1 and save_job of job-2 are over",
             "['job-2']")  # fmt: skip
