"""Functions of @singledispatch: a call looks in a registry for the function to call; show.register(kind) adds to it.

Such a function keeps what it has found longer than a run takes. So each run forgets that when it first calls the
function, and the next run finds the same registry.
"""

from __future__ import annotations

from types import FunctionType
from typing import Any

from ....doubles.stage.snapshots import Snapshots
from ....engine.places import place_of
from ....engine.run import Run
from ....engine.words import READ, WRITE
from ...objects.abstract_classes import is_abstract, registries
from ..callbacks import Touched
from .library_code import line_by_line

# Of the library's functions behind a call, those that look in the registry.
LOOKING = frozenset(["dispatch", "_find_impl", "_compose_mro", "<listcomp>", "is_related"])

WRAPPER = "singledispatch.<locals>.wrapper"


class Registry:
    """What a function of @singledispatch knows when a run first calls it."""

    def __init__(self, cells: dict[str, Any]) -> None:
        self._cells = cells
        self._token, self._known = cells["cache_token"].cell_contents, dict(cells["registry"].cell_contents)
        cells["dispatch_cache"].cell_contents.clear()

    def restore(self) -> None:
        """Let it know the same again, in the same order."""
        registry = self._cells["registry"].cell_contents
        registry.clear()
        registry.update(self._known)
        self._cells["cache_token"].cell_contents = self._token
        self._cells["dispatch_cache"].cell_contents.clear()


def dispatching(run: Run, function: Any, site: int, args: Any, options: Any) -> Any:
    """show(order), show.dispatch(Order), show.register(Order, function)"""
    name = function.__code__.co_qualname
    cells = cells_of(function)
    inner = cells["dispatch"].cell_contents if name == WRAPPER else function
    cells = cells_of(inner)
    if not {"registry", "dispatch_cache", "cache_token"} <= cells.keys():
        return function(*args, **options)
    registry = cells["registry"].cell_contents
    Snapshots.take(registry, lambda _: Registry(cells))
    if name.endswith("register"):
        run.together([(place_of(run, registry, "registry"), WRITE)], site)
        return function(*args, **options)
    touched: Touched = [(place_of(run, registry, "registry"), READ)]
    touched += [(place_of(run, each), READ) for each in registries(filter(is_abstract, registry))]
    return line_by_line(run, function, touched, site, looks)(*args, **options)


def looks(frame: Any) -> bool:
    """Whether a function of the library looks in the registry."""
    return frame.f_code.co_name in LOOKING


def cells_of(function: FunctionType) -> dict[str, Any]:
    """Return what a function holds of the function around it, by name."""
    return dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
