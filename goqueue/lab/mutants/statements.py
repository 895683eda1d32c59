"""Operators on whole statements and on calls: one is missing, two are swapped, an argument is forgotten.

Two statements are not swapped where the order is the same by construction: two new objects, two guards that look at
different things, a guard beside a copy, a notification beside what is done under the same lock. What a thread is
called is left alone too, because only people read that.
"""

import ast
from collections.abc import Iterator
from itertools import pairwise

from .change import Change, Place, bodies, called, copied, operator

MAKERS = ("Lock", "RLock", "Condition", "Event", "deque", "dict", "list", "set", "local", "values", "without_cancel")
FEW_ARGUMENTS = ("isinstance", "min", "max", "uniform", "TypeVar", "getLogger", "range", "field")


@operator("a statement is missing")
def statement_dropped(place: Place) -> Iterator[Change]:
    if isinstance(place.node, ast.Module):
        return
    for name, body in bodies(place.node):
        for at, statement in enumerate(body):
            if _can_go(statement):
                yield Change(place.node, name, [] if len(body) > 1 else [ast.Pass()], at, at + 1)


def _can_go(statement: ast.stmt) -> bool:
    """Whether the program would still run without it: it binds no name that is read later."""
    match statement:
        case ast.Expr(value=ast.Call()) | ast.AugAssign() | ast.With() | ast.For() | ast.While():
            return True
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            return True
    return False


@operator("two statements are swapped")
def statements_swapped(place: Place) -> Iterator[Change]:
    if isinstance(place.node, ast.Module | ast.ClassDef):
        return
    for name, body in bodies(place.node):
        for at, (first, second) in enumerate(pairwise(body)):
            made = place.name.endswith("__init__") and any(map(_puts_away, (first, second)))
            if _can_swap(first, second) and not (made and (_refuses(first) or _refuses(second))):
                yield Change(place.node, name, [second, first], at, at + 2)


def _can_swap(first: ast.stmt, second: ast.stmt) -> bool:
    """Whether both could come in the other order, and that could make a difference."""
    kinds = (ast.FunctionDef, ast.Return, ast.Raise, ast.Import, ast.ImportFrom, ast.Pass, ast.Break, ast.Continue)
    if isinstance(first, kinds) or isinstance(second, kinds[0]) or _is_docstring(first):
        return False
    if isinstance(second, ast.Return | ast.Raise | ast.Continue | ast.Break):
        return True
    if _bound(first) & _names(second) or _bound(second) & _names(first):
        return False
    if (_is_plain(first) and _is_plain(second)) or _makes_a_name(first) or _makes_a_name(second):
        return False
    return not (_only_refuse(first, second) or _only_notifies(first, second) or _only_notifies(second, first))


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _bound(statement: ast.stmt) -> set[str]:
    return {
        node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
    }


def _names(statement: ast.stmt) -> set[str]:
    return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}


def _is_plain(statement: ast.stmt) -> bool:
    """Whether it is an assignment that calls nothing but makers of new objects: of two such, the order is the same."""
    if not isinstance(statement, ast.Assign | ast.AnnAssign):
        return False
    calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call)]
    return all(called(node) in MAKERS or called(node)[:1].isupper() for node in calls)


def _makes_a_name(statement: ast.stmt) -> bool:
    """Whether it only gives a name to something new: `ended = threading.Event()`. When it does so is all the same."""
    match statement:
        case ast.Assign(targets=[ast.Name()], value=ast.Call(args=[], keywords=[]) as value):
            return called(value) in MAKERS
    return False


def _only_refuse(first: ast.stmt, second: ast.stmt) -> bool:
    """Whether both are guards that look at different things, or one is a guard and the other one only makes a copy."""
    looked_at = [_refuses(first), _refuses(second)]
    if None not in looked_at:
        return not set(looked_at[0] or ()) & set(looked_at[1] or ())
    return looked_at != [None, None] and any(_copies(one) for one in (first, second))


