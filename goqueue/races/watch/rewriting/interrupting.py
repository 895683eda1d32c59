"""Watched code in which faults may come: a second rewriting, made only when an exploration asks for faults.

    f(x)              becomes   ended(f(x))              CPython looks for signals at the end of a call
    def f(): …                  begun(); …                at the beginning of a function
    while …: …                  first(n); … again(n)     at each further round, and after the last one
    for x in things             for x in jumping(things) the same, before the next item is taken; also in comprehensions
    yield x                     ended(yield x)           when a generator is resumed
    except …, finally           with Cleaning(): …       not before the first call in a clean-up
    with db: …                  with manager(db): …      the end of a block may change what survives: it commits
    file.write(x)               performed("write", file.write, x)   if it is one of the calls that a crash may precede

It works on the tree that `rewriter` has made, so that reports name what the source says.
"""

from __future__ import annotations

import ast
import copy
import sys
from collections.abc import Callable
from types import FunctionType, NoneType
from typing import Any

from ...engine.active import here
from ...engine.faults.faulty_run import FaultyRun
from ...engine.identity import identity
from ...engine.words import WRITE
from .base import HOOK, place

CALLS = frozenset(HOOK.format(name) for name in ("method", "call"))  # hooks that stand for a call


def faulty() -> FaultyRun | None:
    """Return the run that the calling thread belongs to, if faults may come in it."""
    run = here()
    return run if isinstance(run, FaultyRun) else None


def ended(value: Any) -> Any:
    """A call has ended."""
    run = faulty()
    if run is not None:
        run.point("calls")
    return value


def begun() -> None:
    """A function begins."""
    ended(None)


def first(loop: int) -> None:
    """A `while` loop begins. Its frame is told by its address: a variable of the function's own would be seen."""
    run = faulty()
    if run is not None:
        run.going_round.discard((identity(sys._getframe(1)), loop))


def again(loop: int) -> None:
    """A round of a `while` loop begins, or all are done: a point, but not before the first one."""
    run = faulty()
    if run is None:
        return
    key = identity(sys._getframe(1)), loop
    if key in run.going_round:
        run.point("calls")
    run.going_round.add(key)


class Jumping:
    """Iterates over what a `for` iterates over. CPython jumps back, and looks for signals, before it takes an item."""

    __slots__ = ("_further", "_things")

    def __init__(self, things: Any) -> None:
        self._things, self._further = iter(things), False

    def __iter__(self) -> Jumping:
        return self

    def __next__(self) -> Any:
        if self._further:
            ended(None)
        self._further = True
        return next(self._things)


class Cleaning:
    """The block of an `except` or a `finally`, however it is left. One inside of another leaves it to that one."""

    __slots__ = ("_within",)

    def __enter__(self) -> None:
        run = faulty()
        self._within = run is not None and run.current.index in run.cleaning
        if run is not None:
            run.cleaning.add(run.current.index)

    def __exit__(self, *_: object) -> None:
        run = faulty()
        if run is not None and not self._within:
            run.cleaning.discard(run.current.index)


def performed(name: str, function: Callable[..., Any], /, *args: Any, **options: Any) -> Any:
    """A call that changes what survives a crash."""
    run = faulty()
    if run is not None:
        run.performed.add(name)
        run.touch(WRITE)
    return ended(function(*args, **options))


def manager(thing: Any) -> Any:
    """Return what `with` enters: a manager in C that survives a crash changes when its block ends."""
    run = faulty()
    if run is None or not run.may_be_killed or type(getattr(type(thing), "__exit__", None)) in (FunctionType, NoneType):
        return thing
    return Managed(thing) if run.survives(thing) else thing


