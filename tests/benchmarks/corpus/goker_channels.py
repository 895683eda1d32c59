"""GoKer, blocking: nobody closes the channel, nobody says "done", or both ends wait."""

import threading
import time
from queue import Queue

from .channels import Channel
from .groups import Once
from .kernels import Program, kernel, program


@kernel("cockroach_2448", "deadlock")
def cockroach_2448(right: bool) -> Program:
    """Loop A sends events to loop B, which sends a callback to A while it handles one; A is in its next send."""
    changed = threading.Condition()
    events, callbacks = Channel(0, changed), Channel(0, changed)
    handled = list[str]()

    def send_events() -> None:
        left = 1
        for _ in range(2):
            while not events.send_unless("event", lambda: right and callbacks.is_waiting()):
                callbacks.receive()
                left -= 1
        if left:
            callbacks.receive()

    def handle() -> None:
        handled.append(events.receive())
        callbacks.send("callback")
        handled.append(events.receive())

    return program(send_events, handle, holds=lambda: len(handled) == 2)


@kernel("cockroach_25456", "deadlock")
def cockroach_25456(right: bool) -> Program:
    """The look whether the store stops was written as a wait for the stop, which the same thread gives later."""
    stopping, collected = threading.Event(), list[str]()

    def check() -> None:
        if not right:
            stopping.wait()
        if not stopping.is_set():
            collected.append("garbage")
        stopping.set()

    return program(check, holds=lambda: collected == ["garbage"])


@kernel("grpc_1275", "deadlock")
def grpc_1275(right: bool) -> Program:
    """Closing a stream does not wake the thread that reads its buffer, and main waits for that thread."""
    buffer, done, received = Queue[str | None](), threading.Event(), list[str]()

    def read() -> None:
        while data := buffer.get():
            received.append(data)
        done.set()

    def close() -> None:
        buffer.put("data")
        if right:
            buffer.put(None)  # the end
        done.wait()

    return program(read, close, holds=lambda: received == ["data"])


@kernel("grpc_1424", "deadlock")
def grpc_1424(right: bool) -> Program:
    """The address watcher returns without a word if the addresses are closed; a helper waits for its "done"."""
    addresses, done = Channel(), threading.Event()

    def watch() -> None:
        address = addresses.receive()
        if address or right:
            done.set()

    def dial() -> None:
        done.wait()

    def resolve() -> None:
        addresses.close()

    return program(watch, dial, resolve)


@kernel("kubernetes_70277", "deadlock")
def kubernetes_70277(right: bool) -> Program:
    """Wait-for hands its caller's stop event down as "done", and closes nothing when it returns."""
    stop = threading.Event()
    done = threading.Event() if right else stop

    def wait_for() -> None:
        time.sleep(3)  # the condition is met
        if right:
            done.set()

    def poll() -> None:
        for _ in range(20):
            if done.wait(1):
                return

    def watch() -> None:
        done.wait()

    return program(wait_for, poll, watch)


@kernel("moby_21233", "deadlock")
def moby_21233(right: bool) -> Program:
    """A reader waits for three updates, but a newer one may replace one that was not read yet."""
    updates = Channel(1)

    def write() -> None:
        for update in range(3):
            updates.try_receive()
            updates.send(update)
        if right:
            updates.close()

    def read() -> None:
        seen = 0
        while seen < 3 and updates.receive() is not None:
            seen += 1

    return program(write, read)


@kernel("syncthing_5795", "deadlock")
def syncthing_5795(right: bool) -> Program:
    """Close waits for the dispatcher to end; the dispatcher calls back, and the callback calls close."""
    ended, closing = threading.Event(), Once()

    def close() -> None:
        closing.do(lambda: None if right else ended.wait())

    def dispatch() -> None:
        close()  # what the callback does
        ended.set()

    def use() -> None:
        close()
        ended.wait()

    return program(dispatch, use)
