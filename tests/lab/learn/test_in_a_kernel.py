"""In a real kernel, as a learner uses it: her cells are found, nobody is asked, and what she did is written down."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.manager import start_new_kernel

from goqueue.lab.learn.exercises import find

ROOT = Path(__file__).parents[3]
FIRST = """
import os, sys
sys.path.insert(0, {root!r})
os.environ["GOQUEUE_PROGRESS"] = {file!r}
from goqueue.lab import check, load, predict
v9 = load(9)
"""


class Notebook:
    """A kernel, and nobody in front of it."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def run(self, cell: str) -> str:
        """Run a cell, and return what it showed."""
        shown: list[str] = []

        def show(message: Any) -> None:
            content = message["content"]
            shown.append(content.get("text") or content.get("data", {}).get("text/plain") or content.get("evalue", ""))

        self.client.execute_interactive(cell, timeout=60, allow_stdin=False, output_hook=show, store_history=True)
        return "\n".join(filter(None, shown))


@pytest.fixture(scope="module")
def progress_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kernel") / "done.jsonl"


@pytest.fixture(scope="module")
def notebook(progress_file: Path) -> Iterator[Notebook]:
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        opened = Notebook(client)
        opened.run(FIRST.format(root=str(ROOT), file=str(progress_file)))
        yield opened
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_a_prediction_that_has_no_answer_asks_nobody(notebook: Notebook, progress_file: Path) -> None:
    shown = notebook.run('guess = predict("How many are sent?", choices=[1, 5])\nguess')
    assert 'add answer="a" to this cell' in shown
    assert "(No prediction was made.)" in notebook.run("guess.reveal(1)")
    assert "You say: 5 (certain)" in notebook.run(
        'guess = predict("How many?", choices=[1, 5], answer="b", confidence=4)\nguess'
    )
    assert "✗ It is: 1\nYou said: 5 (certain)." in notebook.run("guess.reveal(1)")
    last = json.loads(progress_file.read_text("utf-8").splitlines()[-1])
    assert (last["name"], last["answer"], last["right"]) == ("How many?", "5", False)


def test_an_answer_is_found_with_what_it_uses_under_any_name(notebook: Notebook, progress_file: Path) -> None:
    notebook.run("import functools\nseconds = 60")
    notebook.run("%time seconds = 2")
    notebook.run("seconds = 2")
    notebook.run(
        "def mine(ctx, send):\n    for chunk in range(5):\n        ctx.raise_if_done()\n"
        "        with ctx.with_timeout(seconds) as chunk_ctx:\n            send(chunk_ctx, chunk)"
    )
    assert notebook.run('check("09.1", mine)').startswith("✓ 09.1 A limit for each chunk: all ")
    last = json.loads(progress_file.read_text("utf-8").splitlines()[-1])
    assert last == {"kind": "exercise", "name": "09.1", "passed": True}


def test_an_answer_in_the_same_cell_is_found_too_and_the_latest_counts(notebook: Notebook) -> None:
    solution = find("09.2").solution
    assert notebook.run(f'{solution}\n\ncheck("09.2", log_ends)').startswith("✓ 09.2")
    broken = solution.replace("lambda name=name:", "lambda:")
    assert notebook.run(f'{broken}\n\ncheck("09.2", log_ends)').startswith("✗ 09.2")


def test_what_has_no_source_is_told(notebook: Notebook) -> None:
    assert "define it in a cell, under a name such as log_ends" in notebook.run('check("09.2", lambda a, b: None)')


def test_the_newest_counts_whatever_magic_its_cell_had(notebook: Notebook) -> None:
    solution = find("09.2").solution
    notebook.run(solution.replace("lambda name=name:", "lambda:"))
    notebook.run(f"%%time\n{solution}")
    assert notebook.run('check("09.2", log_ends)').startswith("✓ 09.2")
    notebook.run("from IPython.core.magic import register_cell_magic")
    notebook.run("@register_cell_magic\ndef own(line, cell):\n    exec(cell, globals())")
    broken = solution.replace("lambda name=name:", "lambda:")
    notebook.run(f"%%own\n{broken}")
    assert "log_ends is not what its cell says" in notebook.run('check("09.2", log_ends)')


def test_what_was_patched_afterwards_is_told(notebook: Notebook) -> None:
    notebook.run(f"import threading\n{find('12.2').solution}")
    notebook.run("Meter.deliver = lambda self, ctx, payload: None")
    said = notebook.run('check("12.2", Meter)')
    assert "Meter.deliver is not what its cell says: it was changed or patched afterwards" in said
    assert "Put all of Meter into one cell" in said
