"""JupyterLite with the notebooks: they run in the tab, with the Python that runtime.py and bytecode.py have put there.

notebooks/*.ipynb ──without answers──┐
Pyodide, and wheels ──runtime.py─────┼──> jupyter-lite build ──> TARGET/notebooks/index.html?path=00_start.ipynb
settings: ask nobody ────────────────┘
"""

from __future__ import annotations

import json
import sys
import textwrap
import tomllib
from pathlib import Path
from typing import Any

import bytecode
import runtime

from goqueue.lab.learn.own_copy import without_outputs

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = "instructor.ipynb"  # it has the answers, and grades in processes, which a tab has none of
KERNEL = "@jupyterlite/pyodide-kernel-extension:kernel"
NEWS = "@jupyterlab/apputils-extension:notification"
SAYS = "This cannot run in a browser tab: "
WORDS = ["build", "--no-sourcemaps", "--no-unused-shared-packages", "--apps", "lab", "--apps", "notebooks"]


def make_lab(work: Path, target: Path, fetched: Path, pyodide: Path | None = None) -> None:
    """Build it in `target`. `work` is a new folder; `fetched` keeps what was downloaded.

    Raises CannotBeHad if Python for a tab could not be downloaded.
    """
    python = work / "static" / "pyodide"  # where JupyterLite looks for it
    runtime.make_runtime(python, fetched, pyodide)
    bytecode.add_bytecode(python)
    (work / "jupyter-lite.json").write_text(json.dumps(settings()), "utf-8")
    notebooks = work / "contents"
    notebooks.mkdir()
    for name in names():
        text = without_outputs((ROOT / "notebooks" / name).read_bytes())
        text = text.replace(f"]({LEFT_OUT})".encode(), b"]")
        (notebooks / name).write_bytes(marked(text, cannot().get(Path(name).stem, {}).get("cells", {})))
    program = [sys.executable, "-c", "import sys; from jupyterlite_core.app import main; sys.exit(main())"]
    places = {"lite-dir": work, "output-dir": target, "contents": notebooks}
    runtime.run([*program, *WORDS, *(f"--{name}={place}" for name, place in places.items())], work)


def cannot() -> dict[str, Any]:
    """Return what each notebook cannot do in a tab, as in_the_tab.toml says."""
    return tomllib.loads(Path(__file__).with_name("in_the_tab.toml").read_text("utf-8"))


def marked(notebook: bytes, reasons: dict[str, str]) -> bytes:
    """Return a notebook whose cells that raise an error show it and stop no others, because JupyterLite would stop.

    These are the cells that are meant to raise one, and those that cannot run in a tab: `reasons` has the beginning of
    each, and why. Raises LookupError if no cell begins so.
    """
    found = json.loads(notebook)
    for cell in found["cells"]:
        if "raises-exception" in cell["metadata"].get("tags", []):
            cell["metadata"].pop("tags")
            wrap(cell, "")
    for beginning, why in reasons.items():
        cells = [cell for cell in found["cells"] if "".join(cell["source"]).startswith(beginning)]
        if not cells:
            raise LookupError(f"in_the_tab.toml names {beginning!r}, and no cell begins so")
        for cell in cells:
            wrap(cell, f'"{SAYS}{why}."')
    return json.dumps(found, indent=1, ensure_ascii=False).encode()


def wrap(cell: dict[str, Any], why: str) -> None:
    """Put the code of a cell into a block whose error is shown."""
    code = textwrap.indent("".join(cell["source"]), "    ")
    cell["source"] = f"from goqueue.lab.in_the_tab import error_shown\n\nwith error_shown({why}):\n{code}"


def names() -> list[str]:
    """Return the files of the notebooks that the site has, in the order of the course."""
    return sorted(file.name for file in (ROOT / "notebooks").glob("*.ipynb") if file.name != LEFT_OUT)


def settings() -> dict[str, object]:
    """Return what JupyterLite is told: where Python's packages come from, and that nothing is asked of any network."""
    kernel = {"disablePyPIFallback": True, "loadPyodideOptions": {"packages": runtime.LOADED}}
    return {
        "jupyter-lite-schema-version": 0,
        "jupyter-config-data": {
            "appName": "goqueue",
            "exposeAppInBrowser": True,  # as window.jupyterapp: the tests run a notebook with it
            "litePluginSettings": {KERNEL: kernel},
            "settingsOverrides": {NEWS: {"fetchNews": "false", "checkForUpdates": False}},
        },
    }
