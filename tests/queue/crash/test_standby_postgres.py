"""A standby takes over, in the middle of a storm: the primary is killed with -9, and the address names both servers.

lagging       the standby is away in the last moments, so these commits are lost: those, and nothing else
synchronous   with `synchronous_standby_names`, nothing that was acknowledged is lost

In both: in the history that the new primary has, no job runs twice at a time, none runs for ever, and what had ended
stays as it ended. What must be true besides is what test_kill.py says.
"""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from goqueue import Context, Queue
from goqueue.errors import StorageInDoubt

from ..servers.postgres import Server
from .storms import aftermath, begin
from .test_kill import test_all_are_completed_and_none_runs_for_ever, test_each_ran_at_least_once

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not hasattr(os, "fork"), reason="the storm forks")]
__all__ = ["test_all_are_completed_and_none_runs_for_ever", "test_each_ran_at_least_once"]

KILLS = 40
BUSY = 40  # jobs that have ended before the primary is killed
WAIT = 120.0  # seconds, at most, until so many have, on a busy machine
KINDS = {"lagging": (), "synchronous": ("synchronous_standby_names=standby",)}
COUNT = "SELECT count(*) FROM goqueue.jobs"
ENDED = "SELECT key, status FROM goqueue.jobs WHERE status IN ('completed', 'failed', 'cancelled')"


@pytest.fixture(scope="module", params=KINDS)
def storm(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What a storm has left behind, when what happened, and what had ended when the standby took over."""
    primary = Server(*KINDS[request.param])
    standby = Server(standby_of=primary)
    url = f"postgresql://postgres@/postgres?host={primary.folder},{standby.folder}&target_session_attrs=read-write"
    folder: Path = tmp_path_factory.mktemp("storm")
    process = begin(folder, url, KILLS)
    try:
        moments = fail_over(primary, standby, process, lags=request.param == "lagging")
        yield {**aftermath(process, request.param, KILLS), **moments, "ended": dict(asked(standby, ENDED))}
    finally:
        process.kill()
        process.wait()
        primary.stop()
        standby.stop()


def fail_over(primary: Server, standby: Server, process: "subprocess.Popen[str]", lags: bool) -> dict[str, Any]:
    """Let the standby take over from the primary. Return when what happened, and what had ended by then."""
    wait(lambda: asked(primary, "SELECT to_regclass('goqueue.jobs')")[0][0] and len(asked(primary, ENDED)) >= BUSY)
    away = time.monotonic()
    if lags:
        standby.kill()
        ((before,),) = asked(primary, COUNT)
        wait(lambda: asked(primary, COUNT)[0][0] >= before + 10)
    assert process.poll() is None, "the storm is over already, so nothing was tried"
    primary.kill()
    killed = time.monotonic()
    if lags:
        standby.start()
    standby.promote()
    had_ended = dict(asked(standby, ENDED))
    return {"away": away, "killed": killed, "promoted": time.monotonic(), "had_ended": had_ended}


def wait(what: Callable[[], Any]) -> None:
    """Wait until something is so."""
    until = time.monotonic() + WAIT
    while not what():
        assert time.monotonic() < until, "it has not come"
        time.sleep(0.05)


def asked(server: Server, statement: str) -> list[Any]:
    """Return what a server answers."""
    with psycopg.connect(server.url, autocommit=True) as on:
        found = on.execute(statement.encode())
        return found.fetchall() if found.description else []


def test_while_the_standby_is_away_a_submission_is_in_doubt_and_is_there_in_the_end() -> None:
    primary = Server(*KINDS["synchronous"])
    standby = Server(standby_of=primary)
    queue = Queue(storage=primary.url)
    standby.kill()
    with pytest.raises(StorageInDoubt), queue.storage.patience(0.5):  # type: ignore[attr-defined]
        queue.submit_job(Context(), "webhook", 1)
    standby.start()
    queue.submit_job(Context(), "webhook", 2)
    assert [job.payload for job in queue.list_jobs(Context())] == [1, 2]
    queue.close()
    standby.stop()
    primary.stop()


def test_only_what_the_standby_had_not_got_is_lost(storm: dict[str, Any]) -> None:
    lost = {job: when for job, when in storm["submitted"].items() if job not in storm["statuses"]}
    if storm["mode"] == "synchronous":
        assert not lost
    else:  # a commit of the moment before that may not have been sent; it is noted a moment after it
        assert lost, "the standby lacked nothing, so nothing was tried"
        assert all(storm["away"] - 1.0 < when < storm["killed"] + 1.0 for when in lost.values())
    assert any(when > storm["promoted"] for when in storm["submitted"].values())


def test_what_had_ended_stays_as_it_ended(storm: dict[str, Any]) -> None:
    assert len(storm["had_ended"]) >= BUSY // 2
    assert storm["had_ended"].items() <= storm["ended"].items()


def test_in_the_new_history_none_runs_twice_at_a_time(storm: dict[str, Any]) -> None:
    """A job whose claim was lost may run elsewhere while its first worker has not heard so: that is left out."""
    after = [each for each in storm["attempts"] if each["begun"] > storm["promoted"]]
    assert after
    none_overlap(after)
    none_overlap([each for each in storm["attempts"] if each["ended"] < storm["killed"]])
    if storm["mode"] == "synchronous":  # no claim is lost either
        none_overlap(storm["attempts"])


def none_overlap(attempts: list[dict[str, Any]]) -> None:
    """Check that of each job one attempt has ended when the next begins."""
    ended: dict[str, float] = {}
    for each in sorted(attempts, key=lambda each: each["begun"]):
        assert ended.get(each["job"], 0.0) <= each["begun"], f"{each['job']} ran twice at a time"
        ended[each["job"]] = each["ended"]
