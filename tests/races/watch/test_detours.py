"""What threads share is seen, wherever an expression gets it from: `if same(jobs): …` looks whether `jobs` is empty.

Each way to read a container is tried with each source that it may come from. Another thread adds an item: if the
reader comes first, the assertion fails.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path

import pytest

from goqueue.races import explore

from ..generated.sources import SOURCES
from .test_reads import program
from .test_watching import module_of

PLAIN = "X", "(it := X)", "vars(box)['it']", "getattr(box, 'it')", "box.it", "keep()", "box.of()", "keep.__call__()"
PREFIX = "import types\nbox, same = Kind(), lambda thing: thing\nbox.it, keep = X, lambda: X\nbox.of = keep\n"

# What two threads share, what the other one does, and what is read: for each, what comes last.
ANY = r"""
if E: out.append(1)
if not E: out.append(0)
while E: out.append(1); break
out.append(1 if E else 0)
out.append(not E)
out.append(bool(E))
out.append(E and 1)
out.append((0 or E) and 1)
out.append(not (not E or 0))
out += [1 for _ in "1" if E]
match 1:\n    case 1 if E: out.append(1)
try:\n    assert E\nexcept AssertionError:\n    out.append(0)
if (found := E): out.append(1)
if 0: pass\nelif E: out.append(1)
out.append(len(E or ()))
out.append(len(E))
out.append(1 in E)
out.append(any(E))
out += [each for each in E]
out += [*E]
out.append(str(E))
out.append(f"{ E }")
out.append(len(E.copy()))
""".strip().splitlines()
OF_LISTS = r"""
out.append(E != [])
out.append([] < E)
out.append(len(E + []))
out.append(len([] + E))
out.append(len(E[:]))
first, *rest = 0, *E; out += rest
out += E
out[1:] = E
out.append(sorted(E))
out.append((lambda *all: len(all))(*E))
out += (lambda: (yield from E))()
match E:\n    case [1]: out.append(1)
""".strip().splitlines()
OF_DICTS = r"""
if E.keys(): out.append(1)
out.append(not E.values())
out.append(1 if E.items() else 0)
out.append(E.keys().isdisjoint([1]))
out.append(E.items().__len__())
out.append(E.get(1))
out.append(len({**E}))
out.append(len(E | {}))
out.append(E.keys() & {1})
match E:\n    case {1: 1}: out.append(1)
""".strip().splitlines()
ROWS = [
    *((read, "[]", "X.append(1)") for read in [*ANY, *OF_LISTS]),
    *((read, "{}", "X[1] = 1") for read in [*ANY, *OF_DICTS]),
    *((read, "set()", "X.add(1)") for read in ANY),
]
ALL = [*PLAIN, *SOURCES]
EACH_ONCE = [(row, ALL[at * 7 % len(ALL)]) for at, row in enumerate(ROWS)]


def look(read: str, source: str) -> str:
    """Return the reading code, in which E is the container."""
    return re.sub(r"\bE\b", source, read.replace("\\n", "\n"))


@functools.cache
def last(read: str, container: str, change: str) -> object:
    """Return what is read after the change, and no other thread."""
    space: dict[str, object] = {"X": eval(container), "out": []}
    exec(change, space)
    try:
        exec(look(read, "X") if "yield" not in read else "out += X", space)
    except AssertionError:
        return None
    return space["out"]


def seen(row: tuple[str, str, str], source: str, folder: Path) -> bool:
    """Whether a reader that comes first is seen."""
    read, container, change = row
    found = program(f"X = {container}\n{PREFIX}".replace("\n", "\n    "), change, look(read, source), last(*row))
    verdict = explore(module_of(found, folder).model, races="off").verdict
    return verdict in ("failed assertion", "exception in a thread")


@pytest.mark.parametrize(("row", "source"), EACH_ONCE)
def test_each_way_to_read_is_seen(row: tuple[str, str, str], source: str, tmp_path: Path) -> None:
    assert seen(row, source, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("source", ALL)
def test_it_is_seen_from_each_source(source: str, tmp_path: Path) -> None:
    rows = ROWS[ALL.index(source) % 3 :: 3]  # a third, and of each source another one
    rows = [row for row in rows if ":=" not in source or " for " not in row[0]]  # which Python does not allow
    missed = [row for row in rows if not seen(row, source, tmp_path)]
    assert missed == []
