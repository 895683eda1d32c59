"""prometheus_client: code that comes back to a lock that it holds."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Metric


class Lazy:
    """A collector that registers a metric when it is asked what it collects."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry

    def describe(self) -> list[Metric]:
        """Register a metric."""
        Counter("cache_reads", "how often the cache was read", registry=self.registry)
        return []

    def collect(self) -> Iterator[Metric]:
        """Collect nothing."""
        return iter(())


def prometheus_1014() -> None:
    """register() asks the collector with the registry's lock held."""
    registry = CollectorRegistry()
    registry.register(Lazy(registry))


class Amount(float):
    """A number that has other code run while it is added, as a signal's handler would."""

    gauge: Gauge

    def __radd__(self, other: float) -> float:
        self.gauge.inc()
        return other + float(self)


def increments(amount: float) -> None:
    """Add an amount, and 1."""
    gauge = Gauge("jobs", "how many", registry=CollectorRegistry())
    if isinstance(amount, Amount):
        amount.gauge = gauge
    else:
        gauge.inc()
    gauge.inc(amount)
    assert gauge._value.get() == 2


def prometheus_1076() -> None:
    """The lock lets its own thread in again, between the read and the write of an increment, which is lost."""
    increments(Amount(1))


def prometheus_1076_repaired() -> None:
    """Nothing comes back: the repaired version would wait for its own lock."""
    increments(1.0)
