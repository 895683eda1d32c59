"""Operators on waits, wake-ups and time."""

import ast
from collections.abc import Iterator

from .change import Change, Place, called, copied, operator, parsed


@operator("one waiting thread is woken, not all")
def notify_for_notify_all(place: Place) -> Iterator[Change]:
    match place.node:
        case ast.Call(func=ast.Attribute(attr="notify_all") as function):
            yield Change(place.node, "func", copied(function, attr="notify"))


@operator("a condition is looked at once, and not again after a wait")
def if_for_while(place: Place) -> Iterator[Change]:
    for node in (place.node,) if isinstance(place.node, ast.While) else ():
        if not isinstance(node.test, ast.Constant) and place.above:
            yield from place.replaced(ast.If(node.test, node.body, []))


@operator("a wait has no time limit")
def wait_without_timeout(place: Place) -> Iterator[Change]:
    if isinstance(place.node, ast.Call) and called(place.node) == "wait" and place.node.args:
        yield Change(place.node, "args", [])


@operator("a thread sleeps where it should wait, so that nobody can wake it")
def sleep_for_wait(place: Place) -> Iterator[Change]:
    if isinstance(place.node, ast.Call) and called(place.node) == "wait" and place.node.args:
        yield Change(place.node, "func", parsed("time.sleep" if _knows_time(place) else "__import__('time').sleep"))


def _knows_time(place: Place) -> bool:
    """Whether the module has `time`. The race lab controls that one, so a sleep takes no time."""
    return any(isinstance(node, ast.Name) and node.id == "time" for node in ast.walk((*place.above, place.node)[0]))


@operator("a wait does not wait")
def wait_for_nothing(place: Place) -> Iterator[Change]:
    if isinstance(place.node, ast.Call) and called(place.node) == "wait":
        yield Change(place.node, "args", [ast.Constant(0.0)])


@operator("another clock is read")
def wrong_clock(place: Place) -> Iterator[Change]:
    match place.node:
        case ast.Attribute(value=ast.Name(id="time"), attr="monotonic"):
            yield Change(place.node, "attr", "time")
        case ast.Call(func=ast.Attribute(attr="now"), args=[_]):
            yield Change(place.node, "args", [])


@operator("a moment that is to come is counted from the beginning of time, not from now")
def now_dropped(place: Place) -> Iterator[Change]:
    match place.node:
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub(), right=right):
            for kept, dropped in ((left, right), (right, left)):
                if called(dropped) in ("monotonic", "time"):
                    yield from place.replaced(kept)


@operator("the function that is to be called later is called at once")
def called_at_once(place: Place) -> Iterator[Change]:
    match place.node:
        case ast.Call(func=ast.Attribute(attr="after_done" | "callback"), args=[function]):
            yield Change(place.node, "args", [ast.Lambda(_nothing(), ast.Constant(None))])
            yield from place.replaced(ast.BoolOp(ast.Or(), [ast.Call(function, [], []), place.node]))


def _nothing() -> ast.arguments:
    return ast.arguments([], [], None, [], [], None, [])
