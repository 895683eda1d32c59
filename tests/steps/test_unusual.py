"""Nothing right is rejected: right answers and right versions of other designs pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from goqueue.lab.learn.exercises import find
from goqueue.lab.learn.grading import grade
from goqueue.lab.versions import check
from goqueue.lab.versions.course import entry
from tests.steps.unusual_answers import UNUSUAL
from tests.steps.unusual_versions import VERSIONS

ANSWERS = [(number, name) for number, answers in UNUSUAL.items() for name in answers]


@pytest.mark.parametrize(("number", "name"), ANSWERS, ids=lambda text: text)
def test_a_right_answer_passes_however_unusual(number: str, name: str) -> None:
    found = grade(find(number), UNUSUAL[number][name].strip("\n"))
    assert found.passed, found.text


@pytest.mark.parametrize("name", VERSIONS)
def test_a_right_version_of_another_design_keeps_all_promises(name: str, tmp_path: Path) -> None:
    step, edits = VERSIONS[name]
    folder = tmp_path / "my_queue"
    folder.mkdir()
    for file in entry(step).path.glob("*.py"):
        text = file.read_text(encoding="utf-8")
        for old, new in edits.get(file.name, []):
            assert old in text
            text = text.replace(old, new) if old else new.lstrip()
        (folder / file.name).write_text(text, encoding="utf-8")
    found = check(folder, step=step)
    assert found.kept, "\n".join(str(one) for one in found if one.outcome != "kept")


def test_there_are_forty_answers_and_twelve_versions_at_least() -> None:
    assert len(ANSWERS) >= 40
    assert len(VERSIONS) >= 12
