"""Fault: put checks for the end before it takes the lock. If the end comes between check and wait, put sleeps on."""

from ..step12_worker_pool import channel as right
from ..step12_worker_pool.context import Context


class Channel(right.Channel[right.T]):
    def _put_or_wait(self, ctx: Context, item: right.T) -> bool:
        ctx.raise_if_done()
        if self._closed:
            raise RuntimeError("the queue has stopped and takes no more jobs: submit to one that runs")
        with self._lock:
            if len(self._items) < self._size:
                self._items.append(item)
                self._ready.notify()
                return True
            self._room.wait(ctx.remaining())
            return False
