"""The levels and the pages that play them: each level is proved by the engine, and what is played in a page replays."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from goqueue.cli import main
from goqueue.lab import levels as levels_shown
from goqueue.lab import progress
from goqueue.lab.learn import progress_log
from goqueue.lab.playing.level_game import level as game_of
from goqueue.lab.playing.levels import HERE, PLAYED, Level, levels
from goqueue.lab.playing.page import facts, page
from goqueue.lab.playing.tree import as_data, forest
from goqueue.lab.playing.widget import as_script
from goqueue.lab.playing.widget import page as widget
from goqueue.races import play, replay
from goqueue.races.engine.words import FAILURES
from goqueue.races.search.by_hand import presses

each = pytest.mark.parametrize("level", levels(), ids=lambda level: level.name)


def test_there_are_levels_of_each_kind_and_each_has_all_that_is_read() -> None:
    kinds = [level.kind for level in levels()]
    assert set(kinds) == {*PLAYED, "predict", "mend"}
    assert len({level.name for level in levels()}) == len(kinds) >= 12
    for level in levels():
        assert re.match(r"(Misconception|Promise).*: ", level.about), level.name
        assert level.task.endswith("."), level.name
        assert level.done.endswith("."), level.name
        assert (HERE in level.code) == (level.kind == "mend"), level.name
        assert len(level.source.splitlines()) <= 25, level.name
        assert max(map(len, level.source.splitlines())) <= 60, level.name


@each
def test_the_machine_proves_a_level(level: Level) -> None:
    """It can be passed; nobody passes it untouched; its par is the fewest; and of the options exactly one is right."""
    model, given = level.with_source(level.source)
    result = level.explored()
    game = play(model, **given)
    untouched = game.bench.play(presses((), go_on=True))
    if level.kind in PLAYED:
        assert result.failed
        assert str(untouched.verdict) not in FAILURES
        grown = forest(game, level.bound)
        ends = [one for one in grown.ends() if one.verdict == level.verdict]
        par = grown.par(level.verdict)
        assert ends
        assert par == min(one.preemptions for one in ends)
        assert not grown.cut  # so every run with as few preemptions as par is in it
        assert par is not None
        assert par <= level.bound
        if result.verdict == level.verdict:
            assert par == fewest_of_the_engine(level)
        again = replay(model, ends[0].schedule, **{name: given[name] for name in given if name == "crashes"})
        assert (again.verdict, again.schedule) == (level.verdict, ends[0].schedule)
    else:
        right = [option for option in level.judged(result) if option["right"]]
        assert len(right) == 1
    if level.kind == "mend":
        for option in level.options:
            found = level.explored(level.with_line(option["code"]))
            assert found.failed or (found.verdict == "exhausted" and not found.unwatched)


def fewest_of_the_engine(level: Level) -> int:
    """Return the preemptions of the simplest failure that explore() finds."""
    found = re.search(r"(\d+|no) preemption", level.explored().summary)
    assert found
    return 0 if found[1] == "no" else int(found[1])


@each
def test_what_is_kept_is_what_the_engine_finds(level: Level) -> None:
    """If this fails: python -m goqueue.lab.playing.page."""
    kept = next(one for one in facts() if one["id"] == level.name)
    assert kept == json.loads(json.dumps(level.facts()))


def test_each_level_is_kept_in_order() -> None:
    assert [one["id"] for one in facts()] == [level.name for level in levels()]


def two_clerks() -> None:
    from threading import Thread

    stock = {"atlas": 10}

    def sell() -> None:
        stock["atlas"] -= 1

    clerks = [Thread(target=sell, name=name) for name in ("Ann", "Bob")]
    for clerk in clerks:
        clerk.start()
    for clerk in clerks:
        clerk.join()
    assert stock["atlas"] == 8


def test_a_tree_holds_every_order_or_says_that_it_does_not() -> None:
    whole, cut = forest(play(two_clerks), 2), forest(play(two_clerks), 0)
    assert (whole.whole, whole.par("failed assertion")) == (True, 1)
    assert (cut.whole, cut.par("failed assertion")) == (False, None)
    assert as_data(cut)["whole"] is False
    assert len({end.schedule for end in whole.ends()}) == whole.runs
    for end in whole.ends():
        assert replay(two_clerks, end.schedule).schedule == end.schedule


def test_a_tree_that_would_be_too_large_has_fewer_preemptions_and_says_so() -> None:
    small = forest(play(two_clerks), 2, most=4)
    assert (small.bound, small.cut, small.whole) == (0, False, False)
    least = forest(play(two_clerks), 2, most=1)
    assert (least.bound, least.cut, as_data(least)["cut"]) == (0, True, True)


def test_a_tree_whose_steps_are_not_all_known_is_not_whole() -> None:
    assert forest(play(two_clerks, schedules=1), 9).whole is False


def test_a_notebook_shows_a_game_as_text_and_as_a_page() -> None:
    game = play(two_clerks).step("Ann")
    bundle = game._repr_mimebundle_()
    assert bundle["text/plain"] == repr(game)
    assert "after 1 press" in bundle["text/plain"]
    html = widget(game)
    assert '"start":[0,[1],false]' in html
    assert not re.search(r"\bsrc=|https?:|@import|url\(", html)


def test_nothing_is_fetched_and_no_text_ends_the_script() -> None:
    assert not re.search(r"""\b(src|href)=["'](?!data:)|https?://|@import|url\(|fetch\(|import\(""", page())
    assert as_script({"code": "</script><!--"}) == r'{"code":"<\/script><\!--"}'
    assert len(page()) < 1_000_000


