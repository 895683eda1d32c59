"""GoKer, non-blocking: counters, first uses, and pairs of fields."""

import threading

from .kernels import NO_LOCK, Program, State, kernel, lock_if, program

SETTINGS = State(interval=600, timeout=20)  # what the projects keep in variables of a module


@kernel("istio_8144", "failed assertion")
def istio_8144(right: bool) -> Program:
    """Two evictions count their callbacks without a lock."""
    lock, cache = lock_if(right), State(callbacks=0)

    def evict() -> None:
        with lock:
            cache.callbacks += 1

    def evict_also() -> None:
        evict()

    return program(evict, evict_also, holds=lambda: cache.callbacks == 2)


@kernel("istio_8214", "failed assertion")
def istio_8214(right: bool) -> Program:
    """Writers add to the statistics under a lock, and a reader copies both fields without it."""
    lock, stats, copies = threading.Lock(), State(hits=0, writes=0), list[tuple[int, int]]()

    def add() -> None:
        with lock:
            stats.hits += 1
            stats.writes += 1

    def copy() -> None:
        with lock if right else NO_LOCK:
            copies.append((stats.hits, stats.writes))

    return program(add, copy, holds=lambda: copies[0] in ((0, 0), (1, 1)))


@kernel("kubernetes_70892", "failed assertion")
def kubernetes_70892(right: bool) -> Program:
    """Each of two workers looks at every result, and makes it if it is not there yet."""
    lock, results, made = lock_if(right), [0, 0], list[int]()

    def work() -> None:
        for number, result in enumerate(results):
            with lock:
                if (results[number] if right else result) != 4:
                    made.append(number)
                    results[number] = 4

    def work_too() -> None:
        work()

    return program(work, work_too, holds=lambda: len(made) == 2)


@kernel("kubernetes_80284", "failed assertion")
def kubernetes_80284(right: bool) -> Program:
    """Two threads set up the same authenticator, and both write its callback and then its name."""
    lock, auth = lock_if(right), State(callback="", name="")

    def set_up(which: str) -> None:
        with lock:
            auth.callback = which
            auth.name = which

    def first() -> None:
        set_up("first")

    def second() -> None:
        set_up("second")

    return program(first, second, holds=lambda: auth.callback == auth.name)


@kernel("kubernetes_81091", "failed assertion")
def kubernetes_81091(right: bool) -> Program:
    """A fake plugin counts its calls without a lock; the scheduler calls it from three workers."""
    lock, plugin = lock_if(right), State(calls=0)

    def filter_node() -> None:
        with lock:
            plugin.calls += 1

    return program(filter_node, filter_node, filter_node, holds=lambda: plugin.calls == 3)


@kernel("kubernetes_82550", "failed assertion")
def kubernetes_82550(right: bool) -> Program:
    """If there is no provider yet, make one: two of three threads make two."""
    lock, config, made = lock_if(right), State(provider=None), list[str]()

    def get() -> None:
        with lock:
            if config.provider is None:
                made.append("provider")
                config.provider = object()

    return program(get, get, get, holds=lambda: len(made) == 1)
