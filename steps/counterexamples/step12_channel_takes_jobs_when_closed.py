"""Fault: a closed channel still accepts jobs, which no worker will ever run."""

from ..step12_worker_pool import channel as right
from ..step12_worker_pool.context import Context


class Channel(right.Channel[right.T]):
    def put(self, ctx: Context, item: right.T) -> None:
        with self._lock:
            if self._closed:
                self._items.append(item)
                return
        super().put(ctx, item)
