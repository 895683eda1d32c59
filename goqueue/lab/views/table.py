"""A small table: columns in text, and the same cells as an HTML table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from goqueue.lab.views.view import View
from goqueue.lab.views.wording import number, one_line

_CELL = "border:1px solid #999999;padding:0.25em 0.7em;color:#222222;background:"


def table(headers: Sequence[str], rows: Iterable[Sequence[object]], title: str = "") -> View:
    """Show `rows` under `headers`; columns of numbers are aligned to the right. Thread-safe.

    Raises ValueError when there are no headers, or a row has another length than they have.

    >>> table(["workers", "time in s"], [[1, 4.0], [40, 0.1]], title="Forty webhooks")
    Forty webhooks
    workers  time in s
    -------  ---------
          1          4
         40        0.1
    """
    heads = [one_line(str(head)) for head in headers]
    if not heads:
        raise ValueError("a table without headers: a reader cannot tell what the columns are; name each column")
    kept = [list(row) for row in rows]
    for row in kept:
        if len(row) != len(heads):
            raise ValueError(
                f"the row {row!r} has {len(row)} cells under {len(heads)} headers ({', '.join(heads)}): "
                "give each row one cell for each header"
            )
    right = [bool(kept) and all(_is_number(row[column]) for row in kept) for column in range(len(heads))]
    cells = [[_shown(cell) for cell in row] for row in kept]
    return View(_as_text(heads, cells, right, title), _as_html(heads, cells, right, title))


def _is_number(cell: object) -> bool:
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def _shown(cell: object) -> str:
    return number(cell) if isinstance(cell, float) else one_line(str(cell))


def _as_text(heads: list[str], cells: list[list[str]], right: list[bool], title: str) -> str:
    wide = [max(map(len, column)) for column in zip(heads, *cells, strict=True)]
    rule = ["-" * width for width in wide]
    lines = [title] if title else []
    for row in [heads, rule, *cells]:
        padded = [
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(row, wide, right, strict=True)
        ]
        lines.append("  ".join(padded).rstrip())
    return "\n".join(lines if cells else [*lines, "(no rows)"])


def _as_html(heads: list[str], cells: list[list[str]], right: list[bool], title: str) -> str:
    align = [f"text-align:{'right' if to_right else 'left'};" for to_right in right]
    caption = f'<caption style="text-align:left;font-weight:bold">{escape(title)}</caption>' if title else ""
    head = _html_row("th", "#eeeeee", heads, align)
    body = [_html_row("td", "#ffffff", row, align) for row in cells or [["(no rows)"]]]
    return (
        f'<table style="border-collapse:collapse">{caption}<thead><tr>{head}</tr></thead><tbody>'
        + "".join(f"<tr>{row}</tr>" for row in body)
        + "</tbody></table>"
    )


def _html_row(tag: str, background: str, row: list[str], align: list[str]) -> str:
    scope = ' scope="col"' if tag == "th" else ""
    return "".join(
        f'<{tag}{scope} style="{side}{_CELL}{background}">{escape(cell)}</{tag}>'
        for side, cell in zip(align, row, strict=False)
    )
