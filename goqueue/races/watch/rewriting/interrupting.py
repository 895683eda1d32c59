"""Watched code in which faults may come: a second rewriting, made only when an exploration asks for faults.

    f(x)              becomes   ended(f(x))              CPython looks for signals at the end of a call
    def f(): …                  begun(); …                at the beginning of a function
    while …: …                  again at each further round, and after the last one
    yield x                     ended(yield x)           when a generator is resumed
    except …, finally           cleaning() … cleaned()    not before the first call in a clean-up
    file.write(x)               performed(file.write, x)  if `write` is one of the calls that a crash may precede

It works on the tree that `rewriter` has made, so that reports name what the source says.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from ...engine.active import here
from ...engine.faulty_run import FaultyRun
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


def again(further: bool) -> bool:
    """A round of a loop begins: True at each one but the first."""
    if further:
        ended(None)
    return True


def cleaning() -> None:
    """`except` or `finally` begins."""
    run = faulty()
    if run is not None:
        run.cleaning.add(run.current.index)


def cleaned() -> None:
    """`except` or `finally` ends."""
    run = faulty()
    if run is not None:
        run.cleaning.discard(run.current.index)


def performed(function: Callable[..., Any], /, *args: Any, **options: Any) -> Any:
    """A call that changes what survives a crash."""
    run = faulty()
    if run is not None:
        run.touch(WRITE)
    return ended(function(*args, **options))


POINTS: dict[str, Callable[..., Any]] = {
    function.__name__: function for function in (ended, begun, again, cleaning, cleaned, performed)
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

    def _statement(self, name: str, at: ast.AST) -> ast.stmt:
        return place(ast.Expr(self._hook(name, at=at)), at)

    def visit_Call(self, node: ast.Call) -> Any:
        """Add a point at the end of a call. Hooks that stand for no call of the source have none."""
        self.generic_visit(node)
        name = getattr(node.func, "id", "")
        if name.startswith("__goqueue_") and name not in CALLS:
            return node
        if name_of(node) in self._changing:
            call = self._hook("performed", node.func, *node.args, at=node)
            call.keywords = node.keywords
            return call
        return self._hook("ended", node, at=node)

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

    def _visit_loop(self, node: Any) -> Any:
        """Add a point to each further round, and one after the last."""
        self.generic_visit(node)
        self._loops += 1
        name = f"__goqueue_round_{self._loops}__"
        before = place(ast.Assign([ast.Name(name, ast.Store())], ast.Constant(False)), node)
        further = self._hook("again", place(ast.Name(name, ast.Load()), node), at=node)
        node.body.insert(0, place(ast.Assign([ast.Name(name, ast.Store())], further), node.body[0]))
        node.orelse.insert(0, place(ast.Expr(further), node))
        return [before, node]

    visit_For = visit_While = _visit_loop

    def _visit_try(self, node: Any) -> Any:
        self.generic_visit(node)
        for block in (*(handler.body for handler in node.handlers), node.finalbody):
            if block:
                block.insert(0, self._statement("cleaning", block[0]))
                block.append(self._statement("cleaned", block[-1]))
        return node

    visit_Try = visit_TryStar = _visit_try
