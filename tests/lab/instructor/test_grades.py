"""`goqueue grade`: submissions as bad as they come. Each gets its line, and no one harms another."""

import csv
import io
import os
import sys
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from goqueue.cli import main
from goqueue.lab.instructor import Grade, Grades, grade
from goqueue.lab.instructor.grade_pages import report, report_names
from goqueue.lab.instructor.grade_tables import as_csv
from goqueue.lab.instructor.grades import INTERRUPTED
from goqueue.lab.instructor.room import what_is_prevented
from goqueue.lab.instructor.version_folders import handed_in as found_in
from goqueue.lab.instructor.version_folders import snapshot
from goqueue.lab.versions import Result
from goqueue.lab.versions.trial import kept_by
from tests.lab.instructor.handed_in import UNPARSED, few_promises, hand_in, no_join, no_parse

links = pytest.mark.skipif(sys.platform == "win32", reason="making a link needs a right there")


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Grades:
    folder = tmp_path_factory.mktemp("submissions")
    hand_in(folder / "json")  # a name that would hide a module
    no_join(folder / "Zoë Müller 愛" / "my_queue")
    no_parse(folder / "parse")
    hand_in(folder / "exit", file="__init__.py", add="\nimport os\nos._exit(0)\n")
    hand_in(folder / "html", file="job.py", add="\nraise ValueError('<script>alert(1)</script>\\x1b[31m')\n")
    hand_in(folder / "writes", file="job.py", add="\nopen(__file__, 'w').close()\n")
    (folder / "empty").mkdir()
    (folder / "carol.zip").write_bytes(b"PK")
    (folder / ".DS_Store").write_bytes(b"")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.MonkeyPatch.context() as monkeypatch:
        few_promises(monkeypatch)
        found = grade(folder, 12)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    return found


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, str]]:
    """Instead of trying promises, say that all are kept. Tells what would have been tried."""
    asked: list[tuple[Path, str]] = []

    def kept(course: Path, files: Mapping[str, bytes], names: Sequence[str]) -> list[Result]:
        asked.extend((course, name) for name in names)
        assert "pool.py" in files or "storage.py" in files
        return [Result("submission", name, "kept") for name in names]

    monkeypatch.setattr("goqueue.lab.instructor.grades.try_submission", kept)
    return asked


@pytest.fixture
def handed_in(tmp_path: Path) -> Path:
    for learner in ("Ann", "ann-2"):
        hand_in(tmp_path / "class" / learner)
    return tmp_path / "class"


def _of(found: Grades, learner: str) -> Grade:
    return next(one for one in found.grades if one.learner == learner)


def test_each_has_a_line_that_says_what_to_mend_first(graded: Grades) -> None:
    marks = {one.learner: (one.kept, len(one.results)) for one in graded.grades}
    whole = {"json": (2, 2), "Zoë Müller 愛": (1, 2), "writes": (marks["writes"][0], 2)}
    nothing = dict.fromkeys(["carol", "empty"], (0, 0)) | dict.fromkeys(["exit", "html", "parse"], (0, 2))
    assert marks == whole | nothing
    assert not graded.all_graded
    assert _of(graded, "parse").problems == (UNPARSED,)
    assert "status 0 before it had answered" in _of(graded, "exit").problems[0]
    assert _of(graded, "Zoë Müller 愛").broken[0].name == "graceful_stop"
    assert "Zoë Müller 愛  1 of 2      0 of 1  stop lets running jobs finish, joins every thread" in graded.text
    assert f"parse         0 of 2      0 of 1  {UNPARSED}" in graded.text
    assert "empty         not graded          no folder in it is laid out like a version" in graded.text
    assert what_is_prevented() in graded.warning


