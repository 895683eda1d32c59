"""Load, try, show and compare the versions of the course."""

from .course import Entry, catalogue, entry
from .diff import Diff, diff
from .load import load
from .matrix import Matrix, matrix
from .show import show
from .trial import Checks, Result, check, gained, lost

__all__ = [
    "Checks",
    "Diff",
    "Entry",
    "Matrix",
    "Result",
    "catalogue",
    "check",
    "diff",
    "entry",
    "gained",
    "load",
    "lost",
    "matrix",
    "show",
]
