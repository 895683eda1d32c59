"""Build the book, a static copy of the notebooks and the manuals: python docs/book/make_book.py [FOLDER]

    README.md, CONTRIBUTING.md, docs/, notebooks/ ──copied──> FOLDER/source ──Sphinx──> FOLDER/html/index.html

FOLDER is `_build` beside this file unless you name another; nothing else is written to. The first page is the README
with contents.md at its end. The copy has the layout of the repository, so that a link works on GitHub and in the book.
The notebooks are sorted by name. What answers a question is folded, until the reader has a guess. A warning, such as
a link that leads nowhere, does not stop the build, but makes the exit status 1. `python3 start.py book` installs what
this needs, and runs it.
"""

import argparse
import json
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
FOLDED = {"code_prompt_show": "I have a guess", "code_prompt_hide": "Fold it again"}
WORDS = ["--quiet", "--fresh-env", "--fail-on-warning", "--builder", "html"]


def main() -> int:
    """Build, say where the first page is, and return the exit status."""
    parser = argparse.ArgumentParser(description="Build the book of the notebooks and the manuals.")
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
    for pattern in ("CONTRIBUTING.md", "docs/*.md", "docs/*.svg", "notebooks/*.ipynb"):
        for file in ROOT.glob(pattern):
            copy = source / file.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, copy)
    for notebook in source.glob("notebooks/*.ipynb"):
        notebook.write_text(fold_answers(notebook.read_text(encoding="utf-8")), encoding="utf-8")
    pages = [ROOT / "README.md", HERE / "contents.md"]
    (source / "index.md").write_text("".join(page.read_text(encoding="utf-8") for page in pages), encoding="utf-8")
    sys.path.insert(0, str(HERE))  # conf.py imports anchor()
    return sphinx([*WORDS, "--conf-dir", str(HERE), "--doctree-dir", str(folder / "doctrees"), str(source), str(html)])


def fold_answers(notebook: str) -> str:
    """Return a notebook that shows what answers a question only when it is unfolded: up to its `reveal`."""
    found, is_open = json.loads(notebook), False
    for cell in found["cells"]:
        text = "".join(cell["source"])
        reveals = cell["cell_type"] == "code" and ".reveal(" in text
        if reveals or (is_open and cell["cell_type"] == "code"):
            cell["metadata"].setdefault("tags", []).append("hide-output")
            cell["metadata"]["mystnb"] = FOLDED
        is_open = not reveals and (is_open or (cell["cell_type"] == "code" and "predict(" in text))
    return json.dumps(found, indent=1, ensure_ascii=False)


def anchor(heading: str) -> str:
    """Return the last part of a link to a heading of a notebook, as JupyterLab calls it."""
    return heading.replace(" ", "-")


if __name__ == "__main__":
    sys.exit(main())
