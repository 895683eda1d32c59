"""sentry-sdk: the batches of log records that it sends."""

from typing import Any

from sentry_sdk._batcher import Batcher


class Logging(Batcher):  # type: ignore[misc]
    """A batcher whose records write a log record when they are made ready to be sent, as a ResourceWarning does."""

    TYPE = "log"
    CONTENT_TYPE = "application/json"

    def _to_transport_format(self, item: Any) -> Any:
        self.add("a warning")
        return item


def sentry_5681() -> None:
    """flush() holds the lock that add() wants."""
    batcher = Logging(capture_func=lambda envelope: None, record_lost_func=lambda **lost: None)
    batcher.add("a record")
    batcher.flush()
    batcher.kill()
