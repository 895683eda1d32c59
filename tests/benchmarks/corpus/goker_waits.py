"""GoKer, blocking: contexts that nobody cancels, and timers."""

import threading
import time
from contextlib import suppress
from queue import Empty, Queue

from .channels import Channel
from .kernels import Program, State, kernel, program


@kernel("cockroach_10790", "deadlock")
def cockroach_10790(right: bool) -> Program:
    """A helper drains the channels of all commands, also of the one whose sender left when the context was done."""
    changed = threading.Condition()
    commands, cancelled = [Channel(1, changed), Channel(1, changed)], Channel(0, changed)
    left = [Channel(0, changed), Channel(0, changed)]

    def execute() -> None:
        for command, gone in zip(commands, left, strict=True):
            if not cancelled.was_closed():
                command.send("result")
            gone.close()

    def drain() -> None:
        cancelled.wait_closed()
        for command, gone in zip(commands, left, strict=True):
            command.receive_unless(lambda gone=gone: right and gone.closed)  # type: ignore[misc]

    def cancel() -> None:
        cancelled.close()

    return program(execute, drain, cancel)


@kernel("cockroach_13197", "deadlock")
def cockroach_13197(right: bool) -> Program:
    """Begin starts a watcher of the transaction's context; an error drops the transaction uncancelled."""
    cancelled, broken = threading.Event(), threading.Event()

    def watch() -> None:
        cancelled.wait()

    def begin() -> None:
        if broken.is_set() and not right:
            return  # with an error
        cancelled.set()  # at the end of the transaction

    def lose_connection() -> None:
        broken.set()

    return program(watch, begin, lose_connection)


@kernel("cockroach_13755", "deadlock")
def cockroach_13755(right: bool) -> Program:
    """The caller reads one row and forgets to close the result set, whose watcher waits for that."""
    closed, rows = threading.Event(), Queue[str]()

    def watch() -> None:
        rows.put("row")
        closed.wait()

    def query() -> None:
        try:
            rows.get()
        finally:
            if right:
                closed.set()

    return program(watch, query)


@kernel("grpc_862", "livelock")
def grpc_862(right: bool) -> Program:
    """Dial gives up when its caller's context is done, but leaves the loop that connects again and again."""
    callers, connections = threading.Event(), threading.Event()

    def reconnect() -> None:
        while not connections.wait(1):
            pass  # the server is down

    def dial() -> None:
        callers.wait()
        if right:
            connections.set()

    def cancel() -> None:
        time.sleep(3)
        callers.set()

    return program(reconnect, dial, cancel)


@kernel("istio_18454", "deadlock")
def istio_18454(right: bool) -> Program:
    """A reset stops the timer and, if it has fired, empties its channel; another has read that already."""
    lock, fired, timer = threading.Lock(), Queue[str](1), State(stopped=False)

    def tick() -> None:
        time.sleep(5)
        with lock:
            was_stopped, timer.stopped = timer.stopped, True
        if not was_stopped:
            fired.put("tick")

    def reset() -> None:
        time.sleep(5)
        with lock:
            was_stopped, timer.stopped = timer.stopped, True
        if was_stopped:
            with suppress(Empty):
                fired.get(block=not right)

    def read() -> None:
        with suppress(Empty):
            fired.get(timeout=6)

    return program(tick, reset, read)


@kernel("kubernetes_25331", "deadlock")
def kubernetes_25331(right: bool) -> Program:
    """A watcher sends its error to results that nobody reads after stop; cancelling does not reach the send."""
    changed = threading.Condition()
    results, cancelled = Channel(0, changed), Channel(0, changed)

    def watch() -> None:
        results.send_unless("error", lambda: right and cancelled.closed)

    def stop() -> None:
        results.try_receive()
        cancelled.close()

    return program(watch, stop)


@kernel("moby_33781", "deadlock")
def moby_33781(right: bool) -> Program:
    """The monitor leaves on "stop" without reading the result that a probe is about to send."""
    changed = threading.Condition()
    result, stopped = Channel(1 if right else 0, changed), Channel(0, changed)

    def probe() -> None:
        time.sleep(1)
        result.send("healthy")

    def monitor() -> None:
        result.receive_unless(stopped.is_closed)

    def stop() -> None:
        time.sleep(1)
        stopped.close()

    return program(probe, monitor, stop)