def test_the_command_writes_the_page_and_knows_the_numbers(tmp_path: Path, capsys: Any) -> None:
    target = tmp_path / "levels.html"
    assert main(["play", "3", "--html", str(target)]) == 0
    assert f"{len(levels())} levels are in" in capsys.readouterr().out
    assert target.read_text("utf-8") == page(first=3)
    assert main(["play", "1000", "--html", str(target)]) == 2
    assert "there is no level 1000: they have the numbers 1 to" in capsys.readouterr().err


def test_a_level_is_passed_in_python_and_noted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(progress_log.VARIABLE, str(tmp_path / "progress.jsonl"))
    game = game_of("lost_sale")
    for name in ("Ann", "Bob", "Bob", "Ann", "main", "main"):
        game.step(name)
    assert not game.passed
    assert "Level 3: The lost sale" in repr(game)
    game.step("main")
    assert game.passed
    assert repr(game).endswith(f"Done. {game.level.done}")
    game.undo().step("main")
    assert [(one["name"], one["preemptions"]) for one in progress_log.entries("level")] == [("lost_sale", 1)]


def test_what_the_engine_plays_passes_no_level(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(progress_log.VARIABLE, str(tmp_path / "progress.jsonl"))
    game = game_of("lost_sale")
    assert game.show_failing().undo().step("main").verdict == "failed assertion"
    assert not game.passed
    assert progress_log.entries("level") == []


def test_what_the_buttons_say_is_kept_and_progress_lists_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(progress_log.VARIABLE, str(tmp_path / "progress.jsonl"))
    assert game_of("lost_sale", "8.2-65b496").passed
    assert not game_of("lost_sale", "f0e3aa").passed
    assert (game_of("one_lock", 1).passed, game_of("one_lock", 2).passed) == (False, True)
    assert "Levels passed: 2: lost_sale, one_lock" in progress().text
    assert levels_shown().text.startswith("2 of 44 levels passed")
    for wrong in ("3.1-abcdef", "no schedule", 7):
        with pytest.raises(ValueError, match="schedule"):
            game_of("lost_sale", wrong)


def test_a_schedule_leads_where_its_run_ended_and_undo_walks_back() -> None:
    for name in ("lost_sale", "left_locked", "sent_twice"):
        played = game_of(name).show_failing()
        followed = game_of(name).follow(played.schedule)
        assert (followed.verdict, followed.moves) == (played.verdict, played.moves)
        assert followed.undo().verdict is None


def test_play_stays_a_function_when_levels_were_imported() -> None:
    code = "from goqueue.lab import level; level; from goqueue.lab import play; play.__code__"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_question_is_answered_by_words_or_by_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(progress_log.VARIABLE, str(tmp_path / "progress.jsonl"))
    game = game_of("one_lock")
    assert repr(game.answer("Some order fails.")).startswith("No. The engine: no order fails, exhausted after")
    assert not game.passed
    assert repr(game.answer("No order fails.")).startswith("Right. ")
    assert game.passed
    with pytest.raises(ValueError, match="'maybe' is no option of this level: it has 1: 'Some order fails.'"):
        game.answer("maybe")
    with pytest.raises(LookupError, match="there is no level 0: they have the numbers 1 to"):
        game_of(0)
