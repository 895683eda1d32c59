"""GoKer, blocking: two locks in opposite order, and a read lock taken twice around a waiting writer."""

import threading
import time

from .groups import Once, ReadWriteLock
from .kernels import Program, State, kernel, program


@kernel("cockroach_3710", "deadlock")
def cockroach_3710(right: bool) -> Program:
    """A scan holds the read lock, and a status call in it takes the read lock again; a writer asks in between."""
    lock, store = ReadWriteLock(), State(status="idle", seen="")

    def status() -> None:
        with lock.reading():
            store.seen = store.status

    def scan() -> None:
        with lock.reading():
            if not right:
                status()
            store.seen = store.status

    def raise_log() -> None:
        with lock.writing():
            store.status = "busy"

    return program(scan, raise_log, holds=lambda: store.seen in ("idle", "busy"))


@kernel("cockroach_6181", "deadlock")
def cockroach_6181(right: bool) -> Program:
    """The cache is printed under the read lock, and its text method takes the read lock."""
    lock, said = ReadWriteLock(), list[str]()

    class Cache:
        ranges = 0

        def __str__(self) -> str:
            with lock.reading():
                return f"{self.ranges} ranges"

    cache = Cache()

    def look_up() -> None:
        with lock.reading():
            if not right:
                said.append(str(cache))
        if right:
            said.append(str(cache))

    def insert() -> None:
        with lock.writing():
            cache.ranges = 1

    return program(look_up, insert, holds=lambda: len(said) == 1)


@kernel("cockroach_7504", "deadlock")
def cockroach_7504(right: bool) -> Program:
    """Release locks the lease and then the names; acquire locks the names and then the lease."""
    lease, names = threading.Lock(), threading.Lock()
    first, second = (names, lease) if right else (lease, names)
    done = list[str]()

    def release() -> None:
        with first, second:
            done.append("released")

    def acquire() -> None:
        with names, lease:
            done.append("acquired")

    return program(release, acquire, holds=lambda: len(done) == 2)


@kernel("cockroach_10214", "deadlock")
def cockroach_10214(right: bool) -> Program:
    """Sending heartbeats takes a replica's lock under the coalescing lock; its tick takes them the other way."""
    coalescing, replica = threading.Lock(), threading.Lock()
    beats, sent = ["heartbeat"], list[str]()

    def deliver(queued: list[str]) -> None:
        with replica:
            sent.extend(queued)

    def send() -> None:
        with coalescing:
            queued = list(beats)
            beats.clear()
            if not right:
                deliver(queued)
        if right:
            deliver(queued)

    def tick() -> None:
        with replica, coalescing:
            beats.append("heartbeat")

    return program(send, tick, holds=lambda: len(beats) + len(sent) == 2)


@kernel("cockroach_16167", "deadlock")
def cockroach_16167(right: bool) -> Program:
    """One read-write lock under two names is taken for reading twice, with a writer in between."""
    executor = State(lock=ReadWriteLock(), version=0, seen=-1)
    executor.condition_lock = executor.lock

    def prepare() -> None:
        with executor.condition_lock.reading():
            if right:
                executor.seen = executor.version
            else:
                with executor.lock.reading():
                    executor.seen = executor.version

    def update() -> None:
        with executor.lock.writing():
            executor.version = 1

    return program(prepare, update, holds=lambda: executor.seen in (0, 1))


@kernel("kubernetes_13135", "deadlock")
def kubernetes_13135(right: bool) -> Program:
    """Start-caching takes the store's lock under the cacher's; the store's callback takes them the other way."""
    cacher, store, ready = threading.Lock(), threading.Lock(), Once()
    state = State(callback=None, events=0)

    def on_event() -> None:
        with cacher:
            state.events += 1

    def initialise() -> None:
        state.callback = on_event

    def start_caching() -> None:
        with store:
            ready.do(initialise)
        with cacher, store:
            pass

    def add() -> None:
        with store:
            callback = state.callback
            if callback and not right:
                callback()
        if callback and right:
            callback()

    return program(start_caching, add)


@kernel("kubernetes_62464", "deadlock")
def kubernetes_62464(right: bool) -> Program:
    """Reading the default set under the read lock asks for another set, under the read lock again."""
    lock, sets, seen = ReadWriteLock(), {"default": 4}, list[int]()

    def size(name: str) -> int:
        with lock.reading():
            return sets.get(name, 0)

    def default() -> None:
        with lock.reading():
            seen.append(sets.get("default", 0) if right else size("default"))

    def remove() -> None:
        with lock.writing():
            sets.pop("default")

    return program(default, remove, holds=lambda: seen[0] in (0, 4))


@kernel("moby_4951", "deadlock")
def moby_4951(right: bool) -> Program:
    """Delete gives the set's lock back for a pause, with the device's held, and takes it again."""
    devices, device, deleted = threading.Lock(), threading.Lock(), list[int]()

    def remove() -> None:
        devices.release()
        time.sleep(10)
        devices.acquire()
        deleted.append(1)

    def delete() -> None:
        first, second = (device, devices) if right else (devices, device)
        with first, second:
            remove()

    def delete_again() -> None:
        delete()

    return program(delete, delete_again, holds=lambda: len(deleted) == 2)
