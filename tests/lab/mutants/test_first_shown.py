"""What is shown first of a sample of mutants: the sample can be drawn again, and the result is that of `watch`."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from goqueue.lab.mutants import first_shown
from goqueue.lab.mutants.equivalents import reason_for
from goqueue.lab.mutants.first_shown import Shown, row, sample, shown_first
from goqueue.lab.mutants.mutant import Mutant
from goqueue.lab.mutants.subject import Subject
from goqueue.lab.versions.trial import BROKEN, ERROR, KEPT, Result

MUTANT = Mutant("Context.wait", "result_changed", "return self.done", "return None", 7, lambda: "changed = True\n")


def test_a_seed_draws_the_same_sample_again_and_no_listed_mutant() -> None:
    drawn = sample(5, versions=6, exercises=3)
    assert [(of.name, file, one.key) for of, file, one in drawn] == [
        (of.name, file, one.key) for of, file, one in sample(5, versions=6, exercises=3)
    ]
    assert [of.is_exercise for of, _, _ in drawn] == [False] * 6 + [True] * 3
    assert not any(reason_for(of.name, file, one.key) for of, file, one in drawn)
    assert drawn != sample(6, versions=6, exercises=3)


def test_promises_are_tried_up_to_the_first_missed_and_then_those_of_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    def check_many(pairs: Sequence[tuple[Path, str]]) -> tuple[Result, ...]:
        assert all((folder / "context.py").read_text() == "changed = True\n" for folder, _ in pairs)
        tried.extend(name for _, name in pairs)
        missed = {"delivers", "waits_as_long_as_asked", "back_pressure"}
        return tuple(Result("mine", name, BROKEN if name in missed else KEPT) for _, name in pairs)

    monkeypatch.setattr(first_shown, "check_many", check_many)
    shown = shown_first(Subject("12"), "context.py", MUTANT)
    assert shown.first is not None
    assert shown.first.name == "waits_as_long_as_asked"
    assert {"delivers", "holds_its_size"} < {*tried}
    assert "back_pressure" not in tried


def test_a_row_names_the_mutant_and_what_is_not_simply_broken() -> None:
    shown = Shown(Subject("12"), "context.py", MUTANT, Result("mine", "delivers", ERROR, "TypeError"))
    assert row(3, shown) == (
        "| 3 | 12 context.py | `Context.wait · result_changed · return self.done -> return None` | delivers (error) | |"
    )
    assert row(4, Shown(Subject("12"), "context.py", MUTANT, None)).endswith("| nothing | |")


@pytest.mark.slow
def test_a_mutant_is_tried_as_a_learners_folder_and_as_an_answer_is() -> None:
    job = next(one for one in Subject("8").mutants("job.py") if one.after == "(Status.RUNNING, Status.PENDING)")
    shown = shown_first(Subject("8"), "job.py", job)
    assert shown.first is not None
    assert shown.first.name == "legal_moves"
    meter = next(one for one in Subject("12.2").mutants("solution") if one.before.startswith("self.send(payload)"))
    answer = shown_first(Subject("12.2"), "solution", meter)
    assert answer.first is not None
    assert answer.first.version == "12.2"
