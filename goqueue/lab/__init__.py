"""The lab: what lets people see concurrency. The queue itself never imports it."""

from .versions import catalogue, check, diff, load, matrix, show

__all__ = ["catalogue", "check", "diff", "load", "matrix", "show"]
