"""A whole HTML page that needs nothing else: no script, no network, no other file. And files that are written whole.

A page may show what a learner wrote. All of it is escaped, and the page forbids itself scripts and requests besides.
"""

import os
import tempfile
from html import escape
from pathlib import Path

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
MADE_BY = '<meta name="generator" content="{}">'
_STYLE = (
    "body{font-family:sans-serif;line-height:1.45;color:#222222;background:#ffffff;max-width:62em;margin:1.5em auto;"
    "padding:0 1em}table{margin:0.5em 0}h2{margin-top:1.6em}code,pre{font-family:monospace}pre{white-space:pre-wrap}"
    "li{margin:0.3em 0}a{color:#00559b}.scroll{overflow-x:auto}"
)


def page(title: str, body: str, made_by: str) -> str:
    """Return a page; `body` is HTML, `title` is not. `made_by` lets `write_own` know the page again."""
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
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".goqueue-")
    try:
        with open(handle, "w", encoding="utf-8", newline="") as out:
            out.write(text)
        os.chmod(name, 0o644)  # mkstemp's own mode lets nobody else read it
        os.replace(name, file)
    except BaseException:
        os.unlink(name)
        raise
