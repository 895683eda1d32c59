"""Each way to read what another thread changes is seen: if the reader comes first, the assertion fails.

A row is what is shared, what one thread changes, what the other reads into `out`, and what it finds if it comes last.
"""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

import pytest

from goqueue.races import explore

from .test_watching import module_of

HEAD = """
import abc, argparse, array, collections, contextlib, copy, csv, dataclasses, enum, functools, graphlib, http.cookies
import inspect, io, itertools, json, logging, operator, sys, threading, traceback, types, typing
"""
CLASSES = """
class Meta(type):
    k = 1
class Kind(metaclass=Meta):
    n = 1
class Other(Kind):
    n = 5
    def get(self):
        return super().n
class Job:
    n = property(operator.attrgetter("_n"))
    def __init__(self): self._n = 1
class Box:
    n = 1
    items = ()
    @classmethod
    def base(cls): return cls
@typing.runtime_checkable
class Marked(typing.Protocol):
    mark: int
class Cached:
    @functools.cached_property
    def value(self): return 1
class Handler(logging.Handler):
    def emit(self, record): self.records.append(record.msg)
def same(thing): return thing
"""
LIST = "shared = [1]", "shared.append(2)"
DICT = "shared = {1: 1}", "shared[2] = 2"
KEYS = "shared = {'a': 1}", "shared['b'] = 2"
NAMES = "shared = ['a']", "shared.append('b')"
PAIRS = "shared = [('a', int)]", "shared.append(('b', int))"
HELD = "inner = [1]; shared = [inner]", "inner.append(2)"
BYTES = "shared = bytearray(b'a')", "shared.append(98)"
BOX = "box = Box()", "box.n = 2"
LOGGER = ("logger, handler = logging.Logger('shop'), Handler(); handler.records = []; logger.addHandler(handler)",)
LATE = "L = type('L', (), {}); box = L()", "L.n = 2"
REGISTERED = "K, C = abc.ABCMeta('K', (), {}), type('C', (), {})", "K.register(C)"
ROWS = {
    "list += list": (*LIST, "mine = []; mine += shared; out.append(mine)", [[1, 2]]),
    "set |= set": ("shared = {1}", "shared.add(2)", "mine = set(); mine |= shared; out.append(mine)", [{1, 2}]),
    "set -= view": (*DICT, "mine = {1, 2}; mine -= shared.keys(); out.append(mine)", [set()]),
    "dict |= dict": (*DICT, "mine = {}; mine |= shared; out.append(mine)", [{1: 1, 2: 2}]),
    "str %= dict": ("shared = {'k': 1}", "shared['k'] = 2", "s = '%(k)s'; s %= shared; out.append(s)", ["2"]),
    "bytes += bytearray": (*BYTES, "mine = b''; mine += shared; out.append(mine)", [b"ab"]),
    "box.items += list": (*LIST, "box = Box(); box.items = []; box.items += shared; out += box.items", [1, 2]),
    "slice": (*LIST, "mine = [0]; mine[:] = shared; out += mine", [1, 2]),
    "slice of a chain": (*LIST, "mine = []; mine[:] = itertools.chain(shared); out += mine", [1, 2]),
    "slice of a bytearray": (*LIST, "mine = bytearray(); mine[:] = itertools.chain(shared); out += mine", [1, 2]),
    "chain of in": (*LIST, "out.append(0 < 2 in shared)", [True]),
    "chain of ==": (*HELD, "out.append([[1]] == shared == [[1]])", [False]),
    "chain with a call": (*HELD, "out.append(same(inner) == [1] == [1])", [False]),
    "chain of views": (*DICT, "out.append({1} == shared.keys() == {1})", [False]),
    "chain in a comprehension": (*LIST, "out += [0 < n in shared for n in (2,)]", [True]),
    "in a tuple": (*LIST, "out.append([1] in (shared,))", [False]),
    "in values": ("inner = [1]; shared = {1: inner}", "inner.append(2)", "out.append([1] in shared.values())", [False]),
    "in an iterator": (*HELD, "out.append([1] in iter(shared))", [False]),
    "in a memoryview": ("b = bytearray(b'a'); v = memoryview(b)", "b[0] = 98", "out.append(98 in v)", [True]),
    "index in a tuple": (*HELD, "out.append((inner,).count([1]))", [0]),
    "operator.contains": (*HELD, "out.append(operator.contains((inner,), [1]))", [False]),
    "extend by values": (*DICT, "out.extend(shared.values())", [1, 2]),
    "union with keys": (*DICT, "out.append(set().union(shared.keys()))", [{1, 2}]),
    "extend by a bytearray": (*BYTES, "out.extend(shared)", [97, 98]),
    "array.extend": (*LIST, "mine = array.array('b'); mine.extend(itertools.chain(shared)); out += mine", [1, 2]),
    "repr of a held bytearray": (*BYTES, "out.append(repr([shared]))", ["[bytearray(b'ab')]"]),
    "join": (*BYTES, "out.append(b''.join([shared]))", [b"ab"]),
    "a loop over what a call returns": (*BYTES, "for each in same(shared): out.append(each)", [97, 98]),
    "a call as an operand": (*LIST, "out += same(shared) * 2", [1, 2, 1, 2]),
    "int of a call": ("shared = bytearray(b'1')", "shared.append(50)", "out.append(int(same(shared)))", [12]),
    "a property in C": ("job = Job()", "job._n = 2", "out.append(job.n)", [2]),
    "super()": ("other = Other()", "Kind.n = 2", "out.append(other.get())", [2]),
    "a class's class": ("", "Meta.k = 2", "out.append(Kind.k)", [2]),
    "not_": ("shared = []", "shared.append(1)", "out.append(operator.not_(shared))", [False]),
    "repr.__call__": (*LIST, "out.append(repr.__call__(shared))", ["[1, 2]"]),
    "filterfalse": ("inner = []", "inner.append(1)", "out += itertools.filterfalse(bool, [inner])", []),
    "groupby": (*BOX, "out += [k for k, _ in itertools.groupby([box], operator.attrgetter('n'))]", [2]),
    "str.join": ("shared = ['a']", "shared.append('b')", "out.append(str.join('', shared))", ["ab"]),
    "list(iter(iterator))": ("shared = iter([1, 2])", "next(shared, 0)", "out += list(iter(shared))", [2]),
    "writerows": (*HELD, "f = io.StringIO(); csv.writer(f).writerows([inner]); out.append(f.getvalue())", ["1,2\r\n"]),
    "an attribute in a class body": (*BOX[:1], "class K: box.n = 2", "out.append(box.n)", [2]),
    "an item in a class body": (*DICT[:1], "class K: shared[1] += 2", "out.append(shared[1])", [3]),
    "a variable in a class body": ("n = 1", "class K:\n    nonlocal n\n    n = 2", "out.append(n)", [2]),
    "an attribute with an annotation": (*BOX[:1], "class K: box.n: int = 2", "out.append(box.n)", [2]),
    "an item with an annotation": (*DICT[:1], "class K: shared[2]: int = 2", "out.append(len(shared))", [2]),
    "a target in a class body": (*BOX[:1], "class K:\n    for a, box.n in ((1, 2),): pass", "out.append(box.n)", [2]),
    "a pattern in a class body": (
        *LIST,
        "class K:\n    n = 0\n    match shared:\n        case [_, n]: pass\nout.append(K.n)",
        [2],
    ),
    "a chain in a class body": (*LIST, "class K: n = 0 < 2 in shared\nout.append(K.n)", [True]),
    "an annotation in a class body": (*BOX, "class K: k: box.n\nout.append(K.__annotations__['k'])", [2]),
    "an annotation of a function": (*BOX, "def f(a: box.n): pass\nout.append(f.__annotations__['a'])", [2]),
    "what a function returns": (*BOX, "def f() -> box.n: pass\nout.append(f.__annotations__['return'])", [2]),
    "type(…)": (*KEYS, "out.append(hasattr(type('T', (), shared), 'b'))", [True]),
    "Enum(…)": (*NAMES, "out.append(len(enum.Enum('E', shared)))", [2]),
    "NamedTuple(…)": (*PAIRS, "out.append(len(typing.NamedTuple('N', shared)._fields))", [2]),
    "TypedDict(…)": (*KEYS, "out.append(len(typing.TypedDict('D', shared).__annotations__))", [2]),
    "make_dataclass": (*NAMES, "out += dataclasses.make_dataclass('D', shared).__match_args__", ["a", "b"]),
    "globals of eval": ("shared = {'a': 1}", "shared['a'] = 2", "out.append(eval('a', shared))", [2]),
    "locals of eval": ("shared = {'a': 1}", "shared['a'] = 2", "out.append(eval('a', {}, shared))", [2]),
    "globals of exec": ("shared = {'a': 1}", "exec('a = 2', shared)", "out.append(shared['a'])", [2]),
    "a class of the library": (*KEYS, "out.append(len(http.cookies.SimpleCookie(shared)))", [2]),
    "a sorter": (
        "shared = {'a': set()}",
        "shared['b'] = {'a'}",
        "out += graphlib.TopologicalSorter(shared).static_order()",
        ["a", "b"],
    ),
    "in a namespace": ("space = argparse.Namespace()", "space.b = 2", "out.append('b' in space)", [True]),
    "starmap": (*LIST, "out += itertools.starmap(lambda *all: sum(all), [shared])", [3]),
    "a note": ("e = ValueError('a')", "e.add_note('n')", "out += traceback.format_exception(e)[1:]", ["n\n"]),
    "a cause": (
        "e = ValueError('a')",
        "e.__cause__ = KeyError('b')",
        "out.append('b' in ''.join(traceback.format_exception(e)))",
        [True],
    ),
    "what a class gets later": (*LATE, "out.append(getattr(box, 'n', 1))", [2]),
    "dir() of what a class gets": (*LATE, "out.append('n' in dir(box))", [True]),
    "what a base gets later": (
        "L = type('L', (), {}); box = type('M', (L,), {})()",
        "L.n = 2",
        "out.append(hasattr(box, 'n'))",
        [True],
    ),
    "what hides a base's": (
        "M = type('M', (Box,), {}); box = M()",
        "M.n = 2",
        "out.append(box.n)",
        [2],
    ),
    "a copy of what has no attribute yet": (
        "box = type('Word', (str,), {'n': 1})('a')",
        "box.n = 2",
        "out.append(copy.copy(box).n)",
        [2],
    ),
    "what sets a module's variable": (
        "box = types.ModuleType('shop'); box.n = 1",
        "super(type(box), box).__setattr__('n', 2)",
        "out.append(box.n)",
        [2],
    ),
    "isinstance of an abstract class": (*REGISTERED, "out.append(isinstance(C(), K))", [True]),
    "issubclass of an abstract class": (*REGISTERED, "out.append(issubclass(C, (int, K)))", [True]),
    "a class pattern": (*REGISTERED, "match C():\n    case K(): out.append(1)\n    case _: out.append(2)", [1]),
    "singledispatch by an abstract class": (
        f"{REGISTERED[0]}; f = functools.singledispatch(lambda x: 0); f.register(K, lambda x: 1)",
        REGISTERED[1],
        "out.append(f(C()))",
        [1],
    ),
    "isinstance of a protocol": ("box = Box()", "box.mark = 1", "out.append(isinstance(box, Marked))", [True]),
    "type hints": (
        "Box.__annotations__ = {'a': int}",
        "Box.__annotations__['b'] = int",
        "out.append(len(typing.get_type_hints(Box)))",
        [2],
    ),
    "a signature": ("f = lambda a: a", "f.__defaults__ = (1,)", "out.append(str(inspect.signature(f)))", ["(a=1)"]),
    "a cached_property": (
        "box = Cached()",
        "box.__dict__.pop('value', None)",
        "box.value; out.append('value' in vars(box))",
        [True],
    ),
    "a level": (*LOGGER, "logger.setLevel(40)", "out.append(logger.isEnabledFor(20))", [False]),
    "a container of a module": ("", "sys.path.append('no such')", "out.append('no such' in sys.path)", [True]),
    "a class body": ("n = 1", "nonlocal n; n = 2", "class K: m = n\nout.append(K.m)", [2]),
}  # fmt: skip
if sys.version_info < (3, 14):  # from then on, nobody evaluates it
    ROWS["an annotation of an attribute"] = (*LIST, "class K: Box.m: out.append(len(shared)) = 1", [2])


