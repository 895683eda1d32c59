"""Levels in a browser: passed by keys and by clicks, told to a screen reader, and replayed by the engine."""

from __future__ import annotations

import json
from pathlib import Path

from goqueue.lab.playing.board import levels as board
from goqueue.lab.playing.level_game import level as game_of
from goqueue.lab.playing.levels import PLAYED, levels
from goqueue.lab.playing.page import facts, page
from goqueue.lab.playing.widget import page as widget
from goqueue.races import play, replay
from tests.browser.page import see

LEVELS = {level.name: level for level in levels()}

LOOK = """
const text = selector => one(selector)?.textContent ?? "";
const look = () => ({ said: text(".said").trim(), shared: text(".state"), result: text(".result"),
  buttons: [...document.querySelectorAll(".threads button")]
    .map(one => [one.innerText.replace(/\\s+/g, " "), one.ariaDisabled]),
  live: one(".said").getAttribute("aria-live"), wide: document.documentElement.scrollWidth <= innerWidth });
const keys = text => [...text].forEach(key => press({ "<": "ArrowLeft", ">": "ArrowRight" }[key] || key));
"""


def on(name: str) -> str:
    """Return the body of the page of one level."""
    shown = [one for one in facts() if one["id"] == name]
    return page(shown).partition("<body>")[2].partition("</body>")[0]


def schedule(result: str) -> str:
    return result.partition("replay(")[2].partition('"')[2].partition('"')[0]


def test_a_sale_is_lost_by_keys_and_the_schedule_replays(tmp_path: Path) -> None:
    drive = "one('.goqueue-play').focus(); keys('abba'); const mid = look(); keys('>>>'); return [mid, look()];"
    mid, end = see(on("lost_sale"), LOOK + drive, tmp_path)
    assert mid["said"] == "Ann writes stock['atlas']: 9. You can press: main."
    assert mid["buttons"][1:] == [["a Ann has ended", "true"], ["b Bob has ended", "true"]]
    assert mid["live"] == "polite"
    assert mid["wide"]
    assert "Done, with 1 preemption. Nobody can do it with fewer." in end["result"]
    assert "Done, with 1 preemption." in end["said"]
    model, _ = LEVELS["lost_sale"].with_source(LEVELS["lost_sale"].source)
    again = replay(model, schedule(end["result"]))
    assert (again.verdict, again.schedule) == ("failed assertion", schedule(end["result"]))


def test_a_deadlock_is_found_by_clicks_and_taken_back(tmp_path: Path) -> None:
    drive = """
    const click = number => one(".threads").children[number].click();
    click(1); click(2); const end = look(); click(1); const over = look();
    one(".tools").children[0].click(); const back = look(); one(".tools").children[1].click();
    return [end, over.said, back, look().said];
    """
    end, over, back, again = see(on("opposite_order"), LOOK + drive, tmp_path)
    assert "deadlock" in end["result"]
    assert "waits for till, which Bob has" in end["result"]
    assert over == "The run is over. Undo takes the last press back, Reset begins anew."
    assert back["result"] == ""
    assert again == "At the beginning. You can press: Ann, Bob."


def test_what_the_page_shows_as_failing_replays(tmp_path: Path) -> None:
    """Of each level that is played: with Ctrl-C, with a crash, with the clock."""
    names = [name for name in LEVELS if LEVELS[name].kind in PLAYED]
    drive = """
    const found = {};
    for (const name of NAMES) {
      location.hash = name; await new Promise(go => setTimeout(go, 50));
      one('.goqueue-play').focus(); keys('f'); found[name] = look().result;
    }
    return found;
    """.replace("NAMES", json.dumps(names))
    body = page().partition("<body>")[2].partition("</body>")[0]
    shown = see(body, LOOK + drive, tmp_path)
    for name in names:
        level, result = LEVELS[name], shown[name]
        model, given = level.with_source(level.source)
        again = replay(model, schedule(result), **{key: given[key] for key in given if key == "crashes"})
        assert (name, again.verdict, again.schedule) == (name, level.verdict, schedule(result))
        assert "This one was played for you" in result


def test_a_link_leads_to_the_same_run_and_passes_nothing(tmp_path: Path) -> None:
    drive = """
    one('.goqueue-play').focus(); keys('abba>>>'); const played = look();
    const link = one(".result a").getAttribute("href");
    one('.goqueue-play').focus(); keys('r'); location.hash = link; await new Promise(go => setTimeout(go, 100));
    return [link, played, look()];
    """
    link, played, linked = see(on("lost_sale"), LOOK + drive, tmp_path)
    assert link == "#lost_sale~0~1.2.2.1.0.0.0"
    assert schedule(linked["result"]) == schedule(played["result"])
    assert "This one was played for you" in linked["result"]


def test_a_question_is_answered_and_a_wrong_answer_is_told(tmp_path: Path) -> None:
    drive = """
    const answers = [...document.querySelectorAll(".question input")], found = [];
    const go = one(".question button");
    go.click(); found.push(text(".question p"));
    for (const answer of answers) { answer.click(); go.click(); found.push(text(".question p")); }
    return found;
    """
    first, some, none = see(on("one_lock"), LOOK + drive, tmp_path)
    assert first == "Choose one of them first."
    wrong, right = sorted([some, none])
    assert wrong.startswith("No. The engine: no order fails, exhausted after")
    assert right.startswith("Right. ")


def test_a_game_of_a_notebook_begins_where_it_stands(tmp_path: Path) -> None:
    level = LEVELS["lost_sale"]
    model, _ = level.with_source(level.source)
    html = widget(play(model).step("Bob"))
    found = see(
        html, LOOK + "one('.goqueue-play').focus(); const begun = look(); keys('u'); return [begun, look()];", tmp_path
    )
    assert "stock = {'atlas': 10}" in found[0]["shared"]
    assert "nothing touched yet" in found[1]["shared"]


def test_a_level_in_a_notebook_says_the_line_that_keeps_it(tmp_path: Path) -> None:
    html = game_of("lost_sale")._repr_mimebundle_()["text/html"]
    drive = "one('.goqueue-play').focus(); keys('abba>>>'); return [document.body.innerText, text('.result')];"
    words, result = see(html, LOOK + drive, tmp_path)
    assert "Level 3: The lost sale." in words
    assert 'To keep it in your record, run: level("lost_sale", "8.2-65b496")' in result
    assert game_of("lost_sale", "8.2-65b496").passed


def test_all_levels_are_played_in_one_output(tmp_path: Path) -> None:
    drive = """
    const choice = one("select"), seen = [choice.options.length, text(".goqueue-board p")];
    choice.selectedIndex = 2; choice.onchange();
    one('.goqueue-play').focus(); keys('abba>>>');
    seen.push(text(".goqueue-board p"), choice.selectedOptions[0].textContent);
    seen.push(one("details").open, one("table").rows.length);
    document.querySelectorAll(".bar button")[1].click();
    seen.push(text(".goqueue-play .code").includes("Lock()"), choice.selectedIndex);
    seen.push(document.querySelectorAll(".goqueue-play").length);
    return [...seen, white().filter(tag => tag !== "OPTION")];
    """
    count = len(LEVELS)
    marks = [f"{passed} of {count} levels passed" for passed in (0, 1)]
    title = "3. The lost sale – make it fail ✓"
    assert see(board().html, LOOK + drive, tmp_path) == [count, *marks, title, False, count + 1, True, 3, 1, []]
