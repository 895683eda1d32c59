"""Ages, though the clock may be set: what ended two seconds ago is two seconds old, whatever the time of day says."""

import time

LEAST = 1.0  # seconds: a smaller difference between the clocks is no jump


class Steady:
    """Compares the time of day with the monotonic clock, again and again. For use by one thread at a time.

    After the clock was set forward, what ended before seems older than it is by so much. Until all of that is old
    enough anyway, the difference is taken off. After it was set back, things seem younger, and are kept for longer.
    """

    def __init__(self) -> None:
        self._seen = (time.time(), time.monotonic())
        self._jumps: list[tuple[float, float]] = []  # when (time.monotonic), and by how much

    def before(self, seconds: float) -> float:
        """Return the moment (seconds since 1970) before which a thing ended if it is older than `seconds`."""
        of_day, now = time.time(), time.monotonic()
        jump = (of_day - self._seen[0]) - (now - self._seen[1])
        if jump > LEAST:
            self._jumps.append((now, jump))
        self._seen = (of_day, now)
        jumped = sum(size for when, size in self._jumps if now - when <= seconds)
        return of_day - jumped - seconds
