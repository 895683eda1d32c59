"""The tour: its claims hold on the versions they are about, and on no others. One that is false makes the status 1."""

import io
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from goqueue.lab import load, tour
from goqueue.lab.partner import Delivery
from goqueue.lab.tour import render, scenes, shop
from goqueue.lab.tour.claims import Chapter, Claim, Scene, promise_claims, try_promises
from goqueue.lab.tour.scenes import SCENES
from goqueue.lab.tour.shop import Day
from goqueue.lab.versions import Result, gained, lost
from goqueue.lab.versions.trial import promises

TRUE, FALSE = Claim("Nothing is lost", "16 of 16", True), Claim("All is fast", "it took minutes", False)


@pytest.fixture(autouse=True)
def no_thread_is_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # So long that waiting for the partner outweighs all else: what is measured is who waits for whom, not speed.
    monkeypatch.setattr(scenes, "PARTNER_SECONDS", 0.1)
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


class AsDeclared(dict[tuple[int, str], Result]):
    """Results of promises that nobody tried, which takes seconds: what each says of itself."""

    def __missing__(self, key: tuple[int, str]) -> Result:
        return Result(str(key[0]), key[1], "kept" if key[0] in promises()[key[1]].kept_by else "broken")


@pytest.fixture
def as_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tour, "try_promises", lambda steps: AsDeclared())


# -- what it writes


@pytest.mark.usefixtures("as_declared")
def test_the_whole_tour_holds_says_its_best_first_and_takes_60_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    told = list(tour.chapters([*SCENES], tour.FEWEST, begins=lambda what: None))
    assert [claim for chapter in told for claim in chapter.claims if not claim.holds] == []
    render.write(told, tour.FEWEST, 1.0, full=False)
    short = capsys.readouterr().out.splitlines()
    assert re.match(
        r"8 workers \(version 12\) deliver \d+\.\d times as fast as one \(11\), and retries \(13\) save 2 of 2",
        " ".join(short[:2]),
    )
    assert short[-2].startswith("Now: python3 start.py lab")
    assert len(short) <= 60
    render.write(told, tour.FEWEST, 1.0, full=True)
    full = capsys.readouterr().out
    assert max(map(len, [*short, *full.splitlines()])) <= 80
    assert "\x1b" not in full
    assert full.count("in seconds: 0.00 submitted") == 5
    assert all(promise.sentence in re.sub(r"\s+", " ", full) for step in SCENES for promise in gained(step))


