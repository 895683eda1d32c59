"""GoKer, blocking: a thread waits at a channel with the lock held that the other side needs, continued."""

import threading
import time

from .channels import Channel
from .kernels import Program, State, kernel, program


@kernel("grpc_1460", "deadlock")
def grpc_1460(right: bool) -> Program:
    """The keep-alive loop waits, locked, for "awake"; a new stream needs the lock before it says so."""
    lock, awake, transport = threading.Lock(), threading.Event(), State(streams=0)

    def keep_alive() -> None:
        with lock:
            dormant = transport.streams == 0
            if dormant and not right:
                awake.wait()
        if dormant:
            awake.wait()

    def new_stream() -> None:
        with lock:
            transport.streams += 1
            awake.set()

    return program(keep_alive, new_stream, holds=lambda: transport.streams == 1)


@kernel("istio_16224", "deadlock")
def istio_16224(right: bool) -> Program:
    """The handler sends under the lock on an unbuffered channel; the reader takes the lock first."""
    lock, events, seen = threading.Lock(), Channel(1 if right else 0), list[str]()

    def handle() -> None:
        with lock:
            events.send("event")

    def test() -> None:
        with lock:
            seen.append("looked")
        seen.append(events.receive())

    return program(handle, test, holds=lambda: seen == ["looked", "event"])


@kernel("istio_17860", "deadlock")
def istio_17860(right: bool) -> Program:
    """A waiter sends its exit status to a loop that has ended with the context."""
    changed = threading.Condition()
    statuses, cancelled = Channel(0, changed), Channel(0, changed)

    def wait_for_process() -> None:
        time.sleep(1)  # the process lives that long
        statuses.send_unless("exited", lambda: right and cancelled.closed)

    def run() -> None:
        statuses.receive_unless(cancelled.is_closed)

    def cancel() -> None:
        time.sleep(1)
        cancelled.close()

    return program(wait_for_process, run, cancel)


@kernel("kubernetes_1321", "deadlock")
def kubernetes_1321(right: bool) -> Program:
    """Distribute sends under the lock; stop, which would release it, needs the lock."""
    changed = threading.Condition()
    lock, results, stopped = threading.Lock(), Channel(0, changed), Channel(0, changed)

    def distribute() -> None:
        with lock:
            results.send_unless("result", stopped.is_closed)

    def stop() -> None:
        if right:
            stopped.close()
        with lock:
            if not right:
                stopped.close()

    return program(distribute, stop)


@kernel("kubernetes_6632", "deadlock")
def kubernetes_6632(right: bool) -> Program:
    """Writing a frame sends "reset" on a full channel under the write lock, which the monitor needs for "closed"."""
    lock, resets, closed = threading.Lock(), Channel(1), list[str]()
    resets.send("reset")

    def write_frame() -> None:
        with lock:
            resets.send("reset")

    def drain() -> None:
        if right:
            resets.receive()

    def monitor() -> None:
        with lock:
            closed.append("closed")
        if not right:
            resets.receive()

    return program(write_frame, monitor, drain, holds=lambda: closed == ["closed"])


@kernel("kubernetes_10182", "deadlock")
def kubernetes_10182(right: bool) -> Program:
    """Set-status sends under the lock; the reader takes the lock in the middle of a batch of two."""
    lock, updates, statuses = threading.Lock(), Channel(), dict[str, str]()

    def set_status(name: str) -> None:
        with lock:
            statuses[name] = "running"
            if not right:
                updates.send(name)
        if right:
            updates.send(name)

    def set_one() -> None:
        set_status("one")

    def set_two() -> None:
        set_status("two")

    def sync() -> None:
        for _ in range(2):
            name = updates.receive()
            with lock:
                del statuses[name]

    return program(set_one, set_two, sync, holds=lambda: not statuses)


@kernel("kubernetes_26980", "deadlock")
def kubernetes_26980(right: bool) -> Program:
    """Pop waits, locked, until the stop channel closes; who would close it takes that lock."""
    lock, stopped, listener = threading.Condition(), threading.Event(), State(pending=0)

    def pop() -> None:
        with lock:
            listener.pending += 1
            if not right:
                stopped.wait()
        stopped.wait()

    def stop() -> None:
        with lock:
            listener.pending += 1
        stopped.set()

    return program(pop, stop, holds=lambda: listener.pending == 2)
