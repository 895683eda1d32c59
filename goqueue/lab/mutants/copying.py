"""Operators on copies and on who shares what: a copy is missing, shallow, made and not used; a default is shared."""

import ast
from collections.abc import Iterator

from .change import Change, Place, called, copied, operator, parsed

COPIES = ("deepcopy", "list", "dict", "tuple", "sorted")
EMPTY = ("deque", "dict", "list", "set")


@operator("a copy is not made: the object itself goes on")
def copy_dropped(place: Place) -> Iterator[Change]:
    match place.node:
        case ast.Call(args=[original, *_]) if called(place.node) in COPIES:
            yield from place.replaced(original)
        case ast.Call(func=ast.Attribute(value=original, attr="copy"), args=[]):
            yield from place.replaced(original)


@operator("a copy is shallow: what is inside is shared")
def copy_shallow(place: Place) -> Iterator[Change]:
    if called(place.node) == "deepcopy":
        yield Change(place.node, "func", parsed("__import__('copy').copy"))


@operator("a copy is made, and the original is used")
def copy_unused(place: Place) -> Iterator[Change]:
    function = place.function
    if function is None or not isinstance(place.node, ast.Name) or not isinstance(place.node.ctx, ast.Load):
        return
    for statement in ast.walk(function):
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(args=[ast.Name() as original, *_])):
                if called(statement.value) in COPIES and name == place.node.id:
                    yield from place.replaced(original)


@operator("what each object has of its own is shared by all of them")
def default_shared(place: Place) -> Iterator[Change]:
    targets = place.node.targets if isinstance(place.node, ast.Assign) else [getattr(place.node, "target", None)]
    value = getattr(place.node, "value", None)
    if not isinstance(place.node, ast.Assign | ast.AnnAssign) or value is None or not place.name.endswith("__init__"):
        return
    if isinstance(targets[0], ast.Attribute) and _empty(value):
        yield Change(place.node, "value", _shared(targets[0].attr, value))
    if isinstance(targets[0], ast.Tuple) and isinstance(value, ast.Tuple):
        for at, (target, one) in enumerate(zip(targets[0].elts, value.elts, strict=True)):
            if isinstance(target, ast.Attribute) and _empty(one):
                yield Change(value, "elts", [_shared(target.attr, one)], at, at + 1)


def _empty(value: ast.expr) -> bool:
    match value:
        case ast.Dict(keys=[]) | ast.List(elts=[]):
            return True
    return called(value) in EMPTY and not getattr(value, "args", [])


def _shared(name: str, value: ast.expr) -> ast.expr:
    function = ast.Attribute(ast.Call(ast.Name("globals", ast.Load()), [], []), "setdefault", ast.Load())
    return ast.Call(function, [ast.Constant(f"shared_{name.strip('_')}"), value], [])


@operator("another context is handed on")
def wrong_context(place: Place) -> Iterator[Change]:
    function = place.function
    if function is None or not isinstance(place.node, ast.Name) or not isinstance(place.node.ctx, ast.Load):
        return
    known = dict(_contexts(function))
    if place.node.id in known:
        for name, line in known.items():
            if name != place.node.id and line < place.node.lineno:
                yield from place.replaced(copied(place.node, id=name))


def _contexts(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[tuple[str, int]]:
    """Yield the names of contexts in a function, each with the line from which it is bound."""
    for one in function.args.args:
        if one.arg == "ctx" or (isinstance(one.annotation, ast.Name) and one.annotation.id == "Context"):
            yield one.arg, function.lineno
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if _derives(value):
                yield name, node.lineno
            case ast.withitem(context_expr=value, optional_vars=ast.Name(id=name)) if _derives(value):
                yield name, value.lineno
            case ast.Assign(targets=[ast.Tuple(elts=[ast.Name(id="submitted"), *_])]):
                yield "submitted", node.lineno


def _derives(value: ast.AST) -> bool:
    return called(value).startswith(("with_", "without_"))


@operator("a context is handed on itself, not a child or a copy of it")
def child_dropped(place: Place) -> Iterator[Change]:
    match place.node:
        case ast.Call(func=ast.Attribute(value=parent)) if _derives(place.node):
            yield from place.replaced(parent)


@operator("of two dicts the other one wins")
def other_dict_wins(place: Place) -> Iterator[Change]:
    match place.node:
        case ast.Dict(keys=[*keys], values=[*values]) if None in keys and len(keys) > 1:
            yield from place.replaced(ast.Dict(keys[::-1], values[::-1]))
            for at in range(len(keys)):
                yield from place.replaced(ast.Dict(keys[:at] + keys[at + 1 :], values[:at] + values[at + 1 :]))
