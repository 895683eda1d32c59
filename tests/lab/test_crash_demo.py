"""The crash demo: what is on record for a browser tab is what real kills leave."""

from __future__ import annotations

import subprocess

import pytest

from goqueue.lab import crash_demo
from goqueue.lab.crash_demo import CUT_OFF, RECORDED, STORAGES, CrashDemo, kill_and_restart


@pytest.mark.slow
@pytest.mark.parametrize("storage", STORAGES)
def test_what_is_on_record_is_what_a_kill_leaves(storage: str) -> None:
    before, after = RECORDED[storage]
    assert kill_and_restart(storage) == CrashDemo(storage, before, CUT_OFF, after)


def test_where_there_are_no_processes_the_record_is_shown_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crash_demo, "IN_PLACE", True)
    monkeypatch.setattr(subprocess, "Popen", None)
    demo = kill_and_restart("memory")
    assert demo.lost == (19, 20, 21)
    assert "this cannot run in a browser tab, which has no processes" in demo.view().text


def test_an_unknown_storage_is_refused() -> None:
    with pytest.raises(ValueError, match="storage is 'disk': it must be one of 'memory'"):
        kill_and_restart("disk")
