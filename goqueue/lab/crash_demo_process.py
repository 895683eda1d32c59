"""The process that the crash demo (`crash_demo.py`) kills.

python -m goqueue.lab.crash_demo_process accept|"go on" STORAGE PATH
"""

import json
import logging
import sys
import time

from goqueue import Context, JobContext, MemoryStorage, Queue, Status
from goqueue.storage import SQLiteStorage, Storage

from .crash_demo import CUT_OFF, LEASE, ORDERS

FOR_EVER = 3600.0  # seconds


def open_storage(kind: str, path: str) -> Storage:
    """Return the storage on which this process works."""
    if kind == "memory":
        return MemoryStorage()
    return SQLiteStorage(path, durability=kind, lease=LEASE)


def accept(storage: Storage) -> None:
    """Accept all orders and deliver those before CUT_OFF. Report them, and hang in the delivery of CUT_OFF."""
    delivered: list[int] = []

    def deliver(ctx: JobContext, payload: dict[str, int]) -> None:
        if payload["order"] == CUT_OFF:
            time.sleep(BEHIND)  # by now the write-behind has written
            say([*delivered, CUT_OFF])
            time.sleep(FOR_EVER)
        delivered.append(payload["order"])

    queue = Queue(workers=1, storage=storage)
    queue.submit_many(Context(), "webhook", [{"order": order} for order in ORDERS])
    queue.register_handler("webhook", deliver)
    queue.start(Context())


def go_on(storage: Storage) -> None:
    """Deliver the orders in the storage, and report them."""
    delivered: list[int] = []
    queue = Queue(workers=1, storage=storage)
    queue.register_handler("webhook", lambda ctx, payload: delivered.append(payload["order"]))
    with queue:
        while (count := queue.count(Context()))[Status.PENDING] or count[Status.RUNNING]:
            time.sleep(0.05)
    say(delivered)
    time.sleep(FOR_EVER)


def say(orders: list[int]) -> None:
    """Report orders to the process that started this one."""
    print(json.dumps(orders), flush=True)


BEHIND = 1.5  # seconds: more than a write-behind may lag

if __name__ == "__main__":
    logging.getLogger("goqueue").setLevel(logging.ERROR)  # a worker is meant to die here
    part, kind, path = sys.argv[1:]
    {"accept": accept, "go on": go_on}[part](open_storage(kind, path))
