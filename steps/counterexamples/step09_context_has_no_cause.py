"""Fault: a context that was cancelled does not say why."""

from ..step09_context import context as right


class Context(right.Context):
    def cancel(self, cause: object = None) -> None:
        super().cancel()
