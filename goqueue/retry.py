"""Whether and when a failed job runs again.

The wait grows with each attempt, up to a cap, and the actual delay is drawn at random between zero and that wait (full
jitter). Without jitter, jobs that failed together would all come back together and bring the partner down again.
"""

import random
import sys
from typing import Any

from .context import DeadlineExceeded
from .names import shown

Kinds = tuple[
    type[BaseException] | str, ...
]  # a policy read back from a storage has the names of types instead of the types

OF_PARTNERS: Kinds = (TimeoutError, OSError, "builtins.TimeoutError", "builtins.OSError")


class Retry:
    """An immutable policy: `attempts` in all, with waits of base, base x factor, … seconds in between, up to `cap`.

    With `jitter`, each wait is drawn at random between zero and that value. A job is retried only after an error of a
    type in `retry_on`, and never after one in `give_up_on`; `takes` says what that means for an attempt whose time is
    up. Raises TypeError or ValueError if a value is not valid.

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
        retry_on: Kinds | type[BaseException] = (Exception, SystemExit),
        give_up_on: Kinds | type[BaseException] = (),
    ) -> None:
        self.attempts = check_attempts(attempts, "attempts")
        self.base = check_seconds(base, "base")
        self.factor = check_seconds(factor, "factor", least=1.0)
        self.cap = check_seconds(cap, "cap")
        if not isinstance(jitter, bool):
            raise TypeError(f"jitter is {shown(jitter)}: it must be True or False")
        self.jitter = jitter
        self.retry_on = check_kinds(retry_on, "retry_on")
        self.give_up_on = check_kinds(give_up_on, "give_up_on")

    def wait(self, attempts: int) -> float:
        """Return the seconds to wait after attempt number `attempts` failed."""
        try:
            longest = min(self.cap, self.base * self.factor ** (attempts - 1))
        except OverflowError:
            longest = self.cap if self.base else 0.0
        return random.uniform(0.0, longest) if self.jitter else longest

    def takes(self, err: BaseException) -> bool:
        """Whether a job that failed with `err` may be tried again.

        An attempt whose time is up is a TimeoutError, and so an OSError, only for `retry_on`: a handler that gives up
        on its partner's timeouts means those that it raises itself. `give_up_on=DeadlineExceeded` gives up on both.
        """
        given_up = self.give_up_on
        if isinstance(err, DeadlineExceeded):
            given_up = tuple(kind for kind in given_up if kind not in OF_PARTNERS)
        return is_one_of(err, self.retry_on) and not is_one_of(err, given_up)

    def waits(self) -> dict[str, Any]:
        """Return the policy's numbers by name."""
        return {"base": self.base, "factor": self.factor, "cap": self.cap, "jitter": self.jitter}

    def kept(self) -> dict[str, Any]:
        """Return the policy as JSON for a storage; error types become their names."""
        return {**self.waits(), "retry_on": names_of(self.retry_on), "give_up_on": names_of(self.give_up_on)}

    @classmethod
    def of_kept(cls, kept: dict[str, Any]) -> "Retry":
        """Return the policy that `kept` described. Its types stay names: reading a file must import nothing."""
        numbers = {name: value for name, value in kept.items() if name not in ("retry_on", "give_up_on")}
        policy = cls(**numbers)
        policy.retry_on, policy.give_up_on = tuple(kept["retry_on"]), tuple(kept["give_up_on"])
        return policy

    def __repr__(self) -> str:
        return f"Retry({self.attempts}, base={self.base}, factor={self.factor}, cap={self.cap}, jitter={self.jitter})"


def name_of(kind: type[BaseException]) -> str:
    """Return the full name of an error type."""
    return f"{kind.__module__}.{kind.__qualname__}"


def names_of(kinds: Kinds) -> list[str]:
    """Return the full names of error types."""
    return [kind if isinstance(kind, str) else name_of(kind) for kind in kinds]


def is_one_of(err: BaseException, kinds: Kinds) -> bool:
    """Whether `err` is an instance of one of these types."""
    return any(
        kind in map(name_of, type(err).__mro__[:-1]) if isinstance(kind, str) else isinstance(err, kind)
        for kind in kinds
    )


def check_attempts(value: Any, name: str) -> int:
    """Return `value` if it is a count. Raises TypeError if it is not a whole number, ValueError if it is negative."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} is {shown(value)}: it must be a whole number, such as 3")
    if value < 0:
        raise ValueError(f"{name} is {shown(value)}: it counts something, so it must be 0 or more")
    return value


def check_seconds(value: Any, name: str, least: float = 0.0) -> float:
    """Return `value` as a float, `least` or more and finite. Raises TypeError or ValueError otherwise."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise TypeError(f"{name} is {shown(value)}: it must be a number, such as 2.0")
    if not least <= value <= sys.float_info.max:  # which nan is not, and neither is a whole number that is too large
        raise ValueError(f"{name} is {shown(value)}: it must be a finite number, {least:g} or more")
    return float(value)


def check_kinds(value: Any, name: str) -> Kinds:
    """Return `value` as a tuple of error types. Raises TypeError if it holds anything else."""
    kinds = value if isinstance(value, tuple) else (value,)
    for kind in kinds:
        if not (isinstance(kind, type) and issubclass(kind, BaseException)):
            raise TypeError(f"{name} holds {kind!r}: it must be a type of error, such as ConnectionError")
    return kinds
