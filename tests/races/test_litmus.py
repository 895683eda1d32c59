"""Every broken program is found, every right one is silent, and each report is the same, byte for byte, everywhere."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from goqueue.lab import explore, replay

from .litmus.litmus import Litmus
from .litmus.programs import LITMUS
from .litmus.reports import STEPS, digest, recorded, report

ROOT = Path(__file__).parents[2]


def test_there_are_enough_programs_and_no_name_twice() -> None:
    assert len({litmus.name for litmus in LITMUS}) == len(LITMUS) >= 40


@pytest.mark.parametrize("litmus", LITMUS, ids=lambda litmus: litmus.name)
def test_the_broken_form_is_found(litmus: Litmus) -> None:
    verdict, row = report(litmus.broken)
    assert (verdict, row) == (litmus.verdict, recorded(litmus.name, "broken"))


@pytest.mark.parametrize("litmus", LITMUS, ids=lambda litmus: litmus.name)
def test_the_right_form_is_exhausted(litmus: Litmus) -> None:
    verdict, row = report(litmus.right)
    assert (verdict, row) == ("exhausted", recorded(litmus.name, "right"))


@pytest.mark.parametrize("litmus", LITMUS, ids=lambda litmus: litmus.name)
def test_the_failing_schedule_replays(litmus: Litmus) -> None:
    found = explore(litmus.broken, steps=STEPS)
    again = replay(litmus.broken, found.schedule)
    assert (again.verdict, again.schedule) == (found.verdict, found.schedule)
    assert again.trace == found.trace


def test_the_same_bytes_in_twenty_runs_of_other_processes() -> None:
    script = ROOT / "tests" / "races" / "litmus" / "reports.py"

    def digests(seed: int) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONPATH": str(ROOT)}
        command = [sys.executable, str(script), "--digest", "5"]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip()

    with ThreadPoolExecutor(2) as two:
        found = set(two.map(digests, (1, 2, 3, 4)))
    assert found == {digest()}


def test_the_same_bytes_in_a_kernel() -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\nfrom tests.races.litmus.reports import digest\nprint(digest())"
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])  # type: ignore[no-untyped-call]
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    assert notebook.cells[0].outputs[0].text.strip() == digest()
