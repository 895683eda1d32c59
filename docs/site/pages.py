"""The site's own pages: the first one, with one level to play, all levels, and the list of notebooks.

levels.json ──one level──> index.html      some 40 KB, so it can be played at once
            └─all levels─> levels.html
README's table, in_the_tab.toml ──> notebooks.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from lite import cannot

from goqueue.lab.playing.page import LOOK, facts, page
from goqueue.lab.playing.widget import SCRIPT, STYLE, as_script

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
FIRST_LEVEL = "lost_sale"
ROW = re.compile(r"^\| \[(\w+)\]\(notebooks/(\w+\.ipynb)\) \| (.+?) \|$", re.MULTILINE)


def write_pages(site: Path) -> None:
    """Write the pages of a site, whose book and notebooks are there, or were left out."""
    has_book, has_lab = (site / "book").is_dir(), (site / "lab").is_dir()
    (site / "index.html").write_text(first_page(has_book, has_lab), "utf-8")
    back = ['<a href="index.html">The first page</a>']
    back += ['<a href="notebooks.html">The notebooks, in this tab</a>'] * has_lab
    back += ['<a href="book/index.html">The book</a>'] * has_book
    (site / "levels.html").write_text(page(links=f'<p class="turn">{" ".join(back)}</p>'), "utf-8")
    if has_lab:
        (site / "notebooks.html").write_text(list_of_notebooks(site, has_book), "utf-8")


def first_page(has_book: bool, has_lab: bool) -> str:
    """Return the page that a visitor sees first."""
    level = next(one for one in facts() if one["id"] == FIRST_LEVEL)
    game = f"{SCRIPT}\n{part('front.js')}\ngoqueueFront({as_script({**level, 'call': ''})});"
    text = part("front.html").replace("@levels@", str(len(facts())))
    for name, there in (("book", has_book), ("notebooks", has_lab)):
        text = text if there else re.sub(rf'<li id="{name}">.*?</li>\n', "", text, flags=re.DOTALL)
    return whole("goqueue: make a real program fail", text.replace("@script@", game))


def list_of_notebooks(site: Path, has_book: bool) -> str:
    """Return the page with a link to each notebook, and what each cannot do in a tab."""
    items = "\n".join(item(name, file, question, cannot().get(name, {})) for name, file, question in course(site))
    text = part("notebooks.html").replace("@notebooks@", items)
    text = text.replace("@megabytes@", str(round(loaded(site) / 1e6)))
    if not has_book:
        text = re.sub(r'<a href="book/index.html">.*?</a>', "", text)
    return whole("goqueue: the notebooks, in this tab", text)


def item(name: str, file: str, question: str, limits: dict[str, Any]) -> str:
    """Return one entry of that list."""
    note = limits.get("note", "")
    if limits.get("cells"):
        note += " Some cells cannot run in a tab, because a tab has no real threads. Each says so."
    told = f"<p>{escape(note.strip())}</p>" if note else ""
    alone = f'<a href="{address("notebooks", file)}">Open {name}</a>'
    in_lab = f'<a href="{address("lab", file)}">in JupyterLab<span class="unseen">: {name}</span></a>'
    return f'<li id="{name}"><h2>{escape(question)}</h2><p class="turn">{alone} {in_lab}</p>{told}</li>'


def address(app: str, file: str) -> str:
    """Return the address of a notebook in an app of JupyterLite, from a page at the top of the site."""
    return f"lab/{app}/index.html?path={file}"


def course(site: Path) -> Iterator[tuple[str, str, str]]:
    """Yield the name, the file and the question of each notebook that the site has, in the README's order."""
    for name, file, question in ROW.findall((ROOT / "README.md").read_text("utf-8")):
        if (site / "lab" / "files" / file).is_file():
            yield name, file, question


def loaded(site: Path) -> int:
    """Return the bytes of Python and its packages, which a tab loads before the first cell runs."""
    return sum(file.stat().st_size for file in (site / "lab" / "static" / "pyodide").iterdir())


def whole(title: str, body: str) -> str:
    """Return a page."""
    head = '<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    head += '<meta name="color-scheme" content="light dark">\n<link rel="icon" href="data:,">\n'
    head += f"<title>{escape(title)}</title>\n<style>\n{STYLE}{LOOK}{part('front.css')}</style>"
    return f'<!doctype html>\n<html lang="en">\n<head>\n{head}\n</head>\n<body>\n{body}</body>\n</html>\n'


def part(name: str) -> str:
    """Return a file beside this one."""
    return (HERE / name).read_text("utf-8")


def megabytes(folder: Path) -> int:
    """Return how many megabytes a folder takes."""
    return round(sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6)
