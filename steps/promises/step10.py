"""Promises about attempts, and about saving and updating."""

from types import ModuleType
from typing import Any

from .bench import Bench
from .promise import Broken, expect, promise

CAP = 60  # seconds: what the versions call MAX_BACKOFF


def refuse(ctx: Any, payload: dict[str, Any]) -> None:
    """A handler whose partner is down."""
    raise ConnectionError("the partner is down")


@promise(
    "a job remembers how often it ran, and why it failed",
    needs=("job.Job.attempts",),
    counterexamples=("step10_job_counts_once",),
)
def remembers(version: ModuleType) -> None:
    """Two attempts fail, and the third one delivers."""
    bench = Bench(version)
    job = bench.new_job(max_retry=3)
    bench.store("save_job", job)
    bench.process(job, refuse)
    bench.process(job, refuse)
    job = bench.get("job-1")
    expect(
        "(attempts, error) after two refused deliveries",
        (job.attempts, job.error),
        (2, "ConnectionError: the partner is down"),
    )
    bench.process(job, lambda ctx, payload: None)
    job = bench.get("job-1")
    expect("(attempts, error) after a third that works", (job.attempts, job.error), (3, ""))


@promise("a job fails for good after exactly `max_retry` attempts", counterexamples=(9, "step10_job_is_off_by_one"))
def exactly_max_retry(version: ModuleType) -> None:
    """Three mean three; zero and one both mean one."""
    for max_retry, expected in ((3, 3), (1, 1), (0, 1)):
        bench = Bench(version)
        job = bench.new_job(max_retry)
        bench.store("save_job", job)
        attempts = 0
        while job.status == "pending" and attempts < 10:
            bench.process(job, refuse)
            attempts += 1
        expect(f"attempts until failed, max_retry={max_retry}", attempts, expected)


@promise(
    f"backoff doubles from one second, and never passes its cap of {CAP}",
    needs=("job.Job.backoff_duration",),
    counterexamples=("step10_job_squares_without_cap",),
)
def backoff_doubles(version: ModuleType) -> None:
    """The waits after attempts 1 to 8, and after 5,000."""
    job = Bench(version).new_job()
    tried = (1, 2, 3, 4, 5, 6, 7, 8, 5000)
    waits = []
    for job.attempts in tried:
        waits.append(job.backoff_duration())
    expected = [min(CAP, 2 ** (attempts - 1)) for attempts in tried]
    expect("backoff_duration() after 1, 2 … 8 and 5000 attempts", waits, expected)


@promise("updating a job that nobody saved is an error", counterexamples=(9,))
def updates_only_what_is_saved(version: ModuleType) -> None:
    """In versions without update_job, save_job updates a job."""
    bench = Bench(version)
    update = "update_job" if hasattr(bench.queue.storage, "update_job") else "save_job"
    try:
        bench.store(update, bench.new_job())
    except LookupError as err:
        expect("the error names 'job-1'", "job-1" in str(err), True)
    else:
        raise Broken(f"{update}(…) of a job that nobody saved", "no error", "LookupError")


@promise(
    "the storage lists jobs by their status",
    needs=("storage.MemoryStorage.list_by_status",),
    counterexamples=("step10_storage_lists_everything",),
)
def lists_by_status(version: ModuleType) -> None:
    """One delivered, one waiting."""
    bench = Bench(version)
    delivered, waiting = bench.new_job(), bench.new_job()
    waiting.id = "job-2"
    for job in (delivered, waiting):
        bench.store("save_job", job)
    bench.process(delivered, lambda ctx, payload: None)
    ids = [job.id for job in bench.store("list_by_status", "pending")]
    expect("ids in list_by_status(ctx, 'pending')", ids, ["job-2"])
