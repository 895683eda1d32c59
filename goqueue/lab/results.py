"""The race lab as the notebooks use it: its results are shown as pages with a stepper.

`goqueue.races` shows results as text and knows no views. Importing this module tells it how to make a page.
"""

from __future__ import annotations

from goqueue.lab.views.document import Block, code, document
from goqueue.lab.views.stepper import side_by_side as traces_side_by_side
from goqueue.lab.views.stepper import stepper
from goqueue.lab.views.style import PAGE
from goqueue.lab.views.view import View
from goqueue.races import Game, Result, detect, explore, play, replay, virtual_time

__all__ = ["detect", "explore", "page", "play", "replay", "side_by_side", "virtual_time"]


def page(result: Result) -> str:
    """Return what a notebook shows of a result: its summary and, if it shows a run, the steps of that run."""
    if repr(result) == result.summary:
        return document(code(result.summary, PAGE))[1]
    return document(code(result.summary, PAGE), Block(""), stepper(result.trace, result.title))[1]


def side_by_side(bad: Result, good: Result) -> View:
    """Show two runs next to each other: one that fails and one that does not."""
    return traces_side_by_side(bad.trace, good.trace, (bad.title, good.title))


def board(game: Game) -> str:
    """Return what a notebook shows of a game."""
    from goqueue.lab.playing.widget import page as playing  # reads files, so not before it is asked for

    return playing(game)


Result.page = staticmethod(page)
Game.page = staticmethod(board)
