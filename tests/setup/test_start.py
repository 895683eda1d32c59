"""What start.py decides: which Python will do, what is installed when, by which command; what it says when it can't.

No network: the one function that runs a program, `start.call`, is replaced by one that writes down its words.
"""

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

import start

ROOT = Path(__file__).parents[2]
UV = "/opt/uv/uv"


class Calls:
    """Stands in for `start.call`. Knows what was run; fails where it is told to."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.words: list[list[str]] = []
        self.outcome: Callable[[str], int] = lambda job: 0

    def __call__(self, job: str, words: list[str]) -> int:
        self.names.append(job.split()[0])
        self.words.append(words)
        Path(start.LOG).touch()
        if job == "making .venv" and words[0] != UV:
            Path(start.BIN).mkdir()
            (Path(start.BIN) / "pip").touch()
        return self.outcome(job)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with a space in its name, no .venv yet, and no uv on the path."""
    folder = tmp_path / "my course"
    (folder / "notebooks").mkdir(parents=True)
    for name in ("pyproject.toml", "constraints.txt", "notebooks/00_start.ipynb"):
        (folder / name).write_text(name)
    move_to(folder, monkeypatch)
    monkeypatch.setattr("shutil.which", lambda name: None)
    return folder


def move_to(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setattr(start, "ROOT", str(folder))
    monkeypatch.setattr(start, "BIN", str(folder / ".venv" / "bin"))


@pytest.fixture
def calls(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Calls:
    calls = Calls()
    monkeypatch.setattr(start, "call", calls)
    return calls


def prepare(calls: Calls, command: str = "test") -> list[str]:
    """Prepare, and return the first word of each job that was run."""
    calls.names.clear()
    start.prepare(command)
    return list(calls.names)


# --- the words -------------------------------------------------------------------------------------------------------


def test_help_is_help_and_an_unknown_word_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert start.main(["help"]) == 0
    assert "python3 start.py test" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="no command 'tuor'. There are: tour"):
        start.main(["tuor"])


@pytest.mark.parametrize(
    ("words", "program"),
    [
        ([], [sys.executable, "-m", "goqueue", "tour"]),
        (["tour", "12"], [sys.executable, "-m", "goqueue", "tour", "12"]),
        (["test", "-k", "lock"], [*start.RUNS["test"], "-k", "lock"]),
        (["test", "--all", "-x"], [*start.RUNS["test"], "-m", "", "-x"]),
        (["lab", "--no-browser"], [*start.RUNS["lab"], "--no-browser"]),
        (["book"], ["python", os.path.join("docs", "book", "make_book.py")]),
        (["site", "folder"], ["python", os.path.join("docs", "site", "make_site.py"), "folder"]),
    ],
)
def test_each_command_runs_its_program_and_passes_words_and_status_on(
    words: list[str], program: list[str], calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[list[str]] = []

    def run(words: list[str]) -> int:
        ran.append(words)
        return 5

    monkeypatch.setattr(start, "run", run)
    monkeypatch.setattr("os.geteuid", lambda: 1000, raising=False)
    assert start.main(words) == 5
    assert ran == [program]


def test_the_lab_shows_no_news(calls: Calls) -> None:
    start.further("lab", [])
    [settings] = json.loads(Path(start.SETTINGS).read_text()).values()
    assert settings == {"fetchNews": "false", "checkForUpdates": False}


def test_the_program_is_the_one_in_venv_and_replaces_this_process(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    became: list[list[str]] = []
    monkeypatch.setattr("os.execv", lambda path, words: became.append(words))
    monkeypatch.setenv("PATH", "/bin")
    start.run(["pytest", "-x"])
    assert became == [[os.path.join(start.BIN, "pytest"), "-x"]]
    assert os.environ["PATH"].split(os.pathsep) == [start.BIN, "/bin"]


def test_each_program_is_there_and_each_command_has_its_extra() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert set(start.RUNS) - {"tour"} <= set(extras)
    assert all((ROOT / start.RUNS[name][1]).is_file() for name in ("book", "site"))
    told = re.findall(r"start\.py (\w+) ", start.__doc__ or "")
    assert [*dict.fromkeys(told)] == [*start.RUNS]


# --- the Python ------------------------------------------------------------------------------------------------------


def test_an_old_python_is_told_which_one_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 13, "final", 0))
    monkeypatch.setattr(sys, "version", "3.10.13 (main)")
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer; .* is 3\.10\.13\. Run this with a newer one"):
        start.main([])


def test_an_old_python_can_read_the_file() -> None:
    tree = ast.parse((ROOT / "start.py").read_text(), feature_version=(3, 6))
    too_new = (ast.AnnAssign, ast.JoinedStr, ast.NamedExpr, ast.Starred)
    assert not [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, too_new)]
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assert not [f.name for f in functions if f.returns or any(a.annotation for a in f.args.args)]


