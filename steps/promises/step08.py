"""Promises that the baseline keeps."""

import time
from functools import partial
from types import ModuleType
from typing import Any

from .bench import HOUR, Bench, in_virtual_time
from .promise import Broken, expect, has, promise


def refuses(call: str, do: Any, named: str) -> None:
    """Raise Broken unless `do()` raises an error that names the value. A bare KeyError does, so it is right too."""
    try:
        got = do()
    except (TypeError, ValueError, LookupError, RuntimeError) as err:
        if named not in str(err):
            raise Broken(call, f"{type(err).__name__}: {err}", f"an error that names {named}") from err
    else:
        raise Broken(call, repr(got), "an error")


@promise(
    "a submitted job is run: the handler of its type gets its payload, once",
    counterexamples=("step08_processor_forgets_the_handler",),
)
@in_virtual_time
def delivers(version: ModuleType) -> None:
    """One order, and a job whose payload is empty. What the handler returns says nothing."""
    bench = Bench(version)
    arrived: list[Any] = []

    def deliver(ctx: Any, payload: dict[str, Any]) -> bool:
        arrived.append(payload)
        return False

    bench.handle(deliver)
    with bench.running():
        bench.later(bench.submit(payload={"order": 17}).id, "completed")
        expect("what arrived of order 17", arrived, [{"order": 17}])
        bench.later(bench.submit(payload={}).id, "completed")
    expect("what arrived of a job without details", arrived[1:], [{}])


@promise(
    "the storage returns what was saved, until it is cleared",
    counterexamples=("step08_storage_forgets_nothing",),
)
def remembers_until_cleared(version: ModuleType) -> None:
    """Two orders, whose jobs are job-1 and job-2."""
    bench = Bench(version)
    bench.handle(lambda ctx, payload: None)
    ids = [bench.submit(payload={"order": order}).id for order in (17, 18)]
    expect("the ids of the first two jobs", ids, ["job-1", "job-2"])
    expect("their payloads", [bench.get(job_id).payload for job_id in ids], [{"order": 17}, {"order": 18}])
    expect("their types", [bench.get(job_id).type for job_id in ids], ["webhook", "webhook"])
    if not has(version, "storage.MemoryStorage.update_job"):  # there, save_job updates too
        again = bench.new_job()
        bench.store("save_job", again)
        expect("whether get_job('job-1') is the job that was saved last", bench.get("job-1") is again, True)
    bench.queue.storage.clear_storage()
    for job_id in ids:
        refuses(f"get_job({job_id!r}), after clear_storage()", partial(bench.get, job_id), job_id)


MOVES = {  # how a job comes to be in a status, and which moves it may make from there
    "pending": ((), {"running"}),
    "running": (("running",), {"completed", "failed"}),
    "completed": (("running", "completed"), set()),
    "failed": (("running", "failed"), set()),
}


@promise(
    "a job makes no move that its state machine does not have",
    alone="job",
    counterexamples=("step08_job_makes_any_move",),
)
def legal_moves(version: ModuleType) -> None:
    """Every move from every status. Later steps have two more: back to pending, and failed without an attempt."""
    later = {"running": ("pending", "job.Job.mark_failed"), "pending": ("failed", "job.Job.mark_rejected")}
    for status, (way, legal) in MOVES.items():
        further, part = later.get(status, ("", ""))
        for to in MOVES:
            job = Bench(version).new_job()
            for step in way:
                job.move_to(step)
            if to in legal or (to == further and has(version, part)):
                job.move_to(to)
                expect(f"the status of a {status} job after move_to({to!r})", str(job.status), to)
            else:
                refuses(f"a {status} job.move_to({to!r})", partial(job.move_to, to), status)
                expect("job.status afterwards", str(job.status), status)


@promise("a handler that raises fails its own job, and no other", counterexamples=("step08_processor_lets_errors_out",))
@in_virtual_time
def failure_stays(version: ModuleType) -> None:
    """Two orders fail, each for a reason of its own; the next one is delivered. Each is tried once."""
    errors = {17: ConnectionError("the partner is down"), 18: ValueError("the address is empty")}
    tried: list[int] = []

    def deliver(ctx: Any, payload: dict[str, Any]) -> None:
        tried.append(payload["order"])
        if payload["order"] in errors:
            raise errors[payload["order"]]

    bench = Bench(version)
    bench.handle(deliver)
    with bench.running():
        try:
            jobs = [bench.submit(payload={"order": order}) for order in (17, 18, 19)]
        except (ConnectionError, ValueError) as err:
            raise Broken("submit_job(…)", f"{type(err).__name__}: {err}", "the job") from err
        for job, status in zip(jobs, ("failed", "failed", "completed"), strict=True):
            bench.later(job.id, status)
    expect("orders that were tried, if two of them fail", sorted(tried), [17, 18, 19])


