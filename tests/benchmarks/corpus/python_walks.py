"""Python projects: a loop over a dict that another thread changes."""

import threading
import time

from .kernels import NO_LOCK, Program, kernel, lock_if, program


def walked(right: bool, *, copied: bool = False) -> Program:
    """A loop over a dict while another thread adds a key. Right: a lock, or a copy where `copied` says so."""
    lock, data, seen = lock_if(right and not copied), {"a": 1, "b": 2}, list[int]()

    def walk() -> None:
        with lock:
            for value in list(data.values()) if right and copied else data.values():
                seen.append(value)

    def add() -> None:
        with lock:
            data["c"] = 3

    return program(walk, add)


@kernel("proxystore/proxystore#206", "exception in a thread")
def proxystore_206(right: bool) -> Program:
    """Statistics are walked while a wrapper adds a new name."""
    return walked(right)


@kernel("boxed/mutmut#410", "exception in a thread")
def mutmut_410(right: bool) -> Program:
    """A timeout checker walks the start times every second while jobs begin and end."""
    lock, started, late = lock_if(right), {1: 0.0, 2: 0.0}, list[int]()

    def check() -> None:
        for _ in range(2):
            time.sleep(1)
            with lock:
                for job, since in started.items():
                    if time.monotonic() - since > 30:
                        late.append(job)

    def run_jobs() -> None:
        time.sleep(1)
        with lock:
            started[3] = time.monotonic()

    return program(check, run_jobs)


@kernel("Grokzen/redis-py-cluster#353", "exception in a thread")
def redis_py_cluster_353(right: bool) -> Program:
    """A sum over a dict of counters while a connection to a new node adds a key."""
    lock, counts, sums = lock_if(right), {"node-1": 1, "node-2": 1}, list[int]()

    def count() -> None:
        with lock:
            sums.append(sum(number for number in counts.values()))

    def connect() -> None:
        with lock:
            counts["node-3"] = 1

    return program(count, connect)


@kernel("coady/multimethod#73", "exception in a thread")
def multimethod_73(right: bool) -> Program:
    """A missing key is computed from all keys and stored, while others do the same."""
    lock = lock_if(right)

    class Methods(dict[str, int]):
        def __missing__(self, key: str) -> int:
            with lock:
                best = max(len(known) for known in self)
                self[key] = best
                return best

    methods = Methods(int=1, float=2)

    def first() -> None:
        assert methods["bool"] >= 4

    def second() -> None:
        assert methods["str"] >= 4

    return program(first, second)


@kernel("stucchio/Python-LRU-cache#9", "exception in a thread")
def lru_cache_9(right: bool) -> Program:
    """The cleaner walks the keys and reads each entry's time; another path deletes without the lock."""
    lock, entries, times = threading.RLock(), {"a": 1.0, "b": 2.0}, list[float]()

    def clean() -> None:
        with lock:
            for key in list(entries):
                times.append(entries[key])

    def delete() -> None:
        with lock if right else NO_LOCK:
            del entries["b"]

    return program(clean, delete)