def test_a_report_shows_and_escapes_what_came(graded: Grades) -> None:
    shown = report(graded, _of(graded, "html"))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\\x1b[31m" in shown
    assert "<script" not in shown
    broken = report(graded, _of(graded, "Zoë Müller 愛"))
    assert "1.0 came back, 10.0 was expected" in broken
    assert "goqueue show step12_pool_closes_like_the_plan" in broken
    assert "✓ a job makes no move that its state machine does not have" in broken
    assert "notebook 12_worker_pool" in BeautifulSoup(broken, "html.parser").get_text()


def test_a_page_that_waits_for_its_result_asks_the_learner_for_nothing() -> None:
    one = Grade("Bob", (), (INTERRUPTED,))
    shown = report(Grades(12, [one]), one)
    assert "No result yet" in shown
    assert "Mend this first" not in shown
    assert "Hand in" not in shown
    empty = Grade("Cleo", (), ("no folder in it is laid out like a version",))
    assert "Hand in one folder" in report(Grades(12, [empty]), empty)


def test_a_race_comes_with_its_replay() -> None:
    replay = 'to see it: replay(models.sharing(version), "16<i>")'
    said = f"orders taken: <b>IndexError came back, [17, 18] was expected\n{replay}"
    one = Grade("Bob", (Result("Bob", "taken_once", "broken", said),))
    shown = report(Grades(12, [one]), one)
    assert 'to see it: replay(models.sharing(version), "16&lt;i&gt;")' in shown
    assert "from goqueue.lab import load; version = load(" in shown
    assert "orders taken: &lt;b&gt;IndexError came back" in shown


def test_each_promise_of_the_step_is_tried_on_a_copy_and_whose_turn_it_is_is_told(
    tried: list[tuple[Path, str]], handed_in: Path
) -> None:
    told: list[str] = []
    found = grade(handed_in, 12, tell=told.append)
    assert sorted(line.partition(": ")[2] for line in told) == ["Ann", "ann-2"]
    assert [line.partition(",")[0] for line in told] == ["1 of 2", "2 of 2"]
    count = len(kept_by(12))
    assert [(one.learner, one.kept, len(one.results)) for one in found.grades] == [
        ("Ann", count, count),
        ("ann-2", count, count),
    ]
    assert sorted(name for _, name in tried) == sorted(2 * kept_by(12))


def test_submissions_are_found(tmp_path: Path) -> None:
    for place in ("Ann", "bob/deep/my_queue", "bob/__MACOSX/x", "two/first", "two/second"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "__init__.py").touch()
    with found_in(tmp_path) as every:
        found = {one.learner: (one.folder and one.folder.name, one.problem) for one in every}
    assert found == {
        "Ann": ("Ann", ""),
        "bob": ("my_queue", ""),
        "two": (None, "2 folders in it have an __init__.py (first, second): leave one"),
    }
    (tmp_path / "empty").mkdir()
    with (
        pytest.raises(LookupError, match="is empty: it must hold a folder or a zip file"),
        found_in(tmp_path / "empty"),
    ):
        pass
    with pytest.raises(LookupError, match="Ann is itself laid out like a version"), found_in(tmp_path / "Ann"):
        pass
    with pytest.raises(NotADirectoryError, match="is no folder"), found_in(tmp_path / "nothing"):
        pass


@links
def test_links_lead_nowhere(handed_in: Path) -> None:
    (handed_in.parent / "secret.py").write_text("marks = 29", "utf-8")
    (handed_in / "Ann" / "secret.py").symlink_to(handed_in.parent / "secret.py")
    (handed_in / "linked").symlink_to(handed_in / "Ann")
    grades = {one.learner: one for one in grade(handed_in, 8).grades}
    assert grades["Ann"].problems == ("secret.py is a link that leads out of the folder: hand in the file",)
    assert grades["linked"].problems == ("a link, not a folder: put the folder itself here",)
    assert not grades["Ann"].graded


@links
def test_a_copy_holds_plain_files_only(tmp_path: Path) -> None:
    folder = hand_in(tmp_path / "ann")
    (folder / "again.py").symlink_to("pool.py")
    (folder / "round").symlink_to(folder)
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "pool.pyc").touch()
    os.mkfifo(folder / "pipe.py")
    with snapshot(folder) as copy:
        names = {path.name for path in copy.iterdir()}
        assert {"again.py", "pool.py"} <= names
        assert not {"round", "pipe.py", "__pycache__"} & names
        assert not any(path.is_symlink() for path in copy.iterdir())
    assert not copy.exists()


def test_too_much_is_refused(tmp_path: Path) -> None:
    for number in range(1_001):
        (tmp_path / f"{number}.txt").touch()
    with pytest.raises(ValueError, match="more than 1,000 files"), snapshot(tmp_path):
        pass


