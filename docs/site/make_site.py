"""Build the course as a site: python docs/site/make_site.py [FOLDER]

    FOLDER/index.html      the first page: one level, to be played at once                (pages.py)
    FOLDER/levels.html     all levels                                                     (goqueue.lab.playing.page)
    FOLDER/notebooks.html  what runs in the tab, with a link to each notebook             (pages.py)
    FOLDER/book/           the book                                                       (docs/book/make_book.py)
    FOLDER/lab/            JupyterLite, and Python for a tab                              (lite.py, runtime.py)

All of it is static: any server and any path will do, and no page asks another site for anything. The levels need no
Python. FOLDER is `_build/site` beside this file unless you name another; it is new, or an older site, which is
replaced once the new one is whole. `python3 start.py site` installs what this needs, and runs it.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import lite
import pages
from runtime import CannotBeHad

HERE = Path(__file__).resolve().parent
MARK = ".goqueue-site"  # in a folder that this program made, and so may replace


def main() -> int:
    """Build, say where the first page is and how large the site is, and return the exit status."""
    parser = argparse.ArgumentParser(description="Build the course as a static site.")
    parser.add_argument("folder", nargs="?", type=Path, default=HERE / "_build" / "site", help="the site")
    parser.add_argument("--pyodide", type=Path, metavar="FOLDER", help="take Pyodide from there, and not from npm")
    parser.add_argument("--no-book", action="store_true", help="leave the book out")
    parser.add_argument("--no-notebooks", action="store_true", help="leave out the notebooks, which need a download")
    options = parser.parse_args()
    folder: Path = options.folder.resolve()
    try:
        check_free(folder)
        with tempfile.TemporaryDirectory(prefix="goqueue-site-") as work:
            built = Path(work) / "site"
            status = build(built, Path(work), options)
            replace(folder, built)
    except (FileExistsError, CannotBeHad) as error:
        print(f"make_site.py: {error}", file=sys.stderr)
        return 1
    print(f"The site is there ({pages.megabytes(folder)} MB). Serve that folder, such as with:")
    print(f"python3 -m http.server --directory {folder}")
    return status


def build_book(folder: Path) -> int:
    """Build the book, as `python docs/book/make_book.py` does, and return the exit status."""
    sys.path.insert(0, str(HERE.parent / "book"))
    from make_book import build

    return build(folder)


def build(built: Path, work: Path, options: argparse.Namespace) -> int:
    """Build the site in a new folder, and return the exit status of the book. Raises CannotBeHad."""
    built.mkdir()
    (built / MARK).write_text("python3 start.py site made this folder, and replaces it.\n", "utf-8")
    if not options.no_notebooks:
        lite.make_lab(work / "lite", built / "lab", HERE / "_build" / "fetched", options.pyodide)
    status = 0 if options.no_book else build_book(work / "book")
    if not options.no_book:
        shutil.copytree(work / "book" / "html", built / "book", ignore=shutil.ignore_patterns(".*"))
    pages.write_pages(built)
    return status


def check_free(folder: Path) -> None:
    """Raise FileExistsError if the folder holds what is none of ours."""
    if folder.exists() and not (folder / MARK).is_file() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(f"{folder} is not empty, and no site of start.py: name a new folder")


def replace(folder: Path, built: Path) -> None:
    """Put the new site where the old one was."""
    if folder.exists():
        shutil.rmtree(folder)
    shutil.copytree(built, folder)


if __name__ == "__main__":
    sys.exit(main())
