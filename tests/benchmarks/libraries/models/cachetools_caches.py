"""cachetools: caches shared by threads. Its repair is a parameter that the caller gives."""

import threading

from cachetools import LRUCache, TTLCache, cached

from .threads import together


def square(number: int) -> int:
    """Compute what is cached."""
    return number * number


def cachetools_80() -> None:
    """@cached of an LRU cache without a lock: two threads evict the same key."""
    squares = cached(LRUCache(1))(square)
    together(lambda: squares(1), lambda: squares(2))


def cachetools_80_repaired() -> None:
    """The same with lock=."""
    squares = cached(LRUCache(1), lock=threading.RLock())(square)
    together(lambda: squares(1), lambda: squares(2))


def cachetools_288() -> None:
    """@cached of a TTL cache without a lock: two threads change its list of times."""
    squares = cached(TTLCache(1, ttl=10))(square)
    together(lambda: squares(1), lambda: squares(2))


def cachetools_288_repaired() -> None:
    """The same with lock=."""
    squares = cached(TTLCache(1, ttl=10), lock=threading.RLock())(square)
    together(lambda: squares(1), lambda: squares(2))


def stampede(**how: object) -> None:
    """Two threads ask for one value that is not there yet."""
    calls = []

    def compute(number: int) -> int:
        calls.append(number)
        return number

    values = cached({}, **how)(compute)
    together(lambda: values(1), lambda: values(1))
    assert calls == [1]


def cachetools_294() -> None:
    """lock= is free while a value is computed, so both threads compute it."""
    stampede(lock=threading.RLock())


def cachetools_294_repaired() -> None:
    """The same with condition=: the second thread waits for the first."""
    stampede(condition=threading.Condition())
