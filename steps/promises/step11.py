"""Promises about several threads on one queue.

A test double stops one thread at the place that matters, and lets another one pass, or find the way barred.
"""

import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any

from .bench import SOON, Bench, meanwhile
from .promise import Broken, expect, promise


def watched_job(bench: Bench, at_status: Callable[[], object]) -> Any:
    """Return a job that calls `at_status` when somebody reads its status."""

    def read(job: Any) -> Any:
        at_status()
        return vars(job)["status"]

    def write(job: Any, status: Any) -> None:
        vars(job)["status"] = status

    base = bench.version.job.Job
    return type("WatchedJob", (base,), {"status": property(read, write)})("job-1", "webhook", {"order": 17})


class WatchedKey(str):
    """A job's type or id that calls `at_hash` the `turn`-th time a dict looks for it."""

    turn: int
    at_hash: Callable[[], object]

    def __hash__(self) -> int:
        self.turn -= 1
        if self.turn == 0:
            self.at_hash()
        return super().__hash__()


@promise(
    "listing jobs while others save never raises",
    since=11,
    needs=("storage.MemoryStorage.list_by_status",),
    witnesses=(10,),
)
def listing_never_raises(version: ModuleType) -> None:
    """An order is saved at the very moment when the status board looks at another one."""
    bench = Bench(version)
    late = bench.new_job()
    late.id = "job-2"
    look: list[Callable[[], object]] = []
    bench.store("save_job", watched_job(bench, lambda: look and look.pop()()))
    look.append(lambda: meanwhile(lambda: bench.store("save_job", late)))
    try:
        bench.store("list_by_status", "pending")
    except RuntimeError as err:
        raise Broken("list_by_status(ctx, 'pending'), while a job is saved", f"RuntimeError: {err}", "a list") from err


@promise(
    "an update does not bring back a job that was cleared meanwhile",
    since=11,
    needs=("storage.MemoryStorage.update_job",),
    witnesses=(10, "step11_storage_has_no_lock"),
)
def brings_nothing_back(version: ModuleType) -> None:
    """The storage is cleared between the look and the write of update_job, if nothing bars the way."""
    bench = Bench(version)
    job = bench.new_job()
    bench.store("save_job", job)
    clear = threading.Thread(target=bench.queue.storage.clear_storage)

    def let_the_other_clear() -> None:
        clear.start()
        clear.join(1.0)

    job.id = WatchedKey("job-1")
    job.id.turn, job.id.at_hash = 2, let_the_other_clear
    bench.store("update_job", job)
    clear.join(SOON)
    expect("jobs left, once update_job and clear_storage are over", len(bench.store("list_by_status", "pending")), 0)


@promise(
    "a reader never sees half a change",
    since=11,
    needs=("job.Job.mark_failed",),
    witnesses=(10, "step11_storage_hands_out_live_jobs", "step11_storage_takes_in_live_jobs"),
)
def no_half_change(version: ModuleType) -> None:
    """A reader looks while the error is being written, and keeps what it got."""
    bench = Bench(version)
    seen: list[tuple[str, str]] = []

    class Refused(Exception):
        def __str__(self) -> str:  # called in the middle of mark_failed
            job = bench.get("job-1")
            seen.append((str(job.status), job.error))
            return "the partner is down"

    bench.store("save_job", bench.new_job())
    mine = bench.get("job-1")
    mine.mark_running()
    bench.store("update_job", mine)
    board = bench.get("job-1")
    mine.mark_failed(Refused())
    expect("(status, error) read in the middle of mark_failed", seen[0], ("running", ""))
    expect("a job that was read before it, afterwards", (str(board.status), board.error), ("running", ""))
    board.error = "scribbled on by a reader"
    expect("get_job(…).error, after a reader scribbled on its job", bench.get("job-1").error, "")


@promise(
    "later edits of the caller's payload do not reach the job",
    since=11,
    witnesses=(10, "step11_queue_keeps_the_callers_payload"),
)
def payload_is_copied(version: ModuleType) -> None:
    """The caller reuses its dict for the next order, and the handler scribbles on its own."""
    bench = Bench(version)
    arrived: list[Any] = []

    def deliver(ctx: Any, payload: dict[str, Any]) -> None:
        arrived.append(payload["lines"].copy())
        payload["lines"].append("stamped")

    bench.handle(deliver)
    payload: dict[str, Any] = {"order": 17, "lines": ["tea"]}
    job = bench.submit(payload=payload)
    payload["lines"].append("milk")
    kept = bench.get(job.id).payload["lines"]
    expect("get_job(…).payload['lines'], after the caller added 'milk' to its own", kept, ["tea"])
    with bench.running():
        bench.wait_for(job.id, "completed")
    expect("what the handler got", arrived, [["tea"]])


@promise("two queues do not see each other's jobs", since=11, witnesses=(10,))
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
    "of two registrations of one type exactly one wins, and the other hears of it",
    since=11,
    witnesses=(10,),
)
def one_registration_wins(version: ModuleType) -> None:
    """A second thread registers while the first is about to look, and while it is about to write."""
    expect("refused, if the second comes before the first looks", refusals(version, turn=1), 1)
    expect("refused, if the second comes between look and write", refusals(version, turn=2), 1)


def refusals(version: ModuleType, turn: int) -> int:
    """Register one type from two threads, the second at the `turn`-th look-up of the first; count ValueErrors."""
    registry = version.registry.Registry()
    refused: list[str] = []

    def register(job_type: str) -> None:
        try:
            registry.register_handler(job_type, print)
        except ValueError as err:
            refused.append(str(err))

    job_type = WatchedKey("webhook")
    second = threading.Thread(target=register, args=("webhook",))

    def let_the_second_try() -> None:
        second.start()
        second.join(1.0)

    job_type.turn, job_type.at_hash = turn, let_the_second_try
    register(job_type)
    second.join(SOON)
    return len(refused)
