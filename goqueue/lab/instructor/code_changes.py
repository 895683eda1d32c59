"""What the files of two versions define, and what changed: code lines a file, and modules, classes and functions.

    Module("pool.py", code_lines=46, definitions={"class Pool": …, "Pool.start": …, "Pool._worker": …})

The files are read, never imported, so they may hold anything. Two definitions are the same when their code is the
same: docstrings, comments and layout do not count.
"""

import ast
import tokenize
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard

from ..versions.outline import code_lines
from .safe_output import plain

MOST_BYTES = 1_000_000  # of a file that a person wrote
ADDED, REMOVED, CHANGED = "+", "-", "~"
KINDS = ("modules", "classes", "functions")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One file: its code lines, as `goqueue show` counts them, and its code, whole and by definition."""

    name: str
    code_lines: int
    code: str
    definitions: Mapping[str, str]


def read_modules(folder: Path) -> tuple[dict[str, Module], dict[str, str]]:
    """Return the modules of a folder by file name, `__init__.py` left out; and, of those that cannot be read, why.

    >>> found, problems = read_modules(Path(__file__).parents[3] / "steps" / "step12_worker_pool")
    >>> [name for name in found["channel.py"].definitions][:3], problems
    (['class Channel', 'Channel.__init__', 'Channel.put'], {})
    """
    found: dict[str, Module] = {}
    problems: dict[str, str] = {}
    for file in sorted(folder.glob("*.py")):
        try:
            module = _read(file)
        except ValueError as err:
            problems[plain(file.name)] = f"{plain(file.name)}{err}"
        else:
            if file.name != "__init__.py":
                found[module.name] = module
    return found, problems


def _read(file: Path) -> Module:
    """Raises ValueError, whose text goes on after the file's name: ", line 12: expected ':'"."""
    if not file.is_file():  # a pipe, perhaps: reading it would wait
        raise ValueError(" is no file")
    if file.stat().st_size > MOST_BYTES:
        raise ValueError(f" is larger than {MOST_BYTES:,} bytes: nobody wrote that by hand")
    try:
        source = file.read_text(encoding="utf-8-sig")
        tree = ast.parse(source)
        lines = code_lines(source)
        for node in ast.walk(tree):
            _drop_docstring(node)
        code = ast.dump(tree)  # first: _definitions takes it apart
        return Module(plain(file.name), lines, code, {name: ast.dump(node) for name, node in _definitions(tree)})
    except SyntaxError as err:
        raise ValueError(f", line {err.lineno}: {plain(str(err.msg))}") from err
    except UnicodeDecodeError as err:
        raise ValueError(" is not UTF-8 text: save it with that encoding") from err
    except (tokenize.TokenError, ValueError) as err:
        raise ValueError(f" is no Python: {plain(str(err.args[0]))}") from err
    except (RecursionError, MemoryError) as err:
        raise ValueError(" nests too deep to be read") from err
    except OSError as err:
        raise ValueError(f" cannot be read: {err.strerror}") from err


def _drop_docstring(node: ast.AST) -> None:
    if isinstance(node, ast.Module | ast.ClassDef | Function) and ast.get_docstring(node) is not None:
        del node.body[0]


def _definitions(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Yield classes, functions and methods; a class stands for all of it that is no method."""
    for node in tree.body:
        if _is_function(node):
            yield f"{node.name}()", node
        elif isinstance(node, ast.ClassDef):
            methods = [part for part in node.body if _is_function(part)]
            node.body = [part for part in node.body if not _is_function(part)]
            yield f"class {node.name}", node
            for method in methods:
                yield f"{node.name}.{method.name}", method


def _is_function(node: ast.AST) -> TypeGuard[Function]:
    return isinstance(node, Function)


@dataclass(frozen=True)
class LineCount:
    """The code lines of one file on each side; None where there is no such file, or none that can be read."""

    file: str
    before: int | None
    after: int | None

    @property
    def change(self) -> int:
        """How many more there are."""
        return (self.after or 0) - (self.before or 0)


@dataclass(frozen=True)
class Change:
    """One part that was added (+), removed (-) or changed (~). `name` is pool.py, class Pool, Pool.start or check()."""

    mark: str
    kind: str
    file: str
    name: str


def line_counts(before: Mapping[str, Module], after: Mapping[str, Module]) -> list[LineCount]:
    """Return a row for each file of either side."""
    counts = [{name: module.code_lines for name, module in side.items()} for side in (before, after)]
    return [LineCount(name, counts[0].get(name), counts[1].get(name)) for name in sorted({*before, *after})]


def changes(before: Mapping[str, Module], after: Mapping[str, Module]) -> list[Change]:
    """Return what was added, removed and changed, file by file, the file itself first."""
    found = []
    for file in sorted({*before, *after}):
        old, new = before.get(file), after.get(file)
        if mark := _mark(old.code if old else None, new.code if new else None):
            found.append(Change(mark, "modules", file, file))
            found += _inside(file, old.definitions if old else {}, new.definitions if new else {})
    return found


def _inside(file: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterable[Change]:
    for name in dict.fromkeys([*new, *old]):
        if mark := _mark(old.get(name), new.get(name)):
            yield Change(mark, "classes" if name.startswith("class ") else "functions", file, name)


def _mark(old: str | None, new: str | None) -> str:
    if old == new:
        return ""
    return ADDED if old is None else REMOVED if new is None else CHANGED


def count(found: Sequence[Change], kind: str) -> tuple[int, int, int]:
    """Return how many parts of a kind were added, removed, changed."""
    marks = [change.mark for change in found if change.kind == kind]
    return marks.count(ADDED), marks.count(REMOVED), marks.count(CHANGED)
