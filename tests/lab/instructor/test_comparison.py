"""`goqueue compare`: what changed between two versions is found by reading, never by importing what a learner wrote."""

import re
import sys
from pathlib import Path

import pytest

from goqueue.cli import main
from goqueue.lab.instructor import compare
from goqueue.lab.instructor.code_changes import count, read_modules
from goqueue.lab.instructor.queue_speed import measure_in_copy, measure_speed
from goqueue.lab.instructor.version_folders import sides
from goqueue.lab.subprocesses import Died
from goqueue.lab.versions import entry, show
from tests.lab.instructor.handed_in import UNPARSED, few_promises, hand_in, no_join, no_parse


def _definitions(folder: Path, text: str) -> dict[str, str]:
    folder.mkdir(exist_ok=True)
    (folder / "pool.py").write_text(text, encoding="utf-8")
    return dict(read_modules(folder)[0]["pool.py"].definitions)


def test_lines_are_counted_as_show_counts_them() -> None:
    facts = compare(10, 13).facts
    for row in facts.lines:
        if row.after is not None:
            assert any(line.split()[:2] == [row.file, str(row.after)] for line in show(13).text.splitlines()), row
    assert f"  {sum(row.after or 0 for row in facts.lines)} code lines in " in show(13).text
    channel = next(row for row in facts.lines if row.file == "channel.py")
    assert channel.before is None
    assert re.search(rf"  channel\.py +– +{channel.after} +\+{channel.after}\n", compare(10, 13).text)


def test_parts_are_named_and_promises_gained_and_lost_are_as_declared() -> None:
    facts = compare(11, 12).facts
    found = {(one.mark, one.name) for one in facts.changes}
    assert {("+", "channel.py"), ("+", "class Pool"), ("+", "Queue.start"), ("~", "Queue.submit_job")} <= found
    assert ("+", "describe()") in found
    assert not any(name.startswith("Registry") for _, name in found)  # it did not change
    assert count(compare(12, 11).facts.changes, "modules") == (0, 2, 5)
    assert not facts.tried
    assert facts.speed is None, "measured only on demand"
    assert facts.only(after=False) == ["handler_submits", "no_handler"]
    assert "back_pressure" in facts.only(after=True)
    assert "11 keeps 36 of 58, 12 keeps 58 of 58" in compare(11, 12, step=12).text
    assert "modules: the same; classes: the same; functions: the same" in compare(12, 12).text


def test_only_code_counts_and_a_method_is_no_part_of_its_class(tmp_path: Path) -> None:
    before = 'class Pool:\n    """Pool."""\n    size = 1\n\n    def start(self):\n        return 1\n'
    old = _definitions(tmp_path, f'"""Pools."""\n{before}')
    laid_out = _definitions(tmp_path, "class Pool:\n    size = (1)  # now\n    def start( self ): return 1\n")
    new = _definitions(tmp_path, before.replace("return 1", "return 2"))
    assert laid_out == old
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


def test_two_learners_are_tried_and_never_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few_promises(monkeypatch)
    ann, bob = hand_in(tmp_path / "anns_queue"), no_join(tmp_path / "bobs_queue")
    with (ann / "job.py").open("a", encoding="utf-8") as file:
        file.write("import sys\nassert 'pytest' not in sys.modules, 'imported in the calling process'\n")
    found = compare(ann, bob, step=12)
    assert found.facts.tried
    assert "anns_queue keeps 2 of 2, bobs_queue keeps 1 of 2" in found.text
    assert found.facts.only(after=False) == ["graceful_stop"]
    assert "1.0 came back, 10.0 was expected" in found.facts.said[1]["graceful_stop"]
    assert found.facts.said[1]["graceful_stop"] in found.text
    assert not {"anns_queue", "bobs_queue"} & set(sys.modules)
    assert list(tmp_path.rglob("__pycache__")) == []


def test_a_folder_that_does_not_parse_is_compared_as_far_as_it_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    few_promises(monkeypatch)
    folder = no_parse(tmp_path / "carols_queue")
    found = compare(12, folder, step=12)
    assert found.facts.problems == (f"carols_queue: {UNPARSED}",)
    assert found.facts.changes == ()  # pool.py is no part that is gone: nobody could read it
    assert found.text.endswith(f"carols_queue: {UNPARSED} (2 not tried)")
    assert main(["compare", "12", str(folder), "--step", "12"]) == 1
    assert capsys.readouterr().out == f"{found.text}\n"


def test_names_are_told_apart_and_made_plain(tmp_path: Path) -> None:
    for name in ("ann/my_queue", "bob/my_queue", "red\x1b[31m"):
        (tmp_path / name).mkdir(parents=True)
    ann, bob = sides(tmp_path / "ann/my_queue", tmp_path / "bob/my_queue")
    assert (ann.name, bob.name) == ("ann/my_queue", "bob/my_queue")
    assert sides(12, tmp_path / "red\x1b[31m")[1].name == r"red\x1b[31m"
    with pytest.raises(NotADirectoryError, match="nothing is no folder"):
        sides(12, tmp_path / "nothing")


def test_speed_is_measured_for_both_kinds_and_of_a_version_that_gets_done(tmp_path: Path) -> None:
    found = measure_speed(*sides(10, 13), rounds=1)
    assert min(found.before, found.after, measure_in_copy(str(entry(8).path))) > 0
    assert found.ratio == found.after / found.before
    call = "self.processor.process_job(ctx, job, handler)"
    folder = hand_in(tmp_path / "anns_queue", file="queue.py", step=11, old=call, new="pass")
    with pytest.raises(Died, match=r"^anns_queue cannot be measured: RuntimeError: 0 of 1000 jobs ran"):
        measure_speed(*sides(folder, 11), rounds=1)


def test_the_command_prints_and_writes_a_page_but_only_over_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "compared.html"
    assert main(["compare", "10", "13", "--html", str(file)]) == 0
    assert "10 keeps 28 of 77, 13 keeps 77 of 77" in capsys.readouterr().out
    page = file.read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "13 keeps 77 of 77" in page
    assert "default-src &#x27;none&#x27;" in page
    assert not [part for part in ("<script", "<link", " src=", "http://", "https://") if part in page]
    assert main(["compare", "11", "12", "--html", str(file)]) == 0  # its own page may be written again
    assert "11 Locked storage" in file.read_text(encoding="utf-8")
    file.write_text("mine", "utf-8")
    assert main(["compare", "10", "13", "--html", str(file)]) == 2
    assert file.read_text("utf-8") == "mine"
