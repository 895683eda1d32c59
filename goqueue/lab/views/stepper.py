"""A trace to step through: who did what, in which order, and what became of the shared state.

The HTML is a whole table, which shows without scripts. Where scripts may run, a small one adds buttons, arrow keys
and the state so far; it touches nothing but its own view. The text form is in `trace_text.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import starmap
from pathlib import Path

from goqueue.lab.views.markup import Markup, cell, element, grid, script
from goqueue.lab.views.style import GOOD, HEAD, LINES, NOTE, PLAIN, TABLE
from goqueue.lab.views.view import View, content_id
from goqueue.races.report.trace import Step, Trace
from goqueue.races.report.trace_text import as_text, changes, ending, has_columns, notes, threads

_BOX = "overflow:auto;max-height:42em;border:1px solid #808080"  # in ems: a page of a static book stays readable too
# As wide as the page, the rest of a long name on a line of its own: nothing is out of sight.
_TABLE = f"{TABLE};table-layout:fixed;width:100%;min-width:30em;margin:0;font-size:"
_CELL = "overflow-wrap:break-word"
_STEP = "width:3em"
_WIDTHS = {"step": _STEP, "thread": "width:5em", "change of shared state": "width:28%"}  # what it does has the rest
_HALF = "display:inline-block;vertical-align:top;width:49%;min-width:24em"
_MOST_INDENTS = 8  # ems
_SCRIPT = Path(__file__).with_suffix(".js")  # adds the buttons


def stepper(trace: Trace, title: str) -> View:
    """Show `trace` with a column for each thread; in a notebook, with buttons to go through it step by step.

    Thread-safe.

    >>> trace = Trace(("worker-1",), (Step("worker-1", "job.py:31", "self.attempts += 1",
    ...     ("reads Job#1.attempts: 0",), (("Job#1.attempts", "0"),)),))
    >>> stepper(trace, "One attempt")
    One attempt
    step  worker-1
    ----  -----------------------------
       1  job.py:31  self.attempts += 1
            reads Job#1.attempts: 0
          shared: Job#1.attempts = 0
    The run ended well.
    """
    return View(as_text(trace, title), _as_html(trace, title, "12px", has_columns(trace)))


def side_by_side(left: Trace, right: Trace, titles: tuple[str, str]) -> View:
    """Show two traces next to each other, such as a run that fails and one that does not. Thread-safe.

    Each has room for one column of steps: who moves is the row's name, and each thread has an indent of its own.
    The text has one trace after the other, each under its title.
    """
    both = list(zip((left, right), titles, strict=True))
    halves = [element("div", _as_html(trace, title, "11px", columns=False), style=_HALF) for trace, title in both]
    return View("\n\n".join(as_text(trace, title) for trace, title in both), element("div", *halves))


def _as_html(trace: Trace, title: str, size: str, columns: bool) -> Markup:
    names = threads(trace) if columns else ["thread", "what it does"]
    widths = {"step": _STEP} if columns else _WIDTHS
    heads = [
        cell(name, scope="col", style=f"{HEAD};{_CELL};{widths.get(name, '')}")
        for name in ("step", *names, "change of shared state")
    ]
    rows = [row for number in range(len(trace.steps)) for row in _rows(trace, number, names, columns)]
    rows.append([_wide(ending(trace), len(heads), PLAIN)])
    table = grid(heads, rows, title, _TABLE + size)
    name = content_id(table)
    buttons = [script(_SCRIPT, name)] if trace.steps else []
    return element("div", element("div", table, style=_BOX), *buttons, class_=name)


def _rows(trace: Trace, number: int, names: list[str], columns: bool) -> Iterator[list[Markup]]:
    """Yield the row of a step, and before it those with what the reader must know."""
    step, before = trace.steps[number], trace.steps[number - 1] if number else None
    for note in notes(step, before):
        yield [_wide(note, len(names) + 2, NOTE)]
    state = cell(*starmap(_change, changes(step, before)), style=_CELL)
    if columns:
        middle = [cell(*(_what(step) if step.thread == name else ()), style=_CELL) for name in names]
    else:
        indent = min(threads(trace).index(step.thread), _MOST_INDENTS)
        what = element("div", *_what(step), style=f"padding:0 0 0 {indent}em")
        middle = [cell(step.thread, scope="row", style=_CELL), cell(what, style=_CELL)]
    yield [cell(str(number + 1), scope="row", style=_CELL), *middle, state]


def _wide(text: str, columns: int, background: str) -> Markup:
    style = f"{_CELL};font-weight:bold;white-space:pre-wrap;background:{background}"
    return cell(text, colspan=str(columns), style=style)


def _what(step: Step) -> list[Markup]:
    line = element("div", step.line, style=f"{LINES};background:{GOOD};font-weight:bold")
    return [element("div", step.where), line, *(element("div", words, style=LINES) for words in step.what)]


def _change(name: str, became: str) -> Markup:
    return element("div", element("span", name), " ", element("b", became), style=LINES)
