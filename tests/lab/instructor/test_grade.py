"""A folder of submissions, as bad as it comes: each gets its line, and no one harms another."""

import csv
import io
import os
import sys
from pathlib import Path

import pytest

from goqueue.lab.instructor import grade
from goqueue.lab.instructor.csv_file import as_csv
from goqueue.lab.instructor.grading import Grade, Grades
from goqueue.lab.instructor.report import report, report_names
from goqueue.lab.instructor.snapshot import snapshot
from goqueue.lab.instructor.submissions import submissions
from goqueue.lab.versions import Result
from tests.lab.instructor.handed_in import UNPARSED, hand_in, no_join, no_parse

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
    found = grade(folder, 12)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    return found


def _of(found: Grades, learner: str) -> Grade:
    return next(one for one in found.grades if one.learner == learner)


def test_each_has_a_line(graded: Grades) -> None:
    marks = {one.learner: (one.kept, len(one.results)) for one in graded.grades}
    assert marks == {
        "carol.zip": (0, 0),
        "empty": (0, 0),
        "exit": (0, 29),
        "html": (0, 29),
        "json": (29, 29),
        "parse": (0, 29),
        "writes": (marks["writes"][0], 29),
        "Zoë Müller 愛": (28, 29),
    }
    assert not graded.all_graded


def test_what_to_mend_first_is_said(graded: Grades) -> None:
    assert _of(graded, "parse").problems == (UNPARSED,)
    assert _of(graded, "Zoë Müller 愛").broken[0].name == "graceful_stop"
    assert "Zoë Müller 愛  28 of 29    stop lets running jobs finish, joins every thread" in graded.text
    assert f"parse         0 of 29     {UNPARSED}" in graded.text
    assert "empty         not graded  no folder in it is laid out like a version" in graded.text
    assert "it is no security sandbox" in " ".join(graded.text.split())


def test_a_report_shows_and_escapes_what_came(graded: Grades) -> None:
    shown = report(graded, _of(graded, "html"))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\\x1b[31m" in shown
    assert "<script" not in shown
    broken = report(graded, _of(graded, "Zoë Müller 愛"))
    assert "1.0 came back, 10.0 was expected" in broken
    assert "goqueue show step12_pool_closes_like_the_plan" in broken
    assert "✓ a job makes no move that its state machine does not have" in broken
    assert "notebook <code>12_worker_pool</code>" in broken


def test_a_race_comes_with_its_replay() -> None:
    said = (
        'orders taken: <b>IndexError came back, [17, 18] was expected\nto see it: replay(models.sharing(version), "16")'
    )
    one = Grade("Bob", (Result("Bob", "taken_once", "broken", said),))
    shown = report(Grades(12, [one]), one)
    assert "to see it: replay(models.sharing(version), &quot;16&quot;)" in shown
    assert "from goqueue.lab import load, replay" in shown
    assert "orders taken: &lt;b&gt;IndexError came back" in shown


def test_an_endless_loop_costs_bounded_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from goqueue.lab.instructor import trying

    hand_in(tmp_path / "hangs", file="job.py", add="\nwhile True: pass\n")
    asked: list[object] = []

    def few(pairs: list[tuple[Path, str]]) -> tuple[Result, ...]:
        asked.extend(pairs)
        return tuple(Result("hangs", name, "not tried", "no answer within 10 s") for _, name in pairs)

    monkeypatch.setattr(trying, "check_many", few)  # tests of the subprocesses try the bound itself
    [one] = grade(tmp_path, 12).grades
    assert (one.graded, one.kept, one.problems) == (True, 0, ("no answer within 10 s",))
    assert len(asked) == 29


def test_submissions_are_found(tmp_path: Path) -> None:
    hand_in(tmp_path / "Ann")
    hand_in(tmp_path / "bob" / "deep" / "my_queue")
    hand_in(tmp_path / "two" / "first")
    hand_in(tmp_path / "two" / "second")
    (tmp_path / "bob" / "__MACOSX" / "x").mkdir(parents=True)
    (tmp_path / "bob" / "__MACOSX" / "x" / "__init__.py").touch()
    found = {one.learner: (one.folder and one.folder.name, one.problem) for one in submissions(tmp_path)}
    assert found["Ann"] == ("Ann", "")
    assert found["bob"] == ("my_queue", "")
    assert found["two"] == (None, "2 folders in it have an __init__.py (first, second): leave one")


def test_nothing_to_grade_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match="is empty: it must hold one folder for each learner"):
        submissions(tmp_path)
    with pytest.raises(NotADirectoryError, match="is no folder"):
        submissions(tmp_path / "nothing")


@links
def test_links_lead_nowhere(tmp_path: Path) -> None:
    hand_in(tmp_path / "class" / "ann")
    (tmp_path / "secret.py").write_text("marks = 29", "utf-8")
    (tmp_path / "class" / "ann" / "secret.py").symlink_to(tmp_path / "secret.py")
    (tmp_path / "class" / "linked").symlink_to(tmp_path / "class" / "ann")
    ann, linked = grade(tmp_path / "class", 12).grades
    assert ann.problems == ("secret.py is a link that leads out of the folder: hand in the file",)
    assert linked.problems == ("a link, not a folder: put the folder itself here",)
    assert not ann.graded


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
    assert rows[0][:4] == ["learner", "step", "kept", "of"]
    for row in rows[1:]:
        assert not row[0].lstrip().startswith(("=", "+", "-", "@"))
        assert not row[5].lstrip().startswith(("=", "+", "-", "@"))
    assert rows[-1][0] == 'a,b"c\\nd'


def test_the_csv_has_a_column_for_each_promise(graded: Grades) -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(graded).removeprefix("\ufeff"))))
    zoe = next(row for row in rows if row["learner"] == "Zoë Müller 愛")
    assert (zoe["kept"], zoe["of"], zoe["graceful_stop"], zoe["legal_moves"]) == ("28", "29", "broken", "kept")
    assert next(row for row in rows if row["learner"] == "empty")["of"] == ""


def test_no_two_reports_have_one_name() -> None:
    learners = ["Ann", "ann", "ANN", "ann-2", "a/b", "a b", "é", "e\u0301", "index", "x" * 400, "愛" * 400, ""]
    names = report_names(learners)
    assert len({name.casefold() for name in names}) == len(learners)
    assert all(len(name.encode()) <= 255 and "/" not in name for name in names)
    assert "index.html" not in names
    assert report_names(["é", "e\u0301"]) == ["report-é.html", "report-é-2.html"]  # one letter, written in two ways
