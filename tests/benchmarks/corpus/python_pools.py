"""Python projects: pools of connections."""

import threading
from collections import OrderedDict
from typing import Any

from .kernels import Program, State, kernel, lock_if, program


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
