"""filelock: locks that are to be one object for each path."""

from filelock import SoftFileLock

from .threads import together


def filelock_581() -> None:
    """Two threads see that there is no lock for a path yet, and each makes one."""
    made = []

    def make() -> None:
        made.append(SoftFileLock("one.lock", is_singleton=True))

    together(make, make)
    assert made[0] is made[1]
