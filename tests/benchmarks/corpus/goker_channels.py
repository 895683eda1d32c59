"""GoKer, blocking: a channel that nobody reads, that nobody closes, or that both ends wait for."""

import threading
import time
from contextlib import suppress
from queue import Full, Queue

from .channels import Channel
from .groups import Once, WaitGroup
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


@kernel("cockroach_24808", "deadlock")
def cockroach_24808(right: bool) -> Program:
    """Start puts a token into a channel of one, and is its only reader; a suggestion may have put one before."""
    tokens = Queue[str](1)

    def suggest() -> None:
        with suppress(Full):
            tokens.put_nowait("compact")

    def start() -> None:
        with suppress(Full):
            tokens.put("compact", block=not right)
        tokens.get()

    return program(suggest, start)


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


@kernel("cockroach_35073", "deadlock")
def cockroach_35073(right: bool) -> Program:
    """A receiver that fails as it starts leaves its channel open, which the sender fills."""
    changed = threading.Condition()
    rows, closed, ready = Channel(1, changed), Channel(0, changed), WaitGroup(1)

    def receive() -> None:
        if right:
            closed.close()
        ready.done()  # and fails

    def send() -> None:
        for row in range(2):
            rows.send_unless(row, closed.is_closed)
        ready.wait()

    return program(receive, send)


@kernel("cockroach_1462", "deadlock")
def cockroach_1462(right: bool) -> Program:
    """The stop comes between the producer's look and its send; the consumer has gone."""
    changed = threading.Condition()
    events, stopping, workers = Channel(0, changed), Channel(0, changed), WaitGroup(2)

    def produce() -> None:
        if not stopping.was_closed():
            events.send_unless("event", lambda: right and stopping.closed)
        workers.done()

    def consume() -> None:
        events.receive_unless(stopping.is_closed)
        workers.done()

    def stop() -> None:
        stopping.close()
        workers.wait()

    return program(produce, consume, stop)


@kernel("etcd_6857", "deadlock")
def etcd_6857(right: bool) -> Program:
    """A status request is sent to a loop that has ended."""
    changed = threading.Condition()
    requests, stopping, done = (Channel(0, changed) for _ in range(3))

    def run() -> None:
        requests.receive_unless(stopping.is_closed)
        done.close()

    def status() -> None:
        requests.send_unless("status", lambda: right and done.closed)

    def stop() -> None:
        stopping.close()
        done.wait_closed()

    return program(run, status, stop)


@kernel("grpc_660", "deadlock")
def grpc_660(right: bool) -> Program:
    """The benchmark's loop ends on "stop" and leaves a worker that still sends to it."""
    changed = threading.Condition()
    done, stopped = Channel(1 if right else 0, changed), Channel(0, changed)

    def call() -> None:
        done.send("done")

    def measure() -> None:
        done.receive_unless(stopped.is_closed)

    def stop() -> None:
        stopped.close()

    return program(call, measure, stop)


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


@kernel("kubernetes_38669", "deadlock")
def kubernetes_38669(right: bool) -> Program:
    """A watcher begins by sending its first events; stop is called before anybody reads them."""
    changed = threading.Condition()
    results, stopped = Channel(0, changed), Channel(0, changed)

    def watch() -> None:
        for event in ("first", "second"):
            if not results.send_unless(event, lambda: right and stopped.closed):
                break

    def stop() -> None:
        results.receive()
        stopped.close()

    return program(watch, stop)


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


@kernel("moby_4395", "deadlock")
def moby_4395(right: bool) -> Program:
    """A helper sends the outcome on an unbuffered channel that its caller has stopped reading."""
    outcome = Channel(1 if right else 0)

    def work() -> None:
        time.sleep(5)
        outcome.send("done")

    def call() -> None:
        outcome.receive_unless(lambda: False, timeout=5)

    return program(work, call)


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


@kernel("moby_33293", "deadlock")
def moby_33293(right: bool) -> Program:
    """On an error, the function sends it on an unbuffered channel before it returns that channel."""

    def collect() -> Channel:
        errors = Channel(1 if right else 0)
        errors.send("no such container")
        return errors

    def call() -> None:
        collect().receive()

    return program(call)


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
