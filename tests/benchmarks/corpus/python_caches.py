"""Python projects: look and then act, on caches, pools and singletons."""

import threading
import time
from collections import OrderedDict
from typing import Any

from .kernels import NO_LOCK, Program, State, kernel, lock_if, program


@kernel("python/cpython#114763", "exception in a thread")
def cpython_114763(right: bool) -> Program:
    """A lazy module becomes a normal one first, and gets its attributes then."""
    lock = lock_if(right)

    class Module:
        """What the module is in the end."""

    class Lazy(Module):
        """What it is before: the first look at an attribute loads it."""

        def __getattr__(self, name: str) -> Any:
            with lock:
                if type(self) is Lazy:
                    if right:
                        self.answer = 42
                    self.__class__ = Module  # type: ignore[assignment]
                    if not right:
                        self.answer = 42
            return object.__getattribute__(self, name)

    module: Any = Lazy()

    def first() -> None:
        assert module.answer == 42

    def second() -> None:
        assert module.answer == 42

    return program(first, second)


@kernel("python/cpython#103475", "failed assertion")
def cpython_103475(right: bool) -> Program:
    """Two threads call a cached function for the first time: both compute, and get different objects."""
    lock, whole, cache, got = threading.Lock(), lock_if(right), dict[str, object](), list[object]()

    def call() -> None:
        with whole:
            with lock:
                found = cache.get("key")
            if found is None:
                found = object()
                with lock:
                    cache["key"] = found
            got.append(found)

    return program(call, call, holds=lambda: got[0] is got[1])


@kernel("python/cpython#74197", "exception in a thread")
def cpython_74197(right: bool) -> Program:
    """A class-wide table is filled at first use, by every thread; the others see it half filled."""
    parser, seen = State(entities=dict[str, str]()), list[str]()
    lock = lock_if(right)

    def parse() -> None:
        with lock:
            if not parser.entities:
                parser.entities["amp"] = "&"
                parser.entities["lt"] = "<"
            seen.append(parser.entities["lt"])

    return program(parse, parse)


@kernel("redis/redis-py#742", "exception in a thread")
def redis_742(right: bool) -> Program:
    """If there is a free connection, pop it: two look, and one finds nothing."""
    free, lock, used = ["connection"], lock_if(right), list[str]()

    def get() -> None:
        with lock:
            if free:
                used.append(free.pop())

    return program(get, get)


@kernel("redis/redis-py#1138", "exception in a thread")
def redis_1138(right: bool) -> Program:
    """One connection is put back twice, so two threads get it; the second to put it back finds it missing."""
    lock, free, used = threading.Lock(), list[str](), {"first"}

    def release(connection: str) -> None:
        with lock:
            used.remove(connection)
            free.append(connection)

    def reader() -> None:
        release("first")
        if not right:
            with lock:
                free.append("first")

    def user() -> None:
        with lock:
            connection = free.pop() if free else None
            if connection:
                used.add(connection)
        if connection:
            release(connection)

    return program(reader, user, user)


@kernel("redis/redis-py#3118", "failed assertion")
def redis_3118(right: bool) -> Program:
    """The pool's lock covers taking a connection, not its use: "one in use at most" does not follow."""
    lock, pool = threading.Lock(), State(in_use=0, most=0)
    limit = threading.Semaphore(1 if right else 2)

    def use() -> None:
        with limit:
            with lock:
                pool.in_use += 1
                pool.most = max(pool.most, pool.in_use)
            with lock:
                pool.in_use -= 1

    return program(use, use, use, holds=lambda: pool.most == 1)


@kernel("urllib3/urllib3#1252", "exception in a thread")
def urllib3_1252(right: bool) -> Program:
    """A pool is evicted and closed between the look-up and its use, because another asks for a new host."""
    lock, pools = threading.Lock(), OrderedDict[str, Any]()

    def pool_for(host: str) -> Any:
        with lock:
            if host not in pools:
                pools[host] = State(closed=False, users=0, lock=threading.Lock())
            pool = pools[host]
            pool.users += 1
            while len(pools) > 1:
                _, evicted = pools.popitem(last=False)
                if not (right and evicted.users):
                    with evicted.lock:
                        evicted.closed = True
            return pool

    def request(host: str) -> None:
        pool = pool_for(host)
        with pool.lock:
            if pool.closed:
                raise ConnectionError("pool is closed")
        with lock:
            pool.users -= 1

    def first() -> None:
        request("a")

    def second() -> None:
        request("b")

    return program(first, second)


@kernel("tkem/cachetools#115", "exception in a thread")
def cachetools_115(right: bool) -> Program:
    """Two threads find the same expired entries, and both delete them."""
    cache, ttl = {"a": time.monotonic()}, 60
    lock = lock_if(right)

    def expire() -> None:
        time.sleep(2 * ttl)
        with lock:
            for key in [key for key, made in list(cache.items()) if time.monotonic() - made > ttl]:
                del cache[key]

    return program(expire, expire, holds=lambda: not cache)


@kernel("tkem/cachetools#279", "failed assertion")
def cachetools_279(right: bool) -> Program:
    """The lock covers look-up and store, and not the computation: that runs several times."""
    lock, whole, cache, computed = threading.Lock(), lock_if(right), dict[str, int](), list[int]()

    def call() -> None:
        with whole:
            with lock:
                if "key" in cache:
                    return
            computed.append(42)
            with lock:
                cache["key"] = 42

    return program(call, call, call, holds=lambda: len(computed) == 1)


@kernel("dateutil/dateutil#901", "exception in a thread")
def dateutil_901(right: bool) -> Program:
    """If the key is there, pop it and put it back at the end: the second pop finds nothing."""
    cache, lock = OrderedDict(UTC="zone"), lock_if(right)

    def get() -> None:
        with lock:
            if "UTC" in cache:
                cache["UTC"] = cache.pop("UTC")

    return program(get, get)


@kernel("dateutil/dateutil#504", "failed assertion")
def dateutil_504(right: bool) -> Program:
    """Two threads see no instance, and make two."""
    lock, got = lock_if(right), list[object]()

    class Zone:
        instance: object = None

    def make() -> None:
        with lock:
            if Zone.instance is None:
                Zone.instance = Zone()
            got.append(Zone.instance)

    return program(make, make, holds=lambda: got[0] is got[1])


@kernel("vutran1710/PyrateLimiter#7", "failed assertion")
def pyrate_limiter_7(right: bool) -> Program:
    """Leak, look for room and add are not one step: more than the limit pass."""
    lock, bucket, passed = lock_if(right), [time.monotonic()], list[float]()

    def try_pass() -> None:
        time.sleep(1)
        with lock:
            now = time.monotonic()
            while bucket and now - bucket[0] >= 1:
                bucket.pop(0)
            if len(bucket) < 1:
                bucket.append(now)
                passed.append(now)

    return program(try_pass, try_pass, holds=lambda: len(passed) == 1)


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
