"""Limits of a type of job: how many run at once, and how many begin in a second.

    at_once      between all processes that share the storage
    per_second   a bucket of tokens: one is added each 1/per_second seconds, and each attempt that begins takes one. It
                 holds what comes in a second, and at least one, so after a rest so many may begin together

No worker waits for room: a job over the limit stays pending, and workers take jobs of other types meanwhile.
"""

from typing import Any, NamedTuple

from .retry import check_attempts, check_seconds


class Limit(NamedTuple):
    """How many jobs of a type may run at once, and begin in a second. None: as many as there are."""

    at_once: int | None = None
    per_second: float | None = None

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


def limit_of(at_once: Any, per_second: Any) -> Limit:
    """Return a limit, checked. Raises TypeError or ValueError."""
    if at_once is not None and check_attempts(at_once, "at_once") < 1:
        raise ValueError(f"at_once is {at_once!r}: it must be 1 or more; to run none, pause the type")
    if per_second is not None and check_seconds(per_second, "per_second") <= 0.0:
        raise ValueError(f"per_second is {per_second!r}: it must be more than 0; to run none, pause the type")
    return Limit(at_once, None if per_second is None else float(per_second))
