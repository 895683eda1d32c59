"""Traces by OpenTelemetry, with the conventions for messaging: a producer span, and a consumer span for each attempt.

    submit_job ── "send webhook" ── traceparent in the values of the job's context ──> "process webhook", attempt 1
                                                                                 └──> "process webhook", attempt 2

A consumer span is in the trace of its producer, whose child it is, and it also links to it. The values travel in the
storage, so this works from process to process. The current span of an attempt is its own, so what a handler calls, and
the jobs that it submits, belong to it.

Without a tracer provider of the SDK, OpenTelemetry does nothing, and so does this.
"""

from collections.abc import Callable, Sequence
from typing import Any

from opentelemetry import propagate, trace
from opentelemetry.context import Context as Traced
from opentelemetry.trace import Link, SpanKind, Status, StatusCode, Tracer, TracerProvider

from ..context import Context
from ..failure import describe
from ..job import Job
from ..job_context import JobContext
from ..queue import Queue


def instrument(queue: Queue, tracer_provider: TracerProvider | None = None) -> None:
    """Trace the submissions and the attempts of a queue, with the global tracer provider or another one."""
    spans = Spans(trace.get_tracer("goqueue", tracer_provider=tracer_provider))
    queue.submit_middleware(spans.submit)
    queue.middleware(spans.attempt)


class Spans:
    """Makes the spans. Any thread may call it."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def submit(self, ctx: Context, job_type: str, call: Callable[[Context], Sequence[Job]]) -> None:
        """Submit jobs in a producer span. It continues the current trace, or the one that the context has brought."""
        with self._tracer.start_as_current_span(
            f"send {job_type}", parent_of(ctx), SpanKind.PRODUCER, attributes_of(job_type, "send")
        ) as span:
            carrier: dict[str, str] = {}
            propagate.inject(carrier)
            jobs = call(ctx.with_values(carrier) if carrier else ctx)
            if len(jobs) == 1:
                span.set_attribute("messaging.message.id", jobs[0].id)
            else:
                span.set_attribute("messaging.batch.message_count", len(jobs))

    def attempt(self, ctx: JobContext, job: Job, call: Callable[[], Any]) -> Any:
        """Run an attempt in a consumer span."""
        producer = propagate.extract(ctx.values)
        link = trace.get_current_span(producer).get_span_context()
        attributes = {
            **attributes_of(job.type, "process"),
            "messaging.message.id": job.id,
            "goqueue.attempt": ctx.attempt,
        }
        with self._tracer.start_as_current_span(
            f"process {job.type}",
            producer,
            SpanKind.CONSUMER,
            attributes,
            [Link(link)] if link.is_valid else None,
            set_status_on_exception=False,
        ) as span:
            try:
                return call()
            except BaseException as err:
                span.set_attribute("error.type", f"{type(err).__module__}.{type(err).__qualname__}")
                span.set_status(Status(StatusCode.ERROR, describe(err)))
                raise


def parent_of(ctx: Context) -> Traced | None:
    """Return the context that a producer span continues: None for the current one."""
    if trace.get_current_span().get_span_context().is_valid:
        return None
    return propagate.extract(ctx.values)


def attributes_of(job_type: str, operation: str) -> dict[str, str | int]:
    """Return what the conventions for messaging ask of each span."""
    return {
        "messaging.system": "goqueue",
        "messaging.destination.name": job_type,
        "messaging.operation.name": operation,
        "messaging.operation.type": operation,
    }
