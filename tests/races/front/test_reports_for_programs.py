"""JSON and SARIF: from the command and from pytest. What a program needs is there, and SARIF has its required parts."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from goqueue.cli import main

ROOT = Path(__file__).parents[3]
MODULE = "shop_for_programs"
SHOP = """
import threading

def twice(sell):
    threads = [threading.Thread(target=sell, name=name) for name in ("Ann", "Bob")]
    for thread in threads: thread.start()
    for thread in threads: thread.join()

def test_lost():
    stock = {"atlas": 10}
    def sell():
        stock["atlas"] -= 1
    twice(sell)
    assert stock["atlas"] == 8

def test_deadlock():
    first, second = threading.Lock(), threading.Lock()
    def ann():
        with first, second: pass
    def bob():
        with second, first: pass
    threads = [threading.Thread(target=target) for target in (ann, bob)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()

def test_safe():
    twice(threading.Lock().locked)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "the shop").mkdir()
    (tmp_path / "the shop" / f"{MODULE}.py").write_text(SHOP)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield tmp_path
    sys.modules.pop(MODULE, None)


def race(function: str, *words: str) -> int:
    """Run `goqueue race` on a function of the shop."""
    sys.modules.pop(MODULE, None)
    return main(["race", f"the shop/{MODULE}.py:{function}", *words])


def test_json_has_the_verdict_the_run_and_the_races(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert race("test_lost", "--json", "-", "--sarif", "out/shop.sarif") == 1
    told = json.loads(capsys.readouterr().out)
    (found,) = told["results"]
    assert (told["version"], found["verdict"], found["failed"]) == (1, "failed assertion", True)
    assert found["seconds"] >= 0
    assert found["schedules"] > 1
    assert found["replay"].endswith(f"--replay {found['schedule']}")
    (ours, *_) = found["races"]
    assert ours["location"] == "stock['atlas']"
    assert {access["thread"] for access in ours["accesses"]} == {"Ann", "Bob"}
    step = next(step for step in found["steps"] if step["preempted"])
    assert (step["file"], step["source"]) == (f"the shop/{MODULE}.py", 'stock["atlas"] -= 1')
    assert SHOP.splitlines()[step["line"] - 1].strip() == step["source"]
    check_sarif(json.loads((folder / "out" / "shop.sarif").read_text("utf-8")))


def test_what_passed_is_in_json_and_not_in_sarif(folder: Path) -> None:
    assert race("test_safe", "--json", "shop.json", "--sarif", "shop.sarif") == 0
    assert json.loads((folder / "shop.json").read_text("utf-8"))["results"][0]["verdict"] == "exhausted"
    sarif = json.loads((folder / "shop.sarif").read_text("utf-8"))
    check_sarif(sarif)
    assert sarif["runs"][0]["results"] == []


def test_both_on_the_standard_output_are_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        race("test_safe", "--json", "-", "--sarif", "-")
    assert "give one of them a file" in capsys.readouterr().err


def test_a_file_that_cannot_be_written_is_an_error_of_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "taken").touch()
    assert race("test_safe", "--json", "taken/shop.json") == 2
    assert "taken" in capsys.readouterr().err


def test_a_deadlock_in_sarif_has_its_place_and_its_run(folder: Path) -> None:
    assert race("test_deadlock", "--sarif", "shop.sarif") == 1
    sarif = json.loads((folder / "shop.sarif").read_text("utf-8"))
    check_sarif(sarif)
    (result,) = sarif["runs"][0]["results"]
    assert (result["ruleId"], result["level"]) == ("deadlock", "error")
    (place,) = result["locations"]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == f"the%20shop/{MODULE}.py"
    assert "waits for" in result["message"]["text"]


def test_pytest_writes_both_from_all_workers(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.plugins = ["goqueue.races.pytest_plugin"]
    marked = SHOP.replace("def test_", "@pytest.mark.race\ndef test_").replace("threading\n", "threading, pytest\n", 1)
    pytester.makepyfile(test_shop=marked)
    words = ("--race", "--race-json=shop.json", "--race-sarif=shop.sarif")
    written = []
    for plugins in ((), ("-p", "xdist", "-n", "2")):
        pytester.runpytest_subprocess(*words, *plugins).assert_outcomes(passed=1, failed=2)
        told = json.loads((pytester.path / "shop.json").read_text("utf-8"))
        sarif = json.loads((pytester.path / "shop.sarif").read_text("utf-8"))
        check_sarif(sarif)
        written.append((told, sarif))
        for one in told["results"]:
            del one["seconds"]
    assert written[0] == written[1]
    (told, sarif), names = written[0], [f"test_shop.py::{name}" for name in ("test_deadlock", "test_lost", "test_safe")]
    assert [one["name"] for one in told["results"]] == names
    assert told["results"][1]["replay"].startswith("pytest --race-replay=")
    assert {result["ruleId"] for result in sarif["runs"][0]["results"]} == {"deadlock", "failed-assertion", "data-race"}


def check_sarif(log: dict[str, Any]) -> None:
    """Check what the schema of SARIF 2.1.0 requires, of all that is used here."""
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"]
    ids = [rule["id"] for rule in driver["rules"]]
    assert len(set(ids)) == len(ids)
    assert all(rule["shortDescription"]["text"] for rule in driver["rules"])
    for result in run["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in {"none", "note", "warning", "error"}
        assert result["message"]["text"]
        flows = [
            place
            for flow in result.get("codeFlows", ())
            for thread in flow["threadFlows"]
            for place in thread["locations"]
        ]
        assert bool(flows) != (result["ruleId"] == "data-race" or "1 + 1" in result["message"]["text"])
        assert [place["executionOrder"] for place in flows] == sorted(place["executionOrder"] for place in flows)
        places = [*result["locations"], *result.get("relatedLocations", ()), *(place["location"] for place in flows)]
        for place in places:
            check_place(place)


def check_place(place: dict[str, Any]) -> None:
    """Check a location: a relative URI, and a line that is there."""
    physical = place["physicalLocation"]
    uri = physical["artifactLocation"]["uri"]
    assert not uri.startswith("/")
    assert " " not in uri
    assert physical["artifactLocation"]["uriBaseId"] == "%SRCROOT%"
    assert physical["region"]["startLine"] >= 1


def test_a_failure_without_steps_is_placed_where_the_model_begins(folder: Path) -> None:
    (folder / "the shop" / f"{MODULE}.py").write_text(f"{SHOP}\n\ndef test_sum():\n    assert 1 + 1 == 3\n")
    assert race("test_sum", "--sarif", "shop.sarif", "--json", "shop.json") == 1
    (found,) = json.loads((folder / "shop.json").read_text("utf-8"))["results"]
    assert found["steps"] == []
    sarif = json.loads((folder / "shop.sarif").read_text("utf-8"))
    check_sarif(sarif)
    (result,) = sarif["runs"][0]["results"]
    (place,) = result["locations"]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == f"the%20shop/{MODULE}.py"
    assert place["physicalLocation"]["region"]["startLine"] == SHOP.count("\n") + 3
