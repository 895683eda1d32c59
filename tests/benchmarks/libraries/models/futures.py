"""concurrent.futures: a future that is cancelled by shutdown()."""

from concurrent.futures import ThreadPoolExecutor, as_completed
from threading import Event

from .threads import together


def ends(cancel: bool) -> None:
    """One thread waits for a queued future while the other shuts the executor down."""
    executor = ThreadPoolExecutor(1)
    started = Event()

    def work() -> None:
        started.wait()

    executor.submit(work)
    queued = executor.submit(work)

    def collect() -> None:
        list(as_completed([queued]))

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
