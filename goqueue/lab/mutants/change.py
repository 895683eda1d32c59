"""One small change of a syntax tree, where it is made, and the operators that make such changes.

    tree ── places ──> each node that runs, with the function that it is in ── operators ──> changes

Docstrings, annotations, imports and protocols run nothing that a promise could see, so they are no places. Neither is
what only people read: a `__repr__`, the name of a thread, and how the message of an error is put together. That an
error names its value is tried; which further words it uses is nobody's business.
"""

import ast
import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
NO_PLACES = ("annotation", "returns", "bases", "decorator_list", "type_params")  # fields of a node


@dataclass(frozen=True)
class Change:
    """Put `new` in place of a field of `node`, or of the part `start` to `stop` of that field, which is a list."""

    node: ast.AST
    field: str
    new: Any
    start: int | None = None
    stop: int = 0

    @contextmanager
    def made(self) -> Iterator[None]:
        """Make the change, and take it back."""
        old = getattr(self.node, self.field)
        new = self.new if self.start is None else [*old[: self.start], *self.new, *old[self.stop :]]
        setattr(self.node, self.field, new)
        try:
            yield
        finally:
            setattr(self.node, self.field, old)


@dataclass(frozen=True)
class Place:
    """A node, and where it is: `above` are the nodes that contain it, outermost first."""

    node: ast.AST
    above: tuple[ast.AST, ...] = ()

    @property
    def function(self) -> FunctionNode | None:
        """The innermost function that it is in, or is."""
        inside = (node for node in (self.node, *reversed(self.above)) if isinstance(node, FunctionNode))
        return next(inside, None)

    @property
    def name(self) -> str:
        """The qualified name of that function or class, or ''."""
        named = (node.name for node in (*self.above, self.node) if isinstance(node, FunctionNode | ast.ClassDef))
        return ".".join(named)

    def inside(self, *kinds: type[ast.AST]) -> bool:
        """Whether it is part of a node of one of these kinds."""
        return any(isinstance(node, kinds) for node in self.above)

    def replaced(self, new: ast.AST) -> Iterator[Change]:
        """Yield the change that puts an expression in the place of this one."""
        above = self.above[-1]
        for name, value in ast.iter_fields(above):
            if value is self.node:
                yield Change(above, name, new)
            elif isinstance(value, list):
                yield from (Change(above, name, [new], at, at + 1) for at, one in enumerate(value) if one is self.node)


Maker: TypeAlias = Callable[[Place], Iterator[Change]]


@dataclass(frozen=True)
class Operator:
    """A kind of mistake: its name, one sentence that says what was done, and the changes that it makes at a place."""

    name: str
    sentence: str
    changes: Maker = field(repr=False)


OPERATORS: dict[str, Operator] = {}


def operator(sentence: str) -> Callable[[Maker], Maker]:
    """Make an operator of the function below."""

    def make(changes: Maker) -> Maker:
        OPERATORS[changes.__name__] = Operator(changes.__name__, sentence, changes)
        return changes

    return make


def places(node: ast.AST, above: tuple[ast.AST, ...] = ()) -> Iterator[Place]:
    """Yield each node that runs, in the order of the source."""
    yield Place(node, above)
    for name, value in ast.iter_fields(node):
        children = value if isinstance(value, list) else [value]
        for child, following in zip(children, [*children[1:], None], strict=False):
            if isinstance(child, ast.AST) and name not in NO_PLACES and runs(child) and not wording(child, following):
                yield from places(child, (*above, node))


def runs(node: ast.AST) -> bool:
    """Whether a node does something when the program runs."""
    match node:
        case ast.Import() | ast.ImportFrom() | ast.expr_context():
            return False
        case ast.Expr(value=ast.Constant()):
            return False  # a docstring
        case ast.ClassDef(bases=bases):
            return not any(isinstance(base, ast.Name) and base.id == "Protocol" for base in bases)
        case ast.Assign(targets=[ast.Name(id=name)]):
            types = isinstance(node.value, ast.Subscript) or called(node.value) == "TypeVar"  # Callable[[Job], float]
            return name != "__all__" and not types
    return True


def wording(node: ast.AST, following: object) -> bool:
    """Whether a node only makes a text for people: a `__repr__`, a name, a part of the message that is raised next."""
    if isinstance(node, ast.FunctionDef):
        return node.name == "__repr__"
    if isinstance(node, ast.keyword):
        return node.arg == "name"
    return isinstance(node, ast.Assign) and isinstance(following, ast.Raise)


BODIES = ("body", "orelse", "finalbody")


def bodies(node: ast.AST) -> Iterator[tuple[str, list[ast.stmt]]]:
    """Yield the lists of statements of a node, each with the name of its field."""
    for name in BODIES:
        found = getattr(node, name, None)
        if isinstance(found, list) and found and isinstance(found[0], ast.stmt):
            yield name, found


def parsed(expression: str) -> ast.expr:
    """Return an expression as a tree."""
    return ast.parse(expression, mode="eval").body


def statements(text: str) -> Sequence[ast.stmt]:
    """Return statements as trees."""
    return ast.parse(text).body


def copied(node: Any, **fields: Any) -> Any:
    """Return a copy of a node with other fields. Its children are shared."""
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def called(node: ast.AST) -> str:
    """Return the last part of the name of what a call calls: 'wait' of `self._ready.wait()`; '' if it is no call."""
    match node:
        case ast.Call(func=ast.Attribute(attr=name)) | ast.Call(func=ast.Name(id=name)):
            return name
    return ""
