"""Promises about attempts, and about saving and updating."""

import time
from datetime import UTC, datetime, timedelta
from functools import partial
from types import ModuleType
from typing import Any

from .bench import HOUR, Bench, in_virtual_time
from .logs import logged
from .models import shelf
from .promise import Broken, expect, promise
from .step08 import refuses

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
    seen: list[int] = []
    bench.process(job, lambda ctx, payload: seen.append(bench.get("job-1").attempts))
    job = bench.get("job-1")
    expect("(attempts, error) after a third that works", (job.attempts, job.error), (3, ""))
    expect("get_job('job-1').attempts, while the third runs", seen, [3])


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
    is_over(version)


def is_over(version: ModuleType) -> None:
    """Let a job fail for good. Then nothing can be done with it, and it keeps its error."""
    bench = Bench(version)
    job = bench.new_job(max_retry=1)
    bench.store("save_job", job)
    bench.process(job, refuse)
    kept = ("failed", 1, "ConnectionError: the partner is down")
    expect("(status, attempts, error) after the last attempt", (str(job.status), job.attempts, job.error), kept)
    late = ValueError("late")
    for method, arguments in (("mark_running", ()), ("mark_completed", ()), ("mark_failed", (late,)),
                              ("mark_rejected", (late,)), ("mark_interrupted", ())):  # fmt: skip
        if hasattr(job, method):
            refuses(f"a failed job.{method}(…)", partial(getattr(job, method), *arguments), "failed")
            expect("(status, attempts, error) after that", (str(job.status), job.attempts, job.error), kept)


@promise(
    f"backoff doubles from one second, and never passes its cap of {CAP}",
    needs=("job.Job.backoff_duration",),
    alone="job",
    counterexamples=("step10_job_squares_without_cap",),
)
def backoff_doubles(version: ModuleType) -> None:
    """The waits after attempts 1 to 8, and after 5,000. Before the first attempt there is none."""
    job = Bench(version).new_job()
    expect("backoff_duration() before the first attempt", job.backoff_duration(), 0)
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
    bench.queue.storage.clear_storage()
    update = "update_job" if hasattr(bench.queue.storage, "update_job") else "save_job"
    try:
        bench.store(update, bench.new_job())
    except LookupError as err:
        expect("the error names 'job-1'", "job-1" in str(err), True)
    else:
        raise Broken(f"{update}(…) of a job that nobody saved", "no error", "LookupError")
    bench.store("save_job", bench.new_job())
    changed = bench.new_job()
    changed.payload = {"order": 18}
    bench.store(update, changed)
    expect("the payload of job-1 after an update", bench.get("job-1").payload, {"order": 18})


@promise(
    "the storage lists jobs by their status",
    needs=("storage.MemoryStorage.list_by_status",),
    counterexamples=("step10_storage_lists_everything", "step11_storage_sorts_by_id"),
)
def lists_by_status(version: ModuleType) -> None:
    """One delivered, three waiting, oldest first, and one that failed. As a text, job-10 comes before job-9."""
    bench = Bench(version)
    bench.queue.storage.clear_storage()
    jobs = [bench.new_job() for _ in range(5)]
    for number, job in enumerate(jobs, start=8):
        job.id = f"job-{number}"
        bench.store("save_job", job)
    bench.process(jobs[0], lambda ctx, payload: None)
    bench.process(jobs[4], refuse)
    by_status = {"pending": ["job-9", "job-10", "job-11"], "completed": ["job-8"], "failed": ["job-12"], "running": []}
    for status, expected in by_status.items():
        ids = [job.id for job in bench.store("list_by_status", status)]
        expect(f"ids in list_by_status(ctx, {status!r})", ids, expected)


@promise(
    "created_at says when a job was made, and updated_at when its status last changed",
    needs=("job.Job.updated_at",),
    alone="job",
    counterexamples=("step10_job_keeps_its_first_date",),
)
def dates_are_kept(version: ModuleType) -> None:
    """Two jobs, and each kind of change. The dates have a zone, so that they can be compared anywhere."""
    before = datetime.now(UTC)
    job = Bench(version).new_job(max_retry=3)
    expect("whether created_at is now", before <= job.created_at <= datetime.now(UTC), True)
    expect("whether updated_at is now", before <= job.updated_at <= datetime.now(UTC), True)
    expect("their distance from UTC", {job.created_at.utcoffset(), job.updated_at.utcoffset()}, {timedelta()})
    created = job.created_at
    for mark, arguments in (("mark_running", ()), ("mark_failed", (ConnectionError("503"),)), ("mark_running", ()),
                            ("mark_completed", ())):  # fmt: skip
        job.updated_at = datetime(2000, 1, 1, tzinfo=UTC)
        getattr(job, mark)(*arguments)
        now_or_not = before <= job.updated_at <= datetime.now(UTC)
        expect(f"whether updated_at is now, after {mark}()", now_or_not, True)
    expect("created_at at the end", job.created_at, created)


@promise(
    "a job takes as many attempts as submit was told, and one if it was told nothing",
    needs=("queue.Queue.submit_job(max_retry)",),
    counterexamples=("step10_queue_forgets_max_retry",),
)
def submit_takes_max_retry(version: ModuleType) -> None:
    """Two orders."""
    bench = Bench(version)
    bench.handle(lambda ctx, payload: None)
    expect("max_retry of Job('job-1', 'webhook', {})", version.job.Job("job-1", "webhook", {}).max_retry, 1)
    told = bench.submit(max_retry=3)
    plain = bench.queue.submit_job(bench.context(), "webhook", {"order": 18})
    expect("max_retry of two jobs, told 3 and nothing", [bench.get(job.id).max_retry for job in (told, plain)], [3, 1])
    expect("their attempts so far, and errors", [(job.attempts <= 1, job.error) for job in (told, plain)],
           [(True, ""), (True, "")])  # fmt: skip


@promise(
    "a function that hears that the time of a call is up may use the storage, in the middle of that call",
    needs=("context", "storage.MemoryStorage.list_by_status"),
    counterexamples=("step11_storage_looks_under_its_lock",),
)
@in_virtual_time
def listeners_may_call(version: ModuleType) -> None:
    """A caller has waited for too long. A function that listens to its context looks at the board."""
    storage = shelf(version)
    for method, argument in (("get_job", "job-1"), ("list_by_status", "pending"), ("delete_job", "job-1")):
        if not hasattr(storage, method):
            continue
        caller, seen = version.Context().with_timeout(HOUR), list[int]()
        caller.after_done(lambda seen=seen: seen.append(len(storage.list_by_status(version.Context(), "pending"))))
        time.sleep(HOUR)  # nobody notices that the time is up, until the call does
        try:
            with logged(version):
                getattr(storage, method)(caller, argument)
        except version.context.ContextDone:
            expect(f"jobs on the board, for one who looks when the time is up in {method}(ctx, …)", seen, [1])
        else:
            raise Broken(f"{method}(ctx, …), when the time is up", "no error", "DeadlineExceeded")
