"""Fault: it starts one worker more than it was told."""

from ..step12_worker_pool import pool as right
from ..step12_worker_pool.registry import Registry
from ..step12_worker_pool.storage import JobStorage


class Pool(right.Pool):
    def __init__(self, worker_count: int, buffer_size: int, storage: JobStorage, registry: Registry) -> None:
        super().__init__(worker_count + 1, buffer_size, storage, registry)
