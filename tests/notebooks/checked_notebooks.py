"""A plugin of pytest, by which `pytest` checks the notebooks: nbval runs every cell, and here its traps are closed.

| what nbval would let pass, or do differently from a reader's notebook | here |
|---|---|
| a cell that was never run passes, whatever it shows | it fails |
| cells run without a history: `;` does not silence them, `Out[1]` is empty | they run with one |
| the kernel inherits PYTEST_CURRENT_TEST, and loses the output of subprocesses | it does not inherit it |
| the reader's own IPython profile runs first | the profile is empty |
| one cell alone, or the cells in another order (`--lf`, pytest-randomly, xdist): a puzzling NameError | a plain word |
| a thread outlives its cell: its output lands in a later one, or nowhere | the cell fails |
| a thread prints: the order of the lines is chance | the cell fails |
| `clear_output`, and displays that are updated, are not compared | the cell fails |
| a picture differs with matplotlib's version | its bytes are not compared; the text with its data is |

A cell without stored output that shows some fails in nbval already. `--nbval-current-env` (a notebook may name a kernel
of another machine) and `--nbval-cell-timeout` (a deadlock must not take 2,000 seconds) are in pyproject.toml.
"""

from __future__ import annotations

import ast
import os
import tempfile
from collections.abc import Generator, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from nbval.plugin import IPyNbCell, IPyNbFile  # type: ignore[import-untyped]

SLOW = ("12_worker_pool", "12b_graceful_stop", "13_requeue_backoff", "13b_stop_and_report", "instructor")

# Runs in the kernel before the first cell, in a namespace of its own. It notes which of the cells' threads write, and
# tells, after each cell, who wrote and who is still there. Half a second is for threads that are on their way out;
# threads of the kernel itself may come at any time (pyzmq starts one for the first large output).
_WATCH = """
import sys, threading
known = set(threading.enumerate())
writers = set()

def of_the_kernel(thread):
    return type(thread).__module__.partition(".")[0] in ("zmq", "ipykernel", "IPython", "tornado")

def watch(stream):
    write = stream.write
    def watched(text):
        if threading.current_thread() not in known:
            writers.add(threading.current_thread().name)
        return write(text)
    stream.write = watched

def after_cell():
    started = [thread for thread in threading.enumerate() if thread not in known and not of_the_kernel(thread)]
    for thread in started:
        thread.join(0.5)
    alive = {thread for thread in started if thread.is_alive()}
    known.update(alive)
    wrote = sorted(writers)
    writers.clear()
    return sorted(thread.name for thread in alive), wrote

watch(sys.stdout)
watch(sys.stderr)
sys.stdout.after_cell = after_cell
"""


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> Generator[None, Any, Any]:
    """Put our own collector in the place of nbval's."""
    found = yield
    ours = [CheckedNotebook.from_parent(parent, path=file_path) for one in found if isinstance(one, IPyNbFile)]
    return ours or found


class CheckedNotebook(IPyNbFile):  # type: ignore[misc]  # nbval has no annotations
    """A notebook and its kernel."""

    def setup(self) -> None:
        self.next_cell = 0
        self.live: set[str] = set()
        self.profile = tempfile.TemporaryDirectory()
        # The kernel imports what the tests import, also where goqueue is not installed.
        places = [*map(str, self.config.getini("pythonpath")), os.environ.get("PYTHONPATH", "")]
        path = os.pathsep.join(filter(None, places))
        progress = os.path.join(self.profile.name, "goqueue-progress.jsonl")  # not the learner's own
        with mock.patch.dict(os.environ, IPYTHONDIR=self.profile.name, PYTHONPATH=path, GOQUEUE_PROGRESS=progress):
            os.environ.pop("PYTEST_CURRENT_TEST", None)
            super().setup()
        self.kernel.execute_cell_input = partial(self.kernel.kc.execute, store_history=True, stop_on_error=False)
        self.sanitize_patterns["base64,[A-Za-z0-9+/=]+"] = "base64,…"
        self.ask(f"exec({_WATCH!r}, {{}})")

    def teardown(self) -> None:
        super().teardown()
        self.profile.cleanup()

    def collect(self) -> Iterator[CheckedCell]:
        for one in super().collect():
            cell = CheckedCell.from_parent(
                self, name=one.name, cell_num=one.cell_num, cell=one.cell, options=one.options
            )
            if self.path.stem in SLOW:
                cell.add_marker("slow")
            yield cell

    def get_kernel_message(self, timeout: float | None = None, stream: str = "iopub") -> Any:
        message = super().get_kernel_message(timeout, stream)
        if message["msg_type"] in ("clear_output", "update_display_data"):
            self.live.add(message["msg_type"])
        return message

    def ask(self, expression: str) -> Any:
        """The value of `expression` in the kernel; no trace of it in the cells' history or output."""
        asked = self.kernel.kc.execute(
            "", silent=True, store_history=False, user_expressions={"answer": expression}, allow_stdin=False
        )
        while True:
            reply = self.kernel.get_message("shell", timeout=10)
            if reply["parent_header"].get("msg_id") == asked:
                return ast.literal_eval(reply["content"]["user_expressions"]["answer"]["data"]["text/plain"])


class CheckedCell(IPyNbCell):  # type: ignore[misc]  # nbval has no annotations
    """A cell: first what nbval checks, then what it does not."""

    def runtest(self) -> None:
        if self.cell_num != self.parent.next_cell:
            self.raise_cell_error(
                f"cell {self.cell_num} came up when cell {self.parent.next_cell} was due: cells build on each other; "
                f"run the whole notebook, in order: pytest notebooks/{self.path.name} (under xdist: --dist loadfile)"
            )
        self.parent.next_cell += 1
        self.parent.live.clear()
        super().runtest()
        if trouble := self._trouble():
            self.raise_cell_error(trouble)

    def _trouble(self) -> str:
        """What nbval let pass, and what to do instead; "" if all is well."""
        alive, wrote = self.parent.ask("__import__('sys').stdout.after_cell()")
        if self.cell.execution_count is None:
            return f"never run, so nothing is compared; run it: goqueue notebooks {self.path.stem}"
        if live := " and ".join(sorted(self.parent.live)):
            return f"{live}: nobody compares what was shown and replaced; show it once"
        if names := ", ".join(wrote):
            return (
                f"thread {names} wrote output: its order is chance; record in it, show the sorted record after join()"
            )
        if names := ", ".join(alive):
            return f"thread {names} outlives the cell: what it writes lands anywhere; join it in this cell"
        return ""
