"""Whether the source that was found for an answer is the answer that she has: `check` judges nothing else.

The cells are read from the notebook's history, but what a name means may have come by another way since: a method that
was patched in, a cell that a magic ran, a file. So each function of the answer is compared with what the source makes.
"""

import ast
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any


def changed(answer: object, text: str, name: str) -> str:
    """Return which function of `answer` is not what `text` defines under `name`, or "" if all are.

    >>> class Shelf:
    ...     def get(self): return 1
    >>> changed(Shelf, "class Shelf:\\n    def get(self): return 1", "Shelf")
    ''
    >>> Shelf.get = lambda self: 2
    >>> changed(Shelf, "class Shelf:\\n    def get(self): return 1", "Shelf")
    'Shelf.get'
    """
    try:
        tree = ast.parse(text)
        codes = dict(_codes(compile(text, "answer", "exec", dont_inherit=True)))
    except (SyntaxError, ValueError):
        return ""
    decorated = set(_decorated(tree))
    for path, part in _functions(answer, name):
        if path in decorated or part is None:
            continue
        wanted = codes.get(path)
        if wanted is None or not _same(wanted, part.__code__):
            return path
    gone = [one for one in codes if one.startswith(f"{name}.") and one.count(".") == 1 and _is_gone(answer, one)]
    return gone[0] if gone else ""


def _functions(answer: object, name: str) -> Iterator[tuple[str, FunctionType | None]]:
    """Yield the functions of an answer that were written in a notebook, with their names."""
    if isinstance(answer, FunctionType):
        yield name, _own(answer)
    elif isinstance(answer, type):
        for key, part in list(vars(answer).items()):
            yield f"{name}.{key}", _own(part)


def _own(part: Any) -> FunctionType | None:
    """Return the function behind a method, if it was written in a notebook and not made by a library."""
    for attribute in ("__func__", "fget", "__wrapped__"):
        part = getattr(part, attribute, part)
    if not isinstance(part, FunctionType):
        return None
    if part.__name__.startswith("__") and part.__code__.co_filename == "<string>":  # dataclasses make such
        return None
    return part if part.__module__ in ("__main__", "builtins") or "doctest" in part.__code__.co_filename else None


def _is_gone(answer: object, path: str) -> bool:
    return isinstance(answer, type) and path.partition(".")[2] not in vars(answer) and "<" not in path


def _codes(code: CodeType, prefix: str = "") -> Iterator[tuple[str, CodeType]]:
    """Yield the functions that a program defines at its top level and in its classes. The last of a name counts."""
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            path = f"{prefix}{inner.co_name}"
            yield path, inner
            if not prefix:
                yield from _codes(inner, f"{path}.")


def _decorated(tree: ast.Module) -> Iterator[str]:
    """Yield the functions that a decorator may have replaced: of these nothing can be said."""
    for node in tree.body:
        if getattr(node, "decorator_list", []):
            yield getattr(node, "name", "")
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                if getattr(inner, "decorator_list", []):
                    yield f"{node.name}.{getattr(inner, 'name', '')}"


def _same(one: CodeType, other: CodeType) -> bool:
    """Whether two pieces of code do the same, wherever they are written."""
    if (one.co_code, one.co_names, one.co_varnames, one.co_freevars) != (
        other.co_code,
        other.co_names,
        other.co_varnames,
        other.co_freevars,
    ) or len(one.co_consts) != len(other.co_consts):
        return False
    pairs = zip(one.co_consts, other.co_consts, strict=True)
    return all(
        _same(a, b) if isinstance(a, CodeType) and isinstance(b, CodeType) else (type(a), a) == (type(b), b)
        for a, b in pairs
    )
