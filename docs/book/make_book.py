"""Build the book, a static copy of the notebooks: python docs/book/make_book.py [FOLDER]

    index.md, ../../notebooks/*.ipynb, ../*.svg ──copied──> FOLDER/source ──Sphinx──> FOLDER/html/index.html

FOLDER is `_build` beside this file unless you name another; nothing else is written to. Each notebook there is, is in
the book, in order of its name. A warning, such as a link that leads nowhere, does not stop the work, and makes the exit
status 1. `python3 start.py book` installs what this needs, and runs it.
"""

import argparse
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
WORDS = ["--quiet", "--fresh-env", "--fail-on-warning", "--builder", "html"]


def main() -> int:
    """Build, say where the first page is, and return the exit status."""
    parser = argparse.ArgumentParser(description="Build the book of the notebooks.")
    parser.add_argument("folder", nargs="?", type=Path, default=HERE / "_build", help="where it is built")
    folder: Path = parser.parse_args().folder
    status = build(folder)
    page = folder.resolve() / "html" / "index.html"
    if page.exists():
        print(f"The book is there. Open it in a browser: {page}")
    return status


def build(folder: Path) -> int:
    """Build the book in `folder`, and return Sphinx's exit status."""
    from sphinx.cmd.build import main as sphinx

    source, html = folder / "source", folder / "html"
    for old in (source, html):
        if old.exists():
            shutil.rmtree(old)
    source.mkdir(parents=True)
    docs = HERE.parent
    for file in [HERE / "index.md", *docs.glob("*.svg"), *docs.parent.glob("notebooks/*.ipynb")]:
        shutil.copy(file, source)
    sys.path.insert(0, str(HERE))  # conf.py names anchor()
    return sphinx([*WORDS, "--conf-dir", str(HERE), "--doctree-dir", str(folder / "doctrees"), str(source), str(html)])


def anchor(heading: str) -> str:
    """The last part of a link to a heading, as in JupyterLab: one link in a notebook works there and in the book."""
    return heading.replace(" ", "-")


if __name__ == "__main__":
    sys.exit(main())
