"""The source of an answer: what the learner wrote and what that uses, taken from the notebook's cells.

    In[3]  v9 = load(9)            <─┐ used
    In[5]  sent = []               <─┤ used
    In[7]  queue = v9.Queue()        │ not used: left out
    In[9]  def send_catalogue(…): ───┘ the answer

An answer can then run in another process that has nothing else. Only statements that bind a name are taken; a call
such as `queue.register_handler(…)` in a cell of its own is left out.
"""

from __future__ import annotations

import ast
import builtins
import symtable
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import FunctionType

from .newest import changed
from .shell import shell


@dataclass(frozen=True)
class Statement:
    """A statement at the top level of a cell: what it binds, what it reads now, and what its functions read later."""

    text: str
    binds: frozenset[str]
    reads: frozenset[str]
    reads_later: frozenset[str]


def source_of(answer: object, name: str, given: str = "") -> str:
    """Return a program that defines `answer` under `name`, without what the code `given` binds already.

    Raises ValueError if its source cannot be found.
    """
    if isinstance(answer, str | int | float | list | tuple | dict | set):
        return f"{name} = {answer!r}"
    here = shell()
    space = here.user_ns if here else vars(sys.modules["__main__"])
    cells = list(here.history_manager.input_hist_parsed) if here else []
    module = getattr(answer, "__module__", None)
    if module not in (None, "__main__", "builtins") and isinstance(answer, type | FunctionType):
        return f"from {module} import {answer.__qualname__} as {name}"
    names = [known for known, value in space.items() if value is answer and not known.startswith("_")]
    if not names or not cells:
        raise ValueError(
            f"the source of {answer!r} cannot be found: define it in a cell, under a name such as {name}, "
            f"and hand over that name"
        )
    own = name if name in names else names[0]
    known = set().union(*(statement.binds for statement in statements([given])))
    text = sliced(statements(cells), own, known)
    defined = getattr(answer, "__name__", own) if isinstance(answer, type | FunctionType) else own
    if differs := changed(answer, text, defined):
        raise ValueError(
            f"{differs} is not what its cell says: it was changed or patched afterwards, or came from a cell that "
            f"cannot be read. Put all of {defined} into one cell without magics, run it, and check again"
        )
    return text if own == name else f"{text}\n\n{name} = {own}"


def statements(cells: Iterable[str]) -> list[Statement]:
    """Return the top-level statements of some cells. Cells that are not Python, such as magics, are left out.

    >>> [sorted(found.binds) for found in statements(["a = 1", "%%time", "def f(): return a"])]
    [['a'], ['f']]
    """
    found = []
    for cell in cells:
        try:
            nodes = ast.parse(cell).body
        except (SyntaxError, ValueError):
            continue
        lines = cell.splitlines()
        for node in nodes:
            if body := _body_of_magic(node):
                found += statements([body])
                continue
            decorators = getattr(node, "decorator_list", [])
            whole = "\n".join(lines[decorators[0].lineno - 1 : node.end_lineno]) if decorators else None
            found.append(_statement(whole or ast.get_source_segment(cell, node) or ast.unparse(node)))
    return found


def _body_of_magic(node: ast.stmt) -> str:
    """Return the code that a cell magic such as %%time runs in the notebook's own namespace, or ""."""
    call = node.value if isinstance(node, ast.Expr) else None
    if not isinstance(call, ast.Call) or getattr(call.func, "attr", "") != "run_cell_magic":
        return ""
    words = [word.value for word in call.args if isinstance(word, ast.Constant) and isinstance(word.value, str)]
    return words[2] if len(words) == 3 and words[0] in ("time", "capture", "prun") else ""


def _statement(text: str) -> Statement:
    table = symtable.symtable(text, "answer", "exec")
    binds = {one.get_name() for one in table.get_symbols() if one.is_assigned() or one.is_imported()}
    reads = {one.get_name() for one in table.get_symbols() if one.is_referenced()}
    later: set[str] = set()
    pending = [(child, child.get_type() == "class") for child in table.get_children()]
    while pending:
        inner, at_once = pending.pop()  # a class's body runs now, a function's later
        globals_ = {one.get_name() for one in inner.get_symbols() if one.is_global()}
        (reads if at_once else later).update(globals_)
        pending += [(child, at_once and child.get_type() == "class") for child in inner.get_children()]
    return Statement(text, frozenset(binds), frozenset(reads), frozenset(later))


def sliced(all_of_them: Sequence[Statement], name: str, known: set[str]) -> str:
    """Return the statements that `name` needs, in their order. Names in `known` and Python's own need none.

    >>> sliced(statements(["stock = 3", "other = 4", "def sell(): return stock"]), "sell", set())
    'stock = 3\\ndef sell(): return stock'
    """
    given = known.union(dir(builtins))
    needed: set[int] = set()
    pending = [(name, len(all_of_them))]
    while pending:
        wanted, before = pending.pop()
        binding = [at for at, one in enumerate(all_of_them) if wanted in one.binds]
        at = max([at for at in binding if at < before] or binding, default=None)
        if at is None or at in needed:
            continue
        needed.add(at)
        pending += [(read, at) for read in all_of_them[at].reads - given]
        pending += [(read, len(all_of_them)) for read in all_of_them[at].reads_later - given]
    return "\n".join(all_of_them[at].text for at in sorted(needed))
