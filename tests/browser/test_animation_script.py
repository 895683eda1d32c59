"""The animation's script in a browser: the slider, its keys and the button move through the moments."""

from __future__ import annotations

from pathlib import Path

from goqueue.lab.views import Span, animation, pool_moments
from tests.browser.page import see

SPANS = [Span("worker-1", 0, 0.3, "order 1"), Span("worker-1", 0.3, 0.4, "order 2")]
STOP = animation(pool_moments(SPANS, left=["order 3"], events={0.2: "the stop"}), "A stop").html
OTHER = animation(pool_moments(SPANS[:1]), "One job").html

LOOK = """
const views = [...document.querySelectorAll("[class^=view-]")];
const slider = view => view.querySelector("input"), button = view => view.querySelector("button");
const look = view => [slider(view).value, slider(view).ariaValueText];
"""
DRIVE = """
const found = { first: look(views[0]), label: slider(views[0]).ariaLabel };
found.sliders = views[0].querySelectorAll("input").length;
slider(views[0]).focus();
found.moves = ["ArrowRight", "ArrowUp", "ArrowLeft", "End", "ArrowRight", "Home"].map(
  key => [key, press(key), look(views[0])[0]]);
found.ignored = [press("a"), press("ArrowRight", { ctrlKey: true }), look(views[0])[0]];
slider(views[0]).value = 1; slider(views[0]).dispatchEvent(new Event("input"));
found.dragged = look(views[0]);
found.shown = views[0].querySelector("table").innerText.replace(/\\s+/g, " ").trim();
const wait = milliseconds => new Promise(done => setTimeout(done, milliseconds));
button(views[0]).click(); await wait(1000);
found.plays = [button(views[0]).textContent, look(views[0])[0]];
await wait(4000);
found.played = [button(views[0]).textContent, look(views[0])[0]];
dispatchEvent(new Event("beforeprint"));
found.printed = views.map(view => look(view)[0]);
found.white = white();
return found;
"""


def test_slider_keys_and_button_move_one_view_and_print_shows_the_middle(tmp_path: Path) -> None:
    assert see(STOP + STOP + OTHER, LOOK + DRIVE, tmp_path) == {
        "first": ["0", "At 0 s; in the buffer: order 2, order 3; worker-1: order 1; done: nothing"],
        "label": "A stop: which moment",
        "sliders": 1,
        "moves": [
            ["ArrowRight", True, "1"],
            ["ArrowUp", True, "2"],
            ["ArrowLeft", True, "1"],
            ["End", True, "3"],
            ["ArrowRight", True, "3"],
            ["Home", True, "0"],
        ],
        "ignored": [False, False, "0"],
        "dragged": ["1", "At 0.2 s: the stop; in the buffer: order 2, order 3; worker-1: order 1; done: nothing"],
        "shown": "in the buffer order 2order 3 worker-1 order 1 done",
        "plays": ["Pause", "2"],
        "played": ["Play", "3"],
        "printed": ["2", "2", "1"],
        "white": [],
    }
