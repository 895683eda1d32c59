"""A storm over batches: whoever submits them and whoever runs them is killed with `kill -9` at random moments.

python -m tests.queue.crash.batches FOLDER DURABILITY SEED KILLS prints what is there afterwards.
"""

import json
import os
import random
import sys
import time
from pathlib import Path
from typing import Any

from goqueue import Context, JobContext, JobNotFound, Queue, Retry

from .storm import Storm

PAUSE = 0.03  # seconds between two batches


class BatchStorm(Storm):
    """As the storm of single jobs; what is noted as begun and ended is the last job of a batch."""

    def produce(self) -> None:
        """Submit batches of four jobs, two of which are a chain, and one more."""
        queue, number = Queue(storage=self.open()), 0
        while True:
            jobs: list[Any] = [("count", number), ("count", number + 1), [("count", number + 2), "more"]]
            self.note("submitted", queue.submit_batch(Context(), jobs, "sum").id, number)
            number += 1
            time.sleep(PAUSE)

    def work(self) -> None:
        """Run them; one in twenty fails the first time."""
        queue = Queue(workers=3, storage=self.open())
        me = random.Random(os.getpid())

        def perhaps(result: int) -> int:
            time.sleep(me.uniform(0.0, 0.01))
            if me.random() < 0.05:
                raise ConnectionError("the partner is down")
            return result

        def total(ctx: JobContext, results: list[int]) -> int:
            self.note("begun", ctx.job_id)
            found = perhaps(sum(results))
            self.note("ended", ctx.job_id)
            return found

        policy = Retry(attempts=20, base=0.01, cap=0.05)
        queue.register_handler("count", lambda ctx, payload: perhaps(10 * payload), retry=policy)
        queue.register_handler("more", lambda ctx, payload: perhaps(payload + 1), retry=policy)
        queue.register_handler("sum", total, retry=policy)
        queue.start(Context())

    def found(self) -> dict[str, Any]:
        """Return how each batch that was acknowledged has ended, and how many jobs of each type there are."""
        queue = Queue(storage=self.open())
        batches: dict[str, Any] = {}
        for _, (_, job_id, number) in self.read("submitted"):
            try:
                job = queue.get_job(Context(), job_id)
                batches[job_id] = (number, job.status, job.result)
            except JobNotFound:
                batches[job_id] = None
        tally = {f"{kind} {status}": number for (kind, status), number in queue.storage.tally().items()}  # type: ignore[attr-defined]
        queue.storage.close()
        return {"batches": batches, "tally": tally}


if __name__ == "__main__":
    folder, durability, seed, kills = sys.argv[1:]
    storm = BatchStorm(Path(folder), durability, int(seed))
    storm.run(int(kills))
    print(json.dumps(storm.found()))
