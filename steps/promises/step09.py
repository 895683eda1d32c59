"""Promises about contexts."""

import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any

from .bench import HOUR, Bench, in_virtual_time
from .explored import explored
from .models import closing
from .promise import Broken, expect, expect_at_most, promise

CHUNKS = 5  # in which a partner's catalogue is sent


def chunks_sent(bench: Bench, ctx: Any, after_the_first: Callable[[Any], object]) -> int:
    """Send a catalogue under `ctx` in a handler that checks it; return how many chunks were sent."""
    sent: list[int] = []

    def send_catalogue(job_ctx: Any, payload: dict[str, Any]) -> None:
        for chunk in range(CHUNKS):
            if job_ctx.done:
                raise ConnectionAbortedError("nobody waits for the rest")
            sent.append(chunk)
            if chunk == 0:
                after_the_first(job_ctx)

    job = bench.new_job()
    bench.store("save_job", job)
    bench.process(job, send_catalogue, ctx=ctx)
    if len(sent) < CHUNKS:
        expect("whether a job is completed, whose handler gave up and raised", str(job.status) == "completed", False)
    return len(sent)


@promise("a handler hears that its job was cancelled, or is out of time", counterexamples=(8,))
@in_virtual_time
def hears_the_end(version: ModuleType) -> None:
    """The catalogue is not wanted any more after its first chunk was sent."""
    bench = Bench(version)
    caller = bench.context()
    sent = chunks_sent(bench, caller, lambda ctx: caller.cancel("the caller gave up"))
    expect(f"chunks sent, of {CHUNKS}, when the caller gives up after one", sent, 1)
    bench = Bench(version)
    sent = chunks_sent(bench, bench.context().with_timeout(0.5), lambda ctx: ctx.wait(HOUR))
    expect(f"chunks sent, of {CHUNKS}, when the time is up after one", sent, 1)


@promise("a job whose context is already done never starts", counterexamples=(8,))
def done_never_starts(version: ModuleType) -> None:
    """The caller has given up before its job is processed."""
    bench = Bench(version)
    caller = bench.context()
    caller.cancel("the caller gave up")
    started: list[Any] = []
    job = bench.new_job()
    bench.store("save_job", job)
    bench.process(job, lambda ctx, payload: started.append(payload), ctx=caller)
    expect("handlers started under a context that is done", len(started), 0)
    expect("job.status", str(job.status), "pending")
    submits_nothing(version)


def submits_nothing(version: ModuleType) -> None:
    """Submit under a context that has ended. Raise Broken unless that is refused, and keeps no job."""
    bench = Bench(version)
    bench.queue.storage.clear_storage()
    bench.handle(lambda ctx, payload: None)
    caller = bench.context()
    caller.cancel("the caller gave up")
    try:
        came = bench.submit(caller).id
    except version.context.ContextDone:
        came = "ContextDone"
    expect("submit_job(ctx, …), when ctx has ended", came, "ContextDone")
    try:
        kept = bench.get("job-1").id
    except LookupError:
        return
    raise Broken("get_job('job-1'), whose submission was refused", kept, "LookupError")


@promise(
    "a job whose context ends while it runs is not left `running`",
    needs=("context",),
    counterexamples=("step09_processor_writes_under_ended_context",),
)
def never_left_running(version: ModuleType) -> None:
    """The outcome must reach the storage, although the context of the job has ended."""
    bench = Bench(version)
    caller = bench.context()
    job = bench.new_job()
    bench.store("save_job", job)
    try:
        bench.process(job, lambda ctx, payload: caller.cancel("the caller gave up"), ctx=caller)
    except version.context.ContextDone as err:
        expect("process_job(ctx, …), whose ctx ends meanwhile", repr(err), "no error")
    expect("get_job('job-1').status", str(bench.get("job-1").status), "completed")
    began_and_ended(version)


def began_and_ended(version: ModuleType) -> None:
    """Let the context end at the moment when the storage is told that the job runs."""
    caller = version.Context()

    class Slow(version.storage.MemoryStorage):  # type: ignore[misc, name-defined]
        def save_job(self, ctx: Any, job: Any) -> None:
            self.write(super().save_job, ctx, job)

        def update_job(self, ctx: Any, job: Any) -> None:
            self.write(super().update_job, ctx, job)

        def write(self, usual: Callable[..., None], ctx: Any, job: Any) -> None:
            if job.status == "running":
                caller.cancel("the caller gave up")
            usual(ctx, job)

    storage, job = Slow(), version.job.Job("job-1", "webhook", {"order": 17})
    storage.clear_storage()
    storage.save_job(version.Context(), job)
    try:
        version.processor.Processor(storage).process_job(caller, job, lambda ctx, payload: None)
    except version.context.ContextDone as err:
        expect("process_job(ctx, …), whose ctx ends as the job begins", repr(err), "no error")
    status = str(storage.get_job(version.Context(), "job-1").status)
    expect("get_job('job-1').status after that", status != "running" and status, status)


@promise(
    "an end reaches every child of a context, and no parent; a value reaches children too",
    needs=("context",),
    alone="context",
    counterexamples=("step09_context_keeps_ends_from_children", "step09_context_keeps_its_deadline"),
)
def ends_travel_down(version: ModuleType) -> None:
    """A deploy ends one branch of a small tree."""
    shop = version.Context()
    deploy = shop.with_value("order", 17)
    delivery = deploy.with_timeout(60.0)
    apart = delivery.without_cancel()
    told: list[str] = []
    delivery.after_done(lambda: told.append("delivery"))
    deploy.cancel("deploy at noon")
    expect("child.cause after deploy.cancel('deploy at noon')", delivery.cause, "deploy at noon")
    expect("child.err", type(delivery.err).__name__, "Cancelled")
    expect("whom after_done() told", told, ["delivery"])
    expect("the parent's done, and done of without_cancel()", (shop.done, apart.done), (False, False))
    expect("the deadline of with_timeout(60).without_cancel()", apart.deadline, None)
    expect("value('order') below with_value('order', 17)", (delivery.value("order"), apart.value("order")), (17, 17))


@promise(
    "a deadline costs no thread, and a wait ends with the context",
    needs=("context",),
    alone="context",
    counterexamples=("step09_context_starts_timer_threads", "step09_context_looks_before_it_listens"),
)
def deadlines_are_free(version: ModuleType) -> None:
    """A hundred deliveries, each with a time limit, and a thread that waits for one of them."""
    shop = version.Context()
    costs_no_thread(version)
    left = shop.with_timeout(10.0).with_timeout(60.0).remaining()
    expect_at_most("with_timeout(10).with_timeout(60).remaining()", left, 10.0)
    explored(version, closing(version), "how long ctx.wait() goes on after the parent was cancelled", "0 s")


@in_virtual_time
def costs_no_thread(version: ModuleType) -> None:
    """Count threads in virtual time, which ends those that a version starts."""
    before = set(threading.enumerate())
    limits = [version.Context().with_timeout(HOUR) for _ in range(100)]
    expect(f"threads made by {len(limits)} with_timeout(3600)", len(set(threading.enumerate()) - before), 0)
