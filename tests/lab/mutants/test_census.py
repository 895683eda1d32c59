"""Each mutant of a version is killed by a promise of its step, or is listed; likewise those of each exercise.

Of the mutants of version 08, a few are tried in the quick tests. The mark tries a share of each, always the same
one; `goqueue mutants` tries all, which takes long.
"""

import random

import pytest

from goqueue.lab.mutants.census import LISTED, SURVIVES, fates
from goqueue.lab.mutants.command import mutants_command
from goqueue.lab.mutants.equivalents import Equivalent, equivalents
from goqueue.lab.mutants.subject import Subject, subject, subjects
from goqueue.lab.versions.trial import promises

NAMES = [one.name for one in subjects()]
EXERCISES = [one.name for one in subjects() if one.is_exercise]
SHARE = 0.02  # of the mutants of a version or exercise
QUICK = 20  # mutants of version 08
MOST_LISTED = 0.05  # of the mutants of a version, and of those of all exercises
MOST_OF_13 = 0.06  # its timer and its stop have more lines of which nobody was asked the order


def keys(name: str) -> list[str]:
    return [f"{file} | {one.key}" for file in subject(name).files for one in subject(name).mutants(file)]


def sample(name: str, least: int) -> list[str]:
    """Return the same share of the mutants each time."""
    everyone = keys(name)
    return random.Random(name).sample(everyone, max(least, round(SHARE * len(everyone))))


def test_some_mutants_of_version_08_are_killed_or_listed() -> None:
    each_is_killed_or_listed("8", QUICK)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_each_mutant_of_a_share_is_killed_or_listed(name: str) -> None:
    each_is_killed_or_listed(name, least=3)


def each_is_killed_or_listed(name: str, least: int) -> None:
    found = fates(subject(name), keys=sample(name, least))
    assert [f"{fate.file} | {fate.mutant.key}" for fate in found if fate.outcome == SURVIVES] == []
    known = {(one.file, one.key) for one in equivalents() if name in one.where}
    killed = {(fate.file, fate.mutant.key): fate.by for fate in found if fate.by}
    assert {where: killed[where] for where in known & set(killed)} == {}, "these are listed, and a promise finds them"
    assert {(fate.file, fate.mutant.key) for fate in found if fate.outcome == LISTED} <= known


@pytest.mark.parametrize("name", NAMES)
def test_what_is_listed_is_there_and_has_one_reason(name: str) -> None:
    listed = [f"{one.file} | {one.key}" for one in equivalents() if name in one.where]
    assert set(listed) - set(keys(name)) == set()
    assert len(set(listed)) == len(listed)


def test_few_are_listed() -> None:
    numbers = {name: (sum(name in one.where for one in equivalents()), len(keys(name))) for name in NAMES}
    versions = [(listed, made) for name, (listed, made) in numbers.items() if name not in ("13", *EXERCISES)]
    exercises = [numbers[name] for name in EXERCISES]
    for listed, made in [*versions, tuple(map(sum, zip(*exercises, strict=True)))]:
        assert listed <= MOST_LISTED * made
    assert numbers["13"][0] <= MOST_OF_13 * numbers["13"][1]


def test_each_reason_is_a_sentence_and_names_a_version_or_an_exercise_that_there_is() -> None:
    for one in equivalents():
        assert isinstance(one, Equivalent)
        assert one.reason.endswith(".")
        assert set(one.where) <= set(NAMES)


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
