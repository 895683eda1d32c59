"""fasteners: its lock for readers and writers."""

from fasteners import ReaderWriterLock

from .threads import together


def fasteners_86() -> None:
    """A writer that reads too waits for a writer that waits for it."""
    lock = ReaderWriterLock()

    def write_and_read() -> None:
        with lock.write_lock(), lock.read_lock():
            pass

    def write() -> None:
        with lock.write_lock():
            pass

    together(write_and_read, write)
