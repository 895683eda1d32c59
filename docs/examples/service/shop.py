"""A service: its workers are started by a supervisor, and started again if they die. See shop-worker.service.

    goqueue worker shop:queue --health 9000     what the supervisor runs
    python3 shop.py 17 Ada                      submits a job, from any other process

The jobs are in a file, so they outlive each process.
"""

import os
import sys

from goqueue import Queue, Retry, SQLiteStorage

path = os.environ.get("SHOP_JOBS", "jobs.db")
queue = Queue(workers=4, storage=SQLiteStorage(path, durability="group commit"))


@queue.task(retry=Retry(attempts=5, base=1.0), timeout=30)
def send(order: int, *, to: str) -> str:
    return f"order {order} is on its way to {to}"


@queue.task(timeout=60, isolation="process")
def label(order: int) -> str:
    """Draw a label: work for the processor, in a process that the time-out really ends."""
    return f"label {order}: {sum(number * number for number in range(100_000))}"


if __name__ == "__main__":
    job = send.options(key=f"send-{sys.argv[1]}", key_until="forgotten").submit(int(sys.argv[1]), to=sys.argv[2])
    print(job.id)
    queue.close()
