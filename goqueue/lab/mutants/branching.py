"""Operators on conditions, loops, guards and errors."""

import ast
from collections.abc import Iterator

from .change import Change, Place, bodies, copied, operator, statements

EXITS = (ast.Raise, ast.Return, ast.Continue, ast.Break)
PASS = statements("pass")


@operator("a guard is gone")
def guard_dropped(place: Place) -> Iterator[Change]:
    for name, body in bodies(place.node):
        for at, statement in enumerate(body):
            if isinstance(statement, ast.If) and isinstance(statement.body[-1], EXITS) and not statement.orelse:
                yield Change(place.node, name, [] if len(body) > 1 else PASS, at, at + 1)


@operator("a branch is always taken, or never")
def branch_fixed(place: Place) -> Iterator[Change]:
    if isinstance(place.node, ast.IfExp):
        yield from place.replaced(place.node.body)
        yield from place.replaced(place.node.orelse)
    for name, body in bodies(place.node):
        for at, statement in enumerate(body):
            if isinstance(statement, ast.If):
                yield Change(place.node, name, statement.body, at, at + 1)
                if statement.orelse or not isinstance(statement.body[-1], EXITS):
                    yield Change(place.node, name, statement.orelse or PASS, at, at + 1)


@operator("a condition is turned round")
def condition_negated(place: Place) -> Iterator[Change]:
    match place.node:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield from place.replaced(operand)
        case ast.If(test=ast.Name() | ast.Attribute() | ast.Call()) | ast.While(test=ast.Call() | ast.Attribute()):
            yield Change(place.node, "test", ast.UnaryOp(ast.Not(), place.node.test))


@operator("a part of a condition is missing, or `and` and `or` are confused")
def condition_part_dropped(place: Place) -> Iterator[Change]:
    if isinstance(place.node, ast.BoolOp):
        values = place.node.values
        for at in range(len(values)):
            rest = values[:at] + values[at + 1 :]
            yield from place.replaced(rest[0] if len(rest) == 1 else copied(place.node, values=rest))
        yield Change(place.node, "op", ast.Or() if isinstance(place.node.op, ast.And) else ast.And())
    if isinstance(place.node, ast.comprehension) and place.node.ifs:
        yield Change(place.node, "ifs", [])


@operator("a loop is never entered")
def loop_dropped(place: Place) -> Iterator[Change]:
    if isinstance(place.node, ast.While) and not isinstance(place.node.test, ast.Constant):
        yield Change(place.node, "test", ast.Constant(False))


@operator("an error is not raised")
def raise_dropped(place: Place) -> Iterator[Change]:
    for name, body in bodies(place.node):
        for at, statement in enumerate(body):
            if isinstance(statement, ast.Raise):
                yield Change(place.node, name, PASS, at, at + 1)


@operator("an error of another type is raised, or is the base of another one")
def error_of_another_type(place: Place) -> Iterator[Change]:
    match place.node:
        case ast.Raise(exc=ast.Call(func=ast.Name()) as error):
            yield Change(error, "func", ast.Name("Exception", ast.Load()))
        case ast.ClassDef(bases=[ast.Name(id=base)]) if base.endswith(("Error", "Done")):
            yield Change(place.node, "bases", [ast.Name("Exception", ast.Load())])


@operator("more errors are caught than should be, or fewer")
def caught_type_changed(place: Place) -> Iterator[Change]:
    match place.node:
        case ast.ExceptHandler(type=ast.Name(id=name)):
            wider = ["BaseException"] if _calls(place.above[-1]) else []  # else nothing can raise another error
            others = {"BaseException": ["Exception"], "Exception": [*wider, "ZeroDivisionError"]}
            for other in others.get(name, [*wider, "ZeroDivisionError"]):
                yield Change(place.node, "type", ast.Name(other, ast.Load()))


def _calls(node: ast.AST) -> bool:
    """Whether a `try` calls anything."""
    inner = [one for statement in getattr(node, "body", []) for one in ast.walk(statement)]
    return any(isinstance(one, ast.Call) for one in inner)


@operator("an error is not caught")
def except_dropped(place: Place) -> Iterator[Change]:
    for name, body in bodies(place.node):
        for at, statement in enumerate(body):
            if isinstance(statement, ast.Try) and statement.handlers:
                whole = [*statement.body, *statement.orelse]
                kept = [copied(statement, handlers=[], orelse=[], body=whole)] if statement.finalbody else whole
                yield Change(place.node, name, kept, at, at + 1)


@operator("an error is caught, and forgotten")
def except_forgets(place: Place) -> Iterator[Change]:
    if isinstance(place.node, ast.ExceptHandler) and not isinstance(place.node.body[0], ast.Pass):
        yield Change(place.node, "body", PASS)


@operator("what must happen in any case happens only if nothing goes wrong")
def finally_dropped(place: Place) -> Iterator[Change]:
    for name, body in bodies(place.node):
        for at, statement in enumerate(body):
            if isinstance(statement, ast.Try) and statement.finalbody:
                inner = [copied(statement, finalbody=[])] if statement.handlers else statement.body
                yield Change(place.node, name, [*inner, *statement.finalbody], at, at + 1)


@operator("what belongs after a success is tried, and its errors are caught too")
def else_in_try(place: Place) -> Iterator[Change]:
    if isinstance(place.node, ast.Try) and place.node.orelse and place.above:
        yield from place.replaced(copied(place.node, body=[*place.node.body, *place.node.orelse], orelse=[]))
