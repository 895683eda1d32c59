"""The finished queue beside the steps: `goqueue diff 13 goqueue`, `goqueue show goqueue`."""

import pytest

from goqueue.lab import diff, show
from goqueue.lab.versions.finished import finished


def test_each_file_of_the_finished_queue_has_its_reason_and_no_reason_is_left_over() -> None:
    gone = {"channel.py"}
    assert set(finished().changed) == set(finished().names()) | gone


def test_the_difference_from_step_13_names_each_part_and_why() -> None:
    view = diff(13, "goqueue")
    parts = {part.name: part for part in view.parts}
    assert view.text.startswith("13 Requeue with back-off -> goqueue: The finished queue")
    assert "promises" not in view.text.splitlines()
    assert parts["waiting.py"].before == ()
    assert parts["channel.py"].after == ()
    assert parts["storage.py"].before
    assert parts["storage.py"].after
    assert all(part.why for part in parts.values())


def test_one_file_of_it() -> None:
    one = diff(13, "goqueue", "pool.py")
    assert [part.name for part in one.parts] == ["pool.py"]
    assert one.text.startswith("pool.py, from 13 to goqueue")
    assert diff("goqueue", 13, "pool").parts[0].before == one.parts[0].after
    assert len(diff(12, "goqueue", "retry.py").parts[0].why) == 2


def test_it_can_be_shown() -> None:
    assert "storage/sqlite.py" in show("goqueue").text
    assert "class Pool" in show("goqueue", "pool").text


def test_what_is_unknown_is_said_with_what_there_is() -> None:
    with pytest.raises(LookupError, match="13, and goqueue, the finished queue"):
        diff(13, "goque")
    with pytest.raises(LookupError, match="no file 'timer.py' in goqueue: there are ahead.py"):
        show("goqueue", "timer.py")
