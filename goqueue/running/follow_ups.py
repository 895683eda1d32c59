"""The last job of a batch or a chain: what a worker does with it before it begins.

    claimed ──> are the jobs before it submitted? ── no ──> submits them, with unique keys: "ID OF THIS JOB/NUMBER"
                            │ yes                                  │
                            v                                      v
                have all of them ended? ── no ──> put back for a while, with what is known of them as its result
                            │ yes
                            v
                its handler runs, and is given their results

The follow-up is a job from the beginning, and is never submitted: so it is never submitted twice, and never not at all.
Wherever a process is killed, the next worker that claims the job looks again: it finds the unique keys, and submits
only what is missing. A job before it may be anything: completed, failed, cancelled, taken from a dead worker. Nobody
has to tell of its end, because it is looked at.

A look is neither an attempt nor an event. The pause after it is a tenth of the time that the job has waited, from
SOONEST to LATEST: so a batch takes a tenth longer, at most, and is looked at a few dozen times an hour.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, cast

from ..errors import BatchFailed, PayloadError
from ..failure import describe
from ..hooks import Hooks
from ..job import CANCELLED, COMPLETED, FAILED, PENDING, UNSAID, Job, Options, Outcome, Record, Status, id_of, known_in
from ..job_context import Ended, JobContext
from ..log import ERROR, fields, tell
from ..payload import DEEPEST, Frozen, freeze
from ..registry import Registration, Registry
from ..storage import Storage
from ..storage.protocol import Extended
from .floor import Floor

SOONEST, LATEST = 0.05, 5.0  # seconds between two looks
FORGOTTEN = "forgotten"  # stands for the status of a job that was not kept until its end was seen
SHOWN = 3  # jobs that an error names

# What is known of a job before it: nothing, its key, or how it ended: id, status, result, error.
Known = None | int | list[Any]


class NotYet(Outcome):
    """A look at the jobs before it, and not an attempt: no hook hears of it."""

    __slots__ = ()


class Ready(NamedTuple):
    """All jobs before it have ended."""

    registration: Registration  # whose handler is given what came of them
    known: Frozen  # what is kept with the job unless it completes


class FollowUps:
    """Looks at the jobs before others. Any worker may call it."""

    def __init__(self, storage: Storage, registry: Registry, floor: Floor) -> None:
        self._storage = storage
        self._registry = registry
        self._floor = floor

    def begin(self, ctx: JobContext, record: Record, registration: Registration, hooks: Hooks) -> Ready | Outcome:
        """Return how a follow-up may begin, or how this look at it ends. Raises nothing."""
        options = record.options
        assert options is not None
        assert options.before is not None
        try:
            known = self._look(record, options, options.before, hooks)
            kept = freeze(known, f"what came of the {len(known)} jobs before it", deepest=DEEPEST + 2)
        except PayloadError as err:
            return self._failed(record, describe(err), record.result)
        except Exception as err:
            tell(ERROR, "Job %s cannot look at the jobs before it yet", ctx.job_id, error=err)
            return NotYet(PENDING, counts=False, delay=LATEST, result=record.result)
        if options.deadline is not None and time.time() >= options.deadline:
            return Ready(registration, kept)  # its attempt fails before its handler begins
        if any(not isinstance(each, list) for each in known):
            waited = time.time() - record.created
            return NotYet(PENDING, counts=False, delay=min(LATEST, max(SOONEST, waited / 10.0)), result=kept)
        return self._decide(ctx, record, registration, known, kept)

    def _decide(
        self, ctx: JobContext, record: Record, registration: Registration, known: Sequence[Known], kept: Frozen
    ) -> Ready | Outcome:
        """Return what becomes of a follow-up, now that all jobs before it have ended."""
        assert record.options is not None
        assert record.options.before is not None
        plan, ended = record.options.before, tuple(ended_of(each) for each in known if isinstance(each, list))
        bad = [each for each in ended if each.status is not COMPLETED]
        if bad and plan["if_failed"] == "cancel":
            return Outcome(CANCELLED, error=told(bad, len(known)), result=kept)
        if bad and plan["if_failed"] == "fail":
            return self._failed(record, told(bad, len(known)), kept)
        ctx._before = ended
        handler = given(registration.handler, plan, ended)
        return Ready(Registration(handler, registration.retry, registration.timeout), kept)

    def _look(self, record: Record, options: Options, plan: dict[str, Any], hooks: Hooks) -> list[Known]:
        """Submit what is missing, look at the rest, and return what is known."""
        jobs = plan["jobs"]
        known = known_of(record, plan)
        new = [number for number, each in enumerate(known) if each is None]
        for number in new:
            known[number] = self._submit(record, options, jobs[number], number, hooks)
        if new:
            self._floor.wake_all_idle()
        return [self._seen(each) if isinstance(each, int) else each for each in known]

    def _submit(self, record: Record, options: Options, job: dict[str, Any], number: int, hooks: Hooks) -> int:
        """Submit one of the jobs before it, unless that was done already. Return its key."""
        found = self._registry.find(job["type"])
        own = Options(
            values=options.values,
            priority=options.priority,
            key=f"{id_of(record.key, self._storage.node)}/{number}",
            key_kept=True,
            before=job.get("before"),
        )
        new = Record(job["type"], freeze(job["payload"]), UNSAID if found is None else found.retry.attempts, own)
        pending = Job(new, self._storage.node)
        storage = cast("Extended", self._storage)  # asked at the submission
        added = storage.add_unique(new, 0.0, None, replace=False)
        if added.holder is not None:
            return added.holder._record.key
        if hooks.submits:
            hooks.tell("submit", pending)
        return new.key

    def _seen(self, key: int) -> Known:
        """Return how a job has ended, or its key if it has not."""
        job = self._storage.get(key)
        if job is None:
            why = "it was deleted, or kept no longer, before its end was seen"
            return [id_of(key, self._storage.node), FORGOTTEN, None, why]
        if not job.final:
            return key
        return [job.id, job.status.value, job.result if job.status is COMPLETED else None, job.error]

    def _failed(self, record: Record, error: str, known: Frozen) -> Outcome:
        about = fields(id_of(record.key, self._storage.node), record.type, record.attempts)
        tell(ERROR, "Job %s (%s) failed at attempt %d: %s", *about.values(), error, about=about)
        return Outcome(FAILED, error=error, result=known)


def known_of(record: Record, plan: dict[str, Any]) -> list[Known]:
    """Return what is known of the jobs before. Raises PayloadError if what was kept of it is damaged."""
    count = len(plan["jobs"])
    known = known_in(record.result) if record.result is not None else plan.get("known") or [None] * count
    if len(known) != count:
        raise PayloadError("what is kept of the jobs before it is damaged: retry it, and they run again")
    return known


def keeping(outcome: Outcome, known: Frozen) -> Outcome:
    """Return an outcome that keeps what is known of the jobs before, unless the job has completed."""
    if outcome.status is COMPLETED:
        return outcome
    return Outcome(outcome.status, error=outcome.error, result=known, delay=outcome.delay, counts=outcome.counts)


def ended_of(known: Sequence[Any]) -> Ended:
    """Return how a job before has ended."""
    job_id, status, result, error = known
    return Ended(job_id, Status(status) if status != FORGOTTEN else None, result, error)


def told(bad: Sequence[Ended], count: int) -> str:
    """Say which of the jobs before have not completed, and why."""
    each = [f"{job.id} {job.status or FORGOTTEN}{f': {job.error}' if job.error else ''}" for job in bad[:SHOWN]]
    more = f"; and {len(bad) - SHOWN} more" if len(bad) > SHOWN else ""
    return describe(BatchFailed(f"{len(bad)} of {count} jobs before it have not completed: {'; '.join(each)}{more}"))


def given(handler: Callable[..., Any], plan: dict[str, Any], before: Sequence[Ended]) -> Callable[..., Any]:
    """Return a handler that is given what came of the jobs before, if its job has no payload of its own."""
    results = [each.result for each in before]
    came = results[0] if plan.get("one") else results
    into = plan.get("into")

    def handle(ctx: JobContext, payload: Any) -> Any:
        if into is not None:
            return handler(ctx, {**(payload or {}), into: came})
        return handler(ctx, came if payload is None else payload)

    return handle
