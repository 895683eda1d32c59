"""The finished queue beside the steps: `goqueue diff 13 goqueue`, `goqueue show goqueue`."""

from pathlib import Path

import pytest

from goqueue.lab import diff, load, show
from goqueue.lab.versions import entry
from goqueue.lab.versions import finished as module
from goqueue.lab.versions.finished import finished


def test_each_file_of_the_finished_queue_has_its_reason_which_says_if_it_is_new_or_gone() -> None:
    given, there, before = finished().changed, {*finished().names()}, {*entry(13).names()}
    assert sorted(given) == sorted({*there, "channel.py"}), "steps/steps.toml has reasons under [finished.changed]"
    for name, why in given.items():
        assert why.startswith("New: ") == (name not in before), name
        assert why.startswith("Gone: ") == (name not in there), name


def test_the_difference_from_step_13_names_each_part_and_why_in_columns() -> None:
    view = diff(13, "goqueue")
    parts = {part.name: part for part in view.parts}
    assert view.text.startswith("13 Requeue with backoff -> goqueue: The finished queue")
    assert "promises" not in view.text.splitlines()
    assert parts["running/waiting.py"].before == parts["channel.py"].after == ()
    assert parts["storage.py"].before
    assert parts["storage.py"].after
    assert all(part.why for part in parts.values())
    head = view.text.partition("\n== ")[0]
    rows = [line for line in head.splitlines() if line.startswith("  ") and ".py " in line[:40] and " +" in line]
    assert len(rows) >= len(finished().names())
    assert len({row.index(" +") for row in rows}) == 1


def test_each_part_is_of_the_queue_from_whichever_step_one_comes() -> None:
    for step in range(8, 14):
        forth, back = diff(step, "goqueue"), diff("goqueue", step)
        assert {part.name for part in (*forth.parts, *back.parts)} <= set(finished().changed)
    assert "__init__.py" in {part.name for part in diff(12, 13).parts}
    assert diff("goqueue", "goqueue").parts == ()


@pytest.mark.parametrize(
    "name", ["storage", "storage.py", "memory", "memory.py", "storage/memory", "storage/memory.py"]
)
def test_the_memory_storage_is_found_by_either_of_its_names(name: str) -> None:
    forth, back = diff(13, "goqueue", name), diff("goqueue", 13, name)
    assert [part.name for part in (*forth.parts, *back.parts)] == ["storage.py"] * 2
    assert forth.parts[0].before == back.parts[0].after
    assert "class MemoryStorage" in show("goqueue", name).text


def test_it_can_be_shown_and_a_file_in_a_folder_is_found_by_its_own_name() -> None:
    page = show("goqueue").text
    assert "  storage/memory.py " in page
    assert "  storage.py " not in page
    assert "storage/sqlite/writer.py" in page
    assert show("goqueue", "writer").text == show("goqueue", "storage/sqlite/writer.py").text
    assert diff(13, "goqueue", "writer").text == diff(13, "goqueue", "storage/sqlite/writer.py").text
    assert diff(13, "goqueue", "pool").text.startswith("pool.py, from 13 to goqueue")
    assert len(diff(12, "goqueue", "retry.py").parts[0].why) == 2


@pytest.mark.parametrize("name", ["cli.py", "__init__.py", "README.md", "timer.py"])
def test_a_file_that_is_not_of_the_queue_is_refused_with_what_there_is(name: str) -> None:
    with pytest.raises(LookupError, match="in step13_requeue_backoff or goqueue: there are channel.py"):
        diff(13, "goqueue", name)
    with pytest.raises(LookupError, match=f"no file '{name}' in goqueue: there are context.py"):
        show("goqueue", name)


def test_what_is_unknown_is_said_with_what_there_is_and_it_is_not_loaded() -> None:
    with pytest.raises(LookupError, match="13, and goqueue, the finished queue"):
        diff(13, "goque")
    with pytest.raises(LookupError, match="is for diff and show, or `import goqueue`"):
        load("goqueue")


def test_a_course_from_before_it_still_compares_its_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps" / "steps.toml").write_text("version = []\n", "utf-8")
    monkeypatch.setattr(module, "course_root", lambda: tmp_path)
    assert diff(11, 12, "pool").parts
    with pytest.raises(LookupError, match="unpack this course with `goqueue course FOLDER`"):
        diff(13, "goqueue")
