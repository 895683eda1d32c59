"""concurrent.futures: a future that is cancelled by shutdown()."""

from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from threading import Event

from .threads import together


def ends(cancel: bool) -> None:
    """One thread waits for all futures while the other shuts the executor down."""
    executor = ThreadPoolExecutor(1)
    started = Event()

    def work() -> None:
        started.wait()

    futures: list[Future[None]] = [executor.submit(work), executor.submit(work)]

    def collect() -> None:
        list(as_completed(futures))

    def stop() -> None:
        executor.shutdown(wait=False, cancel_futures=cancel)
        started.set()

    together(collect, stop)


def gh_87893() -> None:
    """A future that was cancelled and that no worker took is never reported to as_completed()."""
    ends(True)


def gh_87893_repaired() -> None:
    """The same without cancel_futures=."""
    ends(False)
