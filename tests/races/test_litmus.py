"""Every broken program is found, every right one is silent, and each report is the same, byte for byte, everywhere."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from goqueue.races import Result, replay

from .litmus import reports
from .litmus.litmus import Litmus
from .litmus.programs import LITMUS
from .litmus.reports import Form, recorded, row

ROOT = Path(__file__).parents[2]
explored = cache(reports.explored)  # each form once in this process; other processes explore again
each = pytest.mark.parametrize("litmus", LITMUS, ids=lambda litmus: litmus.name)


def test_there_are_enough_programs_and_no_name_twice() -> None:
    assert len({litmus.name for litmus in LITMUS}) == len(LITMUS) >= 40


@each
def test_the_broken_form_is_found(litmus: Litmus) -> None:
    found = explored(litmus.broken)
    assert (found.verdict, row(found)) == (litmus.verdict, recorded(litmus.name, "broken"))


@each
def test_the_right_form_is_exhausted(litmus: Litmus) -> None:
    found = explored(litmus.right)
    assert (found.verdict, row(found)) == ("exhausted", recorded(litmus.name, "right"))


@each
def test_the_failing_schedule_replays(litmus: Litmus) -> None:
    found = explored(litmus.broken)
    again = replay(litmus.broken, found.schedule)
    assert (again.verdict, again.schedule) == (found.verdict, found.schedule)
    assert again.trace == found.trace


def rows_here(explored: Callable[[Form], Result] = explored) -> list[Any]:
    """Return the rows of all reports made in this process, as JSON keeps them."""
    return [list(each) for each in reports.all_rows(explored)]


def rows_elsewhere(seed: int, runs: int) -> list[Any]:
    """Return the rows of all reports, for each run made in another process, whose sets have another order."""
    script = str(ROOT / "tests" / "races" / "litmus" / "reports.py")
    environment = {**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, script, "--rows", str(runs)]
    found: list[Any] = json.loads(
        subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    )
    return found


def test_the_same_bytes_in_another_process() -> None:
    assert rows_elsewhere(seed=1, runs=1) == [rows_here()]


@pytest.mark.slow
def test_the_same_bytes_in_four_runs_of_other_processes() -> None:
    with ThreadPoolExecutor(2) as two:
        found = two.map(rows_elsewhere, (1, 2, 3), (2, 1, 1))
    assert list(chain(*found)) == [rows_here(reports.explored)] * 4


@pytest.mark.slow  # the notebooks' stored runs show the same in every run of the tests
def test_the_same_bytes_in_a_kernel() -> None:
    code = (
        f"import json, sys; sys.path.insert(0, {str(ROOT)!r})\nfrom tests.races.litmus.reports import all_rows\n"
        "print(json.dumps(list(all_rows())))"
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])  # type: ignore[no-untyped-call]
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    assert json.loads(notebook.cells[0].outputs[0].text) == rows_here()
