"""Each way to read the clock is virtual in a model, also through the module that has it."""

from __future__ import annotations

import datetime as dates
import time
from datetime import datetime

from goqueue.races import explore

MINUTE = 60


def every_clock() -> None:
    start, ticks = dates.datetime.now(), time.monotonic()
    time.sleep(MINUTE)
    assert (dates.datetime.now() - start).total_seconds() == time.monotonic() - ticks == MINUTE
    moments = [dates.datetime.now(dates.UTC), dates.datetime.utcnow(), datetime.now(dates.UTC)]
    assert {(moment.year, moment.minute) for moment in moments} == {(2026, 1)}
    assert (time.gmtime().tm_year, time.gmtime().tm_min, time.gmtime(0).tm_year) == (2026, 1, 1970)
    assert (time.strftime("%Y"), time.strftime("%Y", time.gmtime(0))) == ("2026", "1970")
    assert [told[-4:] for told in (time.ctime(), time.asctime(), time.asctime(time.gmtime(0)))] == [
        "2026",
        "2026",
        "1970",
    ]


def what_they_return_is_ordinary() -> None:
    class Own(datetime):
        pass

    assert isinstance(datetime.now(), datetime)
    assert isinstance(Own.now(), Own)
    assert isinstance(Own.now(), datetime)
    assert not isinstance(datetime.now(), Own)
    assert type(datetime(2026, 1, 2)) is type(datetime.now()) is type(datetime.fromisoformat("2026-01-02"))
    assert issubclass(datetime, dates.date)
    assert issubclass(Own, datetime)


def test_every_clock_is_virtual() -> None:
    assert explore(every_clock).verdict == "exhausted"


def test_a_virtual_datetime_is_an_ordinary_one() -> None:
    assert explore(what_they_return_is_ordinary).verdict == "exhausted"
