"""Whether and when a failed job runs again.

A wait grows from attempt to attempt, up to a cap, and is then drawn at random from nothing up to that: jobs that failed
in the same instant would otherwise all come back in one instant, and bring the partner down again.
"""

import math
import random
from typing import Any

Kinds = tuple[type[BaseException] | str, ...]  # a name stands for a type in a policy that a storage has kept


class Retry:
    """A policy: `attempts` in all, and waits of base, base x factor, … seconds, up to `cap`. It never changes.

    With `jitter` each wait is random, from nothing up to that. Only errors of the types `retry_on` are tried again, and
    none of `give_up_on`. Raises TypeError or ValueError if a number is unfit.

    >>> policy = Retry(attempts=9, base=1.0, factor=2.0, cap=60.0, jitter=False)
    >>> [policy.wait(attempt) for attempt in (1, 2, 3, 8)]
    [1.0, 2.0, 4.0, 60.0]
    """

    __slots__ = ("attempts", "base", "cap", "factor", "give_up_on", "jitter", "retry_on")

    def __init__(
        self,
        attempts: int = 1,
        *,
        base: float = 1.0,
        factor: float = 2.0,
        cap: float = 60.0,
        jitter: bool = True,
        retry_on: Kinds = (Exception, SystemExit),
        give_up_on: Kinds = (),
    ) -> None:
        self.attempts = check_attempts(attempts, "attempts")
        self.base = check_seconds(base, "base")
        self.factor = check_seconds(factor, "factor", least=1.0)
        self.cap = check_seconds(cap, "cap")
        self.jitter = jitter
        self.retry_on = check_kinds(retry_on, "retry_on")
        self.give_up_on = check_kinds(give_up_on, "give_up_on")

    def wait(self, attempts: int) -> float:
        """Return the seconds to wait after attempt number `attempts` failed."""
        try:
            longest = min(self.cap, self.base * self.factor ** (attempts - 1))
        except OverflowError:
            longest = self.cap
        return random.uniform(0.0, longest) if self.jitter else longest

    def takes(self, err: BaseException) -> bool:
        """Whether a job that failed with `err` may be tried again."""
        return is_one_of(err, self.retry_on) and not is_one_of(err, self.give_up_on)

    def waits(self) -> dict[str, Any]:
        """Return the numbers of it."""
        return {"base": self.base, "factor": self.factor, "cap": self.cap, "jitter": self.jitter}

    def kept(self) -> dict[str, Any]:
        """Return what a storage keeps of it for a job of its own, as JSON: types of error by their names."""
        return {**self.waits(), "retry_on": names_of(self.retry_on), "give_up_on": names_of(self.give_up_on)}

    @classmethod
    def of_kept(cls, kept: dict[str, Any]) -> "Retry":
        """Return the policy that was kept. Its types stay names: to read a file must import nothing."""
        numbers = {name: value for name, value in kept.items() if name not in ("retry_on", "give_up_on")}
        policy = cls(**numbers)
        policy.retry_on, policy.give_up_on = tuple(kept["retry_on"]), tuple(kept["give_up_on"])
        return policy

    def __repr__(self) -> str:
        return f"Retry({self.attempts}, base={self.base}, factor={self.factor}, cap={self.cap}, jitter={self.jitter})"


def name_of(kind: type[BaseException]) -> str:
    """Return the full name of a type of error."""
    return f"{kind.__module__}.{kind.__qualname__}"


def names_of(kinds: Kinds) -> list[str]:
    """Return the full names of types of error."""
    return [kind if isinstance(kind, str) else name_of(kind) for kind in kinds]


def is_one_of(err: BaseException, kinds: Kinds) -> bool:
    """Whether `err` is of one of these types, or of a type below one."""
    return any(
        kind in map(name_of, type(err).__mro__[:-1]) if isinstance(kind, str) else isinstance(err, kind)
        for kind in kinds
    )


def check_attempts(value: Any, name: str) -> int:
    """Return a number of attempts, or of other things. Raises TypeError or ValueError if it is none."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} is {value!r}: it must be a whole number, such as 3")
    if value < 0:
        raise ValueError(f"{name} is {value!r}: it counts something, so it must be 0 or more")
    return value


def check_seconds(value: Any, name: str, least: float = 0.0) -> float:
    """Return a number of seconds (or of times), `least` or more. Raises TypeError or ValueError if it is none."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise TypeError(f"{name} is {value!r}: it must be a number, such as 2.0")
    if not (math.isfinite(value) and value >= least):
        raise ValueError(f"{name} is {value!r}: it must be a finite number, {least:g} or more")
    return float(value)


def check_kinds(value: Any, name: str) -> Kinds:
    """Return a tuple of types of error. Raises TypeError if one is none."""
    kinds = value if isinstance(value, tuple) else (value,)
    for kind in kinds:
        if not (isinstance(kind, type) and issubclass(kind, BaseException)):
            raise TypeError(f"{name} holds {kind!r}: it must be a type of error, such as ConnectionError")
    return kinds
