"""urllib3: its pools of connections."""

from urllib3 import PoolManager

from .threads import together


def urllib3_1252() -> None:
    """A manager that is full closes the pool that was used least, though a thread is about to use it."""
    manager = PoolManager(num_pools=1)

    def use() -> None:
        pool = manager.connection_from_host("first.example")
        pool._get_conn()

    def evict() -> None:
        manager.connection_from_host("second.example")

    together(use, evict)
