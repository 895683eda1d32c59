"""Kill -9, at random moments: what each durability of SQLiteStorage promises is still true.

The moments are drawn from a seed, and what they hit differs from run to run: each run is another sample. A storm has
10 kills in the quick suite and 100 behind the mark `slow`.
"""

import itertools
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from .storms import ROOT, aftermath, begin

MODES = ("each commit", "group commit", "write-behind")
BEHIND = 1.0  # seconds: what a write-behind storage may lose, unless told otherwise

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the storm forks")


@pytest.fixture(scope="module", params=[10, pytest.param(100, marks=pytest.mark.slow)])
def storms(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Run a storm for each durability, all at once."""
    running = {}
    for mode in MODES:
        running[mode] = begin(tmp_path_factory.mktemp("storm"), mode, request.param)
    return {mode: aftermath(process, mode, request.param) for mode, process in running.items()}


@pytest.fixture(scope="module", params=MODES)
def storm(request: pytest.FixtureRequest, storms: dict[str, Any]) -> dict[str, Any]:
    """What one storm has left behind."""
    found: dict[str, Any] = storms[request.param]
    return found


def test_there_was_a_storm(storm: dict[str, Any]) -> None:
    assert len(storm["died"]) >= storm["kills"]
    assert len(storm["submitted"]) >= storm["kills"]
    cut = [each for each in storm["attempts"] if each["ended"] == storm["died"][str(each["pid"])]]
    assert len(cut) >= storm["kills"] // 10, "hardly any attempt was cut off by a kill: nothing was tried"


def test_nothing_acknowledged_is_lost(storm: dict[str, Any]) -> None:
    """Of write-behind: nothing acknowledged longer before a kill than it may lag."""
    missing = {job: when for job, when in storm["submitted"].items() if job not in storm["statuses"]}
    if storm["mode"] == "write-behind":
        deaths = sorted(storm["died"].values())
        missing = {
            job: when for job, when in missing.items() if next(d for d in deaths if d > when) - when > 2 * BEHIND
        }
    assert not missing


def test_all_are_completed_and_none_runs_for_ever(storm: dict[str, Any]) -> None:
    others = {job: status for job, status in storm["statuses"].items() if status not in ("completed", "failed")}
    assert not others


def test_each_ran_at_least_once(storm: dict[str, Any]) -> None:
    ran = {each["job"] for each in storm["attempts"]}
    completed = {job for job, status in storm["statuses"].items() if status == "completed"}
    assert completed <= ran


def test_none_ran_twice_at_a_time(storm: dict[str, Any]) -> None:
    by_job = defaultdict(list)
    for each in storm["attempts"]:
        by_job[each["job"]].append((each["begun"], each["ended"]))
    for job, spans in by_job.items():
        spans.sort()
        for (_, ended), (begun, _) in itertools.pairwise(spans):
            assert ended <= begun, f"{job} began again {ended - begun:.3f} s before its last attempt ended"


def test_the_jobs_of_a_dead_process_come_back_by_themselves(tmp_path: Path) -> None:
    """The lease is the usual one: nothing is shortened for this test."""
    code = """
import sys, time
from goqueue import Context, Queue
from goqueue.storage import SQLiteStorage
queue = Queue(workers=2, storage=SQLiteStorage(sys.argv[1]))
def send(ctx, payload):
    print(time.monotonic(), flush=True)
    time.sleep(float(sys.argv[2]))
queue.register_handler("webhook", send)
with queue:
    if sys.argv[3] == "submit":
        queue.submit_job(Context(), "webhook", {"order": 17})
    time.sleep(60)
"""
    file = tmp_path / "jobs.db"

    def start(seconds: float, what: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", code, str(file), str(seconds), what]
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)

    first = start(60.0, "submit")
    assert first.stdout is not None
    first.stdout.readline()  # it runs
    first.send_signal(signal.SIGKILL)
    first.wait()
    died = time.monotonic()
    second = start(0.0, "work only")
    assert second.stdout is not None
    begun = float(second.stdout.readline())
    second.kill()
    second.wait()
    assert 0.0 < begun - died < 60.0  # a lease is 6 s; the rest is for a busy machine
