"""`goqueue compare` and `goqueue grade`: status, files, and what is in the way."""

import shutil
import sys
from pathlib import Path

import pytest

from goqueue.cli import main
from goqueue.lab.instructor import grade as grading
from goqueue.lab.versions import Result
from tests.lab.instructor.handed_in import UNPARSED, hand_in, no_parse


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Instead of trying promises, say that all are kept. Tells which folders were tried."""
    tried: list[Path] = []

    def kept(version: Path, names: list[str]) -> tuple[Result, ...]:
        tried.append(version)
        return tuple(Result(version.name, name, "kept") for name in names)

    monkeypatch.setattr("goqueue.lab.instructor.grading.try_promises", kept)
    return tried


@pytest.fixture
def handed_in(tmp_path: Path) -> Path:
    hand_in(tmp_path / "class" / "Ann")
    shutil.copytree(tmp_path / "class" / "Ann", tmp_path / "class" / "ann-2")
    return tmp_path / "class"


def test_compare_prints_and_writes_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "compared.html"
    assert main(["compare", "10", "13", "--html", str(file)]) == 0
    assert "10 keeps 15 of 38, 13 keeps 38 of 38" in capsys.readouterr().out
    page = file.read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "13 keeps 38 of 38" in page
    assert "default-src &#x27;none&#x27;" in page
    assert not [part for part in ("<script", "<link", " src=", "http://", "https://") if part in page]
    assert main(["compare", "11", "12", "--html", str(file)]) == 0  # its own page may be written again
    assert "11 Locked storage" in file.read_text(encoding="utf-8")


def test_compare_says_when_a_folder_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = no_parse(tmp_path / "carols_queue")
    assert main(["compare", "12", str(folder), "--step", "12"]) == 1
    assert f"carols_queue: {UNPARSED}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["compare", "10", "14"], "no version '14': there are 8"),
        (["compare", "10", "12", "--step", "99"], "no version '99'"),
        (["grade", "nowhere", "--step", "12"], "nowhere is no folder"),
    ],
)
def test_called_wrongly(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert said in capsys.readouterr().err


def grade_into(folder: Path, handed_in: Path) -> list[str]:
    """The words of `goqueue grade` that write a table and pages into a folder."""
    return ["grade", str(handed_in), "--step", "12", "--csv", str(folder / "g.csv"), "--html", str(folder / "r")]


def test_grade_writes_a_page_each_an_index_and_a_table(
    quick: list[Path], handed_in: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = grade_into(tmp_path, handed_in)
    assert main(arguments) == 0
    assert [path.name for path in quick] == ["Ann", "ann-2"]
    names = {path.name for path in (tmp_path / "r").iterdir()}
    assert names == {"index.html", "report-Ann.html", "report-ann-2.html"}
    index = (tmp_path / "r" / "index.html").read_text(encoding="utf-8")
    assert '<a href="report-ann-2.html">ann-2</a>' in index
    assert "it is no security sandbox" in index
    assert (tmp_path / "g.csv").read_text(encoding="utf-8-sig").startswith("learner,step,kept,of,")
    assert "Ann      29 of 29" in capsys.readouterr().out
    assert main(arguments) == 0  # its own files may be written again


def test_one_that_cannot_be_graded_is_status_1(quick: list[Path], handed_in: Path) -> None:
    (handed_in / "carol.zip").touch()
    assert main(["grade", str(handed_in), "--step", "12"]) == 1


@pytest.mark.parametrize("name", ["r/index.html", "r/report-Ann.html", "g.csv", "r"])
def test_a_file_that_is_not_ours_is_never_overwritten(
    quick: list[Path], handed_in: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / name
    mine.parent.mkdir(exist_ok=True)
    mine.write_text("mine", "utf-8")
    arguments = grade_into(tmp_path, handed_in)
    assert main(arguments) == 2
    assert mine.name in capsys.readouterr().err
    assert mine.read_text("utf-8") == "mine"
    assert quick == []  # found before anything was tried
    assert [path for path in tmp_path.rglob("*") if path.is_file() and handed_in not in path.parents] == [mine]


@pytest.mark.skipif(sys.platform == "win32", reason="making a link needs a right there")
def test_a_link_is_not_followed_to_what_it_names(quick: list[Path], handed_in: Path, tmp_path: Path) -> None:
    assert main(["grade", str(handed_in), "--step", "12", "--csv", str(tmp_path / "old.csv")]) == 0
    (tmp_path / "g.csv").symlink_to(tmp_path / "old.csv")  # even though that one is ours
    assert main(["grade", str(handed_in), "--step", "12", "--csv", str(tmp_path / "g.csv")]) == 2


@pytest.mark.parametrize("option", ["--csv", "--html"])
def test_nothing_is_written_among_the_submissions(
    quick: list[Path], handed_in: Path, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(handed_in.rglob("*"))
    assert main(["grade", str(handed_in), "--step", "12", option, str(handed_in / "Ann" / "out")]) == 2
    assert "is among the submissions" in capsys.readouterr().err
    assert sorted(handed_in.rglob("*")) == before
    assert quick == []


def test_compare_does_not_overwrite_either(tmp_path: Path) -> None:
    mine = tmp_path / "compared.html"
    mine.write_text("mine", "utf-8")
    assert main(["compare", "10", "13", "--html", str(mine)]) == 2
    assert mine.read_text("utf-8") == "mine"


def test_whose_turn_it_is_is_told(quick: list[Path], handed_in: Path) -> None:
    told: list[str] = []
    grading(handed_in, 12, tell=told.append)
    assert told == ["1 of 2: Ann", "2 of 2: ann-2"]
