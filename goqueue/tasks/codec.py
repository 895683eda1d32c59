"""What a task is called with, and what it returns, as JSON by its annotations.

    17, datetime(…) ── to_json, by the annotations ──> 17, "2026-11-29T09:00:00+00:00" ── from_json ──> 17, datetime(…)

The annotations decide, so JSON holds no name of a class, and reading a job imports nothing. What an annotation does not
promise to bring back is refused at the submission. A value without an annotation must be JSON by itself.
"""

from typing import Any, Protocol

from .kinds import kind_of


class Codec(Protocol):
    """What a task uses to turn values into JSON and back. `hint` is an annotation; Any stands for none.

    Any thread may call it.
    """

    def to_json(self, value: Any, hint: Any, what: str) -> Any:
        """Return the value as JSON. Raises PayloadError, which begins with `what`, if that cannot be."""

    def from_json(self, kept: Any, hint: Any, what: str) -> Any:
        """Return the value that `to_json` was given. Raises PayloadError if the JSON does not fit the annotation."""


class ByAnnotation:
    """The codec that a task has unless it is given another.

    >>> from decimal import Decimal
    >>> codec = ByAnnotation()
    >>> codec.to_json({"total": Decimal("9.90")}, dict[str, Decimal], "payload")
    {'total': '9.90'}
    >>> codec.from_json({"total": "9.90"}, dict[str, Decimal], "payload")
    {'total': Decimal('9.90')}
    >>> codec.to_json(17.5, int, "order of send()")
    Traceback (most recent call last):
    goqueue.errors.PayloadError: order of send() is 17.5: it must be int
    """

    def to_json(self, value: Any, hint: Any, what: str) -> Any:
        return kind_of(hint).dump(value, what)

    def from_json(self, kept: Any, hint: Any, what: str) -> Any:
        return kind_of(hint).load(kept, what)