def _refuses(statement: ast.stmt) -> list[str] | None:
    """Return what a guard looks at, if the statement does nothing but raise an error or not; else None."""
    match statement:
        case ast.If(test=test, body=[*_, ast.Raise()], orelse=[]) if all(map(_is_wording, statement.body[:-1])):
            return _read(test)
        case ast.Expr(value=ast.Call(args=arguments) as call) if called(call).startswith("check_"):
            return [name for argument in arguments for name in _read(argument)]
        case ast.Expr(value=ast.Call() as call) if called(call) == "raise_if_done":
            return _read(call)
    return None


def _is_wording(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)


def _read(node: ast.expr) -> list[str]:
    """Return the names and the attributes of `self` that an expression reads."""
    whole = [ast.unparse(one) for one in ast.walk(node) if isinstance(one, ast.Attribute | ast.Name)]
    return [name for name in whole if name != "self"]


def _copies(statement: ast.stmt) -> bool:
    """Whether it only gives a name to a copy: `copy = deepcopy(job)`."""
    match statement:
        case ast.Assign(targets=[ast.Name()], value=ast.Call(args=[ast.Name()]) as value):
            return called(value) == "deepcopy"
    return False


def _puts_away(statement: ast.stmt) -> bool:
    """Whether it only keeps what it was given: `self._size = size`. An object that is refused then is thrown away."""
    match statement:
        case ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"))], value=ast.Name()):
            return True
    return False


def _only_notifies(statement: ast.stmt, other: ast.stmt) -> bool:
    """Whether it only notifies: that is heard when the lock is let go, so it may come earlier, but before no wait."""
    waits = any(called(node) == "wait" for node in ast.walk(other))
    return isinstance(statement, ast.Expr) and called(statement.value).startswith("notify") and not waits


@operator("an argument is forgotten")
def argument_dropped(place: Place) -> Iterator[Change]:
    if not isinstance(place.node, ast.Call) or called(place.node) in FEW_ARGUMENTS or place.inside(ast.Raise):
        return
    if called(place.node) in ("exception", "error", "info"):
        return
    for at in range(len(place.node.keywords)):
        if place.node.keywords[at].arg not in ("target", "name"):
            yield Change(place.node, "keywords", [], at, at + 1)
    if len(place.node.args) > 1 and not place.node.keywords:
        yield Change(place.node, "args", place.node.args[:-1])


@operator("two arguments are swapped")
def arguments_swapped(place: Place) -> Iterator[Change]:
    if isinstance(place.node, ast.Call) and len(place.node.args) == 2 and called(place.node) == "heappush":
        yield Change(place.node, "args", place.node.args[::-1])


@operator("a move is missing, or one too many is allowed")
def moves_changed(place: Place) -> Iterator[Change]:
    match place.node:
        case ast.Dict(keys=[*keys], values=[*values]) if all(isinstance(one, ast.Tuple) for one in values) and keys:
            for at, allowed in enumerate(values):
                assert isinstance(allowed, ast.Tuple)
                names = [ast.dump(one) for one in allowed.elts]
                for gone in range(len(names)):
                    rest = allowed.elts[:gone] + allowed.elts[gone + 1 :]
                    yield Change(place.node, "values", [copied(allowed, elts=rest)], at, at + 1)
                for key in keys:
                    if key is not None and ast.dump(key) not in names:
                        yield Change(place.node, "values", [copied(allowed, elts=[*allowed.elts, key])], at, at + 1)


@operator("a thread is a daemon, or is none")
def daemon_changed(place: Place) -> Iterator[Change]:
    if isinstance(place.node, ast.keyword) and place.node.arg == "daemon":
        yield Change(place.node, "value", ast.UnaryOp(ast.Not(), place.node.value))


@operator("a property is a method")
def decorator_dropped(place: Place) -> Iterator[Change]:
    if isinstance(place.node, ast.FunctionDef) and place.node.decorator_list:
        yield Change(place.node, "decorator_list", [])
