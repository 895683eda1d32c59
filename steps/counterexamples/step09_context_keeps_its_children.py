"""Fault: a child that has ended stays in its parent for ever, and so does all that it holds."""

from ..step09_context import context as right


class Context(right.Context):
    def _forget(self, key: object) -> None: ...
