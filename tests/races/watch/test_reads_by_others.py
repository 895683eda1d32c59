"""What the library, or C, reads for a program is seen: formats, copies, iterators, blocks.

The rows are like those of `test_reads`: what is shared, what one thread changes, what the other reads into `out`, and
what it finds if it comes last.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from goqueue.races import explore

from .test_reads import BOX, BYTES, program
from .test_watching import module_of

OTHER = "other = Other()", "Other.n = 2"
OF_CLASS = "box = Box()", "Box.n = 2"
MORE = "class More(list): pass\nbox = More()", "box.n = 2"
FROZEN = "@dataclasses.dataclass(frozen=True, slots=True)\nclass Point: n: int\nbox = Point(1)"
PAIR = "pair = [1, 2]", "pair[1] = 3"
VIEW = "b = bytearray(b'ab'); v, f = memoryview(b), io.StringIO()", "b[0] = 98"
FILE = "f = io.BytesIO(b'a\\nb\\n')", "next(f, 0)"
ITEMS = "class Jobs:\n    def __init__(self): self.items = [1]\n    def __iter__(self): return {}\njobs = Jobs()"
ADDED = "jobs.items.append(2)"
BY_ID = "kept, box = {}, Box(); kept[id(box)] = 1", "kept[id(box)] = 2"
FORMATTER = "out.append(string.Formatter().format('{0.n}', box))"
ROWS = {
    "object.__getattribute__ of a class's": (*OF_CLASS, "out.append(object.__getattribute__(box, 'n'))", [2]),
    "__getattribute__ of a base's": ("other = Other()", "del Other.n", "out.append(other.__getattribute__('n'))", [1]),
    "deepcopy of no attribute yet": (*BOX, "out.append(copy.deepcopy(box).n)", [2]),
    "a field of a class": (*OF_CLASS, "out.append('{0.n}'.format(box))", ["2"]),
    "a field of a base": (*OTHER, "out.append('{o.n}'.format_map({'o': other}))", ["2"]),
    "a field of a slot": (
        "class K: __slots__ = 'n'\nbox = K(); box.n = [1]",
        "box.n[0] = 2",
        "out.append('{0.n[0]}'.format(box))",
        ["2"],
    ),
    "a field of a field": ("box = Box(); Box.m = Box()", "box.m.n = 2", "out.append('{0.m.n}'.format(box))", ["2"]),
    "a field that says how": (*BOX, "out.append('{1:{0.n}}'.format(box, 'a'))", ["a "]),
    "a field in a UserDict": (*BOX, "out.append('{b.n}'.format_map(collections.UserDict(b=box)))", ["2"]),
    "a field in a ChainMap": (*BOX, "out.append('{b.n}'.format_map(collections.ChainMap({}, {'b': box})))", ["2"]),
    "a field in a mappingproxy": (*BOX, "out.append('{b.n}'.format_map(types.MappingProxyType({'b': box})))", ["2"]),
    "a subclass of str": (*BOX, "class K(str): pass\nout.append(K('{0.n}').format(box))", ["2"]),
    "Formatter": (*BOX, f"import string; {FORMATTER}", ["2"]),
    "Formatter of a class's": (*OF_CLASS, f"import string; {FORMATTER}", ["2"]),
    "Formatter.vformat": (*BOX, "import string; out += string.Formatter().vformat('{b.n}', (), {'b': box})", ["2"]),
    "Formatter.get_field": (*BOX, "import string; out.append(string.Formatter().get_field('0.n', [box], {})[0])", [2]),
    "Formatter, by its class": (
        *BOX,
        "import string; f = string.Formatter; out.append(f.format(f(), '{0.n}', box))",
        ["2"],
    ),
    "__reduce_ex__ of a list": (*MORE, "out.append(box.__reduce_ex__(4)[2])", [{"n": 2}]),
    "__getstate__ of a list": (*MORE, "out.append(box.__reduce_ex__(2)[2])", [{"n": 2}]),
    "__reduce__ of a set": ("shared = {1}", "shared.add(2)", "out += shared.__reduce__()[1][0]", [1, 2]),
    "__dir__ of a list": (*MORE, "out.append('n' in box.__dir__())", [True]),
    "__setstate__ of slots": (FROZEN, "box.__setstate__([2])", "out.append(box.n)", [2]),
    "__getstate__ of slots": (FROZEN, "object.__setattr__(box, 'n', 2)", "out.append(box.__getstate__())", [[2]]),
    "a metaclass in Python": (
        "class Colour(enum.Enum): RED = 1",
        "type(Colour).__setattr__(Colour, 'n', 2)",
        "out.append(getattr(Colour, 'n', 1))",
        [2],
    ),
    "a proxy of a class's": ("Box.n = 1", "Box.n = 2", "out.append(types.MappingProxyType(vars(Box))['n'])", [2]),
    "a proxy of a proxy": (
        "inner = {1: 1}; p = types.MappingProxyType(types.MappingProxyType(inner))",
        "inner[1] = 2",
        "out.append(p[1])",
        [2],
    ),
    "wraps": (*BOX, "out.append(functools.wraps(box)(lambda: 0).__dict__.get('n'))", [2]),
    "@wraps": (*BOX, "@functools.wraps(box)\ndef f(): pass\nout.append(vars(f).get('n'))", [2]),
    "update_wrapper": (*BOX, "out.append(vars(functools.update_wrapper(lambda: 0, wrapped=box)).get('n'))", [2]),
    "what a partial sets of a cached function": (
        "cached = functools.lru_cache(lambda: 0); cached.n = 1",
        "functools.partial(setattr, cached, 'n')(2)",
        "out.append(cached.n)",
        [2],
    ),
    "what a partial gets of a cached function": (
        "cached = functools.lru_cache(lambda: 0); cached.n = 1",
        "cached.n = 2",
        "out.append(functools.partial(getattr, cached, 'n')())",
        [2],
    ),
    "getattr() of a weak proxy": (
        "import weakref; box = Box(); p = weakref.proxy(box)",
        "box.n = 2",
        "out.append(getattr(p, 'n', 0))",
        [2],
    ),
    "dict of an iterator of pairs": (*PAIR, "out.append(dict(iter([pair])))", [{1: 3}]),
    "dict of values": (*PAIR, "out.append(dict({0: pair}.values()))", [{1: 3}]),
    "dict |= pairs": (*PAIR, "mine = {}; mine |= [pair]; out.append(mine)", [{1: 3}]),
    "dict of a bytearray": ("b = bytearray(b'ab')", "b[1] = 3", "out.append(dict([b]))", [{97: 3}]),
    "a row of an iterator": (
        "shared = iter('ab')",
        "next(shared, 0)",
        "f = io.StringIO(); csv.writer(f).writerow(shared); out.append(f.getvalue())",
        ["b\r\n"],
    ),
    "a row of a memoryview": (*VIEW, "csv.writer(f).writerow(v); out += f.getvalue()[:2]", ["9", "8"]),
    "zip of a memoryview": (*VIEW, "out += zip(v)", [(98,), (98,)]),
    "groupby of a memoryview": (*VIEW, "out += [len([*each]) for _, each in itertools.groupby(v)]", [2]),
    "from_iterable of an iterator": (
        "shared = itertools.accumulate([1, 2])",
        "next(shared, 0)",
        "out.append(list(itertools.chain.from_iterable([shared])))",
        [[3]],
    ),
    "from_iterable of a memoryview": (*VIEW, "out.append(list(itertools.chain.from_iterable([v])))", [[98, 98]]),
    "starmap of a bytearray": (*BYTES, "out += itertools.starmap(lambda *all: len(all), [shared])", [2]),
    "lines of a file": (*FILE, "out += [*f]", [b"b\n"]),
    "sorted lines of a file": (*FILE, "out += sorted(f)", [b"b\n"]),
    "rows of a reader": ("rows = csv.reader(['a', 'b'])", "next(rows, 0)", "out += [*rows]", [["b"]]),
    "a file at the end of its block": ("f = io.BytesIO()", "with f: pass", "out.append(f.closed)", [True]),
    "__iter__ gives enumerate": (ITEMS.format("enumerate(self.items)"), ADDED, "out += [*jobs]", [(0, 1), (1, 2)]),
    "__iter__ gives zip": (ITEMS.format("zip(self.items)"), ADDED, "for each in jobs: out.append(each)", [(1,), (2,)]),
    "__iter__ gives filter": (ITEMS.format("filter(None, self.items)"), ADDED, "out.append(tuple(jobs))", [(1, 2)]),
    "__iter__ gives list.__iter__": (ITEMS.format("self.items.__iter__()"), ADDED, "out += jobs", [1, 2]),
    "__iter__ gives accumulate": (ITEMS.format("itertools.accumulate(self.items)"), ADDED, "one, *out = jobs", [3]),
    "__reversed__ gives an iterator": (
        ITEMS.replace("__iter__", "__reversed__").format("self.items") + "; jobs.items = zip([1, 2])",
        "next(jobs.items, 0)",
        "for each in reversed(jobs): out.append(each)",
        [(2,)],
    ),
    "a key that is an id()": (*BY_ID, "out.append(kept[id(box)])", [2]),
    "get() of an id()": (*BY_ID, "out.append(kept.get(id(box)))", [2]),
    "an id() in a tuple": (
        "kept, box = {}, Box(); kept[id(box), 1] = 1",
        "kept[id(box), 1] = 2",
        "out.append(kept[id(box), 1])",
        [2],
    ),
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS)
def test_what_others_read_is_seen(row: str, tmp_path: Path) -> None:
    setup, change, look, want = ROWS[row]
    module = module_of(program(setup.replace("\n", "\n    "), change, look, want), tmp_path)
    assert explore(module.model, races="off").verdict in ("failed assertion", "exception in a thread")


@pytest.mark.parametrize("row", ROWS)
def test_under_a_lock_nothing_is_wrong(row: str, tmp_path: Path) -> None:
    setup, change, look, want = ROWS[row]
    module = module_of(program(setup.replace("\n", "\n    "), change, look, want, right=True), tmp_path)
    assert explore(module.model).verdict == "exhausted"


def test_a_slot_that_a_class_hides_is_named(tmp_path: Path) -> None:
    setup = "class K: __slots__ = 'n'\n    class L(K): pass\n    box = L(); box.n = 1"
    result = explore(module_of(program(setup, "L.n = 2", "out.append(box.n)", [2]), tmp_path).model, races="off")
    assert (result.verdict, *result.unwatched) == ("exhausted", "L.n (set while threads run)")
