"""Operators on values: bounds, comparisons, numbers, ends of a line, draws, what is returned."""

import ast
from collections.abc import Iterator

from .change import Change, Place, called, copied, operator, parsed

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Pow: ast.Mult,
}
OTHER_END = {"popleft": "pop", "append": "appendleft", "appendleft": "append"}


@operator("a comparison is another one: its bound is off by one, or it is turned round")
def comparison_flipped(place: Place) -> Iterator[Change]:
    if isinstance(place.node, ast.Compare) and len(place.node.ops) == 1:
        for other in COMPARISONS.get(type(place.node.ops[0]), ()):
            yield Change(place.node, "ops", [other()])


@operator("a number is one more, or one less")
def number_off_by_one(place: Place) -> Iterator[Change]:
    value = getattr(place.node, "value", None)
    if any(isinstance(one, ast.arguments) for one in place.above[-1:]) and isinstance(value, int) and value > 1:
        return  # how many workers there are if nobody says so is a choice, and no mistake
    if isinstance(place.node, ast.Constant) and isinstance(value, int | float) and not isinstance(value, bool):
        for other in (value + 1, value - 1):
            yield Change(place.node, "value", other)


@operator("True is False, or False is True")
def flag_flipped(place: Place) -> Iterator[Change]:
    if isinstance(place.node, ast.Constant) and isinstance(place.node.value, bool):
        yield Change(place.node, "value", not place.node.value)


@operator("it calculates the other way round")
def arithmetic_changed(place: Place) -> Iterator[Change]:
    if isinstance(place.node, ast.BinOp | ast.AugAssign) and type(place.node.op) in ARITHMETIC:
        yield Change(place.node, "op", ARITHMETIC[type(place.node.op)]())


@operator("the other end of a line is used: a stack for a queue")
def stack_for_queue(place: Place) -> Iterator[Change]:
    match place.node:
        case ast.Call(func=ast.Attribute(attr=name) as function) if name in OTHER_END and "items" in ast.dump(function):
            yield Change(place.node, "func", copied(function, attr=OTHER_END[name]))


@operator("the smaller for the larger, or the larger for the smaller")
def min_for_max(place: Place) -> Iterator[Change]:
    if called(place.node) in ("min", "max") and isinstance(place.node, ast.Call):
        yield Change(place.node, "func", ast.Name("max" if called(place.node) == "min" else "min", ast.Load()))


@operator("a bound is gone: one of the two values is taken, whatever the other one is")
def bound_dropped(place: Place) -> Iterator[Change]:
    if called(place.node) in ("min", "max") and isinstance(place.node, ast.Call):
        for argument in place.node.args:
            yield from place.replaced(argument)


@operator("a bound is applied to the result, not to what it is calculated from")
def bound_afterwards(place: Place) -> Iterator[Change]:
    if not isinstance(place.node, ast.Call) or called(place.node) in ("min", "max"):
        return  # of a lower and an upper bound, either may come first
    for at, argument in enumerate(place.node.args):
        match argument:
            case ast.Call(func=ast.Name(id="min" | "max") as bound, args=[limit, value]):
                inner = copied(place.node, args=[*place.node.args[:at], value, *place.node.args[at + 1 :]])
                yield from place.replaced(ast.Call(bound, [limit, inner], []))


@operator("a constant for a draw")
def constant_for_draw(place: Place) -> Iterator[Change]:
    if called(place.node) in ("uniform", "random", "randint") and isinstance(place.node, ast.Call):
        for argument in place.node.args:
            yield from place.replaced(argument)
        if len(place.node.args) == 2:
            low, high = place.node.args
            yield from place.replaced(ast.BinOp(ast.BinOp(low, ast.Add(), high), ast.Div(), ast.Constant(2)))


@operator("nothing is returned, or the opposite")
def result_changed(place: Place) -> Iterator[Change]:
    match place.node:
        case ast.Return(value=ast.Constant(value=bool() | None)):
            return
        case ast.Return(value=ast.expr()):
            yield Change(place.node, "value", ast.Constant(None))


@operator("a part of the key is missing by which things are ordered or told apart")
def part_dropped(place: Place) -> Iterator[Change]:
    match place.node:
        case ast.Tuple(elts=[_, _, *_] as parts, ctx=ast.Load()) if not place.inside(ast.Compare):
            for at, part in enumerate(parts):
                if not (isinstance(part, ast.Constant) and part.value == 0):  # False is 0 too
                    yield Change(place.node, "elts", [ast.Constant(0)], at, at + 1)


@operator("a loop leaves out the first or the last")
def loop_misses_one(place: Place) -> Iterator[Change]:
    if isinstance(place.node, ast.For | ast.comprehension):
        for part in ("[1:]", "[:-1]"):
            slice_ = parsed(f"x{part}")
            assert isinstance(slice_, ast.Subscript)
            everything = ast.Call(ast.Name("list", ast.Load()), [place.node.iter], [])
            yield Change(place.node, "iter", copied(slice_, value=everything))


@operator("a text is empty, or does not name its value")
def text_dropped(place: Place) -> Iterator[Change]:
    if place.inside(ast.JoinedStr):
        return
    match place.node:
        case ast.Constant(value=str(text)) if text:
            yield Change(place.node, "value", "")
        case ast.JoinedStr() if place.inside(ast.Raise) or _logs(place):
            yield from place.replaced(ast.Constant(""))
        case ast.JoinedStr(values=parts):
            for at, part in enumerate(parts):
                if isinstance(part, ast.FormattedValue):
                    yield Change(place.node, "values", [], at, at + 1)


def _logs(place: Place) -> bool:
    return any("log" in ast.dump(node.func) for node in place.above if isinstance(node, ast.Call))
