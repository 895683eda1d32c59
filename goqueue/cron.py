"""When a periodic task is due: a cron expression in a time zone, read by the library cronsim.

    0 9 * * MON-FRI     at nine on each working day, by the clocks of the time zone
    in a gap            clocks go from 2 to 3: what is due at half past two comes at three
    twice               clocks go from 3 to 2: what is due at half past two comes once, the first time
    */15 * * * *        what has a star in its minutes or its hours comes by elapsed time, in these hours too

That is what Debian's cron does.
"""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from typing import Any

SPANS = (60.0, 3600.0, 86_400.0, 32 * 86_400.0, 367 * 86_400.0)  # seconds to look back, the shortest first


class Cron:
    """An expression and its time zone. It never changes: any thread may use it.

    Raises ImportError if cronsim is not installed, and ValueError if the expression or the time zone is not valid, or
    if it never comes.
    """

    def __init__(self, expression: str, tz: str | tzinfo) -> None:
        if not isinstance(expression, str):
            raise TypeError(f"cron is {expression!r}: it must be text, such as '0 9 * * MON-FRI'")
        try:
            from cronsim import CronSim, CronSimError
        except ImportError:
            raise ImportError("periodic tasks need cronsim: pip install 'goqueue[cron]'") from None
        self.expression, self.zone = expression, zone_of(tz)
        self._make = CronSim
        try:
            if self.after(time.time()) is None:
                raise CronSimError("it never comes")
        except CronSimError as err:
            raise ValueError(
                f"cron is {expression!r}: {err}: it must have five fields (minute, hour, day, month, day of the week) "
                "or six, with the second first, and come at some time, such as '0 9 * * MON-FRI'"
            ) from None

    def after(self, moment: float) -> float | None:
        """Return when it comes next after a moment, or None: both in seconds since 1970."""
        for tick in self._make(self.expression, datetime.fromtimestamp(moment, self.zone)):
            if (found := tick.timestamp()) > moment:  # in an hour that comes twice, it may be the one before
                return found
        return None

    def between(self, after: float, until: float) -> Iterator[float]:
        """Yield when it comes after one moment and not after the other."""
        tick = self.after(after)
        while tick is not None and tick <= until:
            yield tick
            tick = self.after(tick)

    def last(self, after: float, until: float) -> float | None:
        """Return when it came last between two moments, or None."""
        for span in (*SPANS, until - after):
            tick = max(self.between(max(after, until - span), until), default=None)
            if tick is not None or until - span <= after:
                return tick
        return None

    def text_of(self, moment: float) -> str:
        """Return a moment as text, in this time zone."""
        return datetime.fromtimestamp(moment, self.zone).isoformat()


def zone_of(tz: Any) -> tzinfo:
    """Return a time zone. Raises TypeError or ValueError if there is none of this name."""
    if isinstance(tz, tzinfo):
        return tz
    if tz == "UTC":
        return UTC
    if not isinstance(tz, str):
        raise TypeError(f"tz is {tz!r}: it must be the name of a time zone, such as 'Europe/Berlin'")
    from zoneinfo import ZoneInfo  # only periodic tasks need it

    try:
        return ZoneInfo(tz)
    except (LookupError, ValueError, OSError) as err:
        raise ValueError(
            f"tz is {tz!r}: no time zone of this name is known here: use one such as 'Europe/Berlin'; a system without "
            f"time zones needs the package tzdata ({err})"
        ) from None