@pytest.mark.usefixtures("as_declared")
@pytest.mark.parametrize(
    ("scene", "status", "said"),
    [
        (lambda: Scene(now=(TRUE,)), 0, r"09 ✓ Nothing is lost: 16 of 16.*✓ Each of \d+ claims .* held"),
        (lambda: Scene(now=(TRUE, FALSE)), 1, r"09 ! not so: All is fast: it took minutes.*! 1 of \d+ claims did not"),
        (lambda: Scene(now=()), 1, "! 0 of"),  # claiming nothing proves nothing
        (lambda: [][0], 1, "09 ! not so: .* IndexError: .*10 Retry fields"),  # and the tour goes on
    ],
)
def test_a_false_claim_is_shown_and_makes_the_status_1(
    scene: Any, status: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(SCENES, 9, lambda before, now, orders: scene())
    monkeypatch.setitem(SCENES, 10, lambda before, now, orders: Scene(now=(TRUE,)))
    assert tour.main(["9", "10"]) == status
    assert re.search(said, capsys.readouterr().out, re.DOTALL)


TOLD = Chapter(9, "Context", "It adds.", Scene(now=(TRUE, FALSE), best="retries save 2"), gained=(), lost=())


@pytest.mark.parametrize(
    ("tty", "environment", "colours"),
    [(True, {}, True), (True, {"NO_COLOR": "1"}, False), (True, {"TERM": "dumb"}, False), (False, {}, False)],
)
def test_only_a_terminal_gets_control_characters(
    tty: bool, environment: dict[str, str], colours: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.setenv(name, environment.get(name, ""))
    out, errors = io.StringIO(), io.StringIO()
    for name, file in (("stdout", out), ("stderr", errors)):
        monkeypatch.setattr(file, "isatty", lambda: tty)
        monkeypatch.setattr(sys, name, file)
    with render.progress() as begins:
        begins("08 Baseline")
    render.write([TOLD], 16, 1.0, full=True)
    assert ("\x1b" in out.getvalue()) == ("\x1b" in errors.getvalue()) == colours
    assert ("08 Baseline …" in errors.getvalue()) == colours


def test_an_encoding_without_our_signs_gets_others(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii", write_through=True))
    render.write([TOLD], 16, 1.0, full=True)
    assert "  09 + Nothing is lost: 16 of 16\n  09 ! not so: All" in raw.getvalue().decode("ascii")


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["7"], "no version 7: there are 8, 9, 10, 11, 12, 13"),
        (["--orders", "15"], "--orders 15: it must be 16 or more"),
        (["twelve"], "invalid int value: 'twelve'"),
    ],
)
def test_bad_arguments_are_named(argv: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        tour.main(argv)
    assert message in capsys.readouterr().err


# -- Ctrl-C


@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
def test_ctrl_c_leaves_cleanly() -> None:
    # a shell that starts its jobs in the background has SIGINT ignored, and children inherit that
    code = """if True:
        import signal, sys
        from goqueue.lab import tour
        signal.signal(signal.SIGINT, signal.default_int_handler)
        tried = tour.try_promises
        tour.try_promises = lambda steps: print("ready", flush=True) or tried(steps)
        sys.exit(tour.main())"""
    words = [sys.executable, "-c", code]
    process = subprocess.Popen(words, cwd=Path(__file__).parents[2], stdout=-1, stderr=-1, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60) == ("", "\nstopped before its end: nothing is claimed\n")
    assert process.returncode == 130


@pytest.mark.usefixtures("as_declared")
def test_ctrl_c_in_the_middle_of_a_scene_leaves_no_thread(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(threading.Semaphore, "acquire", interrupted)
    assert tour.main(["12", "--orders", str(tour.FEWEST)]) == 130
    assert "stopped" in capsys.readouterr().err


# -- scenes


@pytest.mark.parametrize(
    ("step", "before", "now", "broken"),
    [
        (9, 9, 9, "the handler goes on"),
        (9, 8, 8, "the handler stops"),
        (10, 10, 10, "does not say why"),
        (10, 9, 9, "Nobody runs it again"),
        (11, 11, 11, "Editing a payload"),
        (11, 10, 10, "keeps its own payload"),
        (12, 12, 12, "One delivery at a time"),
        (12, 11, 11, "8 workers"),
        (13, 13, 13, "does not say what it leaves"),
    ],
)
def test_a_claim_fails_when_the_version_under_it_is_another(
    step: int, before: int | str, now: int | str, broken: str
) -> None:
    assert broken in false_claims(tour.play(step, before, now, tour.FEWEST))


def false_claims(scene: Scene) -> str:
    return str([claim.text for claim in scene.before + scene.now + scene.wrong if not claim.holds])


def test_what_never_comes_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shop, "PATIENCE", 0.01)
    idle = load(8)
    idle.processor.Processor.process_job = lambda self, job, handler: None
    with pytest.raises(shop.NotInTime, match="the end of all attempts: not within 0.01 s"):
        SCENES[8](idle, idle, tour.FEWEST)


def test_09_fails_when_nobody_can_be_told() -> None:
    deaf = load(9)
    deaf.Context.cancel = lambda self, cause=None: None
    assert "the handler stops" in false_claims(SCENES[9](load(8), deaf, tour.FEWEST))


def jobs(*changes: dict[str, Any]) -> tuple[Any, ...]:
    """Sixteen jobs, the first of them with these changes."""
    plain = {"status": "completed", "attempts": 1}
    return tuple(SimpleNamespace(**plain | change) for change in [*changes, *[{}] * 16][:16])


DELIVERIES = tuple(Delivery(order, 1, 200, float(order)) for order in range(16))
LATE = DELIVERIES[1:]  # one is missing


def a_day(seconds: float = 2.0, wait: float = 0.1, **changes: Any) -> Day:
    """A day of sixteen orders, all delivered."""
    return replace(Day(seconds, ((0.0, "", wait),) * 16, DELIVERIES, jobs()), **changes)


PENDING, SAVED, FAILED = {"status": "pending", "error": "503"}, {"attempts": 2}, {"status": "failed"}
POOLED, LEFT = a_day(0.1, 0.0), a_day(jobs=jobs(PENDING, PENDING))
BACK = a_day(jobs=jobs(SAVED, SAVED), report=SimpleNamespace(pending=[]))


@pytest.mark.parametrize(
    ("step", "days", "broken"),
    [
        (8, [a_day()], "[]"),
        (8, [a_day(deliveries=LATE)], "Each job runs once"),
        (8, [a_day(deliveries=DELIVERIES + LATE)], "Each job runs once"),
        (8, [a_day(jobs=jobs(PENDING))], "Each job runs once"),
        (8, [a_day(wait=0.001)], "Each customer waits"),
        (10, [a_day(jobs=jobs(FAILED, FAILED)), LEFT], "[]"),
        (10, [a_day(jobs=jobs(FAILED)), LEFT], "One refusal loses"),
        (10, [LEFT, a_day(jobs=jobs(PENDING, PENDING | {"error": ""}))], "A failed job says why"),
        (10, [LEFT, a_day(jobs=jobs(PENDING, PENDING | {"attempts": 2}))], "Nobody runs it again"),
        (12, [a_day(), POOLED], "[]"),
        (12, [a_day(deliveries=LATE), POOLED], "One delivery at a time"),
        (12, [a_day(0.5), a_day(0.1, 0.0)], "One delivery at a time"),
        (12, [a_day(wait=0.001), POOLED], "Each customer waits"),
        (12, [a_day(), replace(POOLED, deliveries=LATE)], "8 workers"),
        (12, [a_day(), replace(POOLED, seconds=1.2)], "8 workers"),
        (12, [a_day(), a_day(0.1, 0.06)], "No customer waits"),
        (13, [LEFT, BACK], "[]"),
        (13, [a_day(jobs=jobs(PENDING)), BACK], "nobody runs it"),
        (13, [replace(LEFT, report="2 left"), BACK], "does not say what it leaves"),
        (13, [LEFT, replace(BACK, deliveries=LATE)], "Failed jobs come back"),
        (13, [LEFT, replace(BACK, jobs=jobs(SAVED))], "Failed jobs come back"),
        (13, [LEFT, replace(BACK, report=SimpleNamespace(pending=["job-8"]))], "says what it leaves"),
    ],
)
def test_a_claim_fails_when_one_figure_is_off(
    step: int, days: list[Day], broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = iter(days)
    monkeypatch.setattr(scenes, "deliver_all", lambda *asked, **options: next(left))
    monkeypatch.setattr(Day, "timeline", lambda day, order: "")
    assert broken in false_claims(SCENES[step](load(step), load(step), 16))


# -- promises


GAINS = {("broken", "kept"), ("not yet", "kept")}
LOSSES = {("kept", "broken")}


@pytest.mark.parametrize(("before", "now"), [*product(("kept", "broken", "not yet", "error"), repeat=2)])
def test_a_promise_is_gained_or_lost_only_if_both_versions_say_so(before: str, now: str) -> None:
    tried = {11: before, 12: now}
    both = gained(12) + lost(12)
    results = {(at, one.name): Result(str(at), one.name, tried[at], f"it is {now}") for one in both for at in tried}
    gains, losses = promise_claims(12, results)
    assert {claim.holds for claim in gains} == {(before, now) in GAINS}
    assert {claim.holds for claim in losses} == {(before, now) in LOSSES}
    assert all(claim.holds or claim.text.endswith(f": it is {now}") for claim in gains + losses)


def test_promises_are_tried_in_this_run_on_both_versions() -> None:
    found = try_promises([9])
    assert {step for step, _ in found} == {8, 9}
    assert {result.outcome for (step, _), result in found.items() if step == 9} == {"kept"}
