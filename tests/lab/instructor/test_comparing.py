"""What changed between two versions: found by reading, never by importing what a learner wrote."""

import sys
from pathlib import Path

import pytest

from goqueue.lab.instructor import compare
from goqueue.lab.instructor.changes import count
from goqueue.lab.instructor.modules import read_modules
from goqueue.lab.instructor.sides import sides
from goqueue.lab.instructor.speed import measure_in_subprocess, measured
from goqueue.lab.subprocesses import Died
from goqueue.lab.versions import show
from tests.lab.instructor.handed_in import UNPARSED, hand_in, no_join, no_parse


def _module(folder: Path, text: str) -> Path:
    folder.mkdir()
    (folder / "pool.py").write_text(text, encoding="utf-8")
    return folder


def test_lines_are_counted_as_show_counts_them() -> None:
    facts = compare(10, 13).facts
    for row in facts.lines:
        if row.after is not None:
            assert any(line.split()[:2] == [row.file, str(row.after)] for line in show(13).text.splitlines()), row
    assert f"  {sum(row.after or 0 for row in facts.lines)} code lines in " in show(13).text
    channel = next(row for row in facts.lines if row.file == "channel.py")
    assert channel.before is None
    assert channel.change == channel.after


def test_parts_are_named() -> None:
    found = {(one.mark, one.name) for one in compare(11, 12).facts.changes}
    assert {("+", "channel.py"), ("+", "class Pool"), ("+", "Queue.start"), ("~", "Queue.submit_job")} <= found
    assert ("+", "describe()") in found
    assert not any(name.startswith("Registry") for _, name in found)  # it did not change
    assert count(compare(12, 11).facts.changes, "modules") == (0, 2, 5)


def test_promises_gained_and_lost_are_as_declared() -> None:
    facts = compare(11, 12).facts
    assert not facts.tried
    assert facts.only(after=False) == ["handler_submits", "no_handler"]
    assert "back_pressure" in facts.only(after=True)
    assert "11 keeps 19 of 29, 12 keeps 29 of 29" in compare(11, 12, step=12).text


def test_a_version_and_itself_are_the_same() -> None:
    facts = compare(12, 12).facts
    assert (facts.changes, facts.only(after=True), facts.only(after=False)) == ((), [], [])
    assert "modules: the same; classes: the same; functions: the same" in compare(12, 12).text


def test_comments_docstrings_and_layout_change_nothing(tmp_path: Path) -> None:
    one = _module(tmp_path / "one", '"""Pool."""\n\n\ndef start(ctx):\n    """Start."""\n    return ctx\n')
    two = _module(tmp_path / "two", "def start( ctx ):  # now\n\n    return (ctx)\n")
    assert read_modules(one)[0]["pool.py"].code == read_modules(two)[0]["pool.py"].code


def test_a_method_and_a_field_are_told_apart(tmp_path: Path) -> None:
    one = read_modules(_module(tmp_path / "one", "class Pool:\n    size = 1\n    def start(self): return 1\n"))[0]
    two = read_modules(_module(tmp_path / "two", "class Pool:\n    size = 1\n    def start(self): return 2\n"))[0]
    old, new = one["pool.py"].definitions, two["pool.py"].definitions
    assert [name for name in old if old[name] != new[name]] == ["Pool.start"]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (b"def start(self\n", "pool.py, line 1: '(' was never closed"),
        (b"x = '\xff'\n", "pool.py is not UTF-8 text"),
        (b"x = 1\x00\n", "pool.py"),
        (b"x = " + b"-" * 50_000 + b"1\n", "pool.py nests too deep"),
        (b"x = 1\n" * 200_000, "pool.py is larger than 1,000,000 bytes"),
    ],
    ids=["syntax", "encoding", "null", "deep", "large"],
)
def test_a_file_that_cannot_be_read_is_one_clear_line(tmp_path: Path, source: bytes, said: str) -> None:
    (tmp_path / "pool.py").write_bytes(source)
    found, problems = read_modules(tmp_path)
    assert found == {}
    assert problems["pool.py"].startswith(said)
    assert "\n" not in problems["pool.py"]


def test_two_learners_are_tried_and_never_imported(tmp_path: Path) -> None:
    ann, bob = hand_in(tmp_path / "anns_queue"), no_join(tmp_path / "bobs_queue")
    with (ann / "job.py").open("a", encoding="utf-8") as file:
        file.write("import sys\nassert 'pytest' not in sys.modules, 'imported in the calling process'\n")
    found = compare(ann, bob, step=12)
    assert found.facts.tried
    assert "anns_queue keeps 29 of 29, bobs_queue keeps 28 of 29" in found.text
    assert found.facts.only(after=False) == ["graceful_stop"]
    assert "1.0 came back, 10.0 was expected" in found.text
    assert "1.0 came back, 10.0 was expected" in found.html
    assert not {"anns_queue", "bobs_queue"} & set(sys.modules)
    assert list(tmp_path.rglob("__pycache__")) == []


def test_a_folder_that_does_not_parse_is_compared_as_far_as_it_goes(tmp_path: Path) -> None:
    found = compare(12, no_parse(tmp_path / "carols_queue"), step=12)
    assert f"  carols_queue: {UNPARSED}\n" in found.text
    assert found.text.endswith(f"carols_queue: {UNPARSED} (29 not tried)")
    assert found.facts.changes == ()  # pool.py is no part that is gone: nobody could read it


def test_names_are_told_apart_and_made_plain(tmp_path: Path) -> None:
    for name in ("ann", "bob"):
        (tmp_path / name / "my_queue").mkdir(parents=True)
    assert [one.name for one in sides(tmp_path / "ann/my_queue", tmp_path / "bob/my_queue")] == [
        "ann/my_queue",
        "bob/my_queue",
    ]
    (tmp_path / "red\x1b[31m").mkdir()
    assert sides(12, tmp_path / "red\x1b[31m")[1].name == r"red\x1b[31m"


def test_a_path_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotADirectoryError, match="nothing is no folder"):
        compare(12, tmp_path / "nothing")


def test_speed_is_measured_only_on_demand_and_for_both_kinds() -> None:
    assert compare(10, 13).facts.speed is None
    found = measured(*sides(10, 13), rounds=1)
    assert found.before > 0
    assert found.after > 0
    assert found.ratio == found.after / found.before
    assert isinstance(measure_in_subprocess({"step": 8}), float)


def test_a_version_that_does_not_get_done_is_not_measured(tmp_path: Path) -> None:
    folder = hand_in(
        tmp_path / "anns_queue",
        file="queue.py",
        step=11,
        old="self.processor.process_job(ctx, job, handler)",
        new="pass",
    )
    with pytest.raises(Died, match=r"anns_queue cannot be measured: RuntimeError: 0 of 1000 jobs ran"):
        measured(*sides(folder, 11), rounds=1)
