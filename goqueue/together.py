"""Batches and chains: a job that begins when others have ended, and is given their results.

    submit_batch(ctx, [("count", 1), ("count", 2)], "sum")        count ──┐
                                                                  count ──┴──> sum      is given [result, result]

    submit_chain(ctx, [("fetch", url), "parse", "store"])         fetch ──> parse ──> store    each is given the result

Both submit one job, the last one, and return it: so a batch is accepted as a whole or not at all. Its options hold a
plan of the jobs before it. A worker that takes it submits these, and puts it back until they have ended; what it knows
of them is kept with the job. See running/follow_ups.py.

Queue inherits it.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypedDict, Unpack

from .context import Context
from .dead_letters import DeadLetters
from .job import UNSAID, Job, Options, Record
from .moments import Delay, due_in
from .options import job_options, several
from .payload import as_text, freeze, thaw
from .registry import check_type
from .retry import Retry, check_attempts
from .running.calls import no_context
from .unique import KeyUntil, OnDuplicate, Unique, check_choice, with_key

IfFailed = Literal["fail", "run", "cancel"]
LONGEST = 100  # steps of a chain, one inside the other; the last one of submit_chain counts too


class Step(NamedTuple):
    """A job to be: what `task.call(…)` returns. `into` is the argument that gets what came of the jobs before it."""

    type: str
    payload: Any = None
    into: str | None = None
    required: bool = False  # it cannot do without that argument


Given = Step | str | tuple[str, Any]


class SubmitOptions(TypedDict, total=False):
    """The options of `Queue.submit_job`, for the last job."""

    max_retry: int | None
    delay: Delay
    at: datetime | None
    timeout: float | None
    deadline: datetime | None
    retry: Retry | None
    priority: int
    limit_key: str | None
    key: str | None
    on_duplicate: OnDuplicate
    key_until: KeyUntil


class Together(DeadLetters):
    """What can be submitted together. Any thread may call it."""

    def submit_batch(
        self,
        ctx: Context,
        jobs: Iterable[Given | Sequence[Given]],
        then: Given,
        *,
        if_failed: IfFailed = "fail",
        **options: Unpack[SubmitOptions],
    ) -> Job:
        """Submit jobs, and one that begins when all of them have ended. Return that one, pending.

        A job is a type, a pair of a type and a payload, or `task.call(…)`; a list of them is a chain. If `then` has no
        payload, it is given the list of their results; a task gets it as its first argument. `ctx.before` tells more.

        If one of the jobs fails for good, or is cancelled, or is forgotten before its end was seen, then the last job
        fails as soon as all have ended, or is cancelled ("cancel"), or runs nevertheless, with None for it ("run").

        The options are those of `submit_job`, for the last job; its priority and values are those of all. Raises what
        `submit_job` raises, ValueError for no jobs, and PayloadError if all payloads are too large together.
        """
        check_choice(if_failed, "if_failed", ("fail", "run", "cancel"))
        given = several(step_alone(jobs), "jobs", "of jobs, such as [('count', 1), ('count', 2)]")
        plans = [plan_of_chain(each if isinstance(each, list) else [each], if_failed) for each in given]
        if not plans:
            raise ValueError("jobs is empty: a batch needs one job or more; submit the other by submit_job")
        return self._submit_last(ctx, step_of(then), {"jobs": plans, "if_failed": if_failed}, options)

    def submit_chain(
        self,
        ctx: Context,
        steps: Iterable[Given],
        *,
        if_failed: IfFailed = "fail",
        **options: Unpack[SubmitOptions],
    ) -> Job:
        """Submit jobs of which each begins when the one before has ended. Return the last one, pending.

        A step without a payload is given the result of the step before; a task gets it as its first argument. There are
        2 to 100 steps. Otherwise as `submit_batch`: if a step fails, those after it do so too, unless `if_failed` says
        otherwise.
        """
        check_choice(if_failed, "if_failed", ("fail", "run", "cancel"))
        given = list(several(step_alone(steps), "steps", "of jobs, such as [('fetch', 17), 'parse']"))
        if len(given) < 2:
            raise ValueError(f"steps is {given!r}: a chain needs two or more; submit a single job by submit_job")
        check_length(len(given), least=2)
        plan = {"jobs": [plan_of_chain(given[:-1], if_failed)], "one": True, "if_failed": if_failed}
        return self._submit_last(ctx, step_of(given[-1]), plan, options)

    def _submit_last(self, ctx: Context, step: Step, plan: dict[str, Any], given: SubmitOptions) -> Job:
        """Submit a job with a plan of the jobs before it."""
        if not isinstance(ctx, Context):
            raise no_context(ctx)
        if unknown := sorted(given.keys() - SubmitOptions.__annotations__.keys()):
            known = ", ".join(SubmitOptions.__annotations__)
            raise TypeError(f"{unknown[0]} is no option of a batch or a chain: they are if_failed, {known}")
        self._able("add_unique")
        seconds = due_in(given.get("at"), given.get("delay", 0.0))
        bounds = (given.get("timeout"), given.get("deadline"), given.get("retry"))
        options = job_options(ctx, *bounds, given.get("priority", 0), given.get("limit_key")) or Options()
        plan = thaw(as_text({**plan, "into": step.into}, "the batch"))
        record = Record(step.type, freeze(step.payload), self._most(step.type, given), options.but(before=plan))
        job = Job(record, self.storage.node)
        key, on_duplicate = given.get("key"), given.get("on_duplicate", "ignore")
        key_until = given.get("key_until", "ended")
        if key is None and on_duplicate == "ignore" and key_until == "ended":
            self._submit_hooked(ctx, [job], seconds)
            return job
        record.options = with_key(record.options, key, on_duplicate, key_until)
        return self._submit_unique(ctx, record, job, seconds, Unique(self.storage, on_duplicate))

    def _most(self, job_type: str, given: SubmitOptions) -> int:
        most, retry, found = given.get("max_retry"), given.get("retry"), self.registry.find(job_type)
        if most is not None:
            return check_attempts(most, "max_retry")
        if retry is not None:
            return retry.attempts
        return UNSAID if found is None else found.retry.attempts

    if TYPE_CHECKING:  # Queue has them

        def _submit_hooked(
            self, ctx: Context, jobs: Sequence[Job], delay: float, unique: Unique | None = None
        ) -> None: ...

        def _submit_unique(self, ctx: Context, record: Record, job: Job, delay: float, unique: Unique) -> Job: ...


def step_alone(given: Any) -> Any:
    """Return what was given as a list of jobs; a text, which is no list, for a single `task.call(…)`: it is a tuple."""
    return repr(given) if isinstance(given, Step) else given


def step_of(given: Any) -> Step:
    """Return the step that somebody means. Raises TypeError, ValueError or PayloadError if it is none."""
    step = Step(given) if isinstance(given, str) else given
    if isinstance(step, tuple) and not isinstance(step, Step) and len(step) == 2:
        step = Step(*step)
    if not isinstance(step, Step):
        raise TypeError(
            f"job is {given!r:.200}: it must be a type, a pair of a type and a payload, or task.call(…) of a task"
        )
    check_type(step.type)
    freeze(step.payload)  # an error names this payload
    return step


def check_length(steps: int, least: int = 1) -> None:
    """Raise ValueError if a chain of so many steps is too short or too long."""
    if not least <= steps <= LONGEST:
        raise ValueError(f"a chain of {steps} steps: it must have {least} to {LONGEST}; let a step submit the rest")


def plan_of_chain(given: Sequence[Any], if_failed: IfFailed) -> dict[str, Any]:
    """Return the plan of the last step of a chain, which holds those of the steps before. A chain may have one step."""
    check_length(len(given))
    plan: dict[str, Any] | None = None
    for step in map(step_of, given):
        if plan is None and step.required:
            raise TypeError(f"{step.type}() lacks {step.into!r}, and no job comes before it: give it in call(…)")
        made = {"type": step.type, "payload": step.payload}
        if plan is not None:
            made["before"] = {"jobs": [plan], "one": True, "if_failed": if_failed, "into": step.into}
        plan = made
    assert plan is not None
    return plan
