"""The site's own pages, and what its builder refuses. Built without the book and the notebooks, so it is quick."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.book.pages import broken, fetched, page_in

ROOT = Path(__file__).parents[2]
SITE = ROOT / "docs" / "site"
QUICK = ["--no-book", "--no-notebooks"]


def make_site(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    words = (sys.executable, str(SITE / "make_site.py"), str(folder), *words)
    return subprocess.run(words, capture_output=True, encoding="utf-8", check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "new" / "site"
    done = make_site(folder, *QUICK)
    assert (done.returncode, done.stderr) == (0, "")
    return folder


@pytest.fixture(scope="module")
def lite() -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(SITE)
        return runpy.run_path(str(SITE / "lite.py"))


def test_the_first_page_is_small_asks_for_nothing_and_leads_to_what_is_there(site: Path) -> None:
    assert sorted(file.name for file in site.iterdir()) == [".goqueue-site", "index.html", "levels.html"]
    assert (site / "index.html").stat().st_size < 60_000
    for page in site.glob("*.html"):
        assert fetched(page_in(page)) == []
        assert broken(page) == []


def test_an_older_site_is_replaced_and_nothing_else_is(site: Path, tmp_path: Path) -> None:
    (site / "old.html").touch()
    assert make_site(site, *QUICK).returncode == 0
    assert not (site / "old.html").exists()
    (tmp_path / "mine.txt").touch()
    done = make_site(tmp_path, *QUICK)
    assert done.returncode == 1
    assert "is not empty, and no site of start.py: name a new folder" in done.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]


def test_what_cannot_be_had_is_named_and_an_older_site_stays(site: Path, tmp_path: Path) -> None:
    done = make_site(site, "--no-book", "--pyodide", str(tmp_path))
    assert done.returncode == 1
    assert "has no pyodide.mjs: name a folder with Pyodide" in done.stderr
    assert (site / "index.html").is_file()


def test_a_download_that_fails_says_what_to_do() -> None:
    runtime = runpy.run_path(str(SITE / "runtime.py"))
    with pytest.raises(runtime["CannotBeHad"], match=r"npm is down\n.*is the network up\? --no-notebooks"):
        runtime["run"]([sys.executable, "-c", "import sys; sys.exit('npm is down')"], ROOT)


def test_bytecode_lies_where_python_looks_for_it_and_what_no_notebook_needs_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(SITE)
    bytecode = runpy.run_path(str(SITE / "bytecode.py"))
    for archive, kind, source in (("python_stdlib.zip", "stdlib", "json/tool.py"), ("a-1-none.whl", "site", "a/b.py")):
        with zipfile.ZipFile(tmp_path / archive, "w") as packed:
            for name in (source, "other.py", bytecode["LEFT_OUT"][0] + "stub.pyi"):
                packed.writestr(name, "pass")
        (compiled := tmp_path / "compiled" / kind / f"{source}c").parent.mkdir(parents=True)
        compiled.write_bytes(b"bytecode")
    bytecode["add"](tmp_path, tmp_path / "compiled")
    found = {file.name: zipfile.ZipFile(file).namelist() for file in tmp_path.iterdir() if file.is_file()}
    assert found == {
        "python_stdlib.zip": ["json/tool.py", "json/tool.pyc", "other.py"],
        "a-1-none.whl": ["a/b.py", "a/__pycache__/b.cpython-314.pyc", "other.py"],
    }


def test_a_cell_that_cannot_run_says_so_and_one_that_is_named_must_be_there(lite: dict[str, Any]) -> None:
    meant = {"cell_type": "code", "metadata": {"tags": ["raises-exception"]}, "source": ["refused()"]}
    other = {"cell_type": "code", "metadata": {}, "source": ["def run():\n", "    start()\n", "run()"]}
    text = json.dumps({"cells": [meant, other]}).encode()
    first, second = json.loads(lite["marked"](text, {"def run": "no threads"}))["cells"]
    assert first["source"].endswith("with error_shown():\n    refused()")
    assert 'with error_shown("This cannot run in a browser tab: no threads."):\n    def run():' in second["source"]
    assert first["metadata"] == {}
    with pytest.raises(LookupError, match="names 'gone', and no cell begins so"):
        lite["marked"](text, {"gone": "no threads"})


def test_every_cell_that_is_named_is_there_and_can_be_wrapped(lite: dict[str, Any]) -> None:
    for name in lite["names"]():
        text = (ROOT / "notebooks" / name).read_bytes()
        marked = lite["marked"](text, lite["cannot"]().get(Path(name).stem, {}).get("cells", {}))
        for cell in json.loads(marked)["cells"]:
            if "error_shown(" in "".join(cell["source"]):
                compile("".join(cell["source"]), name, "exec")


def test_the_error_is_shown_and_the_cell_ends_well(capsys: pytest.CaptureFixture[str]) -> None:
    from goqueue.lab.in_the_tab import error_shown

    with error_shown("There are no threads."):
        raise RuntimeError("can't start new thread")
    assert capsys.readouterr().err == "RuntimeError: can't start new thread\nThere are no threads.\n"
