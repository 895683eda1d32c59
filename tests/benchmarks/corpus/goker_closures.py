"""GoKer, non-blocking: loop variables in closures, and a wait group that grows too late."""

import threading
from collections.abc import Callable

from .groups import WaitGroup
from .kernels import Program, State, kernel, program


@kernel("cockroach_4407", "failed assertion")
def cockroach_4407(right: bool) -> Program:
    """A worker is added to the group while stop already waits for it, or has done so."""
    lock, workers, server = threading.Lock(), WaitGroup(), State(draining=False, stopped=False, late=False)

    def start_worker() -> None:
        with lock:
            if right and server.draining:
                return
            workers.add(1)
        with lock:
            server.late = server.stopped
        workers.done()

    def stop() -> None:
        with lock:
            server.draining = True
        workers.wait()
        with lock:
            server.stopped = True

    return program(start_worker, stop, holds=lambda: not server.late)


def in_a_loop(items: list[str], right: bool, work: Callable[[str], None]) -> None:
    """Start a thread for each item; the broken form's threads use the loop's variable."""
    threads = []
    for item in items:
        threads.append(threading.Thread(target=lambda bound=item: work(bound if right else item)))  # noqa: B023
        threads[-1].start()
    for thread in threads:
        thread.join()


@kernel("cockroach_35501", "failed assertion")
def cockroach_35501(right: bool) -> Program:
    """Threads that a loop starts use its variable, which has gone on."""
    checked = list[str]()

    def validate() -> None:
        in_a_loop(["first", "second"], right, checked.append)

    return program(validate, holds=lambda: sorted(checked) == ["first", "second"])


@kernel("moby_22941", "failed assertion")
def moby_22941(right: bool) -> Program:
    """As cockroach_35501; the list that the variable names is cut by the callee."""
    requests, seen = [["GET", "/info"], ["GET", "/version"]], list[list[str]]()

    def send(parts: list[str]) -> None:
        seen.append([parts.pop(0), *parts])

    def test() -> None:
        threads = []
        for request in requests:
            bound = list(request)
            threads.append(threading.Thread(target=lambda own=bound: send(own if right else request)))  # noqa: B023
            threads[-1].start()
        for thread in threads:
            thread.join()

    return program(test, holds=lambda: sorted(seen) == [["GET", "/info"], ["GET", "/version"]])


@kernel("moby_27037", "failed assertion")
def moby_27037(right: bool) -> Program:
    """Five threads format the loop's index after the loop has gone on."""
    names = list[str]()

    def create() -> None:
        in_a_loop(["1", "2", "3", "4", "5"], right, lambda number: names.append(f"container-{number}"))

    return program(create, holds=lambda: len(set(names)) == 5)
