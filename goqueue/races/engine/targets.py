"""What a line of code assigns a new object to, as it is written: the source is parsed, when a run is recorded.

stock_lock = Lock()                      ─> stock_lock
self.forks = [Lock() for _ in range(5)]  ─> self.forks, of which it is an item
done, pending = wait(futures)            ─> nothing: neither is the object that the call makes
"""

from __future__ import annotations

import ast
import dis
import functools
import linecache
from collections.abc import Iterator
from types import CodeType, FrameType
from typing import NamedTuple

Span = tuple[int | None, int | None, int | None, int | None]  # first line, last line, first column, end

KEPT = 1000  # places in code, of which the last answer is kept: a model may make the same lock again and again

DISPLAYS = (
    ast.Tuple,
    ast.List,
    ast.Set,
    ast.Dict,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
)

# The first call imports a module, from 3.14 on. In a run, that would be a step.
ast.unparse(ast.Constant(None))


class Target(NamedTuple):
    """What an object is assigned to."""

    text: str = ""  # "" if it is assigned to nothing
    is_item: bool = False  # of what has this name
    is_result: bool = False  # it is what the running call returns, and no argument of another call


def target_of(frame: FrameType) -> Target:
    """Return what a frame assigns to when its current call returns."""
    return target_at(frame.f_code, frame.f_code.co_filename, frame.f_lasti)


@functools.lru_cache(maxsize=KEPT)
def target_at(code: CodeType, filename: str, at: int) -> Target:
    """Return what code assigns to when the call at an instruction returns. Equal code may be that of another file."""
    span = list(code.co_positions())[at // 2]  # where the call is written
    text = "".join(linecache.getlines(filename))
    path = path_to(parsed(text), span)
    outer = max((depth for depth, node in enumerate(path) if is_boundary(node)), default=-1)
    target = written_target(path[outer], path[outer + 1 :]) if outer >= 0 else None
    return Target() if target is None else target_in(target, path[outer + 1 :], span)


@functools.lru_cache(maxsize=8)
def parsed(text: str) -> ast.AST:
    """Return the tree of a file. It is empty if the text is not plain Python: a notebook's cell with a magic."""
    try:
        return ast.parse(text)
    except SyntaxError:
        return ast.Module([], [])


def path_to(tree: ast.AST, span: Span) -> list[ast.AST]:
    """Return the nodes that enclose a place, the outermost first."""
    path = [tree]
    while path:
        inner = next((node for node in parts(path[-1]) if encloses(span_of(node), span)), None)
        if inner is None:
            break
        path.append(inner)
    return path


def parts(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the parts of a node that have a place in the text."""
    for child in ast.iter_child_nodes(node):
        if hasattr(child, "lineno"):
            yield child
        else:
            yield from parts(child)


def span_of(node: ast.AST) -> Span:
    """Return where a node is written."""
    return tuple(getattr(node, name) for name in ("lineno", "end_lineno", "col_offset", "end_col_offset"))


def encloses(outer: Span, inner: Span) -> bool:
    """Whether one place is inside of another."""
    if None in inner or None in outer:
        return False
    begin, end = (outer[0], outer[2]), (outer[1], outer[3])
    return begin <= (inner[0], inner[2]) and (inner[1], inner[3]) <= end


def is_boundary(node: ast.AST) -> bool:
    """Whether what is made inside of a node is not assigned to anything outside of it."""
    return isinstance(node, ast.stmt | ast.Lambda | ast.NamedExpr)


def written_target(statement: ast.AST, inside: list[ast.AST]) -> ast.expr | None:
    """Return the left side of an assignment, or what follows `as`, for the first of the nodes inside."""
    if isinstance(statement, ast.Assign):
        return statement.targets[0]
    if isinstance(statement, ast.AnnAssign | ast.NamedExpr):
        return statement.target
    if isinstance(statement, ast.With):
        return next((item.optional_vars for item in statement.items if item.context_expr in inside[:1]), None)
    return None


def target_in(target: ast.expr, inside: list[ast.AST], span: Span) -> Target:
    """Return what an object is assigned to that is made at a place inside of the right side."""
    is_item, is_result = False, True
    for node, inner in zip(inside, [*inside[1:], None], strict=True):
        if isinstance(node, ast.Tuple | ast.List) and isinstance(target, ast.Tuple | ast.List):
            if inner not in node.elts or len(node.elts) != len(target.elts):
                return Target()
            target = target.elts[node.elts.index(inner)]
        elif isinstance(node, DISPLAYS):
            is_item = True
        elif isinstance(node, ast.Call) and span_of(node) != span:
            is_result = False
    if isinstance(target, ast.Subscript):
        target, is_item = target.value, True
    if not isinstance(target, ast.Name | ast.Attribute):
        return Target()
    return Target(ast.unparse(target), is_item, is_result)


def field_of(frame: FrameType) -> str:
    """Return the attribute that an `__init__` sets at its current line, also if there is no source.

    There is none of what dataclasses generate and, in a browser tab, of the library.
    """
    return field_at(frame.f_code, frame.f_lineno)


@functools.lru_cache(maxsize=KEPT)
def field_at(code: CodeType, line: int) -> str:
    """Return the attribute that code sets at a line, or ""."""
    steps = [step for step in dis.get_instructions(code) if line_of(step) == line]
    stored = [step.argval for step in steps if step.opname == "STORE_ATTR"]
    if any(step.argval == "__setattr__" for step in steps):  # as that of a frozen dataclass does
        stored += [step.argval for step in steps if step.opname == "LOAD_CONST" and isinstance(step.argval, str)]
    return str(stored[0]) if stored else ""


def line_of(step: dis.Instruction) -> int | None:
    """Return the line of an instruction."""
    return step.positions.lineno if step.positions is not None else None
