"""f"{thing}": one step, which reads all that the text shows, and one more after each method in Python that answers."""

from __future__ import annotations

from typing import Any

from ...engine.active import here
from .library.general_rule import generic
from .operators import SIMPLE

CONVERSIONS: dict[int, Any] = {ord("s"): str, ord("r"): repr, ord("a"): ascii}  # as in {thing!r}


def form(thing: Any, conversion: int, spec: str, text: str, site: int) -> str:
    """One field of an f-string"""
    run = here()
    convert = CONVERSIONS.get(conversion)
    if run is None or type(thing) in SIMPLE:
        return format(thing if convert is None else convert(thing), spec)
    if convert is not None:
        return format(generic(run, convert, text, site, (thing,), {}), spec)
    return str(generic(run, format, text, site, (thing, spec), {}))
