"""Operators on critical sections: a lock is dropped, held too briefly, let go in the middle, or held too long."""

import ast
from collections.abc import Iterator

from .change import Change, Place, bodies, called, copied, operator, parsed

LOCKS = ("Lock", "RLock", "Condition", "Semaphore", "Event")
HARMLESS_UNDER_A_LOCK = {"deepcopy", "list", "dict", "sorted", "tuple", "str", "len", "sum", *LOCKS}


def locked(node: ast.AST) -> bool:
    """Whether a statement is `with self._lock:`, which calls nothing."""
    return isinstance(node, ast.With) and isinstance(node.items[0].context_expr, ast.Attribute | ast.Name)


def sections(place: Place) -> Iterator[tuple[str, int, list[ast.stmt], ast.With]]:
    """Yield each critical section that is directly in a body of this node, and where it is."""
    for name, body in bodies(place.node):
        for at, statement in enumerate(body):
            if isinstance(statement, ast.With) and locked(statement):
                yield name, at, body, statement


@operator("a lock is not taken")
def lock_dropped(place: Place) -> Iterator[Change]:
    for name, at, _, section in sections(place):
        yield Change(place.node, name, section.body, at, at + 1)


@operator("a critical section ends one statement early")
def lock_ends_early(place: Place) -> Iterator[Change]:
    for name, at, _, section in sections(place):
        if len(section.body) > 1 and not _needs_no_lock(section.body[-1:]):
            yield Change(place.node, name, [copied(section, body=section.body[:-1]), section.body[-1]], at, at + 1)


@operator("a critical section begins one statement late")
def lock_begins_late(place: Place) -> Iterator[Change]:
    for name, at, _, section in sections(place):
        if len(section.body) > 1:
            yield Change(place.node, name, [section.body[0], copied(section, body=section.body[1:])], at, at + 1)


@operator("a critical section is two, so that others can come in between")
def lock_split(place: Place) -> Iterator[Change]:
    for name, at, _, section in sections(place):
        for cut in range(1, len(section.body)):
            if _needs_no_lock(section.body[cut:]) or all(map(_notifies, section.body[cut:])):
                continue  # whoever is told a moment later looks at the same things
            halves = [copied(section, body=part) for part in (section.body[:cut], section.body[cut:])]
            yield Change(place.node, name, halves, at, at + 1)


def _needs_no_lock(statements: list[ast.stmt]) -> bool:
    """Whether these only return what nobody else knows: a constant, or something that has a name of its own."""
    match statements:
        case [ast.Return(value=ast.Name() | ast.Constant() | None)]:
            return True
    return False


def _notifies(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and called(statement.value).startswith("notify")


@operator("a call that was made without the lock is made under it")
def lock_held_too_long(place: Place) -> Iterator[Change]:
    for name, at, body, section in sections(place):
        if at + 1 < len(body) and _calls_out(body[at + 1]):
            yield Change(place.node, name, [copied(section, body=[*section.body, body[at + 1]])], at, at + 2)
        if at > 0 and _calls_out(body[at - 1]):
            yield Change(place.node, name, [copied(section, body=[body[at - 1], *section.body])], at - 1, at + 1)


def _calls_out(statement: ast.stmt) -> bool:
    """Whether a statement calls something that may take a lock, wait, or run another's code."""
    inner = list(ast.walk(statement))
    if any(isinstance(node, ast.Raise) for node in inner):
        return False
    return any(isinstance(node, ast.Call) and called(node) not in HARMLESS_UNDER_A_LOCK for node in inner)


@operator("a condition has a lock of its own, not the one that its user holds")
def condition_apart(place: Place) -> Iterator[Change]:
    match place.node:
        case ast.Call(args=[ast.Attribute() | ast.Name()]) if called(place.node) == "Condition":
            yield Change(place.node, "args", [])


@operator("a `with` block is not left properly: what it made is used without the `with`")
def with_dropped(place: Place) -> Iterator[Change]:
    for name, body in bodies(place.node):
        for at, statement in enumerate(body):
            if isinstance(statement, ast.With) and not locked(statement):
                made: list[ast.stmt] = [
                    ast.Assign([item.optional_vars], item.context_expr)
                    if item.optional_vars is not None
                    else ast.Expr(item.context_expr)
                    for item in statement.items
                ]
                yield Change(place.node, name, [*made, *statement.body], at, at + 1)


@operator("a flag of each thread is one of all threads")
def thread_local_shared(place: Place) -> Iterator[Change]:
    if called(place.node) == "local" and isinstance(place.node, ast.Call):
        yield from place.replaced(parsed("__import__('types').SimpleNamespace()"))


@operator("a try at a lock waits for it, or a wait for a lock only tries it")
def acquire_waits(place: Place) -> Iterator[Change]:
    match place.node:
        case ast.Call(keywords=[ast.keyword(arg="blocking", value=ast.Constant(value=bool(flag)))]):
            yield Change(place.node, "keywords", [ast.keyword("blocking", ast.Constant(not flag))])
