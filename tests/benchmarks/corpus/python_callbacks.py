"""Python projects: a callback or a destructor comes in the middle of a locked region."""

import threading
from collections.abc import Callable

from .kernels import Program, State, kernel, program


@kernel("python/cpython#76757", "deadlock")
def cpython_76757(right: bool) -> Program:
    """The garbage collector may run a callback that puts, in the middle of a put or get of the same thread.

    Right: the callback takes the lock if it is free, and otherwise leaves its item to the holder of the lock.
    """
    lock, items, left = threading.Lock(), list[str](), list[str]()
    garbage = threading.Event()

    def callback() -> None:
        if lock.acquire(blocking=not right):
            items.append("from the callback")
            lock.release()
        else:
            left.append("from the callback")

    def put() -> None:
        with lock:
            items.append("item")
            if garbage.is_set():  # the collector runs here
                callback()

    def make_garbage() -> None:
        garbage.set()

    return program(put, make_garbage)


@kernel("getsentry/sentry-python#803", "deadlock")
def sentry_803(right: bool) -> Program:
    """A destructor logs, and logging puts into the queue whose lock the worker holds in get."""
    lock, records, sent = threading.RLock() if right else threading.Lock(), ["record"], list[str]()

    class Connection:
        def __del__(self) -> None:
            with lock:
                records.append("connection dropped")

    def log() -> None:
        with lock:
            records.append("record")

    def work() -> None:
        connection = Connection()
        with lock:
            sent.append(records.pop(0))
            del connection

    return program(log, work, holds=lambda: sent == ["record"])


@kernel("paramiko/paramiko#1634", "deadlock")
def paramiko_1634(right: bool) -> Program:
    """A destructor sends over the transport whose send lock the interrupted code holds."""
    lock, wire, later = threading.Lock(), list[str](), list[str]()

    class Channel:
        def __del__(self) -> None:
            if right:
                later.append("close")  # the holder of the lock sends it
            else:
                with lock:
                    wire.append("close")

    def send() -> None:
        channel = Channel()
        with lock:
            wire.append("data")
            del channel
            wire.extend(later)

    def ping() -> None:
        with lock:
            wire.append("ping")

    return program(send, ping, holds=lambda: sorted(wire) == ["close", "data", "ping"])


@kernel("prometheus/client_python#363", "deadlock")
def prometheus_363(right: bool) -> Program:
    """Reading a metric holds its lock; the collector runs then, and its callback increments the same metric."""
    lock, metric, garbage = threading.RLock() if right else threading.Lock(), State(value=0), threading.Event()

    def increment() -> None:
        with lock:
            metric.value += 1

    def read() -> None:
        with lock:
            if garbage.is_set():  # the collector runs here
                increment()

    return program(read, garbage.set, increment)


@kernel("eventlet/eventlet#743", "deadlock")
def eventlet_743(right: bool) -> Program:
    """A re-entrant lock forgets its owner and then frees the inner lock; a callback in between waits for itself."""
    inner, lock, log = threading.Lock(), State(owner=0, calls=0), list[str]()

    def acquire() -> None:
        me = threading.get_ident()
        if lock.owner != me:
            inner.acquire()
            lock.owner = me
        lock.calls += 1

    def release(signal: Callable[[], None]) -> None:
        lock.calls -= 1
        lock.owner = 0
        if not right:
            signal()
        inner.release()
        if right:
            signal()

    def handle_signal() -> None:
        acquire()
        log.append("signal")
        release(lambda: None)

    def use() -> None:
        acquire()
        release(handle_signal)

    return program(use, holds=lambda: log == ["signal"])
