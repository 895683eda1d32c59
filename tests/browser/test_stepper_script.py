"""The stepper's script in a browser: buttons and keys move through the steps, and a screen reader is told."""

from __future__ import annotations

from pathlib import Path

from goqueue.lab.views.stepper import side_by_side, stepper
from goqueue.races.report.trace import Step, Trace
from tests.browser.page import see

BEFORE, AFTER = (("stock", "10"),), (("stock", "9"),)
SALE = Trace(
    ("Ann", "Bob"),
    (
        Step("Ann", "shop.py:10", "stock -= 1", ("reads stock: 10",), BEFORE),
        Step("Bob", "shop.py:10", "stock -= 1", ("reads stock: 10", "writes stock: 9"), AFTER, preempted="Ann"),
        Step("Ann", "shop.py:10", "stock -= 1", ("writes stock: 9",), AFTER),
    ),
    "AssertionError: 9 == 8",
)
OTHER = Trace(("main",), SALE.steps[:1])

# What a reader sees of a view, and what her screen reader says of it.
LOOK = """
const views = [...document.querySelectorAll("[class^=view-]")];
const look = view => {
  const rows = [...view.querySelectorAll("tbody > tr")], live = view.querySelector("span");
  const [bar, state] = view.children;
  return {
    said: live.textContent, live: live.ariaLive, state: state.textContent,
    marked: rows.map(row => row.cells[0].innerText).filter(text => text.startsWith("▶")),
    shown: rows.filter(row => getComputedStyle(row).visibility === "visible").length,
    buttons: [...bar.querySelectorAll("button")].map(button => [button.textContent, button.tabIndex]),
    label: view.ariaLabel, role: view.role, tab: view.tabIndex, bars: view.querySelectorAll("button").length,
    outlined: rows.findIndex(row => getComputedStyle(row).outlineStyle !== "none"),
  };
};
"""
DRIVE = """
const found = { first: look(views[0]), moves: [] };
views[0].focus();
found.focused = document.activeElement === views[0];
for (const key of ["ArrowRight", "ArrowRight", "ArrowLeft", "End", "ArrowRight", "Home", "ArrowLeft"])
  found.moves.push([key, press(key), look(views[0])]);
found.ignored = [press("a"), press("ArrowRight", { ctrlKey: true }), press("Tab"), look(views[0]).said];
const [back, next, all] = views[0].querySelectorAll("button");
next.click(); next.click();
found.next = look(views[0]).said;
back.click();
found.back = look(views[0]).said;
next.focus(); press("End");  // a key on a button moves its view as well
found.on_a_button = look(views[0]).said;
all.click();
found.all = look(views[0]).said;
views[1].focus(); press("ArrowRight");
found.white = white();
found.each = views.map(view => look(view).said);
return found;
"""


START = {
    "said": "all 3 steps",
    "live": "polite",
    "state": "Shared state: stock = 9",
    "marked": [],
    "shown": 5,  # rows: a step, who is preempted, two steps, how it ended
    "buttons": [["Back", 0], ["Next", 0], ["All", 0]],
    "label": "Two clerks: step with the arrow keys",
    "role": "group",
    "tab": 0,
    "bars": 3,
    "outlined": -1,
}
FIRST = START | {
    "said": "step 1 of 3: Ann",
    "state": "Shared state: stock = 10",
    "marked": ["▶ 1"],
    "shown": 1,
    "outlined": 0,
}
SECOND = START | {"said": "step 2 of 3: Bob", "marked": ["▶ 2"], "shown": 3, "outlined": 2}
THIRD = START | {"said": "step 3 of 3: Ann", "marked": ["▶ 3"], "shown": 5, "outlined": 3}
MOVES = [
    ["ArrowRight", True, FIRST],
    ["ArrowRight", True, SECOND],
    ["ArrowLeft", True, FIRST],
    ["End", True, THIRD],
    ["ArrowRight", True, THIRD],
    ["Home", True, START],
    ["ArrowLeft", True, START],
]


def test_buttons_and_keys_move_one_view_and_a_screen_reader_is_told(tmp_path: Path) -> None:
    view = stepper(SALE, "Two clerks").html  # it, the same view again, and another
    assert see(view + view + stepper(OTHER, "One").html, LOOK + DRIVE, tmp_path) == {
        "first": START,
        "focused": True,
        "moves": MOVES,
        "ignored": [False, False, False, "all 3 steps"],
        "next": "step 2 of 3: Bob",
        "back": "step 1 of 3: Ann",
        "on_a_button": "step 3 of 3: Ann",
        "all": "all 3 steps",
        "white": [],
        "each": ["all 3 steps", "step 1 of 3: Ann", "all 1 steps"],
    }


def test_side_by_side_each_run_has_its_own_buttons(tmp_path: Path) -> None:
    html = side_by_side(SALE, OTHER, ("Two clerks", "One")).html
    moved = "views[1].focus(); press('End'); return views.map(view => [look(view).bars, look(view).said]);"
    assert see(html, LOOK + moved, tmp_path) == [[3, "all 3 steps"], [3, "step 1 of 1: Ann"]]
