"""What the files of two versions define, and what changed: code lines a file, and modules, classes and functions.

    Module("pool.py", code_lines=46, definitions={"class Pool": …, "Pool.start": …, "Pool._worker": …})

The files are read, never imported, so they may hold anything. Two definitions are the same when their code is the
same: docstrings, comments and layout do not count.
"""

import ast
import tokenize
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

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
            if isinstance(node, ast.Module | ast.ClassDef | Function) and ast.get_docstring(node) is not None:
                del node.body[0]
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


def _definitions(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Yield classes, functions and methods; a class stands for all of it that is no method."""
    for node in tree.body:
        if isinstance(node, Function):
            yield f"{node.name}()", node
        elif isinstance(node, ast.ClassDef):
            methods = [part for part in node.body if isinstance(part, Function)]
            node.body = [part for part in node.body if not isinstance(part, Function)]
            yield f"class {node.name}", node
            for method in methods:
                yield f"{node.name}.{method.name}", method


@dataclass(frozen=True)
class LineCount:
    """The code lines of one file on each side; None where there is no such file, or none that can be read."""

    file: str
    before: int | None
    after: int | None


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
        old, new = (
            {file: side[file].code, **side[file].definitions} if file in side else {} for side in (before, after)
        )
        for name in dict.fromkeys([*new, *old]):
            if old.get(name) != new.get(name):
                mark = ADDED if name not in old else REMOVED if name not in new else CHANGED
                kind = "modules" if name == file else "classes" if name.startswith("class ") else "functions"
                found.append(Change(mark, kind, file, name))
    return found


def count(found: Sequence[Change], kind: str) -> tuple[int, int, int]:
    """Return how many parts of a kind were added, removed, changed."""
    marks = [change.mark for change in found if change.kind == kind]
    return marks.count(ADDED), marks.count(REMOVED), marks.count(CHANGED)
