"""What a run leaves in the modules that it uses is put back, so that each run begins alike; else it is named."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from goqueue.races import explore
from goqueue.races.watch.objects import abstract_classes

from ..projects import project

MODEL = """
import shop
from threads import together
def model():
    together(shop.put, shop.put)
    assert shop.made() == 1
"""
# In each, `put` computes once what is kept in a cache, and loses the race to do so if both look first.
CACHES = {
    "lru_cache": """
        import functools
        MADE = []
        @functools.lru_cache
        def price(name):
            MADE.append(name)
            return 1
        def put(): price("a")
        def made(): return len(MADE)
    """,
    "a global dict": """
        CACHE = {}
        MADE = [0]
        def put():
            if "a" not in CACHE:
                MADE[0] += 1
                CACHE["a"] = 1
        def made(): return MADE[0]
    """,
    "a global": """
        shop, count = None, 0
        def put():
            global shop, count
            if shop is None:
                count += 1
                shop = object()
        def made(): return count
    """,
    "an attribute of a class": """
        class Shop:
            instance, count = None, 0
        def put():
            if Shop.instance is None:
                Shop.count += 1
                Shop.instance = Shop()
        def made(): return Shop.count
    """,
    "a mutable default": """
        def put(cache=[], made=[]):
            if not cache:
                made.append(1)
                cache.append(1)
        def made(): return len(put.__defaults__[1])
    """,
    "an attribute of a function": """
        def put():
            if not put.done:
                put.count += 1
                put.done = True
        put.done, put.count = False, 0
        def made(): return put.count
    """,
    "an object": """
        class Shop:
            __slots__ = ("done", "count", "names")
            def __init__(self):
                self.done, self.count, self.names = False, 0, set()
        SHOP = Shop()
        def put():
            if not SHOP.done:
                SHOP.count += 1
                SHOP.names.add("a")
                SHOP.done = True
        def made(): return SHOP.count
    """,
    "a closure": """
        MADE = []
        def memoised(function):
            cache = {}
            def inner():
                if "a" not in cache:
                    cache["a"] = function()
            return inner
        @memoised
        def put(): MADE.append(1)
        def made(): return len(MADE)
    """,
    "a variable of a closure": """
        def made_once():
            shop, count = None, 0
            def put():
                nonlocal shop, count
                if shop is None:
                    count += 1
                    shop = object()
            return put, lambda: count
        put, made = made_once()
    """,
    "a namespace": """
        import types
        SHOP = types.SimpleNamespace(done=False, count=0)
        def put():
            if not SHOP.done:
                SHOP.count += 1
                SHOP.done = True
        def made(): return SHOP.count
    """,
}
# These look and keep in C or in the standard library: in one step, or under a lock, which this one has up to 3.11.
SAFE = {
    "cached_property": """
        import functools
        MADE = []
        class Shop:
            @functools.cached_property
            def price(self):
                MADE.append(1)
                return 1
        SHOP = Shop()
        def put(): SHOP.price
        def made(): return len(MADE)
    """,
    "the dict of an object": """
        class Shop:
            full = False
        shop, count = Shop(), [0]
        def put():
            if not shop.full:
                count[0] = 1
                shop.__dict__ = {"full": True}
        def made(): return count[0]
    """,
}
EACH_RUN_ALIKE = """
import itertools
from collections import OrderedDict, defaultdict, deque
from threads import together
IDS = itertools.count(7)
step = itertools.count(4, 2).__next__
class Account:
    _ids = itertools.count()
    number = itertools.count(1).__next__
class Current(Account):
    pass
LIST, DEQUE, SET, DICT, ORDERED = [3], deque([1], maxlen=3), {5}, defaultdict(list, a=[1]), OrderedDict(a=1)
KEEP = LIST, DEQUE, SET, DICT, ORDERED
FAULT = ValueError(1)
def look():
    return repr((FAULT.args, FAULT.__cause__, FAULT.__traceback__,
        IDS, step.__self__, Account._ids, Current.number.__self__,
        LIST, DEQUE, SET, dict(DICT), ORDERED, [one is other for one, other in
        zip(KEEP, (LIST, DEQUE, SET, DICT, ORDERED))], "new" in globals()))
BEFORE = look()
def model():
    global new
    assert look() == BEFORE
    next(IDS); step(); next(Account._ids); next(Current._ids); Account.number()
    LIST.append(1); DEQUE.clear(); SET.add(6); DICT["a"].append(2); DICT["b"]
    ORDERED["b"] = ORDERED.pop("a")
    new = 1
    FAULT.args += (2,)
    try:
        raise FAULT from KeyError()
    except ValueError:
        pass
    seen = []
    together(lambda: seen.append(1), lambda: seen.append(2), lambda: seen.append(len(seen)))
"""

# In Python 3.14, a class with annotations has a function whose cell `__classdict__` holds the dict of the class.
CLASS_DICT = """
import gc
def cell():
    __classdict__ = None
    def keep(raw):
        nonlocal __classdict__
        __classdict__ = raw
    return lambda: __classdict__, keep
kept, keep = cell()
class Shop:
    sign = "open"
keep(gc.get_referents(vars(Shop))[0])
STREET = [[[Shop]]]
del Shop
def sign():
    return STREET[0][0][0].sign
def model():
    before = sign()
    STREET[0][0][0].sign = "closed"
    assert (before, sign()) == ("open", "closed")
