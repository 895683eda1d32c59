"""Promises about several threads on one queue."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

from .bench import Bench, in_virtual_time
from .explored import explored
from .models import clearing, listing, reading, registering, saving, saving_beside, shelf, submitting
from .promise import Broken, expect, has, promise
from .step08 import refuses


@promise(
    "listing jobs while others save never raises",
    needs=("storage.MemoryStorage.list_by_status",),
    counterexamples=(10,),
)
def listing_never_raises(version: ModuleType) -> None:
    """Another job is saved before, after, or in the middle of a listing."""
    call = "list_by_status(ctx, 'pending'), while a job is saved"
    explored(version, listing(version), call, "a list", breaks=RuntimeError)


@promise(
    "an update does not bring back a job that was cleared meanwhile",
    needs=("storage.MemoryStorage.update_job",),
    counterexamples=(10, "step11_storage_has_no_lock"),
)
def brings_nothing_back(version: ModuleType) -> None:
    """The storage is cleared before, after, or between the look and the write of update_job."""
    explored(version, clearing(version), "jobs left, once update_job and clear_storage are over", "0")


@promise(
    "a reader never sees half a change",
    needs=("job.Job.mark_failed",),
    counterexamples=(10, "step11_storage_hands_out_live_jobs", "step11_storage_takes_in_live_jobs"),
)
def no_half_change(version: ModuleType) -> None:
    """A reader gets a job at any moment of a failing delivery. What it got does not change; its edits stay its own."""
    explored(version, reading(version), "(status, error) in a row, while the job fails", "those of one moment")
    storage = shelf(version)
    row = storage.get_job(version.Context(), "job-1")
    row.error = "scribbled on by a reader"
    kept = storage.get_job(version.Context(), "job-1").error
    expect("get_job(…).error, after a reader scribbled on its job", kept, "")


@promise(
    "later edits of the caller's payload do not reach the job",
    counterexamples=(10, "step11_queue_keeps_the_callers_payload"),
)
@in_virtual_time
def payload_is_copied(version: ModuleType) -> None:
    """The caller reuses its dict for the next order."""
    bench = Bench(version)
    arrived: list[Any] = []
    bench.handle(lambda ctx, payload: arrived.append(payload["lines"]))
    payload: dict[str, Any] = {"order": 17, "lines": ["tea"]}
    job = bench.submit(payload=payload)
    payload["lines"].append("milk")
    expect("payload['lines'] of what submit returned, after the caller added 'milk' to its own", job.payload["lines"],
           ["tea"])  # fmt: skip
    kept = bench.get(job.id).payload["lines"]
    expect("get_job(…).payload['lines'], after the caller added 'milk' to its own", kept, ["tea"])
    with bench.running():
        bench.later(job.id, "completed")
    expect("what the handler got", arrived, [["tea"]])


@promise(
    "a handler's edits of the payload that it got do not reach the job",
    counterexamples=(10, "step11_processor_hands_out_the_kept_payload"),
)
@in_virtual_time
def handlers_get_a_copy(version: ModuleType) -> None:
    """The handler stamps the order that it got. The order that is kept has no stamp."""
    bench = Bench(version)
    bench.handle(lambda ctx, payload: payload["lines"].append("stamped"))
    job = bench.submit(payload={"order": 17, "lines": ["tea"]})
    with bench.running():
        bench.later(job.id, "completed")
    kept = bench.get(job.id).payload["lines"]
    expect("get_job(…).payload['lines'], after the handler added 'stamped' to the one that it got", kept, ["tea"])


@promise("two queues do not see each other's jobs", counterexamples=(10,))
def queues_are_apart(version: ModuleType) -> None:
    """One for the shop's partners, one for its customers."""
    partners, customers = Bench(version), Bench(version)
    partners.handle(lambda ctx, payload: None)
    job = partners.submit()
    try:
        got = customers.get(job.id)
    except LookupError:
        return
    raise Broken(f"another queue's get_job({job.id!r})", got.id, "LookupError")


@promise(
    "of two registrations of one type exactly one succeeds, and the other raises",
    counterexamples=(10, "step11_registry_locks_each_line"),
)
def one_registration_wins(version: ModuleType) -> None:
    """The second thread registers before, after, or between the look and the write of the first."""
    explored(version, registering(version), "registrations refused, of two of one type at once", "1")


@promise(
    "a job that was saved, updated, got or listed is its owner's: later edits of it reach nobody else",
    needs=("storage.MemoryStorage.list_by_status",),
    counterexamples=(10, "step11_storage_copies_the_outside_only"),
)
def jobs_belong_to_their_owners(version: ModuleType) -> None:
    """Each of four owners adds a line to the order that it has."""
    storage, ctx = version.storage.MemoryStorage(), version.Context
    storage.clear_storage()
    saved = version.job.Job("job-1", "webhook", {"lines": ["tea"]})
    storage.save_job(ctx(), saved)
    updated = version.job.Job("job-1", "webhook", {"lines": ["tea"]})
    owners: dict[str, Callable[[], Any]] = {
        "saved it": lambda: saved,
        "got it": lambda: storage.get_job(ctx(), "job-1"),
        "listed it": lambda: storage.list_by_status(ctx(), "pending")[0],
        "updated it": lambda: storage.update_job(ctx(), updated) or updated,
    }
    for did, owned in owners.items():
        owned().payload["lines"].append("milk")
        kept = storage.get_job(ctx(), "job-1").payload["lines"]
        expect(f"the lines of job-1 in the storage, after one who {did} added 'milk'", kept, ["tea"])


@promise("of two saves of one id exactly one succeeds, and the other raises", needs=("context",), counterexamples=(10,))
def saved_once(version: ModuleType) -> None:
    """Two queues share a storage, and both call their first job job-1."""
    storage, another = shelf(version), version.job.Job("job-1", "webhook", {"order": 18})
    refuses("save_job(ctx, …) of another job-1", lambda: storage.save_job(version.Context(), another), "job-1")
    expect("the payload of job-1 afterwards", storage.get_job(version.Context(), "job-1").payload, {"order": 17})
    explored(version, saving(version), "saves refused, of two of one id at once", "1")
    if has(version, "storage.MemoryStorage.update_job"):
        explored(version, saving_beside(version), "orders kept, if 18 is saved while 17 is changed to 19", "[18, 19]")


@promise(
    "each job has an id of its own, however many threads submit",
    needs=("context", "queue.Queue(storage)"),
    counterexamples=(10, "step11_queue_counts_without_a_lock"),
)
def ids_are_unique(version: ModuleType) -> None:
    """Two orders come in at once."""
    explored(version, submitting(version), "the ids of two jobs that were submitted at once", "two")
