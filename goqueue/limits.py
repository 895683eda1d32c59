"""Limits of a type of job, and of each limit key in it: how many run at once, and how many begin in a second.

    at_once      between all processes that share the storage
    each_…       the same, for the jobs of the type that were submitted with the same limit key, such as a customer
    per_second   a bucket of tokens: one is added each 1/per_second seconds, and each attempt that begins takes one. It
                 holds what comes in a second, and at least one, so after a rest so many may begin together

No worker waits for room: a job over the limit stays pending, and workers take jobs of other types meanwhile.
"""

from typing import Any, NamedTuple

from .retry import check_attempts, check_seconds

SLOWEST = 1e-9  # jobs in a second: one in thirty years


class Limit(NamedTuple):
    """How many jobs of a type may run at once, and begin in a second. None: as many as there are.

    `each_at_once` and `each_per_second` are about the jobs that have the same limit key.
    """

    at_once: int | None = None
    per_second: float | None = None
    each_at_once: int | None = None
    each_per_second: float | None = None

    @property
    def each(self) -> "Limit":
        """The limit of the jobs that have the same limit key."""
        return Limit(self.each_at_once, self.each_per_second)

    @property
    def keyed(self) -> bool:
        """Whether it limits jobs by their limit keys."""
        return self.each_at_once is not None or self.each_per_second is not None

    @property
    def most(self) -> float:
        """How many tokens the bucket holds."""
        return max(1.0, self.per_second or 0.0)

    def tokens(self, left: float, seconds: float) -> float:
        """Return how many tokens there are, so many seconds after some were left.

        >>> Limit(per_second=2.0).tokens(0.0, 0.25), Limit(per_second=2.0).tokens(0.0, 60.0)
        (0.5, 2.0)
        """
        return min(self.most, left + (self.per_second or 0.0) * max(0.0, seconds))

    def room(self, running: int, tokens: float) -> int | None:
        """Return how many jobs may begin now, or None for any number."""
        found = [] if self.at_once is None else [self.at_once - running]
        if self.per_second is not None:
            found.append(int(tokens + 1e-6))  # a sum of small numbers may be a little less than it should be
        return max(0, min(found)) if found else None


def limit_of(at_once: Any, per_second: Any, each_at_once: Any = None, each_per_second: Any = None) -> Limit:
    """Return a limit, checked. Raises TypeError or ValueError."""
    for name, number in (("at_once", at_once), ("each_at_once", each_at_once)):
        if number is not None and check_attempts(number, name) < 1:
            raise ValueError(f"{name} is {number!r}: it must be 1 or more; to run none, pause the type")
    for name, rate in (("per_second", per_second), ("each_per_second", each_per_second)):
        if rate is not None and check_seconds(rate, name) < SLOWEST:
            raise ValueError(
                f"{name} is {rate!r}: it must be more than 0, and {SLOWEST} at least; to run none, pause the type"
            )
    rates = [None if rate is None else float(rate) for rate in (per_second, each_per_second)]
    return Limit(at_once, rates[0], each_at_once, rates[1])
