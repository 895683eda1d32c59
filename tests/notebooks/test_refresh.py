"""`goqueue notebooks`: the same bytes on every run, nothing of the machine in them, and no half-written file."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from goqueue.lab.notebooks import canonical, refresh, refresh_command
from goqueue.lab.notebooks.canonical import difference, nbformat, short_traceback
from goqueue.lab.notebooks.refreshing import find
from goqueue.lab.whole_file import write

v4 = nbformat().v4


def _code(source: str, *tags: str, outputs: Any = ()) -> Any:
    noise = {"execution": {"iopub.status.busy": "2001-01-01T00:00:00Z"}, "collapsed": False, "tags": list(tags)}
    return v4.new_code_cell(source, metadata=noise, outputs=list(outputs))


def _notebook(*cells: Any) -> Any:
    kernel = {"name": "another-machine", "display_name": "x"}
    noise = {"kernelspec": kernel, "language_info": {"name": "python", "version": "2.7"}, "widgets": {}}
    return v4.new_notebook(cells=list(cells), metadata=noise)


def _store(path: Path, *cells: Any) -> Path:
    path.write_text(nbformat().writes(_notebook(*cells)), encoding="utf-8")
    return path


NOISY = (
    v4.new_markdown_cell("# Deliveries"),
    _code("import os, sys, time\nsys.stdout.write('sent 1\\n'); sys.stdout.flush(); time.sleep(0.05)\nprint('sent 2')"),
    _code("os.path.basename(os.getcwd()), os.environ.get('PYTEST_CURRENT_TEST'), 'from_profile' in globals()"),
    _code("import json\njson.loads('{')", "raises-exception"),
    _code("time.time_ns()", "nbval-ignore-output"),
    _code("1 + 1;"),
)


def _profile_of_a_reader(folder: Path) -> str:
    startup = folder / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00_reader.py").write_text("from_profile = True\n", encoding="utf-8")
    return str(folder)


def test_refreshing_twice_writes_the_same_bytes_and_nothing_of_the_machine(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IPYTHONDIR", _profile_of_a_reader(tmp_path_factory.mktemp("ipython")))
    path = _store(tmp_path / "12_pool.ipynb", *NOISY)
    path.chmod(0o640)
    (first,) = refresh([path])
    stored = path.read_bytes()
    (second,) = refresh([path])

    assert (first.redrawn, bool(first.difference), first.problem) == (True, True, "")
    assert (second.redrawn, second.difference, second.problem) == (False, "", "")
    assert path.read_bytes() == stored
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name], "a temporary file was left behind"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640

    notebook = json.loads(stored)
    assert notebook["metadata"] == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == [1, 2, 3, 4, 5]
    tags = [{}, {}, {"tags": ["raises-exception"]}, {"tags": ["nbval-ignore-output"]}, {}]
    assert [cell["metadata"] for cell in code] == tags
    assert code[0]["outputs"] == [{"name": "stdout", "output_type": "stream", "text": ["sent 1\n", "sent 2\n"]}]
    assert code[1]["outputs"][0]["data"]["text/plain"] == [f"('{tmp_path.name}', None, False)"]
    assert code[2]["outputs"][0]["traceback"] == [
        "Traceback (most recent call last)",
        "  In [3], line 2: json.loads('{')",
        "JSONDecodeError: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
    ]
    assert code[4]["outputs"] == []
    assert stored.endswith(b"}\n")


def test_check_changes_nothing_and_shows_what_differs_of_what_is_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _store(tmp_path / "12_pool.ipynb", _code("'sent ' + '6'"), _code("2", "nbval-ignore-output"))
    refresh([path])
    edited = path.read_text(encoding="utf-8").replace("\"'sent 6'\"\n", "\"'sent 7'\"\n")
    edited = edited.replace('"text/plain": [\n       "2"', '"text/plain": [\n       "1"')
    path.write_text(edited, encoding="utf-8")

    assert refresh_command([str(path)], check=True) == 1
    said = capsys.readouterr().out
    assert path.read_text(encoding="utf-8") == edited
    assert said.startswith(f"differs    {path}")
    assert "--- 12_pool.ipynb cell 1 (stored)\n+++ 12_pool.ipynb cell 1 (run)\n" in said
    assert "-     \"'sent 7'\"\n+     \"'sent 6'\"" in said
    assert "cell 2" not in said
    path.write_text(edited.replace('"source": [\n    "2"', '"source": [\n    "3"'), encoding="utf-8")
    refresh([path])  # the output that nobody compares is kept only until its cell is edited
    assert '"text/plain": [\n       "3"' in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("print('sent 1')\n1 / 0", "cell 2 (print('sent 1')) raised ZeroDivisionError: division by zero"),
        ("import os\nos._exit(3)", "cell 2 (import os) ended the kernel"),
    ],
)
def test_a_cell_that_cannot_run_leaves_the_file_as_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], source: str, reason: str
) -> None:
    path = _store(tmp_path / "12_pool.ipynb", _code("'before'"), _code(source))
    stored = path.read_bytes()

    assert refresh_command([str(path)], check=False) == 1
    said = capsys.readouterr().out
    assert said.startswith(f"refused    {path}: {reason}")
    assert said.endswith("the file is unchanged\n")
    assert path.read_bytes() == stored


def test_a_write_that_fails_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _store(tmp_path / "12_pool.ipynb", _code("1"))
    stored = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="no space left"):
        write(path, "half")
    assert path.read_bytes() == stored
    assert list(tmp_path.iterdir()) == [path]


def test_ids_come_from_the_content_and_are_unique() -> None:
    cells = json.loads(canonical(_notebook(_code("send()"), _code("send()"), v4.new_markdown_cell("send()"))))["cells"]
    ids = [cell["id"] for cell in cells]
    assert ids[1] == ids[0] + "-2"
    assert len(set(ids)) == 3
    (edited,) = json.loads(canonical(_notebook(_code("send(1)"))))["cells"]
    assert edited["id"] not in ids


def test_the_canonical_form_of_a_canonical_notebook_is_itself() -> None:
    error = v4.new_output("error", ename="ValueError", evalue="no", traceback=["\x1b[31m---\x1b[0m", "ValueError: no"])
    once = canonical(_notebook(_code("1 / 0", outputs=[error]), v4.new_markdown_cell("# Ende\n\nüber ✓")))
    assert canonical(nbformat().reads(once, as_version=4)) == once
    assert "✓" in once


LONG = """\x1b[31m---------------------------------------------------------------------------\x1b[39m
ValueError                                Traceback (most recent call last)
Cell In[4], line 2
      1 import queue
----> 2 submit(5)

Cell In[1], line 2, in submit(n)
      1 def submit(n):
----> 2     return run(n)

File /home/someone/goqueue/steps/step12_worker_pool/queue.py:58, in Queue.submit_job(self, ctx)
     57     # puts it into the channel
---> 58     self.channel.put(ctx)

File ~/goqueue/.venv/lib/python3.11/site-packages/other/module.py:71, in helper(spans)
---> 71     raise ValueError("full")

File /usr/lib/python3.11/threading.py:900, in Thread.run(self)
--> 900     self._target()

ValueError: full"""


def test_a_traceback_keeps_the_frames_of_cells_and_of_our_own_files() -> None:
    error = v4.new_output("error", ename="ValueError", evalue="full", traceback=LONG.split("\n"))
    assert short_traceback(error) == [
        "Traceback (most recent call last)",
        "  In [4], line 2: submit(5)",
        "  In [1], line 2, in submit: return run(n)",
        "  steps/step12_worker_pool/queue.py, in Queue.submit_job: self.channel.put(ctx)",
        "ValueError: full",
    ]


def test_a_difference_is_in_texts_cells_metadata_and_layout_but_not_in_the_bytes_of_a_picture() -> None:
    picture = '<img src="data:image/svg+xml;base64,AAAA" alt="2 sent">'
    output = v4.new_output("display_data", {"text/plain": "lanes", "text/html": picture})
    one, two = canonical(_notebook(_code("1", outputs=[output]))), canonical(_notebook(_code("1"), _code("2")))
    assert difference("12.ipynb", one, one.replace("AAAA", "BBBB")) == ""
    assert "2 sent" in difference("12.ipynb", one, one.replace("2 sent", "3 sent"))
    assert "12.ipynb cell 2 (run)" in difference("12.ipynb", one, two)
    assert "12.ipynb metadata (run)" in difference("12.ipynb", one, one.replace("python3", "python4"))
    assert "another layout" in difference("12.ipynb", one, one.replace("\n ", "\n  "))


def test_names_mean_files_or_beginnings_and_an_unknown_one_is_an_error_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "notebooks"
    folder.mkdir()
    for name in ("12_worker_pool", "09_context"):
        (folder / f"{name}.ipynb").write_text("# not a notebook", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert [path.name for path in find([])] == ["09_context.ipynb", "12_worker_pool.ipynb"]
    assert find(["12"]) == [Path("notebooks/12_worker_pool.ipynb")]
    assert find([os.path.join("notebooks", "09_context.ipynb")]) == [Path("notebooks/09_context.ipynb")]
    assert refresh_command(["09", "13"], check=False) == 2
    there = "no notebook is called '13'; there are: 09_context, 12_worker_pool; give one of these, or a file\n"
    assert capsys.readouterr().out == there
    assert "does not appear to be JSON" in refresh(find(["12"]))[0].problem
