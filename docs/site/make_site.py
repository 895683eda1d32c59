"""Build the course as a site: python docs/site/make_site.py [FOLDER] [--pyodide FOLDER]

    FOLDER/site/index.html   the levels, which need no Python        (goqueue.lab.playing.page)
    FOLDER/site/book/        the book                                (docs/book/make_book.py)
    FOLDER/site/lab/         JupyterLite: the notebooks run in the tab, with the Python that runtime.py has put there

All of it is static, from any server and under any path, and no page asks another site for anything. If Pyodide cannot
be had, the site is built without lab/ and says so. FOLDER is `_build` beside this file unless you name another.
`python3 start.py site` installs what this needs, and runs it.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "docs" / "book"), str(ROOT)]

import make_book  # noqa: E402
import runtime  # noqa: E402

from goqueue.lab.playing.page import page  # noqa: E402

KERNEL = "@jupyterlite/pyodide-kernel-extension:kernel"
LINKS = """<p>This is a part of a course: <a href="book/index.html">read it as a book</a>{lab}.</p>
<p id="no-jspi" hidden>This browser lacks JavaScript Promise Integration, so the notebooks cannot run threads in it. The
levels below need no Python, and work.</p>
<script>if (!("Suspending" in WebAssembly)) document.getElementById("no-jspi").hidden = false;</script>
</header>"""
LAB = ', or <a href="lab/lab/index.html?path=10b_you_are_the_scheduler.ipynb">run its notebooks in this tab</a>'


def main() -> int:
    """Build, say where the first page is and how large the site is, and return the exit status."""
    parser = argparse.ArgumentParser(description="Build the course as a static site.")
    parser.add_argument("folder", nargs="?", type=Path, default=HERE / "_build", help="where it is built")
    parser.add_argument("--pyodide", type=Path, help="a folder with Pyodide; without it, npm fetches it")
    parser.add_argument("--no-book", action="store_true", help="leave the book out, which takes longest")
    options = parser.parse_args()
    folder: Path = options.folder.resolve()
    site = folder / "site"
    if site.exists():
        shutil.rmtree(site)
    site.mkdir(parents=True)
    status = 0 if options.no_book else add_book(folder / "book", site / "book")
    missing = add_lab(folder, site / "lab", options.pyodide)
    (site / "index.html").write_text(first_page(not missing), "utf-8")
    if missing:
        print(f"The site has no notebooks that run in a tab, because Python for it could not be had: {missing}")
    print(f"The site is there ({size(site)} MB); serve that folder as it is: {site}")
    return status


def first_page(has_lab: bool) -> str:
    """Return the page of levels, with links to the rest."""
    return page().replace("</header>", LINKS.format(lab=LAB if has_lab else ""), 1)


def add_book(folder: Path, target: Path) -> int:
    """Build the book and copy it. Return the exit status of its build."""
    status = make_book.build(folder)
    shutil.copytree(folder / "html", target, ignore=shutil.ignore_patterns(".doctrees", ".buildinfo"))
    return status


def add_lab(folder: Path, target: Path, pyodide: Path | None) -> str:
    """Build JupyterLite with the notebooks. Return why it could not be built, or ""."""
    lite = folder / "lite"
    python = lite / "static" / "pyodide"  # where JupyterLite looks for it
    shutil.rmtree(lite, ignore_errors=True)
    try:
        runtime.make_runtime(python, pyodide)
    except (OSError, ImportError, subprocess.CalledProcessError) as error:
        return str(error)
    (lite / "jupyter-lite.json").write_text(json.dumps(settings()), "utf-8")
    notebooks = lite / "contents"
    shutil.copytree(ROOT / "notebooks", notebooks, ignore=shutil.ignore_patterns("__pycache__", "conftest.py", ".*"))
    (notebooks / "instructor.ipynb").unlink()  # it has the answers
    words = [
        str(Path(sys.executable).with_name("jupyter-lite")),
        "build",
        "--no-sourcemaps",
        "--no-unused-shared-packages",
    ]
    words += ["--lite-dir", str(lite), "--output-dir", str(target), "--contents", str(notebooks)]
    runtime.run([*words, "--apps", "lab", "--apps", "notebooks"])
    return ""


def settings() -> dict[str, object]:
    """Return what JupyterLite is told: where Python's packages come from, and that nothing is asked of any network."""
    kernel = {"disablePyPIFallback": True, "loadPyodideOptions": {"packages": ["micropip", "goqueue"]}}
    return {
        "jupyter-lite-schema-version": 0,
        "jupyter-config-data": {
            "appName": "goqueue",
            "litePluginSettings": {KERNEL: kernel},
            "settingsOverrides": {
                "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}
            },
        },
    }


def size(folder: Path) -> int:
    """Return how many megabytes a folder takes."""
    return round(sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6)


if __name__ == "__main__":
    sys.exit(main())
