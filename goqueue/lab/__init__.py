"""The lab: what lets people see concurrency. The queue itself never imports it."""

from .versions import catalogue, check, load

__all__ = ["catalogue", "check", "load"]
