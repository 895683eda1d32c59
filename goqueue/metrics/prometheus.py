"""Metrics for Prometheus: counters and histograms from a queue's events, gauges from its storage at each scrape.

    queue ── events ──> counters, histograms ─┐
    storage <── asked at each scrape ── gauges ┴──> registry ──> /metrics

The names begin with goqueue_, the units are seconds, and the labels are few: `type`, `status`, `outcome`. Several
queues of a process add up. Any thread may scrape. A storage that fails takes no other metric with it.
"""

import threading
import weakref
from collections.abc import Iterator

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ..hooks import Event
from ..operations.state import State, state_of
from ..queue import Queue

# Upper bounds in seconds: from a short call of a partner to a job of an hour.
BUCKETS = (0.005, 0.02, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0, 1_800.0, 3_600.0)
OUTCOMES = ("success", "retry", "dead", "cancel", "hand_back")

_lock = threading.Lock()  # guards the next: who instruments two queues at once
_metrics: "weakref.WeakKeyDictionary[CollectorRegistry, Metrics]" = weakref.WeakKeyDictionary()


def instrument(queue: Queue, registry: CollectorRegistry = REGISTRY) -> None:
    """Have a registry tell of a queue from now on. Raises ValueError if it does already.

    >>> from goqueue import Context
    >>> from prometheus_client import generate_latest
    >>> registry = CollectorRegistry()
    >>> queue = Queue()
    >>> instrument(queue, registry)
    >>> _ = queue.submit_job(Context(), "webhook")
    >>> b'goqueue_jobs{status="pending",type="webhook"} 1.0' in generate_latest(registry)
    True
    """
    with _lock:
        found = _metrics.get(registry)
        if found is None:
            found = _metrics[registry] = Metrics(registry)
        found.states.add(queue)
    queue.on("submit")(found.submitted)
    queue.on("start")(found.started)
    for outcome in OUTCOMES:
        queue.on(outcome)(found.ended)


class States(Collector):
    """Asks the storages at each scrape. Those who share a file share a storage's node, and count once."""

    def __init__(self) -> None:
        self._queues: weakref.WeakSet[Queue] = weakref.WeakSet()

    def add(self, queue: Queue) -> None:
        """Tell of this queue, too."""
        if queue in self._queues:
            raise ValueError(f"{queue!r} is instrumented already: once is enough, or each job would count twice")
        self._queues.add(queue)

    def describe(self) -> Iterator[Metric]:
        """Say which metrics there are, without asking a storage."""
        return iter(families())

    def collect(self) -> Iterator[Metric]:
        """Ask each storage once."""
        jobs, due, oldest, up = families()
        found = list[State]()
        storages = {queue.storage.node: queue.storage for queue in list(self._queues)}
        failed = 0
        for storage in storages.values():
            try:
                found.append(state_of(storage))
            except Exception:  # closed, locked, gone: the other metrics must come through
                failed += 1
        added: dict[tuple[str, str], int] = {}
        for state in found:
            for (job_type, status), number in state.by_type.items():
                added[job_type, status.value] = added.get((job_type, status.value), 0) + number
        for labels, number in sorted(added.items()):
            jobs.add_metric(labels, number)
        if found:
            due.add_metric((), sum(state.due for state in found))
            oldest.add_metric((), max(state.oldest_due or 0.0 for state in found))
        up.add_metric((), float(not failed))
        return iter((jobs, due, oldest, up))


def families() -> tuple[GaugeMetricFamily, ...]:
    """Return the gauges, empty."""
    return (
        GaugeMetricFamily("goqueue_jobs", "Jobs in the storage", labels=("type", "status")),
        GaugeMetricFamily("goqueue_due_jobs", "Jobs that are due and wait for a worker: the depth of the queue"),
        GaugeMetricFamily("goqueue_oldest_due_age_seconds", "For how long the oldest due job has waited; 0 if none"),
        GaugeMetricFamily("goqueue_storage_up", "1 if the storages could be asked, 0 if one of them failed"),
    )


class Metrics:
    """The metrics of one registry. The methods are listeners."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.states = States()
        registry.register(self.states)
        self._submitted = Counter(
            "goqueue_submitted_jobs", "Jobs submitted by this process", ("type",), registry=registry
        )
        self._attempts = Counter(
            "goqueue_attempts", "Attempts that have ended, by outcome", ("type", "outcome"), registry=registry
        )
        self._seconds = Histogram(
            "goqueue_attempt_duration_seconds",
            "How long attempts took",
            ("type",),
            buckets=BUCKETS,
            registry=registry,
        )
        self._waited = Histogram(
            "goqueue_wait_duration_seconds",
            "From the submission of a job to its first attempt, its delay included",
            ("type",),
            buckets=BUCKETS,
            registry=registry,
        )

    def submitted(self, event: Event) -> None:
        """Count a job."""
        self._submitted.labels(event.job.type).inc()

    def started(self, event: Event) -> None:
        """Note how long a job has waited for its first attempt."""
        if event.job.attempts == 1:
            self._waited.labels(event.job.type).observe(event.seconds)

    def ended(self, event: Event) -> None:
        """Count an attempt. A job that is cancelled before it ran had none."""
        if event.name == "cancel" and event.job.attempts == 0:
            return
        self._attempts.labels(event.job.type, event.name).inc()
        self._seconds.labels(event.job.type).observe(event.seconds)
