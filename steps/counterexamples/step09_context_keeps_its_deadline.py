"""Fault: what is done after the end of a context still has its deadline."""

from ..step09_context import context as right


class Context(right.Context):
    def without_cancel(self) -> right.Context:
        apart = super().without_cancel()
        apart._deadline = self._deadline
        return apart

    def _child(self, deadline: float | None, values: dict[str, object]) -> right.Context:
        child = super()._child(deadline, values)
        child.__class__ = Context
        return child
