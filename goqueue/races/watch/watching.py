"""Watch the code that a model runs through: swap the code of its functions, then restore it.

    every function of the process ── selected by file ── watched form ── function.__code__ = the watched form
                                          ^
                                          └── in each run, notice what else the model runs through; then begin anew

Nothing is imported again, so classes, functions and objects keep their identity. Functions that are made while the
model runs come from watched code already.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterable, Iterator
from types import CodeType, FunctionType
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from ..doubles.factories import BY_IDENTITY
from ..doubles.peeks import replace_what_is_peeked_at
from ..doubles.stage.replacements import Replacements, method
from ..engine.identity import identity
from ..engine.sources import SWAPPED, WATCHED
from .functions import led_to
from .hooks import attributes, hooks, shadowing
from .hooks.library.generated import harmless
from .hooks.library.logged import get_message
from .hooks.library.redirected import Usual
from .noticing import noticing
from .objects.unwatched import TEXT
from .rewriting.compiling import File, file_at, is_ours, watched_form
from .selection import Modules, Selection, is_anybodys, own_parts
from .state import State, spaces_reached

MOST_ROUNDS = 30  # in which more is watched; a model that makes new code in each run would never end


# The files that earlier explorations of a model came to watch, so that later ones need not begin anew. Two functions of
# one text are two models: what is watched beside it decides how the steps of a schedule are counted.
RUN_THROUGH: WeakKeyDictionary[FunctionType, frozenset[str]] = WeakKeyDictionary()
INNER = {"<genexpr>", "<listcomp>", "<setcomp>", "<dictcomp>", "<module>"}  # belong to other code, which is named

Found = TypeVar("Found")


class More(Exception):
    """The run went through code that was not watched: watch it, and begin anew. Never leaves the lab.

    `files` are those that must be watched, because a copy of the process may have run the model.
    """

    def __init__(self, files: frozenset[str]) -> None:
        super().__init__(files)
        self.files = files


class Watching:
    """What one exploration watches. It is restored together with all other replacements.

    Raises OSError if the model's source cannot be found, TypeError or ValueError if `modules` names no modules.
    """

    def __init__(
        self,
        model: FunctionType,
        modules: Modules,
        replaced: Replacements,
        points: frozenset[str] | None = None,
        handed: dict[str, Any] | None = None,
    ) -> None:
        self.selection = Selection(model, modules)
        self.not_watched: set[str] = set()  # what ran and has no watched form, by name
        self._replaced, self._rounds, self._points = replaced, 0, points
        self._peeked = set[Any]()  # methods that tell what they touch
        self._spaces: dict[int, dict[str, Any]] = {}  # the globals of watched functions
        if not any(map(file_at, self.selection.files)):
            raise OSError(f"the source of {model.__qualname__} cannot be found: write it in a file or a notebook cell")
        self._model = model = own_parts(model)[0]
        if self.selection.by_default:
            self.selection.files |= RUN_THROUGH.get(model) or led_to(model)
        replaced.later(WATCHED.clear)
        replaced.later(SWAPPED.clear)
        replaced.later(attributes.forget)
        replaced.later(shadowing.forget)
        hooks.install()
        Usual.note()
        replaced.set(logging.LogRecord, "getMessage", method(get_message, logging.LogRecord.getMessage))
        self.noticing = noticing(self.selection.welcomes, self.selection.misses)
        self.noticing.begin()
        replaced.later(self.noticing.end)
        self._swap()
        reached = list(spaces_reached(model.__globals__)) if self.selection.by_default else []
        self.state = State([*reached, *self._spaces.values()], [model], handed)
        replaced.later(self.state.end)

    @contextlib.contextmanager
    def observed(self, number: int, thoroughly: bool, made: dict[int, Any]) -> Iterator[None]:
        """Observe one run, and put back what it changed. Raises More if it showed that there is more to watch.

        `made` is filled by the run: the places that it touched.
        """
        late = False
        self.noticing.run_begins(number, repeats=thoroughly and number > 1)
        try:
            yield
        finally:
            self.noticing.run_ends()
            self.state.touched(made)
            late = self.state.put_back(number, thoroughly)
            late = shadowing.grew() or late
            Usual.put_back()
        if self.noticing.found:
            late = self._extend() or late
        if late and self._rounds < MOST_ROUNDS:
            raise More(frozenset(self.selection.files))

    def begin_anew(self, files: frozenset[str]) -> None:
        """Watch these files too, and count the runs from 1 again."""
        self._rounds += 1
        RUN_THROUGH[self._model] = files
        if not files <= self.selection.files:
            self.selection.files |= files
            self._swap()
        attributes.forget()  # because what was judged not to be watched is watched now
        self.state.begin_anew(self._spaces.values())

    def exceptions(self) -> list[str]:
        """Return what the exploration cannot answer for: code that has no watched form, state that stays."""
        return [
            *(f"{name} (not watched)" for name in sorted(self.not_watched)),
            *(f"{name} in generated code (not watched)" for name in sorted(self.noticing.generated)),
            *self.left_over(),
        ]

    def left_over(self) -> list[str]:
        """Return what a run may have left to later ones."""
        return [f"{name} (state outlives a run)" for name in sorted(self.state.outlives)]

    def _extend(self) -> bool:
        """Watch what the last run went through, as far as that can be watched. Return whether something can."""
        found, self.noticing.found = self.noticing.found, {}
        with_source = {code.co_filename for code in found if file_at(code.co_filename)}  # not "<string>": all share it
        new = with_source - self.selection.files
        self.selection.files |= new
        swapped = self._swap()
        endless = self._rounds >= MOST_ROUNDS
        known = harmless([code for code in found if code not in swapped])
        self.noticing.known |= known
        for code in found.keys() - known:
            if endless or (code not in swapped and code.co_filename not in new):
                self.noticing.known.add(code)
                if is_to_be_named(code):
                    self.not_watched.add(TEXT if code.co_name == "<module>" else code.co_qualname)
        return bool(new or swapped) and not endless

    def _swap(self) -> set[CodeType]:
        """Swap the code of all selected functions that still have their own. Return the codes that were replaced."""
        selected = {id(one): one for one in self.selection.functions()}.values()
        functions = [one for one in selected if not is_ours(one.__code__) and self._belongs(one)]
        files = {name: file_at(name) for name in {function.__code__.co_filename for function in functions}}
        texts = ["".join(file.lines) for file in files.values() if file is not None]
        replace_what_is_peeked_at(texts, self._replaced, self._peeked)
        changed = changed_globals(functions, files)
        forms = [(function, form_of(function, files, changed, self._points)) for function in functions]
        replaced = {function.__code__ for function, code in forms if code is not None}
        for function, code in forms:  # after all is compiled, because from here on watched code runs
            self._use_virtual_names(function)
            if code is not None:
                WATCHED.add(code.co_filename)
                SWAPPED.add(identity(function))
                self._replaced.code(function, code)
        return replaced

    def _belongs(self, function: FunctionType) -> bool:
        """Whether a function may be the model's. What @dataclass made is in "<string>", as that of all modules is.

        Without this, the state of all those modules would be put back after each run, and the lab's own with it.
        """
        if function.__code__.co_filename != "<string>" or function.__globals__ is self._model.__globals__:
            return True
        return is_anybodys(function.__globals__.get("__file__") or "<none>")

    def _use_virtual_names(self, function: FunctionType) -> None:
        """Replace the locks and clocks that a function's module imported by name, and those in its closure."""
        for cell in function.__closure__ or ():
            swap_cell(cell, self._replaced)
        if id(function.__globals__) not in self._spaces:
            self._spaces[id(function.__globals__)] = function.__globals__
            use_virtual_names(function.__globals__, self._replaced)


