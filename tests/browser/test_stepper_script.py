"""The stepper's script in a browser: buttons and keys move through the steps, and a screen reader is told."""

from __future__ import annotations

from typing import Any

import pytest

from goqueue.lab.races.trace import Step, Trace
from goqueue.lab.views.stepper import side_by_side, stepper
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


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A page with a view, the same view again, and another."""
    view = stepper(SALE, "Two clerks").html
    return see(view + view + stepper(OTHER, "One").html, LOOK + DRIVE, tmp_path_factory.mktemp("stepper"))


def test_the_buttons_appear_and_the_keyboard_reaches_them(seen: Any) -> None:
    assert seen["first"]["buttons"] == [["Back", 0], ["Next", 0], ["All", 0]]
    assert seen["first"]["bars"] == 3
    assert seen["first"]["tab"] == 0
    assert seen["focused"]


def test_a_screen_reader_is_told_what_it_is_and_each_step(seen: Any) -> None:
    first = seen["first"]
    assert (first["role"], first["live"]) == ("group", "polite")
    assert first["label"] == "Two clerks: step with the arrow keys"
    assert first["said"] == "all 3 steps"


@pytest.mark.parametrize(
    ("move", "key", "said", "shown", "state"),
    [  # five rows: a step, who is preempted, two steps, how it ended
        (0, "ArrowRight", "step 1 of 3: Ann", 1, "stock = 10"),
        (1, "ArrowRight", "step 2 of 3: Bob", 3, "stock = 9"),
        (2, "ArrowLeft", "step 1 of 3: Ann", 1, "stock = 10"),
        (3, "End", "step 3 of 3: Ann", 5, "stock = 9"),
        (4, "ArrowRight", "step 3 of 3: Ann", 5, "stock = 9"),
        (5, "Home", "all 3 steps", 5, "stock = 9"),
        (6, "ArrowLeft", "all 3 steps", 5, "stock = 9"),
    ],
)
def test_a_key_moves_and_hides_what_is_to_come(
    move: int, key: str, said: str, shown: int, state: str, seen: Any
) -> None:
    pressed, taken, look = seen["moves"][move]
    assert (pressed, taken) == (key, True)
    assert (look["said"], look["shown"], look["state"]) == (said, shown, f"Shared state: {state}")
    number = said.split()[1] if said.startswith("step") else ""
    assert look["marked"] == ([f"▶ {number}"] if number else [])
    assert look["outlined"] == {"": -1, "1": 0, "2": 2, "3": 3}[number]


def test_other_keys_are_left_to_the_browser(seen: Any) -> None:
    assert seen["ignored"] == [False, False, False, "all 3 steps"]


def test_the_buttons_do_what_they_say(seen: Any) -> None:
    assert [seen[name] for name in ("next", "back", "on_a_button", "all")] == [
        "step 2 of 3: Bob",
        "step 1 of 3: Ann",
        "step 3 of 3: Ann",
        "all 3 steps",
    ]


def test_nothing_is_white_in_a_dark_theme(seen: Any) -> None:
    assert seen["white"] == []


def test_two_copies_of_a_view_do_not_disturb_each_other(seen: Any) -> None:
    assert seen["each"] == ["all 3 steps", "step 1 of 3: Ann", "all 1 steps"]


def test_side_by_side_each_run_has_its_own_buttons(tmp_path: Any) -> None:
    html = side_by_side(SALE, OTHER, ("Two clerks", "One")).html
    moved = "views[1].focus(); press('End'); return views.map(view => [look(view).bars, look(view).said]);"
    assert see(html, LOOK + moved, tmp_path) == [[3, "all 3 steps"], [3, "step 1 of 1: Ann"]]
