"""The puzzle's script in a browser: lines are put in order with buttons only, and the call to type is said."""

from __future__ import annotations

from pathlib import Path

from goqueue.lab.learn.exercise_view import ExerciseView
from goqueue.lab.learn.exercises import Exercise
from tests.browser.page import see

PUZZLE = Exercise(
    "12.9",
    "A stop",
    "parsons",
    5,
    "Put the lines in order.",
    ("one", "two", "three"),
    "b a",
    "Close, then join.",
    blocks={"a": "    join()", "b": "    close()", "c": "    sleep(1)"},
)

DRIVE = """
const root = one("[data-call]"), rows = () => [...root.querySelectorAll("tbody tr")];
const letters = () => rows().map(row => row.cells[0].textContent).join("");
const button = (letter, number) => rows().find(row => row.cells[0].textContent === letter).buttons[number];
const look = () => [letters(), root.lastElementChild.textContent];
const [use, up, down] = [0, 1, 2], seen = { first: look(), moves: [] };
const push = (letter, number) => { button(letter, number).click(); seen.moves.push(look()); };
push("a", use); push("b", use); push("b", up); push("b", up); push("c", use); push("c", down); push("a", use);
push("b", down);
seen.focus = document.activeElement === button("b", down);
seen.live = root.lastElementChild.getAttribute("aria-live");
seen.labels = [0, 1, 2].map(number => button("b", number).ariaLabel || button("b", number).textContent);
seen.tabs = [...root.querySelectorAll("button")].map(one => one.tabIndex);
seen.disabled = [up, down].map(number => button("a", number).disabled);
seen.white = white();
return seen;
"""


CALL = 'Your answer: check("12.9", "{}")'
SEEN = {
    "first": ["abc", "Use a line, then move it. No line is used yet."],
    "moves": [
        ["abc", CALL.format("a")],
        ["abc", CALL.format("a b")],
        ["bac", CALL.format("b a")],
        ["bac", CALL.format("b a")],
        ["bac", CALL.format("b a c")],
        ["bac", CALL.format("b a c")],
        ["bca", CALL.format("b c")],
        ["cba", CALL.format("c b")],
    ],
    "focus": True,  # it stays on the button, so the keyboard is enough
    "live": "polite",
    "labels": ["Leave out", "Move up: line b", "Move down: line b"],
    "tabs": [0] * 9,
    "disabled": [True, True],
    "white": [],
}


def test_lines_are_used_moved_and_left_out_and_the_call_is_said(tmp_path: Path) -> None:
    html = ExerciseView(PUZZLE).html
    assert see(html, DRIVE, tmp_path) == SEEN


def test_a_puzzle_shown_twice_has_its_buttons_once(tmp_path: Path) -> None:
    cells = "return [...document.querySelectorAll('tbody tr')].map(row => row.cells.length);"
    assert see(ExerciseView(PUZZLE).html * 2, cells, tmp_path) == [3] * 6
