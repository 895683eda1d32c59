"""GoKer, non-blocking: data races on variables of a module, fields, dicts and lists."""

import threading

from .groups import ReadWriteLock, WaitGroup
from .kernels import NO_LOCK, Program, State, kernel, lock_if, program

SETTINGS = State(interval=600, timeout=20)  # what the projects keep in variables of a module


@kernel("etcd_4876", "data race")
def etcd_4876(right: bool) -> Program:
    """A test shortens a progress interval while a stream from before reads it."""
    interval, seen = SETTINGS.interval, list[int]()

    def stream() -> None:
        seen.append(interval if right else SETTINGS.interval)

    def shorten() -> None:
        SETTINGS.interval = 600

    return program(stream, shorten)


@kernel("etcd_9446", "exception in a thread")
def etcd_9446(right: bool) -> Program:
    """A reset empties the map key by key while a reader walks it."""
    lock, buffer, seen = lock_if(right), {"a": 1, "b": 2}, list[int]()

    def reset() -> None:
        with lock:
            for key in list(buffer):
                del buffer[key]

    def read() -> None:
        with lock:
            for key in buffer:
                seen.append(buffer[key])

    return program(reset, read)


@kernel("grpc_1748", "data race")
def grpc_1748(right: bool) -> Program:
    """A minimum timeout is restored at the end of a test while connections read it."""
    connected = WaitGroup(2)

    def connect() -> None:
        assert SETTINGS.timeout == 20
        connected.done()

    def end_test() -> None:
        if right:
            connected.wait()
        SETTINGS.timeout = 20

    return program(connect, connect, end_test)


@kernel("istio_16742", "data race")
def istio_16742(right: bool) -> Program:
    """A field is written with the lock held for reading only."""
    lock, proxies, seen = ReadWriteLock(), {"proxy": State(version=1)}, list[int]()

    def push() -> None:
        with lock.writing() if right else lock.reading():
            proxies["proxy"].version = 2

    def read() -> None:
        with lock.reading():
            seen.append(proxies["proxy"].version)

    return program(push, read)


@kernel("kubernetes_77796", "failed assertion")
def kubernetes_77796(right: bool) -> Program:
    """The buffer is cut to nothing under the lock, and walked after unlocking; another does the same."""
    lock, sink, sent = threading.Lock(), State(buffer=list[str]()), list[str]()

    def flush(event: str) -> None:
        with lock:
            sink.buffer = []
            sink.buffer.append(event)
            taken = list(sink.buffer)
        for one in taken if right else sink.buffer:
            sent.append(one)

    def first() -> None:
        flush("first")

    def second() -> None:
        flush("second")

    return program(first, second, holds=lambda: sorted(sent) == ["first", "second"])


@kernel("kubernetes_89164", "failed assertion")
def kubernetes_89164(right: bool) -> Program:
    """As kubernetes_77796, but one dispatcher is awaited before the next begins: only the background one races."""
    lock, sink, sent = threading.Lock(), State(buffer=list[str]()), list[str]()

    def flush(event: str) -> None:
        with lock:
            sink.buffer = [event]
            taken = sink.buffer
        for one in taken if right else sink.buffer:
            sent.append(one)

    def background() -> None:
        flush("background")

    def one_after_the_other() -> None:
        for event in ("first", "second"):
            thread = threading.Thread(target=flush, args=(event,))
            thread.start()
            thread.join()

    return program(background, one_after_the_other, holds=lambda: len(set(sent)) == 3)


@kernel("kubernetes_79631", "exception in a thread")
def kubernetes_79631(right: bool) -> Program:
    """A flush pops from the heap's map under the lock; get-by-key looks and reads without it."""
    lock, pods, seen = threading.Lock(), {"pod": 1}, list[int]()

    def flush() -> None:
        with lock:
            pods.pop("pod")

    def get() -> None:
        with lock if right else NO_LOCK:
            if "pod" in pods:
                seen.append(pods["pod"])

    return program(flush, get)


@kernel("kubernetes_81148", "data race")
def kubernetes_81148(right: bool) -> Program:
    """A test changes the time stamp of an entry directly; the flusher reads it under the lock."""
    lock, entries, old = threading.Lock(), {"pod": State(stamp=0)}, list[str]()

    def flush() -> None:
        with lock:
            if entries["pod"].stamp < 60:
                old.append("pod")

    def age() -> None:
        with lock if right else NO_LOCK:
            entries["pod"].stamp = 30

    return program(flush, age, holds=lambda: old == ["pod"])


@kernel("kubernetes_82239", "exception in a thread")
def kubernetes_82239(right: bool) -> Program:
    """A worker copies annotations key by key, while the test adds one."""
    lock, notes, copies = lock_if(right), {"a": "1", "b": "2"}, list[dict[str, str]]()

    def copy() -> None:
        with lock:
            copies.append({key: value for key, value in notes.items()})  # noqa: C416

    def annotate() -> None:
        with lock:
            notes["c"] = "3"

    return program(copy, annotate)


@kernel("serving_3148", "failed assertion")
def serving_3148(right: bool) -> Program:
    """A hook puts a reactor in front of the fake's chain while the controller walks the chain."""
    fake, seen, installed = State(chain=["default"]), list[str](), threading.Event()

    def install() -> None:
        fake.chain = ["hook", *fake.chain]
        installed.set()

    def control() -> None:
        if right:
            installed.wait()
        for reactor in fake.chain:
            seen.append(reactor)

    return program(control, install, holds=lambda: seen[0] == "hook")
