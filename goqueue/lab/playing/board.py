"""All levels in one cell: which there are, which the learner has passed, and each of them to be played.

levels() ─> a list as text;  in a notebook also a choice of levels, and the chosen one with its buttons (board.js)
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from goqueue.lab.learn import progress_log
from goqueue.lab.playing import levels as known
from goqueue.lab.playing.page import facts
from goqueue.lab.playing.widget import SCRIPT, STYLE, as_script
from goqueue.lab.views.markup import Markup, element
from goqueue.lab.views.table import table
from goqueue.lab.views.view import View, content_id

BOARD = Path(__file__).with_name("board.js").read_text("utf-8")
KINDS = {
    "fail": "make it fail",
    "deadlock": "find the deadlock",
    "reach": "reach this state",
    "predict": "can it fail?",
    "mend": "mend it",
}


def passed() -> set[str]:
    """Return the names of the levels that the learner's record says are passed."""
    names = {one.name for one in known.levels()}
    return {one["name"] for one in progress_log.entries("level")} & names


def levels() -> View:
    """Show all levels in order of difficulty, and which of them are passed. In a notebook each can be played there."""
    done = passed()
    rows: list[list[Any]] = [
        [at, one.name, KINDS[one.kind], one.title, "passed" if one.name in done else ""]
        for at, one in enumerate(known.levels(), 1)
    ]
    shown = table(["level", "name", "what to do", "title", ""], rows, f"{len(done)} of {len(rows)} levels passed")
    data = as_script({"levels": facts(), "passed": sorted(done), "kinds": KINDS})
    name = content_id(data)
    script = (
        f"<script>(() => {{\n{SCRIPT}\n{BOARD}\n"
        f'for (const root of document.querySelectorAll(".{name}:not([data-made])")) goqueueBoard(root, {data});\n'
        "})();</script>"
    )
    style = element("style", Markup(STYLE))
    return View(shown.text, Markup(style + element("div", Markup(shown.html), class_=name) + script))