@promise(
    "bad input is refused with an error that names it, and changes nothing",
    counterexamples=("step08_job_takes_anything", "step08_registry_replaces_handlers"),
)
def refuses_bad_input(version: ModuleType) -> None:
    """Invalid types, payloads, handlers and options."""
    bench = Bench(version)
    bench.handle(lambda ctx, payload: None)
    refuses("submit_job(…, 'webhook', 'order 17')", lambda: bench.submit(payload="order 17"), "'order 17'")
    refuses("submit_job(…, '', {})", lambda: bench.submit(job_type=""), "''")
    refuses("Job('job-1', '', {})", lambda: version.job.Job("job-1", "", {}), "''")
    refuses("Job('job-1', 17, {})", lambda: version.job.Job("job-1", 17, {}), "17")
    refuses("register_handler(17, deliver)", lambda: bench.queue.register_handler(17, print), "17")
    refuses("register_handler(None, deliver)", lambda: bench.queue.register_handler(None, print), "None")
    refuses("register_handler('email', None)", lambda: bench.queue.register_handler("email", None), "None")
    refuses("register_handler('', deliver)", lambda: bench.handle(print, job_type=""), "''")
    refuses("register_handler('webhook', another)", lambda: bench.handle(print), "'webhook'")
    refuses("get_job('job-404')", lambda: bench.get("job-404"), "job-404")
    if has(version, "registry.Registry.get_handler"):
        refuses("Registry().get_handler('email')", lambda: version.registry.Registry().get_handler("email"), "email")
    for option in ("workers", "buffer_size"):
        for unfit in (0, -1, 2.5, "4") if has(version, f"queue.Queue({option})") else ():
            refuses(f"Queue({option}={unfit!r})", partial(version.Queue, **{option: unfit}), repr(unfit))
    if has(version, "context"):
        refuses("with_deadline(nan)", lambda: version.Context().with_deadline(float("nan")), "nan")
    if has(version, "queue.Queue.submit_job(max_retry)"):
        refuses("submit_job(…, max_retry=-1)", lambda: bench.submit(max_retry=-1), "-1")
        refuses("submit_job(…, max_retry='3')", lambda: bench.submit(max_retry="3"), "'3'")
    if has(version, "storage.MemoryStorage.list_by_status"):
        expect("the pending jobs afterwards", bench.store("list_by_status", "pending"), [])


@promise("a handler may submit further jobs, even when the buffer is full", except_in=(12,), counterexamples=(12,))
@in_virtual_time
def handler_submits(version: ModuleType) -> None:
    """Each order submits three deliveries, into a buffer with room for one, from the only worker."""
    bench = Bench(version, workers=1, buffer_size=1)
    delivered: list[Any] = []
    bench.handle(lambda ctx, payload: delivered.append(payload))

    def take_order(ctx: Any, payload: dict[str, Any]) -> None:
        for partner in range(3):
            bench.submit(payload={"order": payload["order"], "partner": partner})

    bench.handle(take_order, job_type="order")
    order = bench.submit(job_type="order")
    with bench.running():
        bench.later(order.id, "completed")
        bench.later("job-4", "completed")
    expect("deliveries", len(delivered), 3)


@promise("a job whose type has no handler fails at once, with a clear error", except_in=(12,), counterexamples=(12,))
@in_virtual_time
def no_handler(version: ModuleType) -> None:
    """Either submit refuses the job, or the job is failed with an error that names the type."""
    bench, another = Bench(version, workers=1), Bench(version, workers=1)
    bench.handle(lambda ctx, payload: None)
    another.handle(lambda ctx, payload: None, job_type="email")  # which does not help this one
    with bench.running():
        try:
            lost = bench.submit(job_type="email")
        except LookupError as err:
            expect("the error of submit_job(…, 'email', …) names 'email'", "'email'" in str(err), True)
            expect("it is more than a KeyError", type(err) is not KeyError, True)
            refuses("get_job('job-1'), which was refused", lambda: bench.get("job-1"), "job-1")
            return
        time.sleep(HOUR)
    job = bench.get(lost.id)
    expect("get_job(…).status, without a handler for 'email'", str(job.status), "failed")
    expect("its error names 'email'", "'email'" in job.error, True)


@promise(
    "each change of a job's status is written to the storage that the queue was given",
    needs=("queue.Queue(storage)", "queue.Queue(registry)"),
    counterexamples=("step08_processor_writes_the_end_only",),
)
@in_virtual_time
def writes_each_change(version: ModuleType) -> None:
    """A storage that notes what is written, and a registry that knows the handlers already."""
    written: list[str] = []
    storage, registry = noting(version, written), version.registry.Registry()
    bench = Bench(version, workers=1, storage=storage, registry=registry)

    def deliver(ctx: Any, payload: dict[str, Any]) -> None:
        written.append(f"handler, {bench.get('job-1').status}")

    registry.register_handler("webhook", bench.handler(deliver))
    with bench.running():
        bench.later(bench.submit().id, "completed")
    expect("what was written for a delivery", written, ["pending", "running", "handler, running", "completed"])


def noting(version: ModuleType, written: list[str]) -> Any:
    """Return a storage that notes the status of each job that it saves or updates."""

    class Noting(version.storage.MemoryStorage):  # type: ignore[misc, name-defined]
        def save_job(self, *args: Any) -> None:
            time.sleep(1.0)  # a job that is handed over before it is saved would run by now
            written.append(str(args[-1].status))
            super().save_job(*args)

        def update_job(self, *args: Any) -> None:
            written.append(str(args[-1].status))
            super().update_job(*args)

    return Noting()
