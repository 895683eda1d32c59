"""From a source file to the watched code of each of its functions. Each file is compiled once, until it changes.

    file ── lines ── syntax tree ── rewritten ── compiled ── (qualified name, first line) -> code

A notebook cell counts as a file, because IPython keeps its source.
"""

from __future__ import annotations

import ast
import linecache
from types import CodeType
from weakref import WeakValueDictionary

from ...engine.identity import identity
from .base import CELL
from .interrupting import Interruptible
from .rewriter import Rewriter
from .scopes import Scopes

Key = tuple[str, int]  # qualified name and first line of a function
Codes = dict[Key, list[CodeType]]
Points = frozenset[str] | None
MOST_FILES = 1_000  # that are kept

OURS: WeakValueDictionary[int, CodeType] = WeakValueDictionary()  # watched code that exists, by identity


class File:
    """A source file as it was when it was read. `changed_globals`: those that some function of the file changes.

    `globals`: all of its own. `stored`: attributes and keys that it writes, perhaps of a module.
    """

    def __init__(self, name: str, lines: list[str]) -> None:
        self.name, self.lines = name, lines
        self.changed_globals = self.stored = self.globals = frozenset[str]()
        self._parsed: tuple[ast.Module, Scopes] | None = None  # used up by the first compilation
        self._compiled: dict[tuple[str, frozenset[str], Points], Codes] = {}
        self._plain: Codes = {}
        try:
            self._parsed = self._parse()
            tree, scopes = self._parsed
            self.changed_globals, self.stored = frozenset(scopes.changed_globals), frozenset(scopes.stored)
            self.globals = frozenset(scopes.of[tree].bound)
        except (SyntaxError, ValueError):
            pass  # no Python: a template, which has functions of its own
        self.is_python = self._parsed is not None

    def _parse(self) -> tuple[ast.Module, Scopes]:
        tree = ast.parse("".join(self.lines))
        return tree, Scopes(tree)

    def codes(self, module: str, changed: frozenset[str], points: Points = None) -> Codes:
        """Return the watched code of each function. `changed` names globals of `module` that other files change.

        With `points`, faults may come in the code: see `interrupting`. It names the calls that a crash may precede.
        """
        key = module, changed | self.changed_globals, points
        if key not in self._compiled:
            self._compiled[key] = self._compile(*key)
        return self._compiled[key]

    def _compile(self, module: str, changed: frozenset[str], points: Points) -> Codes:
        tree, scopes = self._parsed or self._parse()
        self._parsed = None
        scopes.changed_globals |= changed
        tree = Rewriter(self.name, module, scopes).visit(tree)
        if points is not None:
            tree = Interruptible(points).visit(tree)
        found = collect(compile(tree, self.name, "exec", dont_inherit=True))
        for code in (code for codes in found.values() for code in codes):
            OURS[identity(code)] = code
        return found

    def plain(self) -> Codes:
        """Return the code of each function as Python compiles it."""
        if not self._plain:
            self._plain = collect(compile("".join(self.lines), self.name, "exec", dont_inherit=True))
        return self._plain


FILES: dict[str, File] = {}


def file_at(filename: str) -> File | None:
    """Return a file as it is now, or None if its source cannot be found."""
    linecache.checkcache(filename)
    lines = linecache.getlines(filename)
    if not lines:
        return None
    known = FILES.get(filename)
    if known is None or not (known.lines is lines or known.lines == lines):
        if len(FILES) >= MOST_FILES:
            FILES.clear()
        known = FILES[filename] = File(filename, lines)
    return known if known.is_python else None


def collect(code: CodeType, found: Codes | None = None) -> Codes:
    """Return the code of each function inside of `code`, in the order of the source."""
    found = {} if found is None else found
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            if constant.co_varnames[:1] != (CELL,):
                found.setdefault((constant.co_qualname, constant.co_firstlineno), []).append(constant)
            collect(constant, found)
    return found


def is_ours(code: CodeType) -> bool:
    """Whether this is watched code."""
    return OURS.get(identity(code)) is code or code.co_varnames[:1] == (CELL,)


def is_at_the_place_of(one: CodeType, other: CodeType) -> bool:
    """Whether two codes do the same at the same columns. Flags may differ, as those of `from __future__ import …`."""
    return one.co_code == other.co_code and one.co_linetable == other.co_linetable


def watched_form(
    file: File, code: CodeType, module: str, changed: frozenset[str], points: Points = None
) -> CodeType | None:
    """Return the watched form of a function's code. None if the source has changed since, so that it has none."""
    key = code.co_qualname, code.co_firstlineno
    found = file.codes(module, changed, points).get(key, [])
    fitting = [new for new in found if new.co_freevars == code.co_freevars]
    if len(fitting) > 1:  # several on one line, such as two lambdas: the plain ones are in the same order
        plain = file.plain().get(key, [])
        same = [new for new, old in zip(found, plain, strict=False) if is_at_the_place_of(old, code)]
        fitting = [new for new in same if new.co_freevars == code.co_freevars]
    return fitting[0] if fitting else None
