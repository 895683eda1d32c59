"""Attributes are seen: each kind of owner, each way to read one, each way to write one.

One thread writes, the other reads. What comes out of either order is known, because the same code also runs without
threads. Both must be among the outcomes of an exploration that calls itself exhausted.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from .both_orders import missed, source

HEAD = """
import argparse, contextlib, copy, dataclasses, enum, functools, inspect, itertools, operator, string
import re, threading, types, typing
class Meta(type): n = 1
class Base: n = 1
class Kind(Base): pass
class OfMeta(metaclass=Meta): pass
class Plain:
    def __init__(self): self.n = 1
class Slot: __slots__, __init__ = ("n",), Plain.__init__
class Property:
    _n = 1
    n = property(lambda self: self._n, lambda self, n: setattr(self, "_n", n), lambda self: delattr(self, "_n"))
class Field:
    def __get__(self, thing, kind=None): return self if thing is None else thing.__dict__["n"]
    def __set__(self, thing, n): thing.__dict__["n"] = n
    def __delete__(self, thing): del thing.__dict__["n"]
class Described: n, __init__ = Field(), Plain.__init__
class Asked:
    def __init__(self): self.__dict__["it"] = types.SimpleNamespace(n=1)
    def __getattr__(self, name): return getattr(self.it, name)
    def __setattr__(self, name, n): setattr(self.it, name, n)
    def __delattr__(self, name): delattr(self.it, name)
class Special(Plain):
    def __getattribute__(self, name): return super().__getattribute__(name)
    def __setattr__(self, name, n): super().__setattr__(name, n)
@dataclasses.dataclass
class Data: n: int = 1
@dataclasses.dataclass(slots=True, kw_only=True)
class Slots: n: int = 1
@dataclasses.dataclass(frozen=True, slots=True)
class Frozen: n: int = 1
class Colour(enum.Enum): RED = 1
class Error(ValueError): n = 1
class Words(list): n = 1
class Names(str): n = 1
class Prices(dict): n = 1
class Of(typing.Generic[typing.TypeVar("T")]): n = 1
def function(): pass
function.n = 1
"""


def listed(text: str) -> list[str]:
    """Return what stands between two spaces or line ends."""
    return [part for line in text.strip().splitlines() for part in line.split("  ")]


OWNERS = listed("""
Plain()  Kind()  Kind  Base  OfMeta  Slot()  Property()  Described()  Asked()  Special()  Data()  Slots()  Frozen()
Colour.RED  Error()  Words()  Names()  Prices()  Of()  Of  function  functools.wraps(function)(lambda: 0)
functools.partial(function)  types.SimpleNamespace(n=1)  types.ModuleType("shop")  argparse.Namespace(n=1)
functools.lru_cache(function)  type("X", (Base,), {})()  type("X", (), {"n": 1})
""")
READS = listed(r"""
O.n  getattr(O, "n")  getattr(O, "n", 0)  hasattr(O, "n")  vars(O)["n"]  O.__dict__.get("n")  sorted(vars(O), key=str)
"n" in dir(O)  operator.attrgetter("n")(O)  O.__getattribute__("n")  object.__getattribute__(O, "n")
type(O).n.__get__(O)  f"{O.n}"  "{0.n}".format(O)  "{o.n:{o.n}}".format_map({"o": O})  copy.copy(O).n
string.Formatter().format("{0.n}", O)  copy.deepcopy(O).n  dataclasses.replace(O).n  O.__reduce_ex__(4)[2]
functools.reduce(getattr, ["n"], O)  functools.wraps(O)(lambda: 0).n  list(map(getattr, [O], ["n"]))
(lambda n=O.n: n)()  [o.n for o in [O] if o.n]  next(o.n for o in (O,))  inspect.getattr_static(O, "n")
types.MappingProxyType(vars(O))["n"]  max([O], key=lambda o: o.n).n  match 2:\n case O.n: out.append(1)
match O:\n case object(n=n): out.append(n)  class K: n = O.n\nout.append(K.n)  for n in range(O.n): out.append(n)
""")
WRITES = listed("""
O.n = 2  O.n += 1  setattr(O, "n", 2)  O.__setattr__("n", 2)  object.__setattr__(O, "n", 2)  vars(O)["n"] = 2
type.__setattr__(O, "n", 2)  vars(O).update(n=2)  O.__dict__ = {**vars(O), "n": 2}  O.__dict__ |= {"n": 2}
for O.n in [2]: pass  [0 for O.n in [2]]  (O.n, *rest) = 2, 0  with contextlib.nullcontext(2) as O.n: pass
type(O).n.__set__(O, 2)  O.__init__(n=2)  O.__setstate__((2,))  list(map(setattr, [O], ["n"], [2]))
functools.partial(setattr, O, "n")(2)
class K: O.n = 2  type(O).n = 2  Base.n = 2  del O.n  delattr(O, "n")  vars(O).pop("n")
""")


def program(owner: str, write: str, read: str) -> str:
    """Return the source of a module whose models have one owner, one way to write and one way to read."""
    read = read if read.startswith(("match", "class", "for ")) else f"out.append({read})"
    write, read = (each.replace("\\n", "\n") for each in (write, read))
    return source(HEAD, f"O = {owner}\nif not hasattr(O, 'n'): O.n = 1", write, read)


def first_that_matters(owner: str, read: int, folder: Path) -> list[str]:
    """Return what is missed of one read and the first write, from another one on for each read, that changes it."""
    for write in (WRITES * 2)[read * 7 % len(WRITES) :][: len(WRITES)]:
        found = missed(program(owner, write, READS[read]), folder)
        if found is not None:
            return [f"{owner}: {write}, {READS[read]}, {outcome}" for outcome in found]
    return []


@pytest.mark.parametrize("owner", OWNERS)
def test_an_attribute_is_seen(owner: str, tmp_path: Path) -> None:
    assert first_that_matters(owner, OWNERS.index(owner) * 5 % len(READS), tmp_path) == []


@pytest.mark.slow
@pytest.mark.parametrize("owner", OWNERS)
def test_it_is_seen_in_each_way(owner: str, tmp_path: Path) -> None:
    reads = range(OWNERS.index(owner) % 2, len(READS), 2)  # every other one, and of the next owner the rest
    assert [each for read in reads for each in first_that_matters(owner, read, tmp_path)] == []
