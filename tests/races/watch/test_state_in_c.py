"""State of objects in C: each run begins with what was there before, or the object is named by its place."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from typing import Any

import pytest

from goqueue.races import explore, replay
from goqueue.races.watch.positions import another_like, is_alone, position_of

from ..projects import project

HEAD = """
import array, collections, csv, decimal, functools, hashlib, io, itertools, random, re, sqlite3, struct
def first(): pass
"""
# `use` changes what `look` looks at. In each of the runs, `look` must see what was there when the module was imported.
MODEL = """
import shop
from threads import together
BEFORE = shop.look()
def model():
    assert shop.look() == BEFORE
    order = []
    together(*[lambda name=name: order.append(name) for name in "abc"])
    shop.use()
"""
PUT_BACK = {
    "a global": """
        rng = random.Random(1)
        def use(): rng.random(); rng.gauss(0, 1)
        def look(): return rng.getstate()
    """,
    "an attribute of a class": """
        class Shop:
            rng, items = random.Random(1), iter([1, 2, 3])
        def use(): Shop.rng.random(); next(Shop.items)
        def look(): return Shop.rng.getstate(), Shop.items.__length_hint__()
    """,
    "an attribute of an object": """
        class Shop:
            def __init__(self): self.rng, self.items = random.Random(1), iter((1, 2, 3))
        SHOP = Shop()
        def use(): SHOP.rng.random(); next(SHOP.items)
        def look(): return SHOP.rng.getstate(), SHOP.items.__length_hint__()
    """,
    "a default": """
        def use(rng=random.Random(1), items=iter("abc")): rng.random(); next(items)
        def look(): return use.__defaults__[0].getstate(), use.__defaults__[1].__length_hint__()
    """,
    "a closure": """
        def made():
            items, rng = iter(b"abc"), random.Random(1)
            def use(): rng.random(); next(items)
            return use
        use = made()
        def look(): return [cell.cell_contents for cell in use.__closure__][1].getstate()
    """,
    "a method": """
        draw = random.Random(1).random
        def use(): draw()
        def look(): return draw.__self__.getstate()
    """,
    "a partial": """
        draw = functools.partial(random.Random(1).randrange, 9)
        def use(): draw()
        def look(): return draw.func.__self__.getstate()
    """,
    "arrays": """
        numbers, data = array.array("d", [1, 2]), bytearray(b"abc")
        def use(): numbers.append(3); numbers[0] = 9; data.extend(b"de"); data[0] = 1
        def look(): return numbers.tolist(), bytes(data)
    """,
    "a view": """
        view = memoryview(bytearray(b"abc"))
        def use(): view[0] = 1
        def look(): return bytes(view)
    """,
    "texts in memory": """
        text, data = io.StringIO("a\\nb"), io.BytesIO(b"abc")
        def use(): text.read(1); text.write("longer"); data.read(1); data.write(b"longer")
        def look(): return text.getvalue(), text.tell(), data.getvalue(), data.tell()
    """,
    "the file of a writer": """
        text = io.StringIO()
        writer = csv.writer(text)
        def use(): writer.writerow([1])
        def look(): return text.getvalue()
    """,
    "memory of ctypes": """
        import ctypes
        class Pair(ctypes.Structure): _fields_ = [("one", ctypes.c_int), ("other", ctypes.c_double)]
        number, row, pair = ctypes.c_int(1), (ctypes.c_int * 3)(), Pair(1, 2)
        def use(): number.value += 1; row[1] = 7; pair.one += 1
        def look(): return number.value, row[1], pair.one
    """,
    "a decimal context": """
        context = decimal.Context(prec=5)
        def use():
            context.divide(decimal.Decimal(1), decimal.Decimal(3))
            context.prec, context.traps[decimal.Inexact] = 7, True
        def look(): return repr(context)
    """,
}
ITERATORS = {
    "list": "iter([1, 2, 3])",
    "tuple": "iter((1, 2, 3))",
    "range": "iter(range(3))",
    "str": "iter('abc')",
    "bytes": "iter(b'abc')",
    "deque": "iter(collections.deque('abc'))",
    "reversed": "reversed([1, 2, 3])",
    "enumerate": "enumerate('abc')",
    "zip": "zip('abc', itertools.count())",
    "strict zip": "zip('abc', [1, 2, 3], strict=True)",
    "map": "map(str, [1, 2, 3])",
    "filter": "filter(None, [0, 1, 2, 3])",
    "grouper": "zip(*[iter('abcdef')] * 2)",
}
OF_ITERTOOLS = {
    "cycle": "itertools.cycle('ab')",
    "chain": "itertools.chain('a', 'bc')",
    "chain from": "itertools.chain.from_iterable(['a', 'bc'])",
    "islice": "itertools.islice('abcd', 3)",
    "repeat": "itertools.repeat(1, 3)",
    "compress": "itertools.compress('abcd', [1, 0, 1, 1])",
}
COPYABLE = {**ITERATORS, **(OF_ITERTOOLS if sys.version_info < (3, 14) else {})}
TAKING = """
seen = []
def use(): seen.append([next(items), next(items), next(items)])
FIRST = [*ANOTHER][:3] if "cycle" not in TEXT else ["a", "b", "a"]
def look(): assert seen in ([], [FIRST]), seen
"""
NAMED = {
    "a generator": ("items = (number for number in range(99))\ndef use(): next(items)", "shop.items"),
    "an iterator of a dict": ("items = iter(dict.fromkeys(range(99)))\ndef use(): next(items)", "shop.items"),
    "one that is known twice": ("items = enumerate(range(99))\nother = items\ndef use(): next(items)", "shop.items"),
    "one in a dict": ("D = {'a': itertools.chain(range(99))}\ndef use(): next(D['a'])", "shop.D"),
    "one that copies share": ("items = itertools.tee(range(99))[0]\ndef use(): next(items)", "shop.items"),
    "a connection": (
        "connection = sqlite3.connect(':memory:', check_same_thread=False)\n"
        "def use(): connection.execute('create table if not exists a (b)')",
        "shop.connection",
    ),
    "a connection of an object": (
        "class Store:\n"
        "    def __init__(self): self.connection = sqlite3.connect(':memory:', check_same_thread=False)\n"
        "    def use(self): self.connection.execute('create table if not exists a (b)')\n"
        "STORE = Store()\ndef use(): STORE.use()",
        "shop.STORE.connection",
    ),
    "a hash": ("digest = hashlib.sha1()\ndef use(): digest.update(b'a')", "shop.digest"),
    "a closed text": ("text = io.StringIO()\ndef use(): text.close()", "shop.text"),
    "a released view": ("view = memoryview(bytearray(3))\ndef use(): view.release()", "shop.view"),
    "an array that has grown under a view": (
        "data, views = bytearray(b'a'), []\n"
        "class Keep: pass\n"
        "def use():\n    data.append(1)\n    Keep.__doc__ = memoryview(data)",
        "shop.data",
    ),
}
QUIET = """
connection = sqlite3.connect(":memory:", check_same_thread=False)
digest, items, known = hashlib.sha1(), (number for number in range(9)), iter([1, 2])
D = {"a": known, "b": enumerate("abc"), "c": itertools.chain("ab")}
pattern, form, one = re.compile("a"), struct.Struct("i"), functools.partial(int, "1")
def use(): pattern.match("a"); form.pack(1); one(); digest.hexdigest
"""


@pytest.mark.parametrize("kind", PUT_BACK)
def test_each_run_finds_what_was_there(kind: str, tmp_path: Path) -> None:
    with project(tmp_path, shop=HEAD + flush(PUT_BACK[kind]), test_shop=MODEL) as load:
        found = explore(load("test_shop").model)
        assert found.summary.startswith("EXHAUSTED: "), found.summary
        assert found.schedules > 4
        shop = load("shop")
        assert shop.look() == load("test_shop").BEFORE


@pytest.mark.parametrize("kind", COPYABLE)
def test_each_run_takes_the_same_items(kind: str, tmp_path: Path) -> None:
    text = COPYABLE[kind]
    shop = f"{HEAD}items, ANOTHER, TEXT = {text}, {text}, {text!r}\n{TAKING}"
    shop = shop.replace("[*ANOTHER][:3]", "list(itertools.islice(ANOTHER, 3))")
    with project(tmp_path, shop=shop, test_shop=MODEL) as load:
        items = id(load("shop").items)  # a name for it would be one that the lab does not know
        found = explore(load("test_shop").model)
        assert found.summary.startswith("EXHAUSTED: "), found.summary
        assert id(load("shop").items) == items


@pytest.mark.parametrize("kind", NAMED)
def test_what_cannot_be_put_back_is_named_by_its_place(kind: str, tmp_path: Path) -> None:
    source, name = NAMED[kind]
    model = "import shop\nfrom threads import together\ndef model(): together(shop.first, shop.first)\n"
    used = model.replace("together(shop", "shop.use() or together(shop")
    if "close" in source or "release" in source:
        used = used.replace("shop.use()", "shop.view_or_text_is_open() and shop.use()")
        source += "\ndef view_or_text_is_open(): return not DONE and not DONE.append(1)\nDONE = sys.done = []"
        source = f"import sys\n{source}"
    with project(tmp_path, shop=f"{HEAD}{source}\n", test_used=used, test_unused=model) as load:
        unused = explore(load("test_unused").model)
        assert unused.unwatched == ()
        found = explore(load("test_used").model)
        close_connections(load("shop"))
    assert f"{name} (state outlives a run)" in found.unwatched, found.summary


def test_what_nobody_changes_is_not_named(tmp_path: Path) -> None:
    with project(tmp_path, shop=f"{HEAD}{QUIET}def look(): return 0\n", test_shop=MODEL) as load:
        assert explore(load("test_shop").model).unwatched == ()
        close_connections(load("shop"))


def test_a_failure_names_what_outlives_a_run_because_that_may_be_why(tmp_path: Path) -> None:
    shop = "import itertools\nD = {'a': itertools.repeat(1, 4)}\ndef use(): next(D['a'])\n"
    model = MODEL.replace("shop.look()", "0")
    with project(tmp_path, shop=shop, test_shop=model) as load:
        found = explore(load("test_shop").model)
        assert found.verdict == "exception in a thread"
        assert "An earlier run may be the reason: shop.D (state outlives a run)." in found.summary
        assert "shop.D (state outlives a run)" in found.unwatched


def test_a_model_that_differs_from_run_to_run_is_told_what_outlives_a_run(tmp_path: Path) -> None:
    shop = "D = {'a': enumerate(range(99))}\ndef use(): return next(D['a'])[0]\n"
    model = """
    import shop
    from threads import together
    def model():
        seen = []
        together(*[lambda: seen.append(1)] * (shop.use() + 1))
    """
    reason = r"differs from run to run.* reason: shop.D \(state outlives a run\)$"
    with project(tmp_path, shop=shop, test_shop=model) as load, pytest.raises(RuntimeError, match=reason):
        explore(load("test_shop").model)


def test_a_schedule_of_a_model_that_draws_fits_in_a_later_exploration(tmp_path: Path) -> None:
    shop = "import random\nrng = random.Random(1)\nitems = iter([1, 2, 3, 4])\n"
    model = """
    import shop
    from threads import together
    def model():
        drawn = shop.rng.randrange(10**9), next(shop.items)
        seen = []
        together(lambda: seen.append(1), lambda: seen.append(2))
        assert seen == [1, 2] or drawn != (144272509, 1)
    """
    with project(tmp_path, shop=shop, test_shop=model) as load:
        found = explore(load("test_shop").model)
        assert (found.verdict, found.unwatched) == ("failed assertion", ())
        assert replay(load("test_shop").model, found.schedule).verdict == "failed assertion"


@pytest.mark.parametrize("kind", COPYABLE)
@pytest.mark.parametrize("gone", range(5))
def test_a_copy_of_an_iterator_takes_nothing_from_it(kind: str, gone: int) -> None:
    made = eval(COPYABLE[kind], {"itertools": itertools, "collections": __import__("collections")})
    for _ in range(gone):
        next(made, None)
    before = position_of(made)
    assert is_alone(made)
    other = another_like(made)
    assert position_of(made) == before
    rest = list(itertools.islice(made, 5))
    assert rest == ([] if other is None else list(itertools.islice(other, 5)))


def test_iterators_that_others_know_are_not_parted() -> None:
    letters = iter("abc")
    assert not is_alone(zip(letters, "abc", strict=True))
    assert not is_alone(itertools.chain(letters))
    assert another_like(zip(number for number in range(3))) is None


def flush(text: str) -> str:
    """Return lines without the space before them."""
    lines = text.strip("\n").splitlines()
    return "\n".join(line[8:] for line in lines) + "\n"


def close_connections(shop: Any) -> None:
    """Close what Python would warn of."""
    for thing in (shop, getattr(shop, "STORE", shop)):
        if hasattr(thing, "connection"):
            thing.connection.close()
