"""GoKer, blocking: a send that nobody receives any more."""

import threading
import time
from contextlib import suppress
from queue import Full, Queue

from .channels import Channel
from .groups import WaitGroup
from .kernels import Program, kernel, program


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
