"""Each mutant of each version is killed by a promise of its step, or is listed with a reason.

Version 08 is judged in the quick tests: its mutants are the sample. The others take minutes, behind the mark.
"""

import pytest

from goqueue.lab.mutants.census import LISTED, SURVIVES, fates
from goqueue.lab.mutants.command import mutants_command
from goqueue.lab.mutants.equivalents import Equivalent, equivalents
from goqueue.lab.mutants.subject import Subject, subject
from goqueue.lab.versions.course import catalogue
from goqueue.lab.versions.trial import promises

VERSIONS = [str(found.step) for found in catalogue()]
MOST_LISTED = 0.07  # of the mutants of a version


@pytest.mark.parametrize("name", [pytest.param(one, marks=pytest.mark.slow) if one != "8" else one for one in VERSIONS])
def test_each_mutant_is_killed_or_listed(name: str) -> None:
    found = fates(subject(name))
    assert [f"{fate.file} {fate.mutant.key}" for fate in found if fate.outcome == SURVIVES] == []
    known = {(one.file, one.key) for one in equivalents() if name in one.where}
    killed = {(fate.file, fate.mutant.key): fate.by for fate in found if fate.by}
    assert {where: killed[where] for where in known & set(killed)} == {}, "these are listed, and a promise finds them"
    listed = sum(fate.outcome == LISTED for fate in found)
    assert len(known) == listed <= MOST_LISTED * len(found)


@pytest.mark.parametrize("name", VERSIONS)
def test_what_is_listed_is_there_and_has_one_reason(name: str) -> None:
    listed = [one for one in equivalents() if name in one.where]
    there = {(file, one.key) for file in subject(name).files for one in subject(name).mutants(file)}
    assert [one for one in listed if (one.file, one.key) not in there] == []
    assert len({(one.file, one.key) for one in listed}) == len(listed)


def test_each_reason_is_a_sentence_and_names_a_version_that_there_is() -> None:
    for one in equivalents():
        assert isinstance(one, Equivalent)
        assert one.reason.endswith(".")
        assert set(one.where) <= set(VERSIONS)


def test_a_mutant_is_killed_by_the_promise_that_it_breaks() -> None:
    [key] = [one.key for one in subject("8").mutants("storage.py") if one.before == "_jobs.clear()"]
    [fate] = fates(Subject("8"), jobs=1, keys=[f"storage.py | {key}"])
    assert (fate.by, fate.how) == ("remembers_until_cleared", "broken")
    assert "after clear_storage()" in fate.message


def test_the_judges_are_the_promises_of_the_step_or_the_checks_of_the_exercise() -> None:
    assert subject("08").judges == [name for name, found in promises().items() if 8 in found.kept_by]
    assert subject("12.2").judges
    assert subject("12.2").files == ["solution"]
    with pytest.raises(LookupError, match="no version 'x'"):
        subject("x")


def test_the_command_shows_the_operators(capsys: pytest.CaptureFixture[str]) -> None:
    assert mutants_command([], 1, False, only_operators=True) == 0
    assert "notify_for_notify_all   one waiting thread is woken, not all" in capsys.readouterr().out
