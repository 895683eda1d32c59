"""How fast the queue is on a Valkey of its own: `python -m tests.benchmarks.queue.on_redis`

    bare     one process takes so many ids of a list in each call, and acknowledges those of the call before
    drain    no-op jobs are submitted first; then so many worker processes run them all
    submit   one by one, and in batches of 1,000
    idle     another process submits to a worker that sleeps: from submit_job to the handler
    memory   of the server, for each job that waits, and for each that has completed

The server writes its log as `--appendfsync` says (always, everysec, or off).
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from goqueue import Context, Queue, Retention, Status
from goqueue.storage import RedisStorage
from tests.queue.servers.valkey import Valkey, new_name

ROOT = Path(__file__).parents[3]
KEEP = Retention(None, None, None)
ctx = Context()

BARE = """
for i = 2, #ARGV do redis.call('HDEL', KEYS[2], ARGV[i]) end
local taken = redis.call('RPOP', KEYS[1], ARGV[1]) or {}
for _, id in ipairs(taken) do redis.call('HSET', KEYS[2], id, '{"order":17}') end
return taken
"""

WORKER = """
import sys, time
from goqueue import Context, Queue, Retention
from goqueue.storage import RedisStorage
storage = RedisStorage(sys.argv[1], name=sys.argv[2], retention=Retention(None, None, None))
queue = Queue(workers=int(sys.argv[3]), storage=storage)
queue.register_handler("noop", lambda ctx, payload: None)
queue.register_handler("when", lambda ctx, payload: time.time())
print("ready", flush=True)
sys.stdin.readline()
with queue:
    print("started", flush=True)
    sys.stdin.readline()
"""


def bare(server: Valkey, size: int, at_once: int) -> float:
    """Return how many ids a second the bare loop takes and acknowledges."""
    client = server.client()
    taken: list[bytes] = []
    client.lpush("bare", *range(size))
    take = client.register_script(BARE)
    begun = time.perf_counter()
    for _ in range(size // at_once + 1):
        taken = take(["bare", "running"], [at_once, *taken])
    return size / (time.perf_counter() - begun)


def workers(server: Valkey, name: str, processes: int, threads: int) -> Iterator[list[Any]]:
    """Start worker processes, yield them when they are ready, and end them."""
    command = [sys.executable, "-c", WORKER, server.url, name, str(threads)]
    pipe = subprocess.PIPE
    started = [subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) for _ in range(processes)]
    for each in started:
        each.stdout.readline()  # type: ignore[union-attr]
    yield started
    for each in started:
        each.kill()
        each.wait()


def go(started: list[Any]) -> None:
    """Let the workers begin."""
    for each in started:
        each.stdin.write("go\n")
        each.stdin.flush()


def drain(server: Valkey, size: int, processes: int, threads: int = 1) -> float:
    """Return how many no-op jobs a second so many processes run."""
    storage = RedisStorage(server.url, name=new_name(), retention=KEEP)
    queue = Queue(storage=storage)
    for _ in range(size // 1000):
        queue.submit_many(ctx, "noop", [{"order": 17}] * 1000)
    for started in workers(server, storage.name, processes, threads):
        begun = time.perf_counter()
        go(started)
        while queue.count(ctx)[Status.COMPLETED] < size:
            time.sleep(0.02)
        took = time.perf_counter() - begun
    storage.close()
    return size / took


def submit(server: Valkey, size: int, batch: int) -> float:
    """Return how many jobs a second one thread submits."""
    storage = RedisStorage(server.url, name=new_name())
    queue = Queue(storage=storage)
    begun = time.perf_counter()
    for _ in range(size // batch):
        if batch == 1:
            queue.submit_job(ctx, "noop", {"order": 17})
        else:
            queue.submit_many(ctx, "noop", [{"order": 17}] * batch)
    took = time.perf_counter() - begun
    storage.close()
    return size / took


def idle(server: Valkey, size: int) -> dict[str, float]:
    """Return how many milliseconds pass from submit_job to the handler of a process that sleeps."""
    storage = RedisStorage(server.url, name=new_name())
    queue, times = Queue(storage=storage), []
    for started in workers(server, storage.name, 1, 4):
        go(started)
        started[0].stdout.readline()
        for _ in range(size):
            time.sleep(0.02)
            begun = time.time()
            job = queue.submit_job(ctx, "when")
            times.append(1000 * (queue.wait(ctx, job).result - begun))
    storage.close()
    times.sort()
    return {"p50": statistics.median(times), "p99": times[int(0.99 * len(times))]}


def memory(server: Valkey, size: int) -> dict[str, float]:
    """Return how many bytes a job takes that waits, and one that has completed."""
    client = server.client()
    storage = RedisStorage(server.url, name=new_name(), retention=KEEP)
    queue = Queue(storage=storage)
    before = client.info("memory")["used_memory"]
    for _ in range(size // 1000):
        queue.submit_many(ctx, "noop", [{"order": 17}] * 1000)
    waiting = (client.info("memory")["used_memory"] - before) / size
    for started in workers(server, storage.name, 1, 1):
        go(started)
        while queue.count(ctx)[Status.COMPLETED] < size:
            time.sleep(0.05)
    ended = (client.info("memory")["used_memory"] - before) / size
    storage.close()
    return {"waiting": waiting, "completed": ended}


def main() -> None:
    """Measure all, and print it as JSON."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--size", type=int, default=20_000)
    asked.add_argument("--appendfsync", default="everysec", choices=["always", "everysec", "off"])
    options = asked.parse_args()
    size, sync = options.size, options.appendfsync
    log = {} if sync == "off" else {"appendonly": "yes", "appendfsync": sync}
    server = Valkey(**log)
    found: dict[str, Any] = {f"bare, {count} a call": bare(server, size, count) for count in (1, 20)}
    for processes in (1, 2, 4):
        found[f"drain, {processes} processes"] = drain(server, size, processes)
    found["submit, one by one"] = submit(server, size // 4, 1)
    found["submit, 1,000 a batch"] = submit(server, size, 1000)
    found["idle, ms"] = idle(server, 200)
    found["memory, bytes"] = memory(server, size)
    print(json.dumps({"appendfsync": sync, "size": size, **found}, indent=2))
    server.remove()


if __name__ == "__main__":
    main()
