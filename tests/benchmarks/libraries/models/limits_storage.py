"""limits: its storage in memory."""

from . import aliases  # noqa: F401 - before the library

# isort: split
import time

from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter


def limits_70() -> None:
    """A timer walks through the keys to expire them, while a hit adds a key."""
    limiter = MovingWindowRateLimiter(MemoryStorage())
    limit = RateLimitItemPerSecond(10)
    limiter.hit(limit, "first")
    time.sleep(0.01)
    limiter.hit(limit, "second")
