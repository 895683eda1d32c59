"""Text that a learner had a hand in, such as a folder's name, made harmless for a terminal, a page and a spreadsheet.

A page needs nothing else: no script, no network, no other file. What a learner wrote is escaped in it, and the page
forbids itself scripts and requests besides. A file is written whole or not at all, and never over one that is not ours.
"""

import os
import unicodedata
from html import escape
from pathlib import Path

from ..whole_file import write

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
MADE_BY = '<meta name="generator" content="{}">'
_STYLE = (
    "body{font-family:sans-serif;line-height:1.45;color:#222222;background:#ffffff;max-width:62em;margin:1.5em auto;"
    "padding:0 1em}table{margin:0.5em 0}h2{margin-top:1.6em}code,pre{font-family:monospace}pre{white-space:pre-wrap}"
    "li{margin:0.3em 0}a{color:#00559b}.scroll{overflow-x:auto}"
)


def plain(text: str) -> str:
    r"""Return `text` with each character that cannot be printed as its escape: no line breaks, no terminal commands.

    >>> print(plain("bob\x1b[31m\nqueue"), plain("Zoë 愛"))
    bob\x1b[31m\nqueue Zoë 愛
    """
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def plain_lines(text: str) -> str:
    """Return `text` with its line breaks kept, and each line made plain.

    >>> plain_lines("first\\r\\nsecond\\x07")
    'first\\nsecond\\\\x07'
    """
    return "\n".join(plain(line) for line in text.splitlines())


def cell(text: str) -> str:
    """Return `text` as a cell of a CSV file that no spreadsheet takes for a formula.

    >>> cell("=HYPERLINK(0)"), cell(" +1"), cell("Ann")
    ("'=HYPERLINK(0)", "' +1", 'Ann')
    """
    shown = plain(text)
    first = unicodedata.normalize("NFKC", shown.lstrip())[:1]  # a wide = counts as one
    return f"'{shown}" if first and first in "=+-@|%" else shown


def page(title: str, body: str, made_by: str) -> str:
    """Return a page; `body` is HTML, `title` is not. By `made_by`, `write_own` recognizes the page."""
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">{MADE_BY.format(escape(made_by))}'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>\n{body}\n</main></body></html>\n"
    )


def check_own(file: Path, mark: str) -> None:
    """Raise FileExistsError if there is something at `file` that does not hold `mark` near its beginning."""
    if not os.path.lexists(file):
        return
    if file.is_symlink() or not file.is_file() or mark not in _beginning(file):
        raise FileExistsError(f"{file} is there, and was not written by this command: name another")


def _beginning(file: Path) -> str:
    with file.open(encoding="utf-8", errors="replace") as text:
        return text.read(600)


def write_own(file: Path, text: str, mark: str) -> None:
    """Write `text` to `file`, whole or not at all. Raises FileExistsError for a file that is none of ours."""
    check_own(file, mark)
    write(file, text)
