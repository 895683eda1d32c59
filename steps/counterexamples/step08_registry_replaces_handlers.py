"""Fault: a second registration silently replaces the first."""

from ..step08_baseline import registry as right


class Registry(right.Registry):
    def register_handler(self, job_type: str, handler: right.Handler) -> None:
        self._handlers.pop(job_type, None)
        super().register_handler(job_type, handler)
