"""Middlewares: functions that stand round the work of a queue, one inside the other. hooks.py keeps them.

    through         first(ctx, job, call) ──> second(ctx, job, call) ──> handler
    submit_through  first(ctx, job_type, call) ──> second(ctx, job_type, call) ──> storage ──> the jobs

Each is called in the thread that does the work, under no lock and in no transaction.
"""

from collections.abc import Callable, Sequence
from typing import Any

from .context import Context
from .job import Job
from .job_context import JobContext
from .names import shown

Call = Callable[[], Any]
Middleware = Callable[[JobContext, Job, Call], Any]
SubmitMiddleware = Callable[[Context, str, Callable[[Context], Sequence[Job]]], object]


def through(middlewares: Sequence[Middleware], ctx: JobContext, job: Job, call: Call) -> Any:
    """Call a handler through middlewares, and return the result.

    A middleware returns the result; None means that it leaves what the handler has returned.
    """
    if not middlewares:
        return call()
    first, *rest = middlewares
    inner: list[Any] = []

    def go_on() -> Any:
        inner[:] = [through(rest, ctx, job, call)]
        return inner[0]

    result = first(ctx, job, go_on)
    return inner[0] if result is None and inner else result


def submit_through(
    middlewares: Sequence[SubmitMiddleware], ctx: Context, job_type: str, call: Callable[[Context], Sequence[Job]]
) -> Sequence[Job]:
    """Submit through middlewares, each of which may give the next a context with more values.

    Raises RuntimeError if one of them does not submit, because its caller would take the job for accepted.
    """
    if not middlewares:
        return call(ctx)
    first, *rest = middlewares
    jobs: Sequence[Job] = ()

    def go_on(inner: Context) -> Sequence[Job]:
        nonlocal jobs
        if not isinstance(inner, Context):
            raise TypeError(f"ctx is {shown(inner)}: submit middleware {first!r} must call call(ctx) with a Context")
        if jobs:
            raise RuntimeError(f"submit middleware {first!r} submits a second time: let it call call(ctx) once")
        jobs = submit_through(rest, inner, job_type, call)
        return jobs

    first(ctx, job_type, go_on)
    if not jobs:
        raise RuntimeError(f"submit middleware {first!r} has not submitted the job: let it call call(ctx), or raise")
    return jobs
