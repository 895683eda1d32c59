"""The traps of nbval that checked_notebooks.py closes, each as a cell of a throw-away notebook that a run checks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from goqueue.lab.notebooks.canonical import nbformat

v4 = nbformat().v4

ROOT = Path(__file__).parents[2]
PASSED = ""

# The picture comes out in other bytes than the stored ones, as it does with another matplotlib.
SHOW = """
class Shown:
    def __repr__(self): return "2 sent"
    def _repr_html_(self): return '<img src="data:image/svg+xml;base64,AAAA" alt="2 sent">'
"""
PICTURE = '<img src="data:image/svg+xml;base64,BBBB" alt="2 sent">'
# A subprocess's output reaches the kernel through a pipe and a thread, perhaps late. So the cell waits for it.
# Only a kernel whose capture is off spends the two seconds.
SUBPROCESS = """
import subprocess, sys, threading
write, arrived = sys.stdout.write, threading.Event()
sys.stdout.write = lambda text: (write(text), arrived.set())[0]
_ = subprocess.run([sys.executable, '-c', 'print("delivered")']), arrived.wait(2)
sys.stdout.write = write
"""
THREAD = """
import threading
gate = threading.Event()
worker = threading.Thread(target=gate.wait, name="worker-1")
worker.start()
"""
WRITER = """
writer = threading.Thread(target=print, args=("sent",), name="worker-2")
writer.start()
writer.join()
"""
UPDATED = """
from IPython.display import display
_ = display("sent 0", display_id="count")
_ = display("sent 1", display_id="count", update=True)
"""


def _stream(text: str) -> Any:
    return v4.new_output("stream", name="stdout", text=text)


def _result(text: str, html: str = "") -> Any:
    data = {"text/plain": text} | ({"text/html": html} if html else {})
    return v4.new_output("execute_result", data=data)


# A cell, the words with which it must fail ("" if it must pass), and its stored outputs.
TRAPS: tuple[tuple[str, str, *tuple[Any, ...]], ...] = (
    ('print("sent 6")', "never run"),
    ("1 + 1;", PASSED),
    ('"job-" + "1"', PASSED, _result("'job-1'")),
    ("Out[3]", PASSED, _result("'job-1'")),
    (SUBPROCESS, PASSED, _stream("delivered\n")),
    ('"from_profile" in globals()', PASSED, _result("False")),
    (THREAD, "thread worker-1 outlives the cell"),
    ("gate.set()\nworker.join()", PASSED),
    (WRITER, "thread worker-2 wrote output", _stream("sent\n")),
    ('print("sent " * 20_000)', PASSED, _stream("sent " * 20_000 + "\n")),
    ("from IPython.display import clear_output\nclear_output()", "clear_output: nobody"),
    (UPDATED, "update_display_data: nobody", _result("'sent 0'")),
    (SHOW, PASSED),
    ("Shown()", PASSED, _result("2 sent", PICTURE)),
    ("Shown()", "3 sent", _result("3 sent", PICTURE)),
    ('print("extra")', "Unexpected output"),
)


def _write(path: Path, *cells: Any) -> None:
    kernel = {"display_name": "of another machine", "name": "another-machine", "language": "python"}
    path.write_text(nbformat().writes(v4.new_notebook(cells=list(cells), metadata={"kernelspec": kernel})))


def _run(folder: Path, *arguments: str) -> dict[tuple[str, int], str]:
    """Run pytest with a reader's IPython profile; return what each cell failed with."""
    startup = folder / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00_reader.py").write_text("from_profile = True\n")
    (folder / "pytest.ini").write_text("[pytest]\n")
    shutil.copy(ROOT / "tests" / "notebooks" / "checked_notebooks.py", folder / "conftest.py")
    options = ["-p", "no:cacheprovider", "--nbval", "--nbval-current-env", "--junitxml=report.xml", "--color=no"]
    environment = {**os.environ, "IPYTHONDIR": str(folder / "ipython"), "PYTEST_ADDOPTS": ""}
    command = [sys.executable, "-m", "pytest", *options, *arguments]
    said = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300).stdout
    assert (folder / "report.xml").exists(), said
    return {
        (case.attrib["classname"], int(case.attrib["name"].removeprefix("Cell "))): "".join(case.itertext())
        for case in ElementTree.parse(folder / "report.xml").iter("testcase")
    }


def test_each_trap_is_closed(tmp_path: Path) -> None:
    cells = [
        v4.new_code_cell(source.strip(), outputs=list(outputs), execution_count=None if words == "never run" else 1)
        for source, words, *outputs in TRAPS
    ]
    _write(tmp_path / "traps.ipynb", *cells)
    _write(tmp_path / "order.ipynb", cells[1], cells[2])
    found = _run(tmp_path, "traps.ipynb", "order.ipynb::Cell 1")
    assert "cell 1 came up when cell 0 was due" in found.pop(("order.ipynb", 1))
    assert [at for _, at in found] == list(range(len(TRAPS)))
    wrong = [(trap[0], got) for trap, got in zip(TRAPS, found.values(), strict=True) if not _as_said(trap[1], got)]
    assert wrong == []


def _as_said(words: str, verdict: str) -> bool:
    return words in verdict if words else verdict == PASSED


def test_plain_pytest_checks_the_notebooks_by_our_plugin(request: pytest.FixtureRequest) -> None:
    options = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"]
    assert {"--nbval", "--nbval-current-env", "--nbval-cell-timeout=60"} <= set(options["addopts"])
    assert "notebooks" in options["testpaths"]
    assert request.config.pluginmanager.has_plugin("tests.notebooks.checked_notebooks")
