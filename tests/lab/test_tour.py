"""The tour as a whole: what it writes, and that one false claim makes its exit status 1."""

import io
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from goqueue.lab import tour
from goqueue.lab.tour import promises, shop, stage
from goqueue.lab.tour.claims import Claim, Scene
from goqueue.lab.tour.shop import Version
from goqueue.lab.versions import Result

ROOT = Path(__file__).parents[2]


@pytest.fixture
def no_promises(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tour of scenes only: trying the promises is slow, and test_tour_scenes.py does it."""
    monkeypatch.setattr(stage, "try_promises", lambda steps: {})
    monkeypatch.setattr(stage, "gained_claims", lambda step, found: ())
    monkeypatch.setattr(stage, "lost_claims", lambda step, found: ())


def stub(monkeypatch: pytest.MonkeyPatch, *claims: Claim) -> None:
    monkeypatch.setitem(stage.SCENES, 9, lambda before, now, orders: Scene(now=claims))


TRUE = Claim("Nothing is lost", "16 of 16 delivered", holds=True)
FALSE = Claim("Everything is fast", "it took [bold] minutes", holds=False)


@pytest.mark.usefixtures("no_promises")
def test_a_true_claim_is_shown_and_the_status_is_0(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stub(monkeypatch, TRUE)
    assert tour.main(["9"]) == 0
    out = capsys.readouterr().out
    assert "09 ✓ Nothing is lost: 16 of 16 delivered" in out
    assert "Each of 1 claims was checked in this run, and held." in out


@pytest.mark.usefixtures("no_promises")
def test_a_false_claim_is_shown_with_what_was_measured_and_the_status_is_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stub(monkeypatch, TRUE, FALSE)
    assert tour.main(["9"]) == 1
    out = capsys.readouterr().out
    assert "09 ! not so: Everything is fast: it took [bold] minutes" in out
    assert "! 1 of 2 claims did not hold" in out


def test_a_promise_that_is_not_gained_makes_the_status_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stub(monkeypatch, TRUE)
    found = promises.try_promises([9])
    found[9, "hears_the_end"] = Result("9", "hears_the_end", "broken", "chunks sent: 5 came back")
    monkeypatch.setattr(stage, "try_promises", lambda steps: found)
    assert tour.main(["9"]) == 1
    out = re.sub(r"\s+", " ", capsys.readouterr().out)
    assert "✗ → ✗ ! not so: a handler hears that its job was cancelled, or is out of time: chunks sent: 5 came" in out


@pytest.mark.usefixtures("no_promises")
def test_a_scene_that_raises_is_a_false_claim_and_the_tour_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def raises(before: Version, now: Version, orders: int) -> Scene:
        raise shop.NotInTime("the first chunk: not within 3 s")

    stub(monkeypatch, TRUE)
    monkeypatch.setitem(stage.SCENES, 8, raises)
    assert tour.main(["8", "9"]) == 1
    out = capsys.readouterr().out
    assert "NotInTime: the first chunk" in out
    assert "Nothing is lost: 16 of 16" in out


@pytest.mark.usefixtures("no_promises")
def test_a_scene_that_claims_nothing_proves_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stub(monkeypatch)
    assert tour.main(["9"]) == 1


@pytest.mark.usefixtures("no_promises")
def test_what_is_piped_is_plain_and_fits_80_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    timeline = " · ".join(["0.00 submitted"] * 20)
    scene = Scene(now=(TRUE, Claim("A long one " * 20, "of many words " * 20, holds=True)), timeline=timeline)
    monkeypatch.setitem(stage.SCENES, 9, lambda before, now, orders: scene)
    tour.main(["9"])
    out = capsys.readouterr().out
    assert out.count("0.00 submitted") == 20  # no event is broken over two lines
    assert "\x1b" not in out
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.usefixtures("no_promises")
def test_an_encoding_without_our_signs_gets_others(monkeypatch: pytest.MonkeyPatch) -> None:
    stub(monkeypatch, TRUE, FALSE)
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    assert tour.main(["9"]) == 1
    out = raw.getvalue().decode("ascii")
    assert "+ Nothing is lost" in out
    assert "! not so: Everything is fast" in out


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


def test_without_rich_one_line_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert tour.main(["9"]) == 2
    assert capsys.readouterr().err == "the tour draws its tables with rich: pip install 'goqueue[tour]'\n"


def python(*arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def test_importing_the_tour_imports_no_rich() -> None:
    process = python("-c", "import sys, goqueue.lab.tour; print('rich' in sys.modules)")
    assert process.communicate(timeout=60) == ("False\n", "")


@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
def test_ctrl_c_leaves_cleanly() -> None:
    # a shell that starts its jobs in the background has SIGINT ignored, and children inherit that
    listen = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)"
    process = python("-c", f"{listen}; from goqueue.lab.tour import main; sys.exit(main())")
    assert process.stdout is not None
    process.stdout.readline()  # it has begun
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (130, "\nstopped before its end: nothing is claimed\n")


@pytest.mark.usefixtures("no_promises")
def test_ctrl_c_in_the_middle_of_a_scene_leaves_no_thread(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(self: shop.Countdown, what: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(shop.Countdown, "wait", interrupted)
    before = set(threading.enumerate())
    assert tour.main(["12", "--orders", str(tour.FEWEST)]) == 130
    assert set(threading.enumerate()) <= before
    assert "stopped" in capsys.readouterr().err