def program(setup: str, change: str, look: str, want: object, right: bool = False) -> str:
    """Return the source of a model. The right form holds a lock, and takes what either order gives."""
    bodies = [textwrap.indent(body, " " * 12) for body in (change, look)]
    return (
        f"{HEAD}\ndef model():\n{textwrap.indent(CLASSES, ' ' * 4)}\n    {setup or 'pass'}\n    out = []\n"
        f"    lock = threading.Lock() if {right} else contextlib.nullcontext()\n"
        f"    def change():\n        with lock:\n{bodies[0]}\n"
        f"    def look():\n        nonlocal out\n        with lock:\n{bodies[1]}\n"
        "    threads = [threading.Thread(target=each) for each in (change, look)]\n"
        "    for each in threads: each.start()\n    for each in threads: each.join()\n"
        f"    assert {right} or out == {want!r}, out\n"
    )


@pytest.mark.parametrize("row", ROWS)
def test_what_is_read_is_seen(row: str, tmp_path: Path) -> None:
    module = module_of(program(*ROWS[row]), tmp_path)
    assert explore(module.model, races="off").verdict == "failed assertion"


@pytest.mark.parametrize("row", ROWS)
def test_under_a_lock_nothing_is_wrong(row: str, tmp_path: Path) -> None:
    module = module_of(program(*ROWS[row], right=True), tmp_path)
    assert explore(module.model).verdict == "exhausted"