def test_a_python_without_venv_is_told_the_package(calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    assert start.has_venv()
    monkeypatch.setattr(start, "has_venv", lambda: False)
    with pytest.raises(SystemExit, match=r"sudo apt install python3\.\d+-venv\."):
        start.prepare("test")
    assert calls.names == []
    assert not Path(".venv").exists()
    monkeypatch.setattr("shutil.which", lambda name: UV)
    assert prepare(calls) == ["making", "installing"]  # uv needs no venv module


# --- what is installed, and when -------------------------------------------------------------------------------------


def test_pip_installs_the_extra_under_the_pins_or_uv_where_it_is(calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    start.prepare("test")
    monkeypatch.setattr("shutil.which", lambda name: UV)
    Path(start.STAMP).unlink()
    start.prepare("test")
    python, what = os.path.join(start.BIN, "python"), ["-c", "constraints.txt", "-e", ".[test]"]
    assert [words[1:] for words in calls.words[:2]] == [
        ["-m", "venv", ".venv"],
        ["-m", "pip", "install", "--no-input", *what],
    ]
    assert calls.words[2][:2] == [UV, "venv"]
    assert calls.words[3] == [UV, "pip", "install", "--python", python, *what]


def test_the_tour_needs_nothing_installed(calls: Calls) -> None:
    assert prepare(calls, "tour") == []
    assert not Path(".venv").exists()
    subprocess.run([sys.executable, "-S", "-c", "import goqueue.lab.tour"], cwd=ROOT, check=True)  # no site-packages


def test_a_second_run_does_nothing_whatever_the_folder_is_called(calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "ROOT", "/home/zoë/课程")
    assert prepare(calls) == ["making", "installing"]
    assert Path(start.STAMP).read_bytes().isascii()
    assert prepare(calls) == []


def test_each_extra_is_installed_once_into_one_venv(calls: Calls) -> None:
    prepare(calls, "book")
    assert prepare(calls, "test") == ["installing"]
    assert prepare(calls, "book") == prepare(calls, "test") == []


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_changed_pins_are_installed_again(calls: Calls, name: str) -> None:
    prepare(calls)
    for now in ("changed", name):  # and back again
        Path(name).write_text(now)
        assert prepare(calls) == ["installing"]
        assert prepare(calls) == []


# --- a .venv that will not do ----------------------------------------------------------------------------------------


def test_another_pythons_venv_is_made_anew(calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(calls)
    monkeypatch.setattr(sys, "version", "3.99.0 (main)")
    assert prepare(calls) == ["making", "installing"]


def test_a_moved_checkout_gets_a_new_venv(calls: Calls, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(calls)
    move_to(folder.rename(folder.with_name("elsewhere")), monkeypatch)
    assert prepare(calls) == ["making", "installing"]


def test_one_cut_short_is_made_anew(calls: Calls) -> None:
    def interrupt(job: str) -> int:
        raise KeyboardInterrupt

    prepare(calls)
    Path("constraints.txt").write_text("changed")
    calls.outcome = interrupt
    with pytest.raises(SystemExit, match=r"stopped\. Run it again"):
        start.main(["test"])
    calls.outcome = lambda job: 0
    Path(".venv/half").touch()
    assert prepare(calls) == ["making", "installing"]
    assert not Path(".venv/half").exists()


def test_one_without_pip_is_made_anew_once_uv_is_gone(calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("shutil.which", lambda name: UV)
        prepare(calls, "book")
    assert prepare(calls, "book") == []
    assert prepare(calls, "test") == ["making", "installing"]


def test_somebody_elses_venv_is_left_alone(calls: Calls) -> None:
    Path(".venv").mkdir()
    Path(".venv/precious").touch()
    with pytest.raises(SystemExit, match=r"made by something else\. Rename it"):
        start.prepare("test")
    assert calls.names == []
    assert Path(".venv/precious").exists()


# --- what goes wrong -------------------------------------------------------------------------------------------------


def test_a_failed_install_is_not_stamped_and_needs_no_new_venv(calls: Calls) -> None:
    calls.outcome = lambda job: int(job.startswith("installing"))
    with pytest.raises(SystemExit, match="installing what `test` needs failed"):
        start.prepare("test")
    calls.outcome = lambda job: 0
    assert prepare(calls) == ["installing"]


@pytest.mark.parametrize(
    ("log", "word"),
    [
        ("Collecting pytest\nERROR: No matching distribution for it\nnote: try pip\n", "ERROR: No matching"),
        ("error: no solution\n  cause: dns error\n", "cause: dns error"),
        ("", "it gave no reason"),
    ],
)
def test_the_installers_own_words_is_passed_on(folder: Path, log: str, word: str) -> None:
    Path(".venv").mkdir()
    Path(start.LOG).write_text(log)
    with pytest.raises(SystemExit) as caught:
        start.fail("installing")
    line = str(caught.value)
    assert word in line
    assert "is the network up?" in line
    assert str(folder / start.LOG) in line
    assert "\n" not in line


def test_a_folder_that_cannot_be_written_to_is_one_line(folder: Path) -> None:
    Path(".venv").write_text("a file, so that not even root can make the folder")
    with pytest.raises(SystemExit, match=r"File exists: '\.venv', in .*my course\. Remove \.venv and run this again"):
        start.main(["test"])


def test_what_the_last_job_says_is_kept(folder: Path) -> None:
    Path(".venv").mkdir()
    start.call("saying", [sys.executable, "-c", "print('ERROR: an old one')"])
    assert start.call("saying", [sys.executable, "-c", "import sys; print('one'); sys.exit('two')"]) == 1
    assert set(Path(start.LOG).read_text().split()) == {"one", "two"}
