"""GoKer, blocking: a lock that is not given back."""

import threading

from .groups import ReadWriteLock
from .kernels import Program, State, kernel, program


@kernel("cockroach_584", "deadlock")
def cockroach_584(right: bool) -> Program:
    """The loop leaves by `break` with the lock held; the other thread waits for it."""
    lock, gossip = threading.Lock(), State(closed=False)

    def manage() -> None:
        for _ in range(2):
            lock.acquire()
            if gossip.closed:
                if right:
                    lock.release()
                break
            lock.release()

    def close() -> None:
        with lock:
            gossip.closed = True
        with lock:
            pass

    return program(manage, close)


@kernel("etcd_5509", "deadlock")
def etcd_5509(right: bool) -> Program:
    """Acquire returns an error with the read lock held; close wants the write lock a second time."""
    lock, client = ReadWriteLock(), State(closed=False)

    def acquire() -> None:
        lock.lock_to_read()
        if client.closed and not right:
            return  # with an error
        lock.unlock_read()

    def close() -> None:
        with lock.writing():
            client.closed = True
        with lock.writing():
            pass

    return program(acquire, close)


@kernel("grpc_795", "deadlock")
def grpc_795(right: bool) -> Program:
    """Graceful stop locks where it should unlock, if the server drains already."""
    lock, server = threading.Lock(), State(draining=False)

    def stop() -> None:
        lock.acquire()
        if server.draining:
            if right:
                lock.release()
            else:
                lock.acquire()
            return
        server.draining = True
        lock.release()

    return program(stop, stop)


@kernel("moby_7559", "deadlock")
def moby_7559(right: bool) -> Program:
    """The loop goes on with the next pass, locked, after an error."""
    lock, network = threading.Lock(), State(down=False)

    def connect() -> None:
        for _ in range(2):
            lock.acquire()
            if network.down:
                if right:
                    lock.release()
                continue
            lock.release()

    def disconnect() -> None:
        with lock:
            network.down = True

    return program(connect, disconnect)


@kernel("moby_17176", "deadlock")
def moby_17176(right: bool) -> Program:
    """Counting returns early, locked, if there is nothing to count."""
    lock, devices = threading.Lock(), list[str]()

    def count() -> None:
        lock.acquire()
        if not devices:
            if right:
                lock.release()
            return
        lock.release()

    def add() -> None:
        with lock:
            devices.append("sda")

    return program(count, add)
