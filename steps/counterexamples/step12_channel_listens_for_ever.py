"""Fault: after a put, the channel still listens to the context of the producer."""

from typing import TypeVar

from ..step12_worker_pool import channel as right
from ..step12_worker_pool.context import Context

T = TypeVar("T")


class Channel(right.Channel[T]):
    def put(self, ctx: Context, item: T) -> None:
        ctx.after_done(self._wake_producers)
        while not self._put_or_wait(ctx, item):
            pass
