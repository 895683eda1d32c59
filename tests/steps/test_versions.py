"""What steps.toml says of the versions, held against their files."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from goqueue.lab.versions import Entry, catalogue, lost
from goqueue.lab.versions.course import course_root
from goqueue.lab.versions.outline import outline
from goqueue.lab.versions.pins import unpinned
from tests.steps.outcomes import outcome

ENTRIES = catalogue()
PAIRS = list(pairwise(ENTRIES))
LIMITS = {8: 130, 9: 280, 10: 320, 11: 340, 12: 480, 13: 600}  # code lines; a step that needs more teaches too much


def sources(entry: Entry) -> dict[str, bytes]:
    """The Python files of a version."""
    return {file.name: file.read_bytes() for file in entry.path.glob("*.py")}


@pytest.mark.parametrize(("before", "after"), PAIRS, ids=[f"{after.step:02}" for _, after in PAIRS])
def test_just_the_listed_files_changed(before: Entry, after: Entry) -> None:
    old, new = sources(before), sources(after)
    assert set(old) <= set(new), f"{after.folder} lost a file of {before.folder}"
    for name in new:
        changed = old.get(name) != new[name]
        if name in after.changed:
            assert changed, f"steps.toml says that {after.folder}/{name} changed; it did not: take it off the list"
        else:
            assert not changed, (
                f"{after.folder}/{name} differs from {before.folder}/{name}, and steps.toml does not say so: "
                f"goqueue carry steps/{before.folder}/{name}, or list {name} with the reason"
            )
    assert set(after.changed) <= set(new), f"steps.toml lists files that {after.folder} does not have"


def test_a_step_changes_just_the_lines_that_are_pinned() -> None:
    messages = unpinned(course_root())
    assert not messages, "\n".join(messages)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.folder)
def test_a_version_imports_only_itself(entry: Entry) -> None:
    for file in entry.path.glob("*.py"):
        for line in file.read_text(encoding="utf-8").splitlines():
            found = re.match(r"\s*(?:from|import)\s+(\S+)", line)
            if found:
                assert not re.match(r"\.\.|steps|goqueue", found[1]), f"{entry.folder}/{file.name}: {line.strip()}"


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.folder)
def test_a_version_stays_small(entry: Entry) -> None:
    files = [outline(file) for file in entry.path.glob("*.py")]
    assert sum(file.code_lines for file in files) <= LIMITS[entry.step]
    assert max(file.code_lines for file in files) <= 125, [file for file in files if file.code_lines > 125]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.folder)
def test_a_version_has_a_page(entry: Entry) -> None:
    page = (entry.path / "README.md").read_text(encoding="utf-8")
    heads = re.findall(r"^## (.+)$", page, re.MULTILINE)
    assert heads == ["Problem", "How to see it", "Expected error", "Solution", "Key changes", "Verify", "What remains"]
    for name in entry.changed:
        if name != "__init__.py":
            assert f"`{name}`" in page, f"{entry.folder}/README.md does not speak of {name}"


PAGES = {entry.step: (entry.path / "README.md").read_text(encoding="utf-8") for entry in ENTRIES}
EXPECTED_ERRORS = {
    (int(step), name): line
    for page in PAGES.values()
    for line, name, step in re.findall(r"^ {4}((\w+) on (\d+): broken .+)$", page, re.MULTILINE)
}


@pytest.mark.parametrize("pair", EXPECTED_ERRORS, ids=lambda pair: f"{pair[0]:02}-{pair[1]}")
def test_the_expected_error_on_a_page_is_what_one_gets(pair: tuple[int, str]) -> None:
    assert str(outcome(*pair)).splitlines()[0] == EXPECTED_ERRORS[pair]


def test_each_page_after_the_first_shows_an_expected_error() -> None:
    assert {step for step, _ in EXPECTED_ERRORS} == {8, 9, 10, 11, 12}


def test_the_faults_of_12_are_the_declared_three_and_13_has_none() -> None:
    faults = {entry.step: entry.faults for entry in ENTRIES}
    assert len(faults[12]) == 3
    assert not faults[13]
    assert [promise.name for promise in lost(12)] == ["handler_submits", "no_handler"]
    assert lost(13) == ()


def test_the_folders_are_those_of_the_catalogue() -> None:
    steps = ENTRIES[0].path.parent
    assert sorted(path.name for path in Path(steps).glob("step*_*")) == [entry.folder for entry in ENTRIES]
