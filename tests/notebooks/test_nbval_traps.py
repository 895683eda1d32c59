"""The traps of nbval, each as a cell of a throw-away notebook: what nbval alone makes of it, and what we make of it.

The first half of each case shows that the trap is real. When one of those fails, nbval has closed the trap itself, and
our own remedy in checked_notebooks.py can go.
"""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from goqueue.lab.notebooks.canonical import nbformat

nbval_options: Any = importlib.import_module("nbval.plugin").pytest_addoption
v4 = nbformat().v4

ROOT = Path(__file__).parents[2]
PASSED = ""


@dataclass(frozen=True)
class Trap:
    """A cell, and how it must end: "" when it passes, or words of the message with which it fails."""

    name: str
    source: str
    alone: str
    checked: str
    outputs: tuple[Any, ...] = ()
    run: bool = True
    tags: tuple[str, ...] = ()


def _stream(text: str) -> Any:
    return v4.new_output("stream", name="stdout", text=text)


def _result(**data: str) -> Any:
    return v4.new_output("execute_result", data={kind.replace("_", "/"): text for kind, text in data.items()})


def _error(ename: str, evalue: str) -> Any:
    return v4.new_output("error", ename=ename, evalue=evalue, traceback=["another traceback"])


SHOW = """
class Shown:
    def __repr__(self): return "2 sent"
    def _repr_html_(self): return '<img src="data:image/svg+xml;base64,AAAA" alt="2 sent">'
"""
PICTURE = '<img src="data:image/svg+xml;base64,BBBB" alt="2 sent">'
# A subprocess's output reaches the kernel through a pipe and a thread, perhaps late. So the cell waits for it.
# Only the kernel whose capture is off, as nbval's own is, spends the two seconds.
SUBPROCESS = """
import subprocess, sys, threading
write, arrived = sys.stdout.write, threading.Event()
sys.stdout.write = lambda text: (write(text), arrived.set())[0]
_ = subprocess.run([sys.executable, '-c', 'print("delivered")']), arrived.wait(2)
sys.stdout.write = write
""".strip()
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

TRAPS = (
    Trap("never run", 'print("sent 6")', PASSED, "never run", run=False),
    Trap("silenced", "1 + 1;", "Unexpected output", PASSED),
    Trap("a result", '"job-" + "1"', PASSED, PASSED, (_result(text_plain="'job-1'"),)),
    Trap("its history", "Out[3]", "KeyError", PASSED, (_result(text_plain="'job-1'"),)),
    Trap(
        "a subprocess",
        SUBPROCESS,
        "Missing output",
        PASSED,
        (_stream("delivered\n"),),
    ),
    Trap("the reader's profile", '"from_profile" in globals()', "True", PASSED, (_result(text_plain="False"),)),
    Trap("a thread outlives its cell", THREAD, PASSED, "thread worker-1 outlives the cell"),
    Trap("a thread that is joined", "gate.set()\nworker.join()", PASSED, PASSED),
    Trap("a thread prints", WRITER, PASSED, "thread worker-2 wrote output", (_stream("sent\n"),)),
    Trap("a large output", 'print("sent " * 20_000)', PASSED, PASSED, (_stream("sent " * 20_000 + "\n"),)),
    Trap("clear_output", "from IPython.display import clear_output\nclear_output()", PASSED, "clear_output: nobody"),
    Trap("updated display", UPDATED, PASSED, "update_display_data: nobody", (_result(text_plain="'sent 0'"),)),
    Trap("a class", SHOW, PASSED, PASSED),
    Trap("redrawn", "Shown()", "mismatch", PASSED, (_result(text_plain="2 sent", text_html=PICTURE),)),
    Trap("other data", "Shown()", "mismatch", "3 sent", (_result(text_plain="3 sent", text_html=PICTURE),)),
    Trap("output where none is stored", 'print("extra")', "Unexpected output", "Unexpected output"),
    Trap("no output where some is stored", "pass", "Missing output", "Missing output", (_stream("sent\n"),)),
    Trap(
        "an error",
        "1 / 0",
        PASSED,
        PASSED,
        (_error("ZeroDivisionError", "division by zero"),),
        tags=("raises-exception",),
    ),
    Trap(
        "another error",
        "1 / 0",
        "mismatch",
        "no way",
        (_error("ZeroDivisionError", "no way"),),
        tags=("raises-exception",),
    ),
    Trap("an error nobody announced", "1 / 0", "ZeroDivisionError", "ZeroDivisionError"),
)
DEADLOCK = "import threading\nlock = threading.Lock()\nlock.acquire() and lock.acquire()"


def _write(path: Path, cells: list[Any]) -> None:
    kernel = {"display_name": "of another machine", "name": "another-machine", "language": "python"}
    path.write_text(nbformat().writes(v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})))


