"""The lines that matter do: each is where key_lines.toml says, new in its step, and its change breaks its promise."""

import shutil
from pathlib import Path

import pytest

from goqueue.lab.instructor.key_lines import Line, all_lines, lines_that_matter
from goqueue.lab.versions.course import catalogue, entry
from goqueue.lab.versions.trial import BROKEN, check_many


def _without(line: Line, folder: Path) -> Path:
    """A copy of the version, with what stands `instead` in the line's place."""
    copy = folder / f"{line.step}_{line.number}"
    shutil.copytree(entry(line.step).path, copy)
    file = copy / line.file
    old = file.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = old[line.number - 1]
    indent = kept[: len(kept) - len(kept.lstrip())]
    old[line.number - 1] = f"{indent}{line.instead}\n"
    file.write_text("".join(old), encoding="utf-8")
    return copy


def test_each_line_breaks_its_promise_if_it_is_changed(tmp_path: Path) -> None:
    pairs = [(_without(line, tmp_path / line.file), line.breaks) for line in all_lines()]
    tried = check_many([*pairs])
    assert [(line, found) for line, found in zip(all_lines(), tried, strict=True) if found.outcome != BROKEN] == []


def test_each_line_is_new_in_its_step_and_each_step_has_some() -> None:
    for line in all_lines():
        assert line.number, "it is there, once"
        assert line.file in entry(line.step).changed
        before = entry(line.step - 1).path / line.file
        old = before.read_text(encoding="utf-8").splitlines() if before.is_file() else []
        assert line.line not in [one.strip() for one in old], line
    assert {line.step for line in all_lines()} == {found.step for found in catalogue()} - {8}


def test_what_is_shown_and_nothing_to_call_out_is_an_error() -> None:
    shown = lines_that_matter(11, 12, "pool.py").text
    assert shown.startswith("12 pool.py\n  New: Pool, the workers and their start and stop, in order")
    assert "  60  joins.callback(worker.join)\n       Ask: start() returns." in shown
    assert "stop lets running jobs finish, joins every thread, and may be called twice (graceful_stop)" in shown
    assert "channel.py" not in shown
    with pytest.raises(LookupError, match="no lines are called out in errors.py from 12 to 13"):
        lines_that_matter(12, 13, "errors.py")
