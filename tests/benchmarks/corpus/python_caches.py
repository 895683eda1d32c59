"""Python projects: look and then act, on caches and singletons."""

import threading
import time
from collections import OrderedDict
from typing import Any

from .kernels import Program, State, kernel, lock_if, program


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
                        self.answer = 42  # race: meant, because who finds no answer looks again under the lock
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