"""


@pytest.mark.parametrize("kind", CACHES)
def test_each_run_fills_the_cache_anew(kind: str, tmp_path: Path) -> None:
    with project(tmp_path, shop=CACHES[kind], test_shop=MODEL) as load:
        found = explore(load("test_shop").model)
        assert found.verdict == "failed assertion", found.summary
        assert load("shop").made() == 0


@pytest.mark.parametrize("kind", SAFE)
def test_each_run_begins_with_an_empty_cache(kind: str, tmp_path: Path) -> None:
    model = MODEL.replace("    together", "    assert shop.made() == 0\n    together")
    with project(tmp_path, shop=SAFE[kind], test_shop=model) as load:
        found = explore(load("test_shop").model)
        computes_twice = kind == "cached_property" and sys.version_info >= (3, 12)
        assert found.verdict == ("failed assertion" if computes_twice else "exhausted"), found.summary
        assert "made() == 1" in found.summary or not computes_twice
        assert load("shop").made() == 0


def test_all_is_as_it_was_before_each_run_and_afterwards(tmp_path: Path) -> None:
    with project(tmp_path, test_alike=EACH_RUN_ALIKE) as load:
        module = load("test_alike")
        counter = id(module.IDS)  # a name for it would be one that the lab does not know
        found = explore(module.model)
        assert (found.verdict, found.schedules > 2) == ("exhausted", True), found.summary
        assert (module.look(), id(module.IDS) == counter) == (module.BEFORE, True)


@pytest.mark.parametrize(
    ("shop", "told"),
    [
        ("IDS = itertools.count()\nclass Account:\n    ids = IDS\ndef count(): return next(Account.ids)", "shop.IDS"),
        ("IDS = itertools.count()\ncount = IDS.__next__", "shop.IDS"),
        ("STEPS = {'up': itertools.count().__next__}\ndef count(): return STEPS['up']()", "shop.STEPS"),
    ],
)
def test_a_counter_that_others_know_is_named(shop: str, told: str, tmp_path: Path) -> None:
    model = MODEL.replace("    together", "    shop.count()\n    together")
    with project(
        tmp_path, shop=f"import itertools\n{shop}\ndef put(): pass\ndef made(): return 1", test_shop=model
    ) as load:
        found = explore(load("test_shop").model)
        assert f"{told} (state outlives a run)" in found.summary


def test_what_a_class_holds_is_put_back_by_the_class_and_never_in_its_dict(tmp_path: Path) -> None:
    with project(tmp_path, test_sign=CLASS_DICT) as load:
        module = load("test_sign")
        assert module.sign() == "open"
        found = explore(module.model)
        assert found.verdict == "exhausted", found.summary
        assert module.sign() == "open", "Python's cache of attributes is not told of a change in the dict"


def test_a_change_that_only_a_late_run_makes_is_put_back_as_well(tmp_path: Path) -> None:
    model = """
    from threads import together
    EARLIER, RUNS = [], []
    def model():
        order = []
        together(*[lambda name=name: order.append(name) for name in "abc"])
        if order == ["c", "b", "a"]:
            EARLIER.append(1)
        assert len(EARLIER) <= 1
        assert not EARLIER or order == ["c", "b", "a"]
    """
    with project(tmp_path, test_late=model) as load:
        assert explore(load("test_late").model).verdict == "exhausted"


@pytest.mark.parametrize(
    "state",
    [
        "import functools\n@functools.lru_cache\ndef price(name): return 1\nprice('b')\ndef use(): price('a')",
        "def numbers():\n    yield from range(9)\nprice = numbers()\ndef use(): next(price)",
    ],
)
def test_state_that_cannot_be_put_back_is_named(state: str, tmp_path: Path) -> None:
    model = "import shop\nfrom threads import together\ndef model(): together(shop.use)"
    with project(tmp_path, shop=state, test_shop=model) as load:
        found = explore(load("test_shop").model)
        assert found.summary.startswith("EXHAUSTED, EXCEPT: ")
        assert "shop.price (state outlives a run)" in found.summary


def test_what_the_library_does_once_to_fill_a_cache_is_no_step(tmp_path: Path) -> None:
    model = """
    import fnmatch
    from threads import together
    def model():
        names = ["ab", "b"]
        together(lambda: fnmatch.filter(names, "a*no other test asks for this"), lambda: names.append("ac"))
    """
    with project(tmp_path, test_once=model) as load:
        found = explore(load("test_once").model)
    assert found.verdict == "exhausted"
    assert "The first run differs" not in str(found)


def test_what_an_abstract_class_of_the_library_asks_once_is_no_step(tmp_path: Path) -> None:
    model = """
    import traceback
    from threads import together
    def model():
        failure = ValueError("a")
        together(lambda: failure.add_note("b"), lambda: traceback.format_exception(failure))
    """
    abstract_classes.C._reset_caches(Sequence)  # which forgets its answers, as in a new process
    with project(tmp_path, test_notes=model) as load:
        assert explore(load("test_notes").model).verdict == "exhausted"


def test_what_a_protocol_asks_the_librarys_classes_is_no_step(tmp_path: Path) -> None:
    model = """
    import abc, typing
    from threads import together
    @typing.runtime_checkable
    class Named(typing.Protocol):
        m: int
    def model():
        Other, Base = type("Other", (), {"n": 1}), abc.ABCMeta("Base", (), {})
        Other.__annotations__ = {"n": int}
        Sub, box = abc.ABCMeta("Sub", (Base,), {}), Other()
        def change():
            Other.m = 3
            isinstance(box, Base)
        def look():
            isinstance(box, Base)
            isinstance(box, Named)
            getattr(box, "m", 0)
            Sub.register(type("Late", (Other,), {}))
        together(change, look)
    """
    abstract_classes.C._reset_caches(Mapping)  # which forgets its answers, as in a new process
    with project(tmp_path, test_named=model) as load:
        assert explore(load("test_named").model).verdict == "exhausted"
