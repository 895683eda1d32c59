"""`goqueue handout`: a step on A4, without solutions, and with them."""

from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from goqueue.cli import main
from goqueue.lab.instructor.exercise_answers import exercises_of
from goqueue.lab.instructor.handout import WIDEST, handout
from goqueue.lab.versions import catalogue

STEPS = [entry.step for entry in catalogue()]


@pytest.mark.parametrize("step", STEPS)
def test_the_answers_are_in_the_key_only_and_no_line_is_wider_than_the_paper(step: int) -> None:
    plain, key = (BeautifulSoup(handout(step, key=with_key), "html.parser") for with_key in (False, True))
    for exercise in exercises_of(step):
        assert exercise.title in plain.get_text()
        assert exercise.why not in plain.get_text()
        if not exercise.blocks:
            last = exercise.solution.splitlines()[0].strip()
            assert last in key.get_text()
            assert "A solution" not in plain.get_text()
    lines = [line for pre in key.find_all("pre") for line in pre.get_text().splitlines()]
    assert max(map(len, lines), default=0) <= WIDEST
    assert "size:A4" in str(plain.find_all("style"))


def test_the_command_writes_a_file_and_overwrites_only_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["handout", "12", "--key", "--html", "key.html"]) == 0
    assert "written: key.html" in capsys.readouterr().out
    assert main(["handout", "12", "--key", "--html", "key.html"]) == 0
    Path("mine.html").write_text("mine", "utf-8")
    assert main(["handout", "12", "--html", "mine.html"]) == 2
    assert Path("mine.html").read_text("utf-8") == "mine"
    assert main(["handout", "77"]) == 2
    assert "no version '77'" in capsys.readouterr().err
