"""The book builds without a warning, is whole, asks the network for nothing, and works from a folder (file://)."""

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

from tests.book.offline import fetched, in_style
from tests.browser.page import dump, find_browser

nbformat: Any = untyped_nbformat  # it has no annotations

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SCRIPT = "step with the arrow keys"  # in the stepper's script, and nowhere else

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


def test_it_builds_without_a_warning_and_says_where_it_is(
    built: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    done, folder = built
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"The book is there. Open it in a browser: {folder / 'index.html'}\n"


def test_every_notebook_has_a_page_and_the_first_lists_them_in_order(book: Path) -> None:
    listed = re.search(r'<div class="toctree-wrapper.*?</div>', read(book / "index.html"), re.DOTALL)
    assert listed
    pages = re.findall(r'href="([^"#]+)"', listed[0])
    assert pages == [f"{path.stem}.html" for path in NOTEBOOKS]
    assert all((book / page).is_file() for page in pages)


def test_a_page_shows_what_its_notebook_shows(book: Path) -> None:
    for path in NOTEBOOKS:
        stored, page = read(path), read(book / f"{path.stem}.html")
        assert page.count(SCRIPT) == stored.count(SCRIPT), path.stem
        assert page.count('src="data:image/svg+xml') == stored.count('src=\\"data:image/svg+xml'), path.stem
        assert page.count("<summary") == stored.count("<summary"), path.stem
    assert SCRIPT in read(book / "11_locked_storage.html")


def test_the_search_index_knows_every_page(book: Path) -> None:
    index = re.fullmatch(r"Search\.setIndex\((.*)\)", read(book / "searchindex.js").strip())
    assert index
    assert set(json.loads(index[1])["docnames"]) == {"index", *(path.stem for path in NOTEBOOKS)}
    assert '<script src="searchindex.js"' in read(book / "search.html"), "a script, which file:// may load"


def test_nothing_is_fetched(book: Path) -> None:
    asked = {page.name: fetched(read(page)) for page in book.glob("*.html")}
    assert {page: found for page, found in asked.items() if found} == {}
    assert [found for sheet in book.rglob("*.css") for found in in_style(read(sheet))] == []


@pytest.mark.parametrize(
    "html",
    [
        '<script async src="https://partner.example/require.js"></script>',
        '<link rel="stylesheet" href="//partner.example/fonts.css">',
        '<img alt="x" src="http://partner.example/x.png">',
        "<style>@import 'https://partner.example/a.css';</style>",
        '<p style="background:url(https://partner.example/x.png)">',
    ],
)
def test_what_would_be_fetched_is_found(html: str) -> None:
    assert len(fetched(html)) == 1


def test_links_and_addresses_in_text_are_not_fetched() -> None:
    assert fetched('<a href="https://partner.example/">https://partner.example/</a> <img src="_images/x.svg">') == []


@needs_browser
def test_the_stepper_works_in_the_book(book: Path, tmp_path: Path) -> None:
    page = dump((book / "11_locked_storage.html").as_uri(), tmp_path)
    bars = re.findall(r"<div[^>]*><button[^>]*>Back</button><button[^>]*>Next</button><button[^>]*>All</button>", page)
    steppers = re.findall(r'<div class="view-\w+"(?! data-call)', page)  # a puzzle has a call to say, and no steps
    assert len(bars) == len(steppers) > 0


@needs_browser
def test_the_search_works_from_a_folder(book: Path, tmp_path: Path) -> None:
    page = dump(f"{(book / 'search.html').as_uri()}?q=deadlock", tmp_path)
    assert re.search(r'<li[^>]*><a href="12_worker_pool\.html[^"]*"[^>]*>12 Worker pool', page)


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
    write(tmp_path / "notebooks" / "00_start.ipynb", "# Start\n\n## The words\n\nJob.")
    write(tmp_path / "notebooks" / "glossary.ipynb", LINKS)
    before = set(files(tmp_path))

    done = make_book(tmp_path)
    assert done.returncode == 1
    [warning] = [line for line in done.stderr.splitlines() if "WARNING" in line]
    assert "00_lost.ipynb" in warning
    page = read(tmp_path / "docs" / "book" / "_build" / "html" / "glossary.html")
    assert 'href="00_start.html"' in page
    assert 'href="00_start.html#the-words"' in page
    assert re.search(r"<details>\s*<summary>\s*<p>Show</p>\s*</summary>.*<code.*done.*</details>", page, re.DOTALL)
    assert set(files(tmp_path)) == before, "nothing was written but _build"


def write(path: Path, words: str) -> None:
    v4 = nbformat.v4
    path.parent.mkdir(exist_ok=True)
    nbformat.write(v4.new_notebook(cells=[v4.new_markdown_cell(words)]), path)


def files(folder: Path) -> list[str]:
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*"))
    return [path for path in found if "_build" not in path and "__pycache__" not in path]
