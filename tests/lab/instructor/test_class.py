"""What a class needs: answers in notebooks, zip files as Moodle makes them, weights, tables, a map, likeness."""

import csv
import io
import json
import zipfile
from pathlib import Path

import pytest

from goqueue.cli import main
from goqueue.lab.instructor import Grade, Grades, grade
from goqueue.lab.instructor.class_map import class_map
from goqueue.lab.instructor.exercise_answers import answer_to, cells_of, exercises_of
from goqueue.lab.instructor.grade_tables import as_canvas, as_csv, as_moodle
from goqueue.lab.instructor.likeness import alike
from goqueue.lab.instructor.version_folders import handed_in as found_in
from goqueue.lab.instructor.weights import read_weights
from goqueue.lab.learn.exercises import find
from goqueue.lab.versions import Result, trial
from goqueue.lab.versions.course import entry
from tests.lab.instructor.handed_in import hand_in


def notebook(*cells: str) -> bytes:
    """A notebook as Jupyter writes one."""
    rows = [{"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in cells]
    return json.dumps({"cells": [{"cell_type": "markdown", "source": "# Mine"}, *rows], "nbformat": 4}).encode()


def zipped(file: Path, **members: bytes) -> Path:
    """A zip file with these members."""
    with zipfile.ZipFile(file, "w") as out:
        for name, content in members.items():
            out.writestr(name, content)
    return file


def test_an_answer_is_the_definition_that_stood_before_its_check() -> None:
    cells = cells_of(
        {
            "12.ipynb": notebook(
                "%load_ext goqueue\nimport threading",
                "class Channel:\n    first = 1",
                'check("12.1", Channel)',
                "%%time\nclass Mine:\n    second = threading.Lock()",
                "check(12.3, Mine)\ncheck('12.4', 'a b c')",
                "class Meter: pass",
            )
        }
    )
    assert answer_to(find("12.1"), cells) == "class Channel:\n    first = 1"
    assert answer_to(find("12.3"), cells).endswith("second = threading.Lock()\n\nChannel = Mine")
    assert answer_to(find("12.4"), cells) == "a b c"
    assert answer_to(find("12.2"), cells) == "class Meter: pass"
    with pytest.raises(LookupError, match="there is no answer: no cell defines RetryTimer"):
        answer_to(find("13.2"), cells)
    with pytest.raises(LookupError, match=r'expected check\("13.3", "the letters"\)'):
        answer_to(find("13.3"), cells)


def test_one_file_may_hold_many_answers_under_one_name() -> None:
    text = "class Channel:\n    first = 1\ncheck(12.1, Channel)\nclass Channel:\n    n = helper\ncheck(12.3, Channel)\n"
    cells = cells_of({"answers.py": text.encode()})
    assert answer_to(find("12.1"), cells) == "class Channel:\n    first = 1"
    assert answer_to(find("12.3"), cells) == "class Channel:\n    n = helper"


def test_what_another_exercise_was_given_is_no_answer() -> None:
    cells = cells_of({"answers.py": b'class Channel:\n    mine = 3\ncheck("12.3", Channel)\n'})
    with pytest.raises(LookupError, match="no cell defines Channel"):
        answer_to(find("12.1"), cells)
    slip = cells_of({"answers.py": b"class Channel(:\n    pass\n"})
    with pytest.raises(LookupError, match="no cell defines Channel, and one cannot be read: line 1: invalid syntax"):
        answer_to(find("12.3"), slip)
    unchecked = cells_of({"answers.py": b"class Meter:\n    n = later()\n\ndef later(): return 1\n"})
    assert "def later" in answer_to(find("12.2"), unchecked)


@pytest.mark.slow
def test_notebooks_are_graded_and_bad_ones_are_a_line_each(tmp_path: Path) -> None:
    folder = tmp_path / "class"
    folder.mkdir()
    right, wrong = find("09.1").solution, find("09.1").start
    (folder / "Ann.ipynb").write_bytes(notebook(right, "check('09.3', 'd b f a g')"))
    (folder / "Bob.py").write_text(f"{wrong}\n\n{find('09.2').solution}\n", "utf-8")
    (folder / "Cleo.ipynb").write_text("{", "utf-8")
    zipped(folder / "Dan.zip", **{"deep/09.ipynb": notebook(find("09.2").solution)})
    (folder / "Erin").mkdir()
    (folder / "Fay.pdf").write_bytes(b"%PDF")
    found = {one.learner: one for one in grade(folder, 9, exercises=True).grades}
    kept = {name: {r.name for r in one.results if r.outcome == "kept"} for name, one in found.items()}
    whole = {number: {r.name for r in found["Ann"].results if r.name.startswith(number)} for number in ("09.1", "09.2")}
    assert whole["09.1"] <= kept["Ann"]
    assert any(name.startswith("09.3") for name in kept["Ann"])
    assert whole["09.2"] <= kept["Bob"]
    assert not whole["09.1"] <= kept["Bob"]
    assert kept["Dan"] == whole["09.2"]
    assert "Cleo.ipynb is no notebook: expected the JSON that Jupyter writes" in found["Cleo"].problems[0]
    assert "there is no notebook (.ipynb) and no Python file" in found["Erin"].problems[0]
    assert "a file, neither a folder nor a zip file" in found["Fay.pdf"].problems[0]
    assert {r.message for r in found["Dan"].results if r.name.startswith("09.1")} == {
        "there is no answer: no cell defines send_catalogue"
    }
    assert [one.id for one in exercises_of(9)] == ["09.1", "09.2", "09.3"]


def test_zip_files_are_unpacked_and_bad_ones_are_a_line_each(tmp_path: Path) -> None:
    folder = tmp_path / "class"
    moodle = folder / "Ann Miller_12345_assignsubmission_file_"
    moodle.mkdir(parents=True)
    zipped(moodle / "queue.zip", **{"my_queue/__init__.py": b"", "my_queue/pool.py": b"x = 1"})
    zipped(folder / "bob.zip", **{"__init__.py": b"", "__MACOSX/__init__.py": b""})
    zipped(folder / "out.zip", **{"../../out.py": b""})
    (folder / "none.zip").write_bytes(b"PK\x03\x04 no")
    zipped(folder / "empty.zip")
    with found_in(folder) as every:
        found = {one.learner: (one.folder and one.folder.name, one.problem) for one in every}
    assert found["Ann Miller_12345_assignsubmission_file_"] == ("my_queue", "")
    assert found["bob"][1] == ""
    assert "leads out of the folder" in found["out"][1]
    assert "cannot be unpacked as a zip file" in found["none"][1]
    assert "laid out like a version" in found["empty"][1]
    assert not (tmp_path / "out.py").exists()
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as out:
        for file in folder.rglob("*"):
            out.write(file, file.relative_to(tmp_path))
    with found_in(tmp_path / "all.zip") as every:
        assert {one.learner for one in every} == set(found)


def test_a_zip_file_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("goqueue.lab.instructor.archives.MOST_BYTES", 1_000_000)
    (tmp_path / "class").mkdir()
    with zipfile.ZipFile(tmp_path / "class" / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("zeros", bytes(2_000_000))
    with found_in(tmp_path / "class") as [found]:
        assert "it unpacks to more than" in found.problem


ANN = "Ann Miller_12345_assignsubmission_file_"
BOB = "bobsmith_LATE_777_888_my_queue"
CLASS = Grades(
    12,
    [
        Grade(ANN, (Result(ANN, "runs_at_once", "kept"), Result(ANN, "legal_moves", "kept"))),
        Grade(BOB, (Result(BOB, "runs_at_once", "broken", "…"), Result(BOB, "legal_moves", "kept")), (), "84 % Ann"),
        Grade("Cleo", (), ("a link",)),
    ],
)


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_the_tables_say_what_was_gained_and_name_learners_as_moodle_and_canvas_do() -> None:
    ours = _rows(as_csv(CLASS, {"runs_at_once": 3.0, "legal_moves": 1.0}))
    assert [(row["kept"], row["gained"], row["of what it adds"], row["points"]) for row in ours] == [
        ("2", "1", "1", "4"),
        ("1", "0", "1", "1"),
        ("", "", "", ""),
    ]
    assert ours[1]["most alike"] == "84 % Ann"
    moodle = _rows(as_moodle(CLASS))
    assert [(row["Identifier"], row["Full name"], row["Grade"]) for row in moodle] == [
        ("Participant 12345", "Ann Miller", "100"),
        ("", BOB, "0"),
        ("", "Cleo", ""),
    ]
    canvas = _rows(as_canvas(CLASS, {"runs_at_once": 3.0, "legal_moves": 1.0}))
    assert [(row["Student"], row["ID"], row["goqueue step 12"]) for row in canvas[1:]] == [
        (ANN, "", "100"),
        ("bobsmith", "777", "25"),
        ("Cleo", "", ""),
    ]


def test_the_map_says_what_is_broken_by_whom_and_what_is_known_to_break_it() -> None:
    [place] = class_map(CLASS)
    assert place.sentence == "submit returns before the job runs, and N workers run N jobs at once"
    assert place.learners == (BOB,)
    answers = Grades(12, [Grade("Ann", (Result("Ann", "12.2 loses_no_count", "broken"),))])
    assert "a lock for each call" in class_map(answers)[0].misconceptions


WEIGHTS = {
    "legal_moves = 2\nothers = 0.5": None,
    "legal_move = 2": "there is no promise 'legal_move' in this step; expected lines such as",
    "legal_moves = 'two'": "the weight of legal_moves is 'two', not a number from 0",
    "legal_moves = -1": "is -1, not a number from 0",
    "legal_moves = nan": "is nan, not a number from 0",
    "legal_moves: 2": "expected lines such as `graceful_stop = 3`",
}


@pytest.mark.parametrize(("text", "said"), WEIGHTS.items())
def test_weights_are_read_or_it_is_said_what_was_expected(
    text: str, said: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "weights.toml"
    file.write_text(text, "utf-8")
    if said is None:
        assert read_weights(file, ["legal_moves", "remembers"]) == {"legal_moves": 2.0, "remembers": 0.5}
        return
    hand_in(tmp_path / "class" / "Ann", 8)
    assert main(["grade", str(tmp_path / "class"), "--step", "8", "--weights", str(file)]) == 2
    assert said in capsys.readouterr().err


def test_likeness_does_not_see_names_and_comments_and_leaves_out_what_everybody_was_given() -> None:
    course = {file.name: file.read_bytes() for file in entry(12).path.glob("*.py")}
    renamed = {name: text.replace(b"_items", b"_things") + b"\n# mine\n" for name, text in course.items()}
    other = {"pool.py": "\n".join(f"def f{n}(a):\n    return a[{n}] * {n} + {n}" for n in range(40)).encode()}
    before = {file.name: file.read_bytes() for file in entry(11).path.glob("*.py")}
    found = alike(12, {"Ann": course, "Bob": renamed, "Cleo": other, "Dan": before})
    assert found["Ann"] == "100 % Bob; 100 % the course"
    assert found["Cleo"].endswith("0 % the course")
    assert found["Dan"] == ""


OWN = """
from steps.promises.bench import Bench
from steps.promises.promise import expect, promise

@promise("a job's type is kept", counterexamples=())
def type_is_kept(version):
    expect("the type of a job", Bench(version).new_job().type, "webhook")

@promise("nobody keeps this", counterexamples=())
def nobody_keeps(version):
    expect("one", 1, 2)
"""
NO_PROMISES = {
    "none.py": ("x = 1", "none.py: expected a name such as step12_mine.py"),
    "step08_none.py": ("x = 1", "step08_none.py holds no promise: expected functions under @promise"),
    "step08_bad.py": ("import nothing_of_this", "step08_bad.py cannot be read as promises: ModuleNotFoundError"),
    "step08_taken.py": (OWN.replace("type_is_kept", "legal_moves"), "there is a promise legal_moves already"),
}


@pytest.mark.parametrize("name", NO_PROMISES)
def test_a_folder_of_promises_that_is_none_is_told(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, said = NO_PROMISES[name]
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / name).write_text(text, "utf-8")
    hand_in(tmp_path / "class" / "Ann", 8)
    assert main(["grade", str(tmp_path / "class"), "--step", "8", "--promises", str(tmp_path / "own")]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.slow
def test_an_instructors_own_promises_are_tried_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "_own", {})
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "step08_mine.py").write_text(OWN, "utf-8")
    hand_in(tmp_path / "class" / "Ann", 8)
    [ann] = grade(tmp_path / "class", 8, own=tmp_path / "own").grades
    assert {one.name for one in ann.results if one.outcome == "broken"} == {"nobody_keeps"}
    assert [one.name for one in ann.results][-2:] == ["type_is_kept", "nobody_keeps"]
