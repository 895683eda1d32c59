"""Load, try, show and compare the versions of the course."""

from .course import Entry, catalogue, entry
from .load import load
from .trial import Result, check, gained, lost

__all__ = ["Entry", "Result", "catalogue", "check", "entry", "gained", "load", "lost"]
