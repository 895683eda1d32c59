"""A storm: processes that work on one file are killed with `kill -9` at random moments, and replaced by new ones.

    parent ── forks ──> producer: submits, and notes each id once submit_job has returned     } killed, and replaced,
           ── forks ──> workers: note when each attempt begins and ends                       } again and again
    then calm: workers go on until nothing is left, or for CALM seconds

A process is killed only after it has noted something, so that a busy machine does not turn the storm into kills of
processes that have not started yet. Each process writes its notes to a file of its own, line by line; the file
outlives the process. Times are of CLOCK_MONOTONIC, which all processes of a machine share. The parent has no threads,
so it may fork. `run` returns what happened; test_kill.py says what must be true of it.
"""

import contextlib
import json
import os
import random
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from goqueue import Context, JobContext, Queue, Retry, Status, StorageError
from goqueue.storage import SQLiteStorage, Storage

CALM = 120.0  # seconds after the storm in which all must be done, on a busy machine; usually the longest lease
START = 60.0  # seconds in which a new process must have noted something
LEASE = 4.0  # seconds; shorter than usual, and longer than a busy machine stalls a process


@dataclass
class Attempt:
    """One run of a handler: from when to when, and by whom. One that was killed ended when its process did."""

    job: str
    pid: int
    begun: float
    ended: float


@dataclass
class Aftermath:
    """What happened: `submitted` are the ids that were acknowledged, and when."""

    kills: int
    submitted: dict[str, float]
    statuses: dict[str, str]
    attempts: list[Attempt] = field(default_factory=list)
    died: dict[int, float] = field(default_factory=dict)


class Storm:
    """The parent: forks, kills, and gathers."""

    def __init__(self, folder: Path, durability: str, seed: int) -> None:
        self.folder = folder
        self.durability = durability
        self.chance = random.Random(seed)
        self.died: dict[int, float] = {}

    def open(self) -> Storage:
        """Open the file, or the address that is given in the place of a durability, as a new process does."""
        if self.durability.startswith("postgresql://"):
            from goqueue.storage import PostgresStorage

            return PostgresStorage(self.durability, lease=LEASE, max_lost=1000)
        if "://" in self.durability:
            from goqueue.storage import RedisStorage

            return RedisStorage(self.durability, lease=LEASE, max_lost=1000, timeout=CALM)
        path = self.folder / "jobs.db"
        return SQLiteStorage(path, durability=self.durability, lease=LEASE, max_lost=1000)

    def run(self, kills: int, workers: int = 2) -> Aftermath:
        """Kill so many processes, then wait until all is done."""
        self.open().close()
        crew = [self.fork(self.produce), *(self.fork(self.work) for _ in range(workers))]
        for _ in range(kills):
            place = self.chance.randrange(len(crew))
            self.wait_for_note(crew[place], "begun" if place else "submitted")
            time.sleep(self.chance.uniform(0.0, 0.08))
            self.kill(crew[place])
            crew[place] = self.fork(self.produce if place == 0 else self.work)
        self.kill(crew[0])
        statuses = self.wait_for_calm()
        for pid in crew[1:]:
            self.kill(pid)
        return Aftermath(kills, self.read_submitted(), statuses, self.read_attempts(), self.died)

    def fork(self, body: Any) -> int:
        """Start a process that does `body` until it is killed."""
        pid = os.fork()
        if pid == 0:
            try:
                body()
            except BaseException as err:
                self.note("errors", f"{type(err).__name__}: {err}")
            finally:
                os._exit(1)
        return pid

    def wait_for_note(self, pid: int, kind: str) -> None:
        """Wait until a process has noted something of this kind. Raises TimeoutError after START seconds."""
        until = time.monotonic() + START
        while not (self.folder / f"{kind}-{pid}.jsonl").exists():
            if time.monotonic() > until:
                raise TimeoutError(f"process {pid} noted nothing as {kind!r} in {START} s")
            time.sleep(0.001)

    def kill(self, pid: int) -> None:
        """Kill a process at once; no `finally` of its code runs."""
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        self.died[pid] = time.monotonic()

    def note(self, kind: str, *words: object) -> None:
        """Write a line that outlives this process."""
        with open(self.folder / f"{kind}-{os.getpid()}.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps([time.monotonic(), *words]) + "\n")

    def produce(self) -> None:
        """Submit jobs one after the other, and note each that was acknowledged."""
        queue = Queue(storage=self.open())
        number = 0
        while True:
            with contextlib.suppress(StorageError):  # the server is killed too: then nothing was acknowledged
                job = queue.submit_job(Context(), "webhook", {"order": number}, max_retry=3)
                self.note("submitted", job.id)
            number += 1
            time.sleep(0.004)

    def work(self) -> None:
        """Run jobs; one in twenty fails the first time."""
        queue = Queue(workers=3, storage=self.open())
        me = random.Random(os.getpid())

        def send(ctx: JobContext, payload: dict[str, int]) -> None:
            job = ctx.job_id
            self.note("begun", job)
            time.sleep(me.uniform(0.0, 0.02))
            self.note("ended", job)
            if me.random() < 0.05:
                raise ConnectionError("the partner is down")

        queue.register_handler("webhook", send, retry=Retry(attempts=3, base=0.01))
        queue.start(Context())

    def wait_for_calm(self) -> dict[str, str]:
        """Wait until every job is done; return the status of each."""
        queue = Queue(storage=self.open())
        until = time.monotonic() + CALM
        while time.monotonic() < until:
            counts = queue.count(Context())
            if not counts[Status.PENDING] and not counts[Status.RUNNING]:
                break
            time.sleep(0.1)
        statuses: dict[str, str] = {}
        page = queue.list_jobs(Context(), limit=1000)
        while page:
            statuses.update({job.id: str(job.status) for job in page})
            page = queue.list_jobs(Context(), limit=1000, after=page[-1].id)
        queue.storage.close()
        return statuses

    def read(self, kind: str) -> list[tuple[int, list[Any]]]:
        """Read what processes have noted: who, and the words. A line cut short by a kill is left out."""
        found = []
        for file in sorted(self.folder.glob(f"{kind}-*.jsonl")):
            pid = int(file.stem.rpartition("-")[2])
            lines = file.read_text(encoding="utf-8").split("\n")[:-1]
            found += [(pid, json.loads(line)) for line in lines]
        return found

    def read_submitted(self) -> dict[str, float]:
        return {words[1]: words[0] for _, words in self.read("submitted")}

    def read_attempts(self) -> list[Attempt]:
        ends: dict[tuple[int, str], list[float]] = {}
        for pid, (moment, job) in self.read("ended"):
            ends.setdefault((pid, job), []).append(moment)
        attempts = []
        for pid, (moment, job) in self.read("begun"):
            later = [end for end in ends.get((pid, job), ()) if end >= moment]
            attempts.append(Attempt(job, pid, moment, min(later, default=self.died[pid])))
        return attempts


if __name__ == "__main__":  # python -m tests.queue.crash.storm FOLDER DURABILITY SEED KILLS
    folder, durability, seed, kills = sys.argv[1:]
    aftermath = Storm(Path(folder), durability, int(seed)).run(int(kills))
    print(json.dumps(aftermath, default=vars))