def _cell(trap: Trap, number: int) -> Any:
    count = number if trap.run else None
    metadata = {"tags": list(trap.tags)}
    return v4.new_code_cell(trap.source.strip(), outputs=list(trap.outputs), execution_count=count, metadata=metadata)


def _start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """`pytest --nbval` in `folder`, with an IPython profile that a reader might have."""
    startup = folder / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00_reader.py").write_text("from_profile = True\n")
    (folder / "pytest.ini").write_text("[pytest]\n")
    options = ["-p", "no:cacheprovider", "--nbval", "--junitxml=report.xml", "--color=no"]
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", *options, *arguments],
        cwd=folder,
        env={**os.environ, "IPYTHONDIR": str(folder / "ipython"), "PYTEST_ADDOPTS": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _verdicts(run: subprocess.Popen[str], folder: Path) -> dict[tuple[str, int], str]:
    """For each notebook and cell: "", or the text of the failure."""
    said, _ = run.communicate(timeout=120)
    report = folder / "report.xml"
    assert report.exists(), said
    found = {}
    for case in ElementTree.parse(report).iter("testcase"):
        trouble = case.find("failure") if case.find("failure") is not None else case.find("error")
        text = "" if trouble is None else (trouble.text or "no text")
        found[case.attrib["classname"].removesuffix(".ipynb"), int(case.attrib["name"].removeprefix("Cell "))] = text
    return found


THIS_PYTHON, PATIENT = "--nbval-current-env", "--nbval-cell-timeout=60"
RUNS = {
    "alone": (THIS_PYTHON, PATIENT, "traps.ipynb", "order.ipynb::Cell 1"),
    "checked": (THIS_PYTHON, PATIENT, "traps.ipynb", "order.ipynb::Cell 1"),
    "impatient": (THIS_PYTHON, "--nbval-cell-timeout=2", "deadlock.ipynb"),
    "the kernel it names": (PATIENT, "order.ipynb"),
}
OURS = {"checked", "impatient"}


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The verdicts of all runs, which go on at the same time: nbval's alone, and ours."""
    cells = [_cell(trap, number) for number, trap in enumerate(TRAPS, start=1)]
    started = {}
    for kind, arguments in RUNS.items():
        folder = tmp_path_factory.mktemp("run")
        _write(folder / "traps.ipynb", cells)
        _write(folder / "order.ipynb", [cells[0], v4.new_code_cell("pass", execution_count=2)])
        _write(folder / "deadlock.ipynb", [v4.new_code_cell(DEADLOCK, execution_count=1)])
        if kind in OURS:
            shutil.copy(ROOT / "tests" / "notebooks" / "checked_notebooks.py", folder / "conftest.py")
        started[kind] = _start(folder, *arguments), folder
    return {kind: _verdicts(run, folder) for kind, (run, folder) in started.items()}


def _expect(verdict: str, words: str) -> None:
    assert words in verdict if words else verdict == PASSED


@pytest.mark.parametrize("index", range(len(TRAPS)), ids=[trap.name for trap in TRAPS])
def test_a_trap_is_real_and_closed(verdicts: dict[str, Any], index: int) -> None:
    _expect(verdicts["alone"]["traps", index], TRAPS[index].alone)
    _expect(verdicts["checked"]["traps", index], TRAPS[index].checked)


def test_a_cell_alone_is_refused_in_plain_words(verdicts: dict[str, Any]) -> None:
    _expect(verdicts["alone"]["order", 1], PASSED)
    _expect(verdicts["checked"]["order", 1], "cell 1 came up when cell 0 was due")


def test_the_kernel_that_a_notebook_names_need_not_be_installed(verdicts: dict[str, Any]) -> None:
    _expect(verdicts["the kernel it names"]["order", 0], "No such kernel named another-machine")
    _expect(verdicts["alone"]["traps", 1], TRAPS[1].alone)  # the notebook names the same one, and ran


def test_a_deadlock_ends_at_the_timeout_and_not_after_half_an_hour(verdicts: dict[str, Any]) -> None:
    parser = mock.Mock()
    nbval_options(parser)
    defaults = {call.args[0]: call.kwargs.get("default") for call in parser.getgroup().addoption.call_args_list}
    assert defaults["--nbval-cell-timeout"] == 2_000
    _expect(verdicts["impatient"]["deadlock", 0], "Timeout of 2 seconds exceeded")


def test_plain_pytest_checks_the_notebooks() -> None:
    options = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"]
    assert {"--nbval", "--nbval-current-env", "--nbval-cell-timeout=60"} <= set(options["addopts"])
    assert "notebooks" in options["testpaths"]


def test_plain_pytest_checks_them_by_our_plugin(request: pytest.FixtureRequest) -> None:
    assert request.config.pluginmanager.has_plugin("tests.notebooks.checked_notebooks")
