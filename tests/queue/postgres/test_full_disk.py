"""A disk that is full: a submission says so, workers wait for room, and nothing that was acknowledged is lost.

The tables are on a disk of the server's own, in memory, as small as the test says. An ordinary user may run this, if
bubblewrap is there and may make a disk.
"""

import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from goqueue import Context, Queue, Status, StorageFull
from goqueue.storage import PostgresStorage

from ..parts import PATIENCE, ctx
from ..servers.postgres import Server

SIZE = 32 << 20
MANY = 100  # jobs in a submission


def can_make_a_disk() -> bool:
    """Whether bubblewrap is here, and may do its work."""
    line = ["bwrap", "--dev-bind", "/", "/", "--size", "4096", "--tmpfs", "/mnt", "true"]
    return shutil.which("bwrap") is not None and subprocess.run(line, capture_output=True, check=False).returncode == 0


pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not can_make_a_disk(), reason="bubblewrap, which makes the small disk, is not here"),
]


class SmallDisk:
    """A server whose tables are on a small disk. `url` leads to a queue there."""

    def __init__(self) -> None:
        self.server = Server(disk=SIZE)
        self._ballast = Path(self.server.folder, "disk", "ballast")
        self._ask(f"CREATE TABLESPACE small LOCATION '{self._ballast.parent}'")
        self.url = f"{self.server.url}&options=-cdefault_tablespace%3Dsmall"

    def fill(self) -> None:
        """Write a file until there is no room for a byte more."""
        with pytest.raises(psycopg.errors.DiskFull):
            self._ask(f"COPY (SELECT repeat('x', 1000) FROM generate_series(1, {SIZE // 1000})) TO '{self._ballast}'")

    def empty(self) -> None:
        """Make that file empty."""
        self._ask(f"COPY (SELECT 1 WHERE false) TO '{self._ballast}'")

    def _ask(self, statement: str) -> None:
        with psycopg.connect(self.server.url, autocommit=True) as on:
            on.execute(statement.encode())


@pytest.fixture
def disk() -> Iterator[SmallDisk]:
    disk = SmallDisk()
    yield disk
    disk.server.stop()


def test_a_full_disk_refuses_submissions_and_workers_go_on_when_there_is_room(disk: SmallDisk, caplog: Any) -> None:
    queue, ran, at_a_time = Queue(workers=4, storage=PostgresStorage(disk.url)), [], []
    lock, running = threading.Lock(), set()

    def handler(ctx: Any, payload: Any) -> None:
        with lock:
            at_a_time.append(ctx.job_id in running)
            running.add(ctx.job_id)
        with lock:
            ran.append(ctx.job_id)
            running.discard(ctx.job_id)

    queue.register_handler("webhook", handler)
    acknowledged = {job.id for job in queue.submit_many(ctx, "webhook", range(MANY))}
    disk.fill()
    with pytest.raises(StorageFull, match="no room left on the server's disk: make some, and try again"):
        while True:  # there is some room in the pages that the tables have
            acknowledged |= {job.id for job in queue.submit_many(ctx, "webhook", range(MANY))}
    assert sum(queue.count(ctx).values()) == len(acknowledged)  # of what was refused, nothing is there
    with queue:
        until = time.monotonic() + PATIENCE
        while "The storage failed" not in caplog.text:  # a changed row needs room, too
            assert time.monotonic() < until
            time.sleep(0.01)
        assert "no room left" in caplog.text
        disk.empty()
        queue.submit_job(ctx, "webhook", "there is room again")
        done = queue.wait_many(Context().with_timeout(PATIENCE), sorted(acknowledged))
    assert {job.status for job in done} == {Status.COMPLETED}
    assert acknowledged <= set(ran)
    assert not any(at_a_time)
    queue.close()