def is_to_be_named(code: CodeType) -> bool:
    """Whether a verdict names code that could not be watched."""
    return code.co_name not in INNER or file_at(code.co_filename) is None


def until_all_is_watched(watching: Watching, attempt: Callable[[], Found]) -> Found:
    """Return what `attempt` does, once no run of it shows that there is more to watch."""
    while True:
        try:
            return attempt()
        except More as more:
            watching.begin_anew(more.files)


def module_name(function: FunctionType) -> str:
    """Return the name of the module that defines a function. `__module__` may be copied from another one."""
    return str(function.__globals__.get("__name__"))


def changed_globals(functions: Iterable[FunctionType], files: dict[str, File | None]) -> dict[str, frozenset[str]]:
    """Return, by module, the globals that a function changes: in a notebook, perhaps in another cell."""
    changed: dict[str, frozenset[str]] = {}
    stored = frozenset[str]().union(*(file.stored for file in files.values() if file is not None))
    for module, filename in {(module_name(function), function.__code__.co_filename) for function in functions}:
        file = files[filename]
        if file is not None:
            changed[module] = changed.get(module, frozenset()) | file.changed_globals | (file.globals & stored)
    return changed


def form_of(
    function: FunctionType,
    files: dict[str, File | None],
    changed: dict[str, frozenset[str]],
    points: frozenset[str] | None,
) -> CodeType | None:
    """Return the watched code of a function, if its source is known and has not changed since."""
    file, module = files[function.__code__.co_filename], module_name(function)
    return watched_form(file, function.__code__, module, changed[module], points) if file is not None else None


def swap_cell(cell: Any, replaced: Replacements) -> None:
    """Replace a real lock factory or clock that a closure holds, as that of a dataclass's `__init__` does."""
    with contextlib.suppress(ValueError):  # not set yet
        value = cell.cell_contents
        if identity(value) in BY_IDENTITY:
            replaced.cell(cell, BY_IDENTITY[identity(value)])


def use_virtual_names(space: dict[str, Any], replaced: Replacements) -> None:
    """Replace what a module imported by name: `from threading import Lock`, `from time import sleep`."""
    for name, value in list(space.items()):
        if identity(value) in BY_IDENTITY:
            replaced.item(space, name, BY_IDENTITY[identity(value)])
