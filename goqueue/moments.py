"""When a job is due: after so many seconds, after a timedelta, or at a moment; and a handler that says "later".

    submit_job(…, delay=90)   submit_job(…, delay=timedelta(days=1))   submit_job(…, at=datetime(…, tzinfo=UTC))
    raise Snooze(90)          raise Snooze(timedelta(days=1))          raise Snooze(datetime(…, tzinfo=UTC))

A moment without a time zone is refused, because nobody could say when it is.
"""

import time
from datetime import datetime, timedelta
from typing import Any

from .retry import check_seconds

Delay = float | timedelta


def check_aware(moment: Any, name: str) -> None:
    """Raise TypeError unless `moment` is a datetime, and ValueError unless it has a time zone."""
    if not isinstance(moment, datetime):
        raise TypeError(f"{name} is {moment!r}: it must be a datetime with a time zone, such as datetime.now(UTC)")
    if moment.utcoffset() is None:
        raise ValueError(f"{name} is {moment!r}: it must be a datetime with a time zone, such as datetime.now(UTC)")


def seconds_of(delay: Any, name: str = "delay") -> float:
    """Return a number of seconds or a timedelta as seconds. Raises TypeError or ValueError if it is not valid."""
    return check_seconds(delay.total_seconds() if isinstance(delay, timedelta) else delay, name)


def seconds_until(moment: datetime) -> float:
    """Return the seconds until a moment: 0.0 if it has passed."""
    return max(0.0, moment.timestamp() - time.time())


def due_in(at: datetime | None, delay: Delay | None) -> float:
    """Return the seconds after which a job is due. Raises ValueError if both are given, and if `at` has no time zone.

    >>> from datetime import UTC
    >>> due_in(None, timedelta(minutes=1)), due_in(datetime(2001, 1, 1, tzinfo=UTC), 0.0)
    (60.0, 0.0)
    """
    if at is None:
        return seconds_of(0.0 if delay is None else delay)
    if delay is not None and seconds_of(delay):
        raise ValueError(f"at is {at!r} and delay is {delay!r}: give one of them")
    check_aware(at, "at")
    return seconds_until(at)


class Snooze(Exception):
    """A handler raises it to have its job run again later. The attempt does not count.

    `when` is in seconds, a timedelta, or a datetime with a time zone. Raises TypeError or ValueError if it is not
    valid. A job that always snoozes goes on for ever, or until its deadline has passed.

    >>> raise Snooze(90.0)
    Traceback (most recent call last):
    goqueue.moments.Snooze: 90.0
    """

    def __init__(self, when: Delay | datetime) -> None:
        if isinstance(when, datetime):
            check_aware(when, "when")
        else:
            seconds_of(when, "when")
        super().__init__(when)
        self.when = when

    @property
    def seconds(self) -> float:
        """The seconds from now until then."""
        return seconds_until(self.when) if isinstance(self.when, datetime) else seconds_of(self.when, "when")
