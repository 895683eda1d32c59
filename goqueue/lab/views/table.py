"""A small table: columns in text, and the same cells as an HTML table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from goqueue.lab.views.markup import cell, grid
from goqueue.lab.views.style import HEAD
from goqueue.lab.views.view import View
from goqueue.lab.views.wording import number, one_line


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
    kept = [list(row) for row in rows]
    _check(heads, kept)
    right = [bool(kept) and all(_is_number(row[column]) for row in kept) for column in range(len(heads))]
    cells = [[number(one) if isinstance(one, float) else one_line(str(one)) for one in row] for row in kept]
    lines = columns([heads, *cells], right, rule=True)
    text = "\n".join([title] * bool(title) + lines + ["(no rows)"] * (not kept))
    sides = ["text-align:right" if to_right else "" for to_right in right]
    top = [cell(head, scope="col", style=f"{HEAD};{side}") for head, side in zip(heads, sides, strict=True)]
    body = [[cell(one, style=side) for one, side in zip(row, sides, strict=True)] for row in cells]
    return View(text, grid(top, body or [["(no rows)"]], title))


def columns(rows: Sequence[Sequence[str]], right: Sequence[bool], least: int = 0, rule: bool = False) -> list[str]:
    """Return each row as a line. A column is `least` characters wide or more; a `rule` is under the first row.

    >>> columns([["job", "ms"], ["webhook", "7"]], right=[False, True])
    ['job      ms', 'webhook   7']
    """
    wide = [max(least, *map(len, column)) for column in zip(*rows, strict=True)]
    shown = [*rows[:1], *[["-" * width for width in wide]] * rule, *rows[1:]]
    sides = [str.rjust if to_right else str.ljust for to_right in right]
    padded = [[side(one, width) for side, one, width in zip(sides, row, wide, strict=True)] for row in shown]
    return ["  ".join(row).rstrip() for row in padded]


def _check(heads: list[str], rows: list[list[object]]) -> None:
    if not heads:
        raise ValueError("a table without headers: a reader cannot tell what the columns are; name each column")
    for row in rows:
        if len(row) != len(heads):
            raise ValueError(
                f"the row {row!r} has {len(row)} cells under {len(heads)} headers ({', '.join(heads)}): "
                "give each row one cell for each header"
            )


def _is_number(one: object) -> bool:
    return isinstance(one, int | float) and not isinstance(one, bool)
