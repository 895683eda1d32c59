"""The book is whole, needs no network, works from a folder (file://); each link of it and of the manuals holds."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat as untyped_nbformat
import pytest
from bs4 import BeautifulSoup

from tests.book.pages import broken, fetched, in_style, page_in
from tests.browser.page import dump, find_browser

nbformat: Any = untyped_nbformat  # it has no annotations

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted(f"notebooks/{path.stem}" for path in ROOT.glob("notebooks/*.ipynb"))
MANUALS = ["CONTRIBUTING", *(f"docs/{path.stem}" for path in ROOT.glob("docs/*.md"))]
SCRIPT = "step with the arrow keys"  # in the stepper's script, and nowhere else

FOLD = "I have a guess"  # above what answers a question

needs_browser = pytest.mark.skipif(find_browser() is None, reason="no browser: install chromium to run this")


def make_book(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    words = (sys.executable, str(root / "docs" / "book" / "make_book.py"), *words)
    return subprocess.run(words, capture_output=True, encoding="utf-8")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    """What building it said, and where it is."""
    folder = tmp_path_factory.mktemp("book")
    return make_book(ROOT, str(folder)), folder.resolve() / "html"


@pytest.fixture(scope="module")
def book(built: tuple[subprocess.CompletedProcess[str], Path]) -> Path:
    return built[1]


def read(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def test_it_builds_without_a_warning_and_says_where_it_is(built: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    done, folder = built
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"The book is there. Open it in a browser: {folder / 'index.html'}\n"


def test_every_notebook_and_manual_has_a_page_and_the_side_lists_the_notebooks_in_order(book: Path) -> None:
    listed = [str(link["href"]) for link in page_in(book / "index.html").select("nav.bd-links a")]
    assert listed[: len(NOTEBOOKS)] == [f"{name}.html" for name in NOTEBOOKS]
    assert sorted(listed[len(NOTEBOOKS) :]) == sorted(f"{name}.html" for name in MANUALS)


def test_a_page_shows_what_its_notebook_shows(book: Path) -> None:
    for name in NOTEBOOKS:
        stored, page = read(ROOT / f"{name}.ipynb"), read(book / f"{name}.html")
        assert page.count(SCRIPT) == stored.count(SCRIPT), name
        assert page.count('src="data:image/svg+xml') == stored.count('src=\\"data:image/svg+xml'), name
        assert page.count("<summary") == stored.count("<summary") + page.count(FOLD), name
    assert SCRIPT in read(book / "notebooks" / "11_locked_storage.html")


@pytest.mark.slow
def test_each_answer_is_folded_until_the_reader_has_a_guess(book: Path) -> None:
    for name in NOTEBOOKS:
        cells = nbformat.read(ROOT / f"{name}.ipynb", as_version=4).cells
        answers = sum(".reveal(" in cell.source for cell in cells if cell.cell_type == "code")
        soup = page_in(book / f"{name}.html")
        folds = [fold for fold in soup.select("details") if FOLD in fold.get_text()]
        assert len(folds) >= answers
        for fold in folds:
            fold.decompose()
        assert "(No prediction was made.)" not in soup.get_text()


def test_the_search_index_knows_every_page(book: Path) -> None:
    index = re.fullmatch(r"Search\.setIndex\((.*)\)", read(book / "searchindex.js").strip())
    assert index
    assert set(json.loads(index[1])["docnames"]) == {"index", *NOTEBOOKS, *MANUALS}
    assert '<script src="searchindex.js"' in read(book / "search.html"), "a script, which file:// may load"


def test_nothing_is_fetched(book: Path) -> None:
    asked = {page.as_posix(): fetched(page_in(page)) for page in book.rglob("*.html")}
    assert {page: found for page, found in asked.items() if found} == {}
    assert [found for sheet in book.rglob("*.css") for found in in_style(read(sheet))] == []


def test_what_would_be_fetched_is_found_and_a_link_or_a_text_is_not() -> None:
    asks = [
        '<script async src="https://partner.example/require.js"></script>',
        '<link rel="stylesheet" href="//partner.example/fonts.css">',
        '<img alt="x" src="http://partner.example/x.png">',
        "<style>@import 'https://partner.example/a.css';</style>",
        '<p style="background:url(https://partner.example/x.png)">',
    ]
    asks_not = '<a href="https://partner.example/">https://partner.example/</a> <img src="_images/x.svg">'
    assert [len(fetched(BeautifulSoup(html, "html.parser"))) for html in [*asks, asks_not]] == [1, 1, 1, 1, 1, 0]


def test_every_link_leads_somewhere(book: Path) -> None:
    """On GitHub, and in the book."""
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("steps/*/README.md")]
    pages += [page for page in book.rglob("*.html") if page.parent.name != "_static"]  # there, the theme's templates
    wrong = {page.as_posix(): broken(page) for page in pages}
    assert {page: links for page, links in wrong.items() if links} == {}


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "b.html").write_text('<p id="there">', encoding="utf-8")
    good = "[1](#two-words) [2](b.html#there) [3](b.html) <https://partner.example/> ![4](data:image/png;base64,)"
    bad = "[5](#Two-Words) [6](b.html#here) [7](c.md) <https:partner.example> ![8](c.svg) [9](https://partner/)"
    (tmp_path / "a.md").write_text(f"## Two words\n\n{good}\n\n{bad}\n", encoding="utf-8")
    found = broken(tmp_path / "a.md")
    assert found == ["#Two-Words", "b.html#here", "c.md", "https:partner.example", "c.svg", "https://partner/"]


@needs_browser
def test_the_stepper_works_in_the_book(book: Path, tmp_path: Path) -> None:
    page = dump((book / "notebooks" / "11_locked_storage.html").as_uri(), tmp_path)
    bars = re.findall(r"<div[^>]*><button[^>]*>Back</button><button[^>]*>Next</button><button[^>]*>All</button>", page)
    steppers = re.findall(r'<div class="view-\w+"(?! data-call)', page)  # a puzzle has a call to say, and no steps
    assert len(bars) == len(steppers) > 0


@needs_browser
def test_the_search_works_from_a_folder(book: Path, tmp_path: Path) -> None:
    page = dump(f"{(book / 'search.html').as_uri()}?q=deadlock", tmp_path)
    assert re.search(r'<li[^>]*><a href="notebooks/12_worker_pool\.html[^"]*"[^>]*>12 Worker pool', page)
    assert re.search(r'<li[^>]*><a href="docs/race_lab\.html[^"]*"[^>]*>The race lab', page)


# --- a notebook that comes, a link that breaks ------------------------------------------------------------------------

LINKS = """# Glossary

