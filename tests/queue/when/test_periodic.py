"""Periodic tasks: once, whoever runs; by the clocks of their zone; and what was missed is the caller's choice."""

import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from goqueue import Context, JobContext, MemoryStorage, Queue, Retry, SQLiteStorage
from goqueue.cron import Cron
from goqueue.job import Record
from goqueue.payload import freeze
from goqueue.running import periodic
from goqueue.running.periodic import Missed, Periodic, Schedule
from goqueue.storage import Storage
from goqueue.testing import virtual_time

from ..parts import Clock
from ..races.proving import counterexample, proof, together

ctx = Context()
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(params=["memory", "file", "write-behind"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storage]:
    made: Storage = MemoryStorage()
    if request.param != "memory":
        durability = "each commit" if request.param == "file" else request.param
        made = SQLiteStorage(tmp_path / "jobs.db", durability=durability)
    yield made
    made.close()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(periodic, "time", clock)
    return clock


def scheduled(storage: Storage, cron: str, missed: Missed = "skip", tz: str = "Europe/Berlin") -> Periodic:
    """Return what a process that starts now looks after."""
    made = Periodic(storage)
    made.add(Schedule("report", Cron(cron, tz), missed, lambda moment: Record("report", freeze(moment))))
    return made


def moments(storage: Storage) -> list[str]:
    """Claim all jobs, and return for which moments they were submitted."""
    found = []
    while records := storage.settle_and_claim((), 9, ("report",)):
        found += [str(record.payload).strip('"') for record in records]
    return found


def set_to(clock: Clock, text: str) -> None:
    clock.of_day = datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()


def live(clock: Clock, running: Periodic, until: str) -> None:
    """Let a process that runs all the time look when it must."""
    end = datetime.fromisoformat(until).replace(tzinfo=BERLIN).timestamp()
    while clock.of_day < end:
        running.look()
        seconds = running.wait_time()
        assert seconds is not None
        clock.go_on(max(seconds, 1.0))


@pytest.mark.parametrize(
    ("cron", "begin", "end", "expected"),
    [  # spring: from 2 to 3; autumn: from 3 to 2
        ("30 2 * * *", "2026-03-28T12", "2026-03-30T12", ["29T03:00:00+02:00", "30T02:30:00+02:00"]),
        ("30 2 * * *", "2026-10-24T12", "2026-10-26T12", ["25T02:30:00+02:00", "26T02:30:00+01:00"]),
        ("0 9 * * MON-FRI", "2026-03-27T08", "2026-03-30T12", ["27T09:00:00+01:00", "30T09:00:00+02:00"]),
        ("0 9 * * MON-FRI", "2026-10-23T08", "2026-10-26T12", ["23T09:00:00+02:00", "26T09:00:00+01:00"]),
        ("*/30 * * * *", "2026-03-29T01:15", "2026-03-29T03:15", ["29T01:30:00+01:00", "29T03:00:00+02:00"]),
        (
            "0 * * * *",
            "2026-10-25T01:30",
            "2026-10-25T03:30",
            ["25T02:00:00+02:00", "25T02:00:00+01:00", "25T03:00:00+01:00"],
        ),
    ],
)
def test_clocks_that_are_changed(
    cron: str, begin: str, end: str, expected: list[str], storage: Storage, clock: Clock
) -> None:
    set_to(clock, begin)
    live(clock, scheduled(storage, cron), end)
    assert [moment[8:] for moment in moments(storage)] == expected


@pytest.mark.parametrize("missed", ["skip", "once", "all"])
def test_a_process_that_starts_in_the_hour_that_comes_twice_runs_nothing_again(
    missed: Missed, storage: Storage, clock: Clock
) -> None:
    set_to(clock, "2026-10-25T02:29")
    live(clock, scheduled(storage, "30 2 * * *", missed), "2026-10-25T02:31")
    clock.go_on(3600.0)  # it is 2:31 again
    live(clock, scheduled(storage, "30 2 * * *", missed), "2026-10-25T03:31")
    assert moments(storage) == ["2026-10-25T02:30:00+02:00"]


@pytest.mark.parametrize(
    ("missed", "expected"),
    [("skip", []), ("once", ["04T09"]), ("all", ["02T09", "03T09", "04T09"])],
)
def test_what_was_missed_is_the_callers_choice(
    missed: Missed, expected: list[str], storage: Storage, clock: Clock
) -> None:
    set_to(clock, "2026-12-01T12")
    assert scheduled(storage, "0 9 * * *", missed).look() == 0  # nothing is missed before the first start
    set_to(clock, "2026-12-04T12")
    again = scheduled(storage, "0 9 * * *", missed)
    assert again.look() == len(expected)
    assert again.look() == 0
    assert [moment[8:13] for moment in moments(storage)] == expected
    set_to(clock, "2026-12-05T09:00:30")
    assert again.look() == 1  # half a minute late is not missed


def test_many_that_were_missed_come_in_parts_and_all_of_them(clock: Clock) -> None:
    storage = MemoryStorage()
    set_to(clock, "2026-12-01T12")
    scheduled(storage, "* * * * *", "all").look()
    clock.go_on(60.0 * 2_500)
    again = scheduled(storage, "* * * * *", "all")
    assert [again.look() for _ in range(4)] == [1000, 1000, 500, 0]


def test_a_month_of_minutes_is_skipped_at_once(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted, not timed: how often it is asked when it comes next."""
    storage, asked = MemoryStorage(), 0
    scheduled(storage, "* * * * *").look()
    clock.go_on(30 * 86_400.0)
    for missed in ("skip", "once"):
        again, after = scheduled(storage, "* * * * *", missed), Cron.after

        def counted(self: Cron, moment: float, after: Any = after) -> float | None:
            nonlocal asked
            asked += 1
            found: float | None = after(self, moment)
            return found

        monkeypatch.setattr(Cron, "after", counted)
        again.look()
    assert asked < 20


def test_a_clock_that_went_years_ahead_and_back_stops_nothing(storage: Storage, clock: Clock) -> None:
    running = scheduled(storage, "* * * * *")
    running.look()
    clock.of_day += 3_000 * 86_400.0
    running.look()
    clock.of_day -= 3_000 * 86_400.0
    again = scheduled(storage, "* * * * *")
    again.look()
    clock.go_on(61.0)
    assert again.look() == 1


def test_a_clock_that_is_set_back_runs_nothing_twice(storage: Storage, clock: Clock) -> None:
    set_to(clock, "2026-12-01T12:00:01")
    running = scheduled(storage, "* * * * *", "all")
    running.look()
    clock.go_on(60.0)
    assert running.look() == 1
    clock.of_day -= 600.0
    assert scheduled(storage, "* * * * *", "all").look() == running.look() == 0
    clock.go_on(660.0)
    assert scheduled(storage, "* * * * *", "all").look() + running.look() == 1


def test_three_queues_that_start_at_once_run_it_once(tmp_path: Path) -> None:
    """The complaint about each beat, scheduler and crontab on three machines: it runs three times."""
    ran = []
    with virtual_time():
        queues = [Queue(workers=1, storage=tmp_path / "jobs.db") for _ in range(3)]
        for queue in queues:

            @queue.periodic("*/2 * * * * *", missed="all")  # every other second
            def report(ctx: JobContext, payload: str) -> None:
                ran.append(payload)

        done = threading.Event()
        with queues[0], queues[1], queues[2]:
            done.wait(9.0)
        for queue in queues:
            queue.storage.close()
    assert 4 <= len(ran) <= 5
    assert len(set(ran)) == len(ran)
    assert all(datetime.fromisoformat(moment).second % 2 == 0 for moment in ran)


def test_a_task_is_submitted_by_the_clock() -> None:
    with virtual_time() as clock:
        queue, ran = Queue(workers=1), []

        @queue.periodic("0 * * * *", tz="Asia/Kolkata")
        @queue.task(retry=Retry(attempts=2, base=0.0))
        def tidy(ctx: JobContext, days: int = 7) -> int:
            ran.append(datetime.now(UTC).minute)
            return days

        assert tidy(3) == 3
        done = threading.Event()
        with queue:
            done.wait(4 * 3600.0 - 1.0)
        (job, *_) = queue.list_jobs(ctx)
    assert (len(ran), set(ran[1:])) == (5, {30})
    assert (job.type, job.max_retry, job.result) == ("tidy", 2, 7)
    assert clock.now < 5 * 3600.0


@pytest.mark.parametrize(
    ("cron", "options", "kind", "match"),
    [
        ("0 0 30 2 *", {}, ValueError, "cron is '0 0 30 2 .*day-of-month: it must have five fields .* and come at"),
        ("0 9 * *", {}, ValueError, "Wrong number of fields"),
        ("61 * * * *", {}, ValueError, "Bad minute"),
        ("", {}, ValueError, "cron is ''"),
        (None, {}, TypeError, "cron is None: it must be text, such as '0 9"),
        ("* * * * *", {"tz": "Europe/Berln"}, ValueError, "tz is 'Europe/Berln': no time zone of this name"),
        ("* * * * *", {"tz": "../etc"}, ValueError, "no time zone of this name"),
        ("* * * * *", {"tz": 1}, TypeError, "tz is 1: it must be the name of a time zone"),
        ("* * * * *", {"missed": "twice"}, ValueError, "missed is 'twice': it must be one of 'skip', 'once', 'all'"),
    ],
)
def test_what_is_no_schedule_is_refused(cron: Any, options: Any, kind: type[Exception], match: str) -> None:
    with pytest.raises(kind, match=match):
        Queue().periodic(cron, **options)


def test_a_task_that_needs_arguments_is_refused() -> None:
    queue = Queue()
    send = queue.task()(lambda_with_arguments)
    with pytest.raises(TypeError, match="missing a required argument: 'order'"):
        queue.periodic("* * * * *")(send)
    with pytest.raises(ValueError, match="say them there"):
        queue.periodic("* * * * *", timeout=5.0)(queue.task(name="other")(lambda: None))
    with pytest.raises(TypeError, match=r"write @queue.task\(\) below @queue.periodic"):  # and not above it
        queue.periodic("* * * * *")(lambda: None)
    assert queue.pool.periodic.schedules == {}


def lambda_with_arguments(order: int) -> None:
    pass


def test_without_cronsim_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cronsim", None)
    with pytest.raises(ImportError, match=r"pip install 'goqueue\[cron\]'"):
        Queue().periodic("* * * * *")


def advances(storage: MemoryStorage, done: list[bool], kind: Any = MemoryStorage.advance) -> None:
    """Do what a process does that sees that a schedule has come."""
    if storage.noted("report") == 1.0:
        done.append(kind(storage, "report", 1.0, 2.0, (Record("report", None),)))


@proof
def test_two_that_see_it_come_submit_one_job() -> None:
    storage, done = MemoryStorage(), list[bool]()
    storage.advance("report", None, 1.0, ())
    together(first=lambda: advances(storage, done), second=lambda: advances(storage, done))
    assert sum(done) == 1
    assert storage.backlog() == 1


@counterexample("failed assertion")
def test_two_that_do_not_look_again_submit_two() -> None:
    def blindly(storage: MemoryStorage, name: str, before: float, after: float, records: Any) -> bool:
        storage._notes[name] = after
        return storage.add(records)

    storage, done = MemoryStorage(), list[bool]()
    storage.advance("report", None, 1.0, ())
    together(first=lambda: advances(storage, done, blindly), second=lambda: advances(storage, done, blindly))
    assert storage.backlog() == 1
