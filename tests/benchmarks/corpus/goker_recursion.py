"""GoKer, blocking: a thread takes the lock that it holds."""

import threading

from .groups import Once, ReadWriteLock
from .kernels import Program, State, kernel, program


@kernel("cockroach_9935", "deadlock")
def cockroach_9935(right: bool) -> Program:
    """Writing a log line fails with the lock held, and the way out takes the same lock."""
    lock, log = threading.Lock(), State(open=True)

    def leave() -> None:
        with lock:
            log.open = False

    def write() -> None:
        lock.acquire()
        failed = not log.open
        if not failed or right:
            lock.release()
        if failed:
            leave()

    return program(write, leave)


@kernel("etcd_10492", "deadlock")
def etcd_10492(right: bool) -> Program:
    """Renewing a lease calls the checkpoint function under the lock that this function takes."""
    lock, lease = threading.Lock(), State(checkpoints=0)

    def checkpoint() -> None:
        with lock:
            lease.checkpoints += 1

    def renew() -> None:
        with lock:
            if not right:
                checkpoint()
        if right:
            checkpoint()

    return program(renew, renew, holds=lambda: lease.checkpoints == 2)


@kernel("etcd_6708", "deadlock")
def etcd_6708(right: bool) -> Program:
    """Sync holds the write lock and asks through a method that takes the read lock."""
    lock, members, asked = ReadWriteLock(), ["first"], list[str]()

    def ask() -> None:
        with lock.reading():
            asked.append(members[0])

    def sync() -> None:
        if right:
            ask()
        with lock.writing():
            if not right:
                ask()
            members.append("second")

    return program(sync, ask, holds=lambda: asked == ["first", "first"])


@kernel("hugo_5379", "deadlock")
def hugo_5379(right: bool) -> Program:
    """Rendering holds the content lock, and comes through a once-block to code that takes it again."""
    lock, once, page = threading.Lock(), Once(), State(content="")

    def prepare() -> None:
        if right:  # the caller holds it
            page.content = "text"
        else:
            with lock:
                page.content = "text"

    def render() -> None:
        with lock:
            once.do(prepare)

    return program(render, render, holds=lambda: page.content == "text")


@kernel("moby_36114", "deadlock")
def moby_36114(right: bool) -> Program:
    """A method that is called with the lock held takes it again."""
    lock, volumes = threading.RLock() if right else threading.Lock(), list[str]()

    def attach(name: str) -> None:
        with lock:
            volumes.append(name)

    def add(name: str) -> None:
        with lock:
            attach(name)

    def add_one() -> None:
        add("one")

    def add_two() -> None:
        add("two")

    return program(add_one, add_two, holds=lambda: len(volumes) == 2)


@kernel("syncthing_4829", "deadlock")
def syncthing_4829(right: bool) -> Program:
    """Clearing addresses notifies under the write lock, and notify takes the read lock."""
    lock, mapping = ReadWriteLock(), State(addresses=list[str](), notified=0)

    def notify() -> None:
        with lock.reading():
            mapping.notified += 1

    def clear() -> None:
        with lock.writing():
            there, mapping.addresses = mapping.addresses, []
            if there and not right:
                notify()
        if there and right:
            notify()

    def add() -> None:
        with lock.writing():
            mapping.addresses = ["192.0.2.1"]

    return program(clear, add)
