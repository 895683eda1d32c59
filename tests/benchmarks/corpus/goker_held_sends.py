"""GoKer, blocking: a thread waits at a channel with the lock held that the other side needs."""

import queue
import threading
import time

from .channels import Channel
from .kernels import Program, State, kernel, program


@kernel("etcd_6873", "deadlock")
def etcd_6873(right: bool) -> Program:
    """Stop waits, locked, for the loop to end; the loop needs the lock to merge its last update."""
    lock, updates, merged = threading.Lock(), Channel(1), list[str]()
    done = threading.Event()

    def run() -> None:
        while update := updates.receive():
            with lock:
                merged.append(update)
        done.set()

    def stop() -> None:
        updates.send("update")
        with lock:
            updates.close()
            if not right:
                done.wait()
        done.wait()

    return program(run, stop, holds=lambda: merged == ["update"])


@kernel("etcd_7443", "deadlock")
def etcd_7443(right: bool) -> Program:
    """Taking an address down notifies under the balancer's lock; the reader of notifications is the same loop."""
    lock, notified, balancer = threading.Lock(), Channel(1), State(addresses=["a", "b"])

    def down() -> None:
        with lock:
            balancer.addresses.pop()
            if right:
                notified.try_send("down")  # one that waits already says the same
            else:
                notified.send("down")

    def take_both_down() -> None:
        down()
        down()

    def loop() -> None:
        with lock:
            balancer.addresses.append("c")
        notified.receive()

    return program(take_both_down, loop)


@kernel("etcd_7492", "deadlock")
def etcd_7492(right: bool) -> Program:
    """Assigning a token sends under the tokens' lock; the keeper takes that lock at each tick, and reads afterwards."""
    lock, added, tokens = threading.Lock(), queue.Queue[str](1), dict[str, int]()

    def assign(name: str) -> None:
        with lock:
            tokens[name] = 1
            if not right:
                added.put(name)
        if right:
            added.put(name)

    def assign_three() -> None:
        time.sleep(1)
        for name in "abc":
            assign(name)

    def keep() -> None:
        left = 3
        while left:
            try:
                added.get(timeout=1)
                left -= 1
            except queue.Empty:
                with lock:
                    tokens.pop("old", None)

    return program(assign_three, keep, holds=lambda: len(tokens) == 3)


@kernel("etcd_7902", "deadlock")
def etcd_7902(right: bool) -> Program:
    """Followers wait for the next round under the lock that the leader needs to begin it."""
    lock, next_round, released = threading.Lock(), threading.Event(), list[str]()

    def release(name: str) -> None:
        if name == "leader":
            next_round.set()
        else:
            next_round.wait()
        released.append(name)

    def finish(name: str) -> None:
        if right:
            release(name)
        else:
            with lock:
                release(name)

    def follow() -> None:
        finish("follower")

    def lead() -> None:
        finish("leader")

    return program(follow, follow, lead, holds=lambda: len(released) == 3)


@kernel("grpc_1353", "deadlock")
def grpc_1353(right: bool) -> Program:
    """The address watcher sends under the lock; the reader needs the lock to handle the update before."""
    lock, updates, down = threading.Lock(), Channel(1), list[str]()

    def watch() -> None:
        for update in ("a", "b"):
            with lock:
                if right:
                    updates.try_receive()  # only the newest counts, and there is room for it
                updates.send(update)

    def read() -> None:
        with lock:
            down.append("address")
        updates.receive()

    return program(watch, read)
