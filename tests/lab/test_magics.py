"""`%load_ext goqueue` in a real IPython shell: what the magics return, and what they say to a wrong word."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from goqueue.lab import diff
from goqueue.lab.views import Figure
from goqueue.races import Result

SHOP = """\
from threading import Lock, Thread
WANTED = 2
class Job:
    attempts = 0
def twice(function):
    threads = [Thread(target=function) for _ in range(2)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
"""
LOST = """\
job = Job()

def attempt():
    job.attempts += 1

twice(attempt)
assert job.attempts == WANTED
"""
KEPT = LOST.replace("job = Job()", "job, lock = Job(), Lock()").replace("    job.a", "    with lock: job.a")


class Notebook:
    """A shell, and the number of its last cell."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.number = 0

    def run(self, cell: str) -> Any:
        """Run a cell; return what it shows, or raise what it raises."""
        self.number += 1
        done = self.shell.run_cell(cell, store_history=True)
        done.raise_error()
        return done.result

    def race(self, body: str, line: str = "") -> Result:
        """Run a cell with %%race."""
        result = self.run(f"%%race {line}\n{body}")
        assert isinstance(result, Result)
        return result


@pytest.fixture
def notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Notebook]:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.setattr(sys, "path", list(sys.path))
    config = Config({"HistoryManager": {"enabled": False}})
    shell: Any = InteractiveShell.instance(config=config)
    notebook = Notebook(shell)
    notebook.run("%load_ext goqueue")
    notebook.run(SHOP)
    yield notebook
    shell.restore_sys_module_state()
    InteractiveShell.clear_instance()


def test_race_finds_it_names_cells_and_lines_and_leaves_no_variable_behind(notebook: Notebook) -> None:
    before = set(notebook.shell.user_ns)
    result = notebook.race(LOST)
    assert [name for name in notebook.shell.user_ns if name not in before and not name.startswith("_")] == []
    assert result.verdict == "failed assertion"
    assert result.trace is not None
    where = {(step.where, step.line) for step in result.trace.steps}
    assert ("In[3]:5", "job.attempts += 1") in where
    assert ("In[2]:7", "for thread in threads: thread.start()") in where
    again = notebook.race(LOST)
    assert again.schedule == result.schedule
    assert "In[4]:5" in repr(again)
    assert "In[3]" not in repr(again)


def test_race_options(notebook: Notebook) -> None:
    found = notebook.race(LOST)
    assert notebook.race(LOST, f"--replay {found.schedule}").verdict == "failed assertion"
    unordered = LOST.replace("assert", "#")
    assert "DATA RACE" in repr(notebook.race(unordered, "--detect"))
    assert notebook.race(KEPT, "--schedules 1").verdict == "budget spent"
    notebook.run("from steps import step11_locked_storage as storage")
    assert notebook.race(KEPT, "--modules storage,json --steps 300").verdict == "exhausted"


def test_strings_over_several_lines_stay_as_they_are(notebook: Notebook) -> None:
    body = 'text = """a\nb"""\nassert text == "a" + chr(10) + "b"\n'
    body += 'line = f"""{\ntext\n}\n c"""\nassert line[-2:] == " c"\n'
    assert notebook.race(f"{body}twice(print)").verdict == "exhausted"


def test_a_syntax_error_has_its_line(notebook: Notebook) -> None:
    with pytest.raises(SyntaxError) as wrong:
        notebook.race("job = Job()\njob.attempts = = 3\n")
    assert wrong.value.lineno == 3


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("%%race --often\ntwice(print)", "unrecognized arguments: --often. usage: %%race "),
        ("%%race --schedules many\ntwice(print)", "invalid int value: 'many'"),
        ("%%race --schedules 0\ntwice(print)", "schedules is 0: it must be a whole number"),
        ("%%race --detect --replay 1-abcdef\ntwice(print)", "not allowed with"),
        ("%%race --replay nonsense\ntwice(print)", "schedule is 'nonsense'"),
        ("%%race --modules nowhere\ntwice(print)", "no module 'nowhere' can be imported"),
        ("%%race 'one\ntwice(print)", "cannot be split into words: No closing quotation"),
        ("%%race\ndef model():\n    twice(print)", "the cell's body is the model, and this one runs nothing"),
        ("%%race\n# later", "this one runs nothing"),
        ('%%race\nopen("orders.txt")', "does real input or output"),
        ("%stepdiff 11", "arguments are required: after. usage: %stepdiff "),
        ("%stepdiff 11 99", "no version '99': there are 8, "),
        ("%stepdiff 11 12 nope.py", "no file 'nope.py'"),
        ("%matrix 99", "no version '99'"),
        ("%timeline", "nothing to draw: %timeline EXPRESSION"),
        ("%timeline WANTED", "WANTED gives int 2: it must be a list of attempts"),
        ("%timeline []", "[] gives list []: it must be"),
    ],
)
def test_a_wrong_word_is_a_usage_error(notebook: Notebook, cell: str, says: str) -> None:
    with pytest.raises(UsageError) as wrong:
        notebook.run(cell)
    assert says in str(wrong.value)


def test_stepdiff_is_diff(notebook: Notebook) -> None:
    assert repr(notebook.run("%stepdiff 11 12")) == repr(diff(11, 12))
    wide = notebook.run("%stepdiff 11 12 storage.py --side-by-side")
    assert repr(wide) == repr(diff(11, 12, "storage.py", side_by_side=True))
    assert repr(notebook.run("%stepdiff 13 goqueue")) == repr(diff(13, "goqueue"))


def test_matrix_is_matrix(notebook: Notebook, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr("goqueue.lab.magics.matrix", asked.append)
    notebook.run("%matrix")
    notebook.run("%matrix 11 12")
    assert asked == [None, [11, 12]]


def test_timeline_draws_attempts_and_spans(notebook: Notebook) -> None:
    notebook.run("from goqueue.lab import load; from goqueue.lab.rehearsal import rehearse, rehearse_retries")
    attempts = notebook.run("%timeline rehearse_retries(load(13), refusals={1: 1}, max_retry=3)")
    assert isinstance(attempts, Figure)
    assert "order 1  attempt 2" in repr(attempts)
    spans = notebook.run("%timeline rehearse(load(8), [0.1, 0.2])")
    assert isinstance(spans, Figure)
    assert "order 2" in repr(spans)
