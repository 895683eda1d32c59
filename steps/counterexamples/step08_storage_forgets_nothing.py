"""Fault: a storage that was cleared still holds its jobs."""

from ..step08_baseline import storage as right


class MemoryStorage(right.MemoryStorage):
    def clear_storage(self) -> None: ...
