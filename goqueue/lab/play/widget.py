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

from goqueue.lab.play.tree import Data, Forest, as_data, forest
from goqueue.lab.views.markup import Markup, element
from goqueue.lab.views.view import content_id
from goqueue.races import Game
from goqueue.races.played_runs import Bench

MOST_SHOWN = 300  # runs in a notebook, because the reader waits for them
GROWN: WeakKeyDictionary[Bench, Data] = WeakKeyDictionary()
SCRIPT, STYLE = (Path(__file__).with_name(f"play.{kind}").read_text("utf-8") for kind in ("js", "css"))


def data_of(game: Game, source: str = "", first: int = 0, grown: Forest | None = None, **more: Any) -> Data:
    """Return all that the page of a game needs. `source` is that of the model, which begins at the line `first`."""
    if not source:
        lines, first = inspect.getsourcelines(inspect.unwrap(game.bench.model))
        source = textwrap.dedent("".join(lines))
    return {
        **as_data(grown or forest(game)),
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
    moved, _ = game.moves
    data = as_script(data_of(game, start=[0, list(moved), False]))
    text = element("pre", repr(game))
    name = content_id(data, text)
    style = element("style", Markup(STYLE))
    script = (
        f"<script>(() => {{\n{SCRIPT}\n"
        f'for (const root of document.querySelectorAll(".{name}:not([tabindex])")) goqueuePlay(root, {data});\n'
        "})();</script>"
    )
    return Markup(style + element("div", text, class_=name) + script)


def as_script(data: Data) -> str:
    """Return data as it may stand in a script: nothing in it ends the script.

    >>> as_script({"code": "</script>"})
    '{"code":"<\\\\/script>"}'
    """
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False).replace("</", "<\\/").replace("<!--", "<\\!--")
