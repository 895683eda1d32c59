"""Fault: a value is written into the dict that parent and child share."""

from ..step09_context import context as right


class Context(right.Context):
    def with_value(self, key: str, value: object) -> right.Context:
        self._values[key] = value
        return self.with_cancel()
