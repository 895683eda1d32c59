"""Where the file is: whatever folder the process goes to, by whatever name it was opened, and what is no file."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from goqueue import Queue, SQLiteStorage, Status
from goqueue.storage.sqlite import identity
from goqueue.storage.sqlite.presence import Presence

from ..parts import PATIENCE, ctx


@pytest.fixture
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    return home


def test_a_process_may_go_to_another_folder(at_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A daemon does, once it has opened its files."""
    monkeypatch.setattr(identity, "EVERY", 0.0)
    queue = Queue(workers=1, storage="jobs.db")
    queue.register_handler("webhook", lambda ctx, payload: payload)
    monkeypatch.chdir(tmp_path)
    with queue:
        assert queue.wait(ctx.with_timeout(PATIENCE), queue.submit_job(ctx, "webhook", 17)).result == 17
    assert isinstance(queue.storage, SQLiteStorage)
    queue.storage._reader.close()  # the next look opens the file anew
    assert queue.count(ctx)[Status.COMPLETED] == 1
    queue.storage.backup("copy.db")
    queue.close()
    assert (tmp_path / "copy.db").is_file()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.db", "home"]


HOLDS = """
import sys
from goqueue.storage.sqlite.presence import Presence
Presence(sys.argv[1]).enter(17)
print("holds", flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there are no record locks")
def test_a_process_that_opened_the_file_by_a_link_is_known_to_live(tmp_path: Path) -> None:
    path, link = tmp_path / "jobs.db", tmp_path / "link.db"
    path.touch()
    link.symlink_to(path)
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", HOLDS, str(link)], stdin=pipe, stdout=pipe) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        assert other.stdout.readline() == b"holds\n"
        assert Presence(str(path)).holds(17)
        other.stdin.close()
        other.wait(PATIENCE)
    assert not Presence(str(path)).holds(17)


@pytest.mark.parametrize(
    ("given", "kind"),
    [("", ValueError), (":memory:", ValueError), ("a\0b", ValueError), (b"jobs.db", TypeError), (None, TypeError)],
)
def test_what_is_no_path_is_refused(given: Any, kind: type[Exception], at_home: Path, path: Path) -> None:
    with pytest.raises(kind, match=r"^path is .*: it must "):
        SQLiteStorage(given)
    storage = SQLiteStorage(path)
    with pytest.raises(kind, match=r"^path is .*: it must "):
        storage.backup(given)
    storage.close()
    assert list(at_home.iterdir()) == []


def test_a_backup_replaces_files_and_nothing_else(path: Path, tmp_path: Path) -> None:
    storage, folder, device = SQLiteStorage(path), tmp_path / "folder", tmp_path / "device"
    folder.mkdir()
    places = [folder]
    if hasattr(os, "mkfifo"):
        os.mkfifo(device)
        places.append(device)
    for place in places:
        with pytest.raises(ValueError, match="it is a folder or a device: name a file"):
            storage.backup(place)
        assert place.exists()
        assert not place.is_file()
    storage.close()
    assert not list(tmp_path.glob("*.partial"))
