"""Fault: neither the type nor the payload is checked."""

from ..step08_baseline import job as right


class Job(right.Job):
    def __post_init__(self) -> None:
        pass
