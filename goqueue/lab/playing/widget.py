"""A game as HTML: the same for a notebook, the book and the page of levels. `play.js` makes it move.

Without scripts, and in an untrusted notebook, the text of the game is there.
"""

from __future__ import annotations

import inspect
import json
import textwrap
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from goqueue.lab.playing.tree import Data, Forest, as_data, forest
from goqueue.lab.views.markup import Markup, element
from goqueue.lab.views.view import content_id
from goqueue.races import Game
from goqueue.races.played_runs import Bench

MOST_SHOWN = 300  # runs in a notebook, because the reader waits for them
GROWN: WeakKeyDictionary[Bench, Data] = WeakKeyDictionary()
NOTHING = Markup("")
SCRIPT, STYLE = (Path(__file__).with_name(f"play.{kind}").read_text("utf-8") for kind in ("js", "css"))


def data_of(game: Game, source: str = "", first: int = 0, grown: Forest | None = None, **more: Any) -> Data:
    """Return all that the page of a game needs. `source` is that of the model, which begins at the line `first`."""
    if not source:
        lines, first = inspect.getsourcelines(inspect.unwrap(game.bench.model))
        source = textwrap.dedent("".join(lines))
    return {
        **(as_data(grown) if grown else tree_of(game)),
        "source": source.splitlines(),
        "first": first,
        "name": game.name,
        "title": game.name,
        **more,
    }


def tree_of(game: Game) -> Data:
    """Return the tree of a game's model. It is grown once, because each step of the game shows it."""
    if game.bench not in GROWN:
        GROWN[game.bench] = as_data(forest(game, most=MOST_SHOWN))
    return GROWN[game.bench]


def page(game: Game) -> Markup:
    """Return what a notebook shows of a game: the tree of its model, to be played from where the game stands."""
    data = data_of(game)
    return shown(repr(game), {**data, "start": start_of(game, data)})


def start_of(game: Game, data: Data) -> list[Any]:
    """Return where a game stands, as play.js is told it. After a crash it begins anew."""
    moved, plan = game.moves
    plans = [one[0] for one in data["plans"]]
    known = not plan.crash and str(plan) in plans
    return [plans.index(str(plan)), list(moved), False] if known else [0, [], False]


def shown(text: str, data: Data, head: Markup = NOTHING) -> Markup:
    """Return data as a game with buttons, below a head; `text` stands for all of it until the script runs."""
    written = as_script(data)
    name = content_id(written, text)
    script = (
        f"<script>(() => {{\n{SCRIPT}\n"
        f'for (const root of document.querySelectorAll(".{name}:not([tabindex])")) goqueuePlay(root, {written});\n'
        "})();</script>"
    )
    inside = element("div", element("pre", text), class_=name)
    return Markup(element("style", Markup(STYLE)) + head + inside + script)


def as_script(data: Data) -> str:
    """Return data as it may stand in a script: nothing in it ends the script.

    >>> as_script({"code": "</script>"})
    '{"code":"<\\\\/script>"}'
    """
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False).replace("</", "<\\/").replace("<!--", "<\\!--")
