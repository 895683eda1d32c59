"""A trace to step through: who did what, in which order, and what became of the shared state.

The HTML is a whole table, which shows without scripts. Where scripts may run, a small one adds buttons, arrow keys
and the state so far; it touches nothing but its own view. The text form is in `trace_text.py`.
"""

from __future__ import annotations

from html import escape

from goqueue.lab.races.trace import Step, Trace
from goqueue.lab.views.trace_text import as_text, changes, ending, has_columns, notes, threads
from goqueue.lab.views.view import View, content_id

_PAPER = "background:#ffffff;color:#222222;padding:0.5em"
_BOX = "overflow:auto;max-height:42em"  # in ems, so that a page of a static book stays readable too
# As wide as the page, the rest of a long name on a line of its own: nothing is out of sight.
_TABLE = "border-collapse:collapse;table-layout:fixed;width:100%;min-width:30em;margin:0;font-size:"
_CELL = "border:1px solid #999999;padding:0.3em 0.5em;text-align:left;vertical-align:top;color:#222222;"
_CELL += "overflow-wrap:break-word;background:"
_STEP = ";width:3em"
_WIDTHS = {"step": _STEP, "thread": ";width:5em", "change of shared state": ";width:28%"}  # what it does has the rest
_HALF = "display:inline-block;vertical-align:top;width:49%;min-width:24em"
_MOST_INDENTS = 8  # ems
_CODE = "font-family:monospace;white-space:pre-wrap;color:#222222;background:"

# Once for each view of this content on the page which has no buttons yet: a view may be shown twice.
_SCRIPT = """<script>
(() => {
  const make = (tag, style = "", more = {}) => Object.assign(document.createElement(tag), { style, ...more });
  for (const root of document.querySelectorAll(".CONTENT_ID:not([tabindex])")) {
    const rows = [...root.querySelectorAll("tbody > tr")], steps = rows.filter(row => row.cells[0].scope);
    const changes = steps.map(row => [...row.lastElementChild.children]), name = one => one.firstChild.textContent;
    const names = [...new Set(changes.flat().map(name))], heads = root.querySelectorAll("thead th");
    const who = row => row.cells[1].scope ? row.cells[1]
      : heads[[...row.cells].findIndex((cell, column) => column && cell.firstChild)];
    const bar = make("div"), said = make("span"), state = make("div", "padding:0.4em 0"), box = root.firstElementChild;
    let at = 0;
    const go = to => {
      at = Math.min(Math.max(to, 0), steps.length);
      const now = steps[at - 1], last = at && at < steps.length ? rows.indexOf(now) : rows.length;
      rows.forEach((row, index) => { row.style.visibility = index > last ? "hidden" : "visible"; });
      steps.forEach((row, index) => { row.style.outline = row === now ? "3px solid #0072b2" : "";
        row.cells[0].textContent = (row === now ? "▶ " : "") + (index + 1); });
      said.textContent = now ? `step ${at} of ${steps.length}: ${who(now).textContent}` : `all ${steps.length} steps`;
      state.replaceChildren(names.length ? "Shared state: " : "", ...names.map(key => {
        const one = changes.slice(0, at || steps.length).flat().filter(one => name(one) === key).at(-1);
        return make(now && changes[at - 1].includes(one) ? "b" : "span",
          "display:inline-block;margin-right:1.5em;font-family:monospace",
          { textContent: one ? one.textContent : key + ": not yet" });
      }));
      box.scrollTop = now ? now.offsetTop - box.clientHeight / 2 : 0;
    };
    const look = "background:#eeeeee;color:#222222;border:1px solid #767676;padding:0.2em 0.8em;margin-right:0.5em";
    for (const [textContent, to] of [["Back", () => at - 1], ["Next", () => at + 1], ["All", () => 0]])
      bar.append(make("button", look, { type: "button", textContent, onclick: () => go(to()) }));
    const onkeydown = event => {
      const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: steps.length }[event.key];
      if (to === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault(); event.stopPropagation(); go(to);
    };
    const ariaLabel = root.querySelector("caption").textContent + ": step with the arrow keys";
    Object.assign(root, { tabIndex: 0, role: "group", ariaLabel, onkeydown }); said.ariaLive = "polite";
    heads.forEach(head => { head.style.position = "sticky"; head.style.top = "-1px"; });
    bar.append(said); root.prepend(bar, state); go(0);
  }
})();
</script>"""


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
    html = "".join(
        f'<div style="{_HALF}">{_as_html(trace, title, "11px", columns=False)}</div>' for trace, title in both
    )
    text = "\n\n".join(as_text(trace, title) for trace, title in both)
    return View(text, f'<div style="background:#ffffff">{html}</div>')


def _as_html(trace: Trace, title: str, size: str, columns: bool) -> str:
    names = threads(trace) if columns else ["thread", "what it does"]
    heads = ["step", *names, "change of shared state"]
    widths = {"step": _STEP} if columns else _WIDTHS
    head = "".join(
        f'<th scope="col" style="{_CELL}#eeeeee{widths.get(name, "")}">{escape(name)}</th>' for name in heads
    )
    rows = [_rows(trace, number, names, columns) for number in range(len(trace.steps))]
    body = "".join(rows) + _wide_row(ending(trace), len(heads), "#eeeeee")
    caption = f'<caption style="text-align:left;font-weight:bold;color:#222222">{escape(title)}</caption>'
    table = f'<table style="{_TABLE}{size}">{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    name = content_id(table)
    script = _SCRIPT.replace("CONTENT_ID", name) if trace.steps else ""
    return f'<div class="{name}" style="{_PAPER}"><div style="{_BOX}">{table}</div>{script}</div>'


def _rows(trace: Trace, number: int, names: list[str], columns: bool) -> str:
    """The row of a step, and before it those with what the reader must know."""
    step, before = trace.steps[number], trace.steps[number - 1] if number else None
    above = "".join(_wide_row(note, len(names) + 2, "#fff3d6") for note in notes(step, before))
    first = _row_head(str(number + 1))
    if columns:
        cells = "".join(_cell(_what(step) if step.thread == name else "") for name in names)
    else:
        indent = min(threads(trace).index(step.thread), _MOST_INDENTS)
        cells = _row_head(step.thread) + _cell(f'<div style="padding:0 0 0 {indent}em">{_what(step)}</div>')
    state = _cell("".join(map(_change, changes(step, before))))
    return f"{above}<tr>{first}{cells}{state}</tr>"


def _row_head(text: str) -> str:
    return f'<th scope="row" style="{_CELL}#eeeeee">{escape(text)}</th>'


def _cell(html: str) -> str:
    return f'<td style="{_CELL}#ffffff">{html}</td>'


def _wide_row(text: str, columns: int, background: str) -> str:
    style = f"{_CELL}{background};font-weight:bold;white-space:pre-wrap"
    return f'<tr><td colspan="{columns}" style="{style}">{escape(text)}</td></tr>'


def _what(step: Step) -> str:
    line = f'<div style="{_CODE}#e3eef7;font-weight:bold">{escape(step.line)}</div>'
    told = "".join(f'<div style="{_CODE}#ffffff">{escape(words)}</div>' for words in step.what)
    return f'<div style="color:#555555">{escape(step.where)}</div>{line}{told}'


def _change(change: tuple[str, str]) -> str:
    name, became = map(escape, change)
    return f'<div style="{_CODE}#ffffff"><span>{name}</span> <b>{became}</b></div>'