[a word](00_start.ipynb), [a part](00_start.ipynb#The-words), [a loss](00_lost.ipynb)

<details>
<summary>

Show
</summary>

`done`
</details>
"""


def test_new_notebooks_are_taken_links_between_them_hold_and_a_wrong_one_is_told(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "docs", tmp_path / "docs", ignore=shutil.ignore_patterns("_build", "__pycache__"))
    for name in ("README", *MANUALS):
        (tmp_path / f"{name}.md").write_text("# A page\n\n## The words\n\n[here](#the-words)\n", encoding="utf-8")
    manual = "# A page\n\n[lost](../notebooks/00_start.ipynb#the-lost) [found](../notebooks/00_start.ipynb#The-words)\n"
    (tmp_path / "docs" / "queue.md").write_text(manual, encoding="utf-8")
    write(tmp_path / "notebooks" / "00_start.ipynb", "# Start\n\n## The words\n\nJob.")
    write(tmp_path / "notebooks" / "glossary.ipynb", LINKS)
    before = set(files(tmp_path))

    done = make_book(tmp_path)
    assert done.returncode == 1
    in_manual, in_notebook = sorted(line for line in done.stderr.splitlines() if "WARNING" in line)
    assert "queue.md" in in_manual
    assert "the-lost" in in_manual
    assert "00_lost.ipynb" in in_notebook
    built = tmp_path / "docs" / "book" / "_build" / "html"
    page = read(built / "notebooks" / "glossary.html")
    assert 'href="00_start.html"' in page
    assert 'href="00_start.html#the-words"' in page
    assert 'href="../notebooks/00_start.html#the-words"' in read(built / "docs" / "queue.html")
    assert re.search(r"<details>\s*<summary>\s*<p>Show</p>\s*</summary>.*<code.*done.*</details>", page, re.DOTALL)
    assert set(files(tmp_path)) == before, "nothing was written but _build"


def write(path: Path, words: str) -> None:
    v4 = nbformat.v4
    path.parent.mkdir(exist_ok=True)
    nbformat.write(v4.new_notebook(cells=[v4.new_markdown_cell(words)]), path)


def files(folder: Path) -> list[str]:
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*"))
    return [path for path in found if "_build" not in path and "__pycache__" not in path]
