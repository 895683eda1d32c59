"""`goqueue queue copy FROM TO`: all jobs and all ids, from SQLite to a server and back."""

from pathlib import Path
from typing import Any

import pytest

from goqueue import SQLiteStorage
from goqueue.cli import main
from goqueue.job import Options, Record
from goqueue.storage import RedisStorage
from goqueue.storage.copying import FOR_EVER

from ..servers import valkey
from ..test_copying import EVERYTHING, facts, filled


@pytest.fixture
def url() -> str:
    return f"{valkey.url()}?queue={valkey.new_name()}"


def opened(address: str) -> Any:
    kind = RedisStorage if "://" in address else SQLiteStorage
    return kind(address, retention=FOR_EVER)


def test_everything_goes_along_there_and_back(url: str, tmp_path: Path, capsys: Any) -> None:
    first, last = str(tmp_path / "jobs.db"), str(tmp_path / "back.db")
    storage = opened(first)
    filled(storage)
    storage.add([Record("webhook", None, 1, Options(limit_key="shop"))])
    before, node, due = facts(storage), storage.node, storage.next_due()
    storage.close()
    assert main(["queue", "copy", first, url]) == main(["queue", "copy", url, last]) == 0
    assert capsys.readouterr().out == "7 jobs were copied\n" * 2
    assert main(["queue", last, "check"]) == 0
    for address in (last, url):
        storage = opened(address)
        assert (facts(storage), storage.node) == (before, node)
        assert storage.next_due() == pytest.approx(due, abs=30.0)
        assert (storage.noted("nightly"), storage.paused()) == (17.5, ["mail"])
        storage.add([Record("webhook", None)])
        *_, old, new = storage.list_jobs(EVERYTHING)
        assert new._record.key > old._record.key
        unique = Record("webhook", None, 1, Options(key="mail-17"))
        assert storage.add_unique(unique, 0.0, None, False).holder is not None
        claimed = storage.settle_and_claim((), 10, ("webhook", "print"))
        assert [record.priority for record in claimed] == [9, 0, 0, 0]  # what is delayed or paused waits
        storage.close()


def test_a_target_that_holds_jobs_is_left_as_it_is(url: str, tmp_path: Path, capsys: Any) -> None:
    source, target = opened(str(tmp_path / "jobs.db")), opened(url)
    filled(source)
    target.add([Record("webhook", None)])

    def keys() -> list[bytes]:
        return sorted(target._server.ask("KEYS", f"{target._server.prefix}*"))

    before = facts(target), keys()
    source.close()
    assert main(["queue", "copy", str(tmp_path / "jobs.db"), url]) == 2
    assert "holds jobs already" in capsys.readouterr().err
    assert (facts(target), keys()) == before
    target.close()


def test_many_jobs_go_in_parts(url: str, tmp_path: Path) -> None:
    source = opened(str(tmp_path / "jobs.db"))
    source.add([Record("webhook", {"order": number}) for number in range(450)])
    before = facts(source)
    source.close()
    assert main(["queue", "copy", str(tmp_path / "jobs.db"), url]) == 0
    target = opened(url)
    assert facts(target) == before
    target.close()
