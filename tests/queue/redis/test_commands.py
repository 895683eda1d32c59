"""`goqueue queue URL`, as an operator calls it."""

import json

import pytest

from goqueue.cli import main
from goqueue.testing.checks import add, claim

from ..servers import valkey
from .conftest import Open


def test_a_queue_on_a_server_is_listed_counted_and_mended(
    open_storage: Open, capsys: pytest.CaptureFixture[str]
) -> None:
    storage = open_storage()
    first, second = add(storage, 1, 2)
    claim(storage)
    url = f"{valkey.url()}?queue={storage.name}"
    assert main(["queue", url, "ls", "--json"]) == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each["status"] for each in found] == ["running", "pending"]
    assert main(["queue", url, "cancel", found[1]["id"]]) == 0
    assert storage.get(second) != storage.get(first)
    assert main(["queue", url, "stats"]) == 0
    assert "cancelled" in capsys.readouterr().out


def test_a_queue_that_is_not_there_is_not_made(open_storage: Open, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"{valkey.url()}?queue=none-of-this-name"
    assert main(["queue", url, "ls"]) == 1
    assert "there is no queue 'none-of-this-name'" in capsys.readouterr().err
    assert not open_storage()._server.ask("EXISTS", "goqueue:{none-of-this-name}:meta")
    assert main(["queue", url, "check"]) == 2  # of files only
