"""Fault: the buffer accepts every job, so only memory limits it."""

from ..step12_worker_pool import channel as right


class Channel(right.Channel[right.T]):
    def __init__(self, size: int) -> None:
        super().__init__(1_000_000_000)