def test_a_spreadsheet_takes_nothing_for_a_formula() -> None:
    names = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "\t=1", " =1", 'a,b"c\nd']
    text = as_csv(Grades(12, [Grade(name, (), (name,)) for name in names]))
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    for row in rows[1:]:
        assert not [one for one in (row[0], row[7]) if one.lstrip().startswith(("=", "+", "-", "@"))]
    assert rows[-1][0] == 'a,b"c\\nd'


def test_the_csv_has_a_column_for_each_promise(graded: Grades) -> None:
    rows = {row["learner"]: row for row in csv.DictReader(io.StringIO(as_csv(graded).removeprefix("\ufeff")))}
    expected = {"step": "12", "kept": "1", "of": "2", "graceful_stop": "broken", "legal_moves": "kept"}
    assert expected.items() <= rows["Zoë Müller 愛"].items()
    assert rows["empty"]["of"] == ""


def test_no_two_reports_have_one_name() -> None:
    learners = ["Ann", "ann", "ANN", "ann-2", "a/b", "a b", "é", "e\u0301", "index", "x" * 400, "愛" * 400, ""]
    names = report_names(learners)
    assert len({name.casefold() for name in names}) == len(learners)
    assert all(len(name.encode()) <= 255 and "/" not in name for name in names)
    assert "index.html" not in names
    assert report_names(["é", "e\u0301"]) == ["report-é.html", "report-é-2.html"]  # one letter, written in two ways


def _into(folder: Path, handed_in: Path) -> list[str]:
    """The words of `goqueue grade` that write a table and pages into a folder."""
    return ["grade", str(handed_in), "--step", "8", "--csv", str(folder / "g.csv"), "--html", str(folder / "r")]


@pytest.mark.usefixtures("tried")
def test_the_command_writes_a_page_each_an_index_and_a_table(
    handed_in: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = _into(tmp_path, handed_in)
    assert main(arguments) == 0
    names = {path.name for path in (tmp_path / "r").iterdir()}
    assert names == {"index.html", "report-Ann.html", "report-ann-2.html"}
    index = (tmp_path / "r" / "index.html").read_text(encoding="utf-8")
    assert '<a href="report-ann-2.html">ann-2</a>' in index
    assert escape(what_is_prevented()) in index
    assert (tmp_path / "g.csv").read_text(encoding="utf-8-sig").startswith("learner,step,kept,of,")
    assert "\nAnn " in capsys.readouterr().out
    assert main(arguments) == 0  # its own files may be written again
    (handed_in / "carol.pdf").touch()
    assert main(arguments) == 1, "one that cannot be graded"


@pytest.mark.parametrize("name", ["r/index.html", "r/report-Ann.html", "g.csv", "r"])
def test_a_file_that_is_not_ours_is_never_overwritten(
    tried: list[object], handed_in: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / name
    mine.parent.mkdir(exist_ok=True)
    mine.write_text("mine", "utf-8")
    assert main(_into(tmp_path, handed_in)) == 2
    assert mine.name in capsys.readouterr().err
    assert mine.read_text("utf-8") == "mine"
    assert tried == []  # found before anything was tried
    assert [path for path in tmp_path.rglob("*") if path.is_file() and handed_in not in path.parents] == [mine]


@links
@pytest.mark.usefixtures("tried")
def test_a_link_is_not_followed_to_what_it_names(handed_in: Path, tmp_path: Path) -> None:
    assert main(["grade", str(handed_in), "--step", "8", "--csv", str(tmp_path / "old.csv")]) == 0
    (tmp_path / "g.csv").symlink_to(tmp_path / "old.csv")  # even though that one is ours
    assert main(["grade", str(handed_in), "--step", "8", "--csv", str(tmp_path / "g.csv")]) == 2


@pytest.mark.parametrize("option", ["--csv", "--html"])
def test_nothing_is_written_among_the_submissions(
    tried: list[object], handed_in: Path, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(handed_in.rglob("*"))
    assert main(["grade", str(handed_in), "--step", "8", option, str(handed_in / "Ann" / "out")]) == 2
    assert "is among the submissions" in capsys.readouterr().err
    assert sorted(handed_in.rglob("*")) == before
    assert tried == []