class Managed:
    """Stands for a manager in C whose block may end with a change."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def __enter__(self) -> Any:
        return type(self._real).__enter__(self._real)

    def __exit__(self, *error: Any) -> Any:
        run = faulty()
        if run is not None:
            run.touch(WRITE)
        return type(self._real).__exit__(self._real, *error)


POINTS: dict[str, Callable[..., Any]] = {
    function.__name__.lower(): function
    for function in (ended, begun, first, again, Jumping, Cleaning, manager, performed)
}


def name_of(node: ast.expr) -> str:
    """Return the name of what a call calls: in the source, so through the hooks that stand before it."""
    if not isinstance(node, ast.Call):
        return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    hook = name_of(node.func)
    if not hook.startswith("__goqueue_"):
        return hook
    named = [argument.value for argument in node.args[1:2] if isinstance(argument, ast.Constant)]
    if hook in map(HOOK.format, ("method", "bound", "load")):
        return str(named[0]) if named else ""
    return name_of(node.args[0]) if node.args else ""


class Interruptible(ast.NodeTransformer):
    """Adds points to a tree. `changing` holds the names of functions whose calls a crash may precede."""

    def __init__(self, changing: frozenset[str]) -> None:
        self._changing = changing
        self._loops = 0

    def _hook(self, name: str, *args: ast.expr, at: ast.AST) -> ast.Call:
        return place(ast.Call(ast.Name(HOOK.format(name), ast.Load()), list(args), []), at)

    def _statement(self, name: str, at: ast.AST, *args: ast.expr) -> ast.stmt:
        return place(ast.Expr(self._hook(name, *args, at=at)), at)

    def visit_Call(self, node: ast.Call) -> Any:
        """Add a point at the end of a call. Hooks that stand for no call of the source have none."""
        self.generic_visit(node)
        name = getattr(node.func, "id", "")
        if name.startswith("__goqueue_") and name not in CALLS:
            return node
        called = name_of(node)
        if called in self._changing:
            call = self._hook("performed", ast.Constant(called), node.func, *node.args, at=node)
            call.keywords = node.keywords
            return call
        return self._hook("ended", node, at=node)

    def visit_With(self, node: ast.With) -> Any:
        """Let a manager that survives a crash be seen when its block ends."""
        self.generic_visit(node)
        for item in node.items:
            item.context_expr = self._hook("manager", item.context_expr, at=item.context_expr)
        return node

    def visit_Yield(self, node: ast.Yield) -> Any:
        """Add a point at which a generator is resumed."""
        self.generic_visit(node)
        return self._hook("ended", node, at=node)

    def _visit_function(self, node: Any) -> Any:
        self.generic_visit(node)
        first = 1 if ast.get_docstring(node, clean=False) is not None else 0
        node.body.insert(first, self._statement("begun", node.body[0]))
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = _visit_function

    def visit_Lambda(self, node: ast.Lambda) -> Any:
        """Add a point at the beginning."""
        self.generic_visit(node)
        node.body = place(ast.BoolOp(ast.Or(), [self._hook("begun", at=node.body), node.body]), node.body)
        return node

    def visit_While(self, node: ast.While) -> Any:
        """Add a point to each further round, and one after the last."""
        self.generic_visit(node)
        self._loops += 1
        before, further = (self._statement(name, node, ast.Constant(self._loops)) for name in ("first", "again"))
        node.body.insert(0, place(copy.deepcopy(further), node.body[0]))
        node.orelse.insert(0, further)
        return [before, node]

    def visit_For(self, node: ast.For) -> Any:
        """Add a point to each further round, before the next item is taken."""
        self.generic_visit(node)
        node.iter = self._hook("jumping", node.iter, at=node.iter)
        return node

    def _visit_comprehension(self, node: Any) -> Any:
        self.generic_visit(node)
        for number, clause in enumerate(node.generators):
            if not clause.is_async and not (number and is_no_loop(clause.iter)):
                clause.iter = self._hook("jumping", clause.iter, at=clause.iter)
        return node

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _visit_comprehension

    def _visit_try(self, node: Any) -> Any:
        self.generic_visit(node)
        for handler in node.handlers:
            handler.body = self._cleaning(handler.body)
        node.finalbody = node.finalbody and self._cleaning(node.finalbody)
        return node

    visit_Try = visit_TryStar = _visit_try

    def _cleaning(self, block: list[ast.stmt]) -> list[ast.stmt]:
        return [place(ast.With([ast.withitem(self._hook("cleaning", at=block[0]))], block), block[0])]


def is_no_loop(iterable: ast.expr) -> bool:
    """Whether CPython makes no loop of a clause: `for y in [f(x)]` gives a name to a value."""
    return isinstance(iterable, ast.List | ast.Tuple) and len(iterable.elts) == 1
