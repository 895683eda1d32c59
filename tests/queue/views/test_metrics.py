"""What Prometheus and OpenTelemetry are told of a queue, in memory and in a file."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from prometheus_client import CollectorRegistry, generate_latest

from goqueue import JobContext, Queue, Retry
from goqueue.metrics import otel, prometheus
from goqueue.storage import Storage

from ..parts import ctx, fail, listen, nap, run, submit

Told = Callable[..., float | None]


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


def outcomes(registry: CollectorRegistry) -> dict[str, float]:
    found = {}
    for metric in registry.collect():
        if metric.name == "goqueue_attempts":
            found = {each.labels["outcome"]: each.value for each in metric.samples if each.name.endswith("_total")}
    return found


def test_attempts_are_counted_by_what_came_of_them_and_timed(storage: Storage, registry: CollectorRegistry) -> None:
    queue = Queue(workers=1, storage=storage)
    prometheus.instrument(queue, registry)
    queue.register_handler("webhook", fail, retry=Retry(attempts=3, base=0.0))
    queue.register_handler("mail", nap)
    queue.cancel(ctx, submit(queue))  # it never ran: no attempt
    with queue:
        queue.wait_many(ctx, [submit(queue), queue.submit_job(ctx, "mail", 3.0, delay=60.0)])
    assert outcomes(registry) == {"retry": 2, "dead": 1, "success": 1}
    told: Told = registry.get_sample_value
    assert told("goqueue_submitted_jobs_total", {"type": "webhook"}) == 2
    assert told("goqueue_attempt_duration_seconds_sum", {"type": "mail"}) == pytest.approx(3.0, abs=0.2)
    assert told("goqueue_wait_duration_seconds_count", {"type": "webhook"}) == 1  # its first attempt only
    assert told("goqueue_wait_duration_seconds_sum", {"type": "mail"}) == pytest.approx(60.0, abs=0.5)


def test_what_waits_is_told_by_type_and_status_and_what_is_not_due_is_not_late(
    clock: Any, storage: Storage, registry: CollectorRegistry
) -> None:
    """The complaints of other queues: a delayed job counts as late, and one that was handed back is 56 years old."""
    queue = Queue(workers=1, storage=storage)
    prometheus.instrument(queue, registry)
    told: Told = registry.get_sample_value
    queue.submit_job(ctx, "mail", delay=30 * 86_400.0)
    assert told("goqueue_jobs", {"type": "mail", "status": "pending"}) == 1
    assert (told("goqueue_due_jobs"), told("goqueue_oldest_due_age_seconds")) == (0, 0)
    queue.register_handler("webhook", listen)
    with queue:
        submit(queue, 3600.0)
        ctx.wait(5.0)
        queue.stop(grace=0.0)  # hands it back
    assert told("goqueue_jobs", {"type": "webhook", "status": "pending"}) == 1
    ctx.wait(40.0)
    age = told("goqueue_oldest_due_age_seconds")
    assert age is not None
    assert 40.0 <= age <= 60.0
    assert told("goqueue_due_jobs") == 1


def test_a_storage_that_fails_takes_no_other_metric_with_it(path: Path, registry: CollectorRegistry) -> None:
    """The complaint of other exporters: one error, and the whole page is a 500."""
    queue, other = Queue(storage=path), Queue()
    for each in (queue, other):
        prometheus.instrument(each, registry)
        submit(each)
    told: Told = registry.get_sample_value
    assert (told("goqueue_storage_up"), told("goqueue_due_jobs")) == (1, 2)
    queue.close()
    assert (told("goqueue_storage_up"), told("goqueue_due_jobs")) == (0, 1)
    assert told("goqueue_submitted_jobs_total", {"type": "webhook"}) == 2


def test_names_have_one_prefix_base_units_and_few_labels(registry: CollectorRegistry) -> None:
    queue = Queue(workers=1)
    prometheus.instrument(queue, registry)
    queue.register_handler("webhook", fail)
    run(queue)
    page = generate_latest(registry).decode()
    names = [line.split()[2] for line in page.splitlines() if line.startswith("# TYPE")]
    assert all(name.startswith("goqueue_") for name in names)
    assert all("_seconds" in name for name in names if "duration" in name or "_age" in name)
    labels = {label for metric in registry.collect() for sample in metric.samples for label in sample.labels}
    assert labels == {"type", "status", "outcome", "le"}


def test_a_queue_is_instrumented_once_and_forgotten_with_its_queue(registry: CollectorRegistry) -> None:
    queue = Queue()
    prometheus.instrument(queue, registry)
    with pytest.raises(ValueError, match="is instrumented already"):
        prometheus.instrument(queue, registry)
    prometheus.instrument(Queue(storage=queue.storage), registry)  # the same jobs count once
    submit(queue)
    assert registry.get_sample_value("goqueue_due_jobs") == 1
    assert len(queue._hooks._listeners["success"]) == 1


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def provider(exporter: InMemorySpanExporter) -> TracerProvider:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return provider


def context_of(span: ReadableSpan) -> trace.SpanContext:
    found: trace.SpanContext | None = span.context
    assert found is not None
    return found


def test_a_trace_goes_from_the_caller_through_the_storage_to_each_attempt(
    storage: Storage, exporter: InMemorySpanExporter, provider: TracerProvider
) -> None:
    """The complaint of other queues: the trace ends where the job is submitted, and retries hide each other."""
    submitting, running = Queue(storage=storage), Queue(workers=1, storage=storage)
    for queue in (submitting, running):
        otel.instrument(queue, provider)

    @running.handler("webhook", retry=Retry(attempts=2, base=0.0))
    def second(ctx: JobContext, payload: Any) -> None:
        with provider.get_tracer("test").start_as_current_span("ask the partner"):
            if ctx.attempt == 1:
                fail(ctx, payload)

    with provider.get_tracer("test").start_as_current_span("POST /orders") as request:
        job = submit(submitting)
    with running:
        running.wait(ctx, job)
    spans = {span.name: span for span in exporter.get_finished_spans()}
    send = spans["send webhook"]
    first, again = [span for span in exporter.get_finished_spans() if span.name == "process webhook"]
    trace_id = request.get_span_context().trace_id
    assert {context_of(span).trace_id for span in exporter.get_finished_spans()} == {trace_id}
    assert (send.kind, first.kind) == (SpanKind.PRODUCER, SpanKind.CONSUMER)
    for span in (first, again):
        assert [link.context.span_id for link in span.links] == [context_of(send).span_id]
        assert span.parent is not None
        assert span.parent.span_id == context_of(send).span_id
    inner = spans["ask the partner"]
    assert inner.parent is not None
    assert inner.parent.span_id == context_of(again).span_id


def test_the_spans_follow_the_conventions_and_say_what_failed(
    exporter: InMemorySpanExporter, provider: TracerProvider
) -> None:
    queue = Queue(workers=1)
    otel.instrument(queue, provider)
    queue.register_handler("webhook", fail)
    job = run(queue)
    send, process = exporter.get_finished_spans()
    common = {"messaging.system": "goqueue", "messaging.destination.name": "webhook", "messaging.message.id": job.id}
    kind = {"messaging.operation.name": "send", "messaging.operation.type": "send"}
    assert dict(send.attributes or {}) == {**common, **kind}
    kind = {"messaging.operation.name": "process", "messaging.operation.type": "process"}
    error = {"error.type": "builtins.ConnectionError", "goqueue.attempt": 1}
    assert dict(process.attributes or {}) == {**common, **kind, **error}
    assert process.status.status_code is StatusCode.ERROR
    assert process.status.description == "ConnectionError: attempt 1"
    assert [event.name for event in process.events] == ["exception"]


def test_many_jobs_are_one_producer_span_and_a_trace_of_the_context_goes_on(
    exporter: InMemorySpanExporter, provider: TracerProvider
) -> None:
    queue = Queue(workers=1)
    otel.instrument(queue, provider)
    queue.register_handler("webhook", lambda ctx, payload: None)
    brought = ctx.with_value("traceparent", f"00-{17:032x}-{18:016x}-01")
    with queue:
        queue.wait_many(ctx, queue.submit_many(brought, "webhook", [1, 2, 3]))
    send, *processed = exporter.get_finished_spans()
    assert (send.attributes or {})["messaging.batch.message_count"] == 3
    assert len(processed) == 3
    assert {context_of(span).trace_id for span in (send, *processed)} == {17}


def test_without_a_tracer_provider_nothing_changes() -> None:
    queue = Queue(workers=1)
    otel.instrument(queue)
    queue.register_handler("webhook", lambda ctx, payload: ctx.values)
    assert run(queue).result == {}


def test_log_records_have_the_job_as_fields(storage: Storage, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "goqueue")
    queue = Queue(workers=1, storage=storage)
    queue.register_handler("webhook", fail, retry=Retry(attempts=2, base=0.0))
    job = run(queue)
    about = [(getattr(record, "job_id", None), getattr(record, "attempt", None)) for record in caplog.records]
    assert about == [(job.id, 1), (job.id, 1), (job.id, 2), (job.id, 2)]
    assert {record.__dict__["job_type"] for record in caplog.records} == {"webhook"}
    assert [record.levelname for record in caplog.records] == ["INFO", "INFO", "INFO", "ERROR"]
