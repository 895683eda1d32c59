"""Nothing right is rejected: right answers and right versions of other designs pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from goqueue.lab.learn.exercises import find
from goqueue.lab.learn.grading import grade
from goqueue.lab.versions import check
from tests.steps.unusual_answers import UNUSUAL
from tests.steps.unusual_versions import VERSIONS, write_version

ANSWERS = [(number, name) for number, answers in UNUSUAL.items() for name in answers]


@pytest.mark.parametrize(("number", "name"), ANSWERS, ids=lambda text: text)
def test_a_right_answer_passes_however_unusual(number: str, name: str) -> None:
    found = grade(find(number), UNUSUAL[number][name].strip("\n"))
    assert found.passed, found.text


@pytest.mark.parametrize("name", VERSIONS)
def test_a_right_version_of_another_design_keeps_all_promises(name: str, tmp_path: Path) -> None:
    step = write_version(tmp_path / "my_queue", name)
    found = check(tmp_path / "my_queue", step=step)
    assert found.kept, "\n".join(str(one) for one in found if one.outcome != "kept")


def test_there_are_forty_answers_and_twelve_versions_at_least() -> None:
    assert len(ANSWERS) >= 40
    assert len(VERSIONS) >= 12
