"""An animation: things that move from place to place, moment by moment, such as jobs through a pool.

    time in s  in the buffer  worker-1  done
    0          order 2        order 1
    0.3                       order 2   order 1

Without scripts, and in print, there is a still picture of one moment, and a folded table of all of them. Where scripts
may run, a small one adds a slider, and moves what is in the picture; it touches nothing but its own view.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from goqueue.lab.views.markup import Markup, cell, element, grid, script
from goqueue.lab.views.moments import Moment
from goqueue.lab.views.style import FOLD, GOOD, TABLE
from goqueue.lab.views.table import table
from goqueue.lab.views.view import View, content_id
from goqueue.lab.views.wording import number

_THING = f"display:inline-block;border:1px solid #808080;background:{GOOD};padding:0.1em 0.5em;margin:0.1em"
_SCENE = f"{TABLE};width:100%;margin:0.4em 0"
_NAME = "width:8em"
_BOX = "overflow:auto"  # on a telephone the table is wider than the page
_SCRIPT = Path(__file__).with_suffix(".js")  # adds the slider


def animation(moments: Iterable[Moment], title: str, unit: str = "s") -> View:
    """Show what is where at each of `moments`; in a notebook, with a slider to go through them.

    The still picture is of the moment in the middle. Thread-safe. Raises ValueError when there are no moments, or when
    two have other places.

    >>> first, then = {"buffer": ["order 1"], "worker": []}, {"buffer": [], "worker": ["order 1"]}
    >>> animation([Moment(0, first), Moment(0.5, then)], title="One job")
    One job
    time in s  buffer   worker
    ---------  -------  -------
            0  order 1
          0.5           order 1
    """
    shown = list(moments)
    places = list(shown[0].places) if shown else []
    if not places or any(list(one.places) != places for one in shown):
        raise ValueError(f"{title!r} needs moments that name the same places: pass what pool_moments returns, for one")
    has_events = any(one.event for one in shown)
    heads = [f"time in {unit}", *places, *["what happens"] * has_events]
    rows = [
        [float(one.time), *(", ".join(one.places[place]) for place in places), *[one.event] * has_events]
        for one in shown
    ]
    return View(table(heads, rows, title).text, _as_html(shown, heads, title, unit))


def _as_html(moments: Sequence[Moment], heads: list[str], title: str, unit: str) -> Markup:
    still = moments[len(moments) // 2]
    rows = [[cell(name, scope="row", style=_NAME), cell(*_things(inside))] for name, inside in still.places.items()]
    table_of_all = grid(heads, [_row(one, heads) for one in moments], title)
    body = [
        element("b", title),
        element("div", f"At {number(still.time)} {unit}" + (f": {still.event}" if still.event else "")),
        grid([], rows, style=_SCENE),
        element(
            "details",
            element("summary", "Every moment, as a table"),
            element("div", table_of_all, style=_BOX),
            style=FOLD,
        ),
    ]
    name = content_id(*body)
    return element("div", *body, script(_SCRIPT, name), class_=name)


def _row(moment: Moment, heads: Sequence[str]) -> list[Markup]:
    cells = [cell(number(moment.time), scope="row"), *(cell(*_things(inside)) for inside in moment.places.values())]
    return [*cells, *[cell(moment.event)] * (len(heads) - len(cells))]


def _things(inside: Sequence[str]) -> list[Markup]:
    return [element("span", one, style=_THING) for one in inside]
