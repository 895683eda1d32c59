"""Ways to touch state that two threads share. Each is called with `right`: whether a lock is held."""

# What a linter calls needless is the point here.
# ruff: noqa: RUF015

import array
import bisect
import collections
import contextlib
import contextvars
import copy
import csv
import ctypes
import dataclasses
import functools
import hashlib
import heapq
import io
import itertools
import json
import logging
import operator
import os
import pickle
import re
import reprlib
import string
import struct
import sys
import textwrap
import warnings
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from operator import setitem
from queue import Queue
from threading import Lock, Semaphore, Thread
from typing import Any

from ..litmus.litmus import lock_if, run

Way = Callable[[bool], None]
WAYS: dict[str, Way] = {}
OUTCOMES: dict[str, tuple[Callable[[list[Any]], None], set[Any]]] = {}


class Box:
    """Two numbers that belong together."""

    n: Any
    m: Any

    def __init__(self) -> None:
        self.m = self.n = 0


def both(right: bool, one: Callable[[], object], two: Callable[[], object]) -> None:
    """Run two functions in two threads, under one lock or none."""
    lock = lock_if(right)

    def first() -> None:
        with lock:
            one()

    def second() -> None:
        with lock:
            two()

    run(first, second)


def way(function: Way) -> Way:
    """Keep a way."""
    WAYS[function.__name__.replace("_", " ").strip()] = function
    return function


def adding(name: str) -> Callable[[Callable[[Any], None]], Callable[[Any], None]]:
    """Keep a way to add 1 to what a Box or a dict holds: two of them lose one without a lock."""

    def keep(add: Callable[[Any], None]) -> Callable[[Any], None]:
        def row(right: bool) -> None:
            thing: Any = Box() if add.__code__.co_varnames[0] == "box" else {"a": 0}
            both(right, lambda: add(thing), lambda: add(thing))
            assert (thing.n if type(thing) is Box else thing["a"]) == 2

        WAYS[name] = row
        return add

    return keep


@adding("special methods by name")
def add_1(orders: dict[str, int]) -> None:
    orders.__setitem__("a", orders.__getitem__("a") + 1)


@adding("methods of the class")
def add_2(orders: dict[str, int]) -> None:
    dict.__setitem__(orders, "a", dict.get(orders, "a", 0) + 1)


@adding("dict.update(orders, …)")
def add_3(orders: dict[str, int]) -> None:
    dict.update(orders, a=dict.__getitem__(orders, "a") + 1)


@adding("object.__setattr__")
def add_4(box: Box) -> None:
    object.__setattr__(box, "n", object.__getattribute__(box, "n") + 1)


@adding("box.__setattr__")
def add_5(box: Box) -> None:
    box.__setattr__("n", box.__getattribute__("n") + 1)


@adding("vars(box)")
def add_6(box: Box) -> None:
    vars(box)["n"] = vars(box)["n"] + 1


@adding("box.__dict__ beside box.n")
def add_7(box: Box) -> None:
    box.__dict__["n"] = box.n + 1


@adding("box.__dict__.update")
def add_8(box: Box) -> None:
    box.__dict__.update(n=box.n + 1)


@adding("an alias of setattr")
def add_9(box: Box) -> None:
    change, look = setattr, getattr
    change(box, "n", look(box, "n", 0) + 1)


@adding("setattr as an argument")
def add_10(box: Box) -> None:
    def by(change: Any, look: Any) -> None:
        change(box, "n", look(box, "n") + 1)

    by(setattr, getattr)


@adding("operator.setitem")
def add_11(orders: dict[str, int]) -> None:
    operator.setitem(orders, "a", operator.getitem(orders, "a") + 1)


@adding("an imported setitem")
def add_12(orders: dict[str, int]) -> None:
    setitem(orders, "a", orders["a"] + 1)


@adding("itemgetter")
def add_13(orders: dict[str, int]) -> None:
    orders["a"] = operator.itemgetter("a")(orders) + 1


@adding("attrgetter")
def add_14(box: Box) -> None:
    box.n = operator.attrgetter("n")(box) + 1


@adding("methodcaller")
def add_15(orders: dict[str, int]) -> None:
    operator.methodcaller("update", a=orders["a"] + 1)(orders)


@adding("partial")
def add_16(orders: dict[str, int]) -> None:
    functools.partial(operator.setitem, orders, "a")((functools.partial(orders.get, "a", 0)() or 0) + 1)


@adding("map over a method")
def add_17(orders: dict[str, int]) -> None:
    orders["a"] = list(map(orders.get, ["a"]))[0] + 1  # type: ignore[operator]


@adding("walrus")
def add_18(orders: dict[str, int]) -> None:
    if (count := orders["a"]) >= 0:
        orders["a"] = count + 1


@way
def super_(right: bool) -> None:
    class Counts(dict[str, int]):
        def up(self) -> None:
            super().__setitem__("a", super().__getitem__("a") + 1)

    counts = Counts(a=0)
    both(right, counts.up, counts.up)
    assert counts["a"] == 2


@way
def setattr_of_its_own(right: bool) -> None:
    class Own:
        def __init__(self) -> None:
            object.__setattr__(self, "n", 0)

        def __setattr__(self, name: str, value: object) -> None:
            object.__setattr__(self, name, value)

    own: Any = Own()

    def up() -> None:
        own.n += 1

    both(right, up, up)
    assert own.n == 2


@way
def attribute_of_the_type(right: bool) -> None:
    class Shop:
        n = 0

    shop: Any = Shop()

    def up() -> None:
        type(shop).n = type(shop).n + 1

    both(right, up, up)
    assert Shop.n == 2


@way
def setattr_as_the_target_of_a_thread(right: bool) -> None:
    box = Box()
    thread = Thread(target=setattr, args=(box, "n", 1))
    thread.start()
    if right:
        thread.join()
        return
    seen = box.n
    thread.join()
    assert not seen


def torn(right: bool, look: Callable[[Box], tuple[int, int]]) -> None:
    """One thread writes two fields; the other must not see one of them."""
    box, seen = Box(), list[tuple[int, int]]()

    def put() -> None:
        box.n = 1
        box.m = 1

    both(right, put, lambda: seen.append(look(box)))
    assert seen[0] in ((0, 0), (1, 1))


@way
def deepcopy_through_a_parameter(right: bool) -> None:
    def look(box: Box, way: Any) -> tuple[int, int]:
        made = way(box)
        return made.n, made.m

    torn(right, lambda box: look(box, copy.deepcopy))


@way
def copy_through_a_parameter(right: bool) -> None:
    def look(box: Box, way: Any) -> tuple[int, int]:
        made = way(box)
        return made.n, made.m

    torn(right, lambda box: look(box, copy.copy))


@way
def a_pattern(right: bool) -> None:
    def look(box: Box) -> tuple[int, int]:
        match box:
            case Box(n=1, m=0):
                return 1, 0
        return 0, 0

    torn(right, look)


@way
def a_pattern_with_a_star(right: bool) -> None:
    orders, seen = [1, 2], list[object]()

    def look() -> None:
        match orders:
            case [first, *_, last]:
                seen.append((first, last))

    def change() -> None:
        orders[0] = 3
        orders[-1] = 3

    both(right, change, look)
    assert seen[0] in ((1, 2), (3, 3))


@way
def a_pattern_for_a_mapping(right: bool) -> None:
    order, seen = {"id": 1, "paid": False}, list[object]()

    def look() -> None:
        match order:
            case {"id": number, **others}:
                seen.append((number, *others.values()))

    def change() -> None:
        order["id"] = 2
        order["paid"] = True

    both(right, change, look)
    assert seen[0] in ((1, False), (2, True))


@way
def a_value_in_a_pattern(right: bool) -> None:
    class Limits(Box):
        least = 1
        most = 1

    seen = list[str]()

    def look() -> None:
        match (1, 2):
            case (Limits.least, Limits.most):
                seen.append("both")

    def change() -> None:
        Limits.most = 2
        Limits.least = 2

    both(right, change, look)
    assert not seen


@way
def format_in_an_f_string(right: bool) -> None:
    class Shown(Box):
        def __format__(self, spec: str) -> str:
            return f"{self.n}{self.m}"

    box, seen = Shown(), list[str]()

    def put() -> None:
        box.n = 1
        box.m = 1

    both(right, put, lambda: seen.append(f"{box}"))
    assert seen[0] != "10"


@dataclasses.dataclass(order=True)
class Pair:
    a: int = 0
    b: int = 0


@way
def repr_of_a_dataclass(right: bool) -> None:
    pair, seen = Pair(), list[str]()

    def put() -> None:
        pair.a = 1
        pair.b = 1

    both(right, put, lambda: seen.append(repr(pair)))
    assert seen[0] != "Pair(a=1, b=0)"


@way
def comparison_of_a_dataclass(right: bool) -> None:
    pair, seen = Pair(), list[bool]()

    def put() -> None:
        pair.a = 1
        pair.b = 1

    both(right, put, lambda: seen.append(pair == Pair(1, 0)))
    assert not seen[0]


@way
def sort_with_a_key(right: bool) -> None:
    orders, seen = [3, 1, 2], list[int]()
    both(right, lambda: orders.sort(key=lambda order: -order), lambda: seen.append(len(orders)))
    assert seen == [3]


@way
def extend_from_a_generator(right: bool) -> None:
    orders, seen = list[int](), list[int]()
    both(right, lambda: orders.extend(n for n in range(2)), lambda: seen.append(len(orders)))
    assert seen[0] in (0, 2)


@way
def update_from_a_generator(right: bool) -> None:
    orders, seen = dict[int, int](), list[int]()
    both(right, lambda: orders.update((n, n) for n in range(2)), lambda: seen.append(len(orders)))
    assert seen[0] in (0, 2)


@way
def add_a_generator_in_place(right: bool) -> None:
    orders, seen = list[int](), list[int]()

    def add() -> None:
        nonlocal orders
        orders += (n for n in range(2))

    both(right, add, lambda: seen.append(len(orders)))
    assert seen[0] in (0, 2)


@way
def max_with_a_key(right: bool) -> None:
    orders, seen = [1, 5], list[int]()

    def put() -> None:
        orders[1] = 0
        orders[0] = 0

    both(right, put, lambda: seen.append(max(orders, key=lambda order: order)))
    assert seen[0] != 1


@way
def reduce_(right: bool) -> None:
    orders, seen = [1, 5], list[int]()

    def put() -> None:
        orders[0] = 7
        orders[1] = 7

    both(right, put, lambda: seen.append(functools.reduce(operator.add, orders)))
    assert seen[0] in (6, 14)


@way
def a_factory(right: bool) -> None:
    orders: dict[str, list[int]] = collections.defaultdict(lambda: [])  # noqa: PIE807
    both(right, lambda: orders["a"].append(1), lambda: orders["a"].append(2))
    assert len(orders["a"]) == 2


class Key:
    def __init__(self, n: int) -> None:
        self.n = n

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Key) and self.n == other.n

    def __hash__(self) -> int:
        return 1

    def __lt__(self, other: "Key") -> bool:
        return self.n < other.n


@way
def remove_that_compares(right: bool) -> None:
    keys = [Key(1), Key(2), Key(3)]
    both(right, lambda: keys.remove(Key(2)), lambda: keys.__delitem__(0))
    assert [key.n for key in keys] == [3]


@way
def a_heap_that_compares(right: bool) -> None:
    heap, seen = [Key(2), Key(3)], list[int]()
    both(right, lambda: heapq.heappush(heap, Key(1)), lambda: seen.append(heap[0].n if len(heap) == 3 else 0))
    assert seen[0] in (0, 1)


@way
def json_into_a_file(right: bool) -> None:
    orders = {"a": 1, "b": 2}
    both(right, lambda: json.dump(orders, io.StringIO()), lambda: orders.update(c=3))


@way
def lists_that_compare(right: bool) -> None:
    keys, seen = [Key(1), Key(2)], list[bool]()
    both(right, lambda: seen.append(keys == [Key(1), Key(4)]), lambda: keys.__setitem__(slice(2), [Key(3), Key(4)]))
    assert seen == [False]


@way
def a_chain_map(right: bool) -> None:
    orders = collections.ChainMap[str, int]({"a": 0})

    def up() -> None:
        orders["a"] += 1

    both(right, up, up)
    assert orders["a"] == 2


@way
def a_counter_that_adds(right: bool) -> None:
    counts = collections.Counter("aab")
    both(right, lambda: counts + counts, lambda: counts.update("cd"))


@way
def a_generator_that_threads_share(right: bool) -> None:
    box = Box()

    def numbers() -> Iterator[int]:
        for _ in range(2):
            box.n += 1
            yield box.n

    made = numbers()
    both(right, lambda: next(made), lambda: (next(made), box.n))


@way
def an_iterator_that_threads_share(right: bool) -> None:
    orders, got = iter([1, 2]), list[int]()

    def take() -> None:
        for order in orders:
            got.append(order)  # a step between the look and the note is the point

    both(right, take, lambda: got.extend([next(orders)] if not got else []))
    assert got == [1, 2]


@way
def weak_values(right: bool) -> None:
    known, made = weakref.WeakValueDictionary[str, Box](), list[Box]()

    def get() -> None:
        if "a" not in known:
            made.append(Box())
            known["a"] = made[-1]

    both(right, get, get)
    assert len(made) == 1


@way
def user_dict(right: bool) -> None:
    orders = collections.UserDict[str, int](a=0)

    def up() -> None:
        orders["a"] += 1

    both(right, up, up)
    assert orders["a"] == 2


@way
def an_array(right: bool) -> None:
    counts = array.array("i", [0])

    def up() -> None:
        counts[0] += 1

    both(right, up, up)
    assert counts[0] == 2


@way
def bytes_that_change(right: bool) -> None:
    counts = bytearray(1)

    def up() -> None:
        counts[0] += 1

    both(right, up, up)
    assert counts[0] == 2


@way
def a_text_in_memory(right: bool) -> None:
    text, seen = io.StringIO(), list[str]()

    def put() -> None:
        text.write("a")
        text.write("b")

    both(right, put, lambda: seen.append(text.getvalue()))
    assert seen[0] != "a"


@way
def a_cache(right: bool) -> None:
    calls = list[int]()

    @functools.lru_cache
    def once() -> int:
        calls.append(1)
        return 1

    both(right, once, lambda: once())
    assert len(calls) == 1


class Locked(dict[str, int]):
    """A dict whose own methods take a lock."""

    def __init__(self, right: bool) -> None:
        super().__init__(a=0)
        self.lock = Lock() if right else contextlib.nullcontext()

    def __setitem__(self, key: str, value: int) -> None:
        with self.lock:
            super().__setitem__(key, super().__getitem__(key) + value)


@way
def a_dict_with_methods_of_its_own(right: bool) -> None:
    orders = Locked(right)

    def up() -> None:
        orders["a"] = 1

    run(up, up)
    assert dict.__getitem__(orders, "a") == 2


class Small:
    """One number, in a slot."""

    __slots__ = ("n",)

    def __init__(self) -> None:
        self.n = 0


@way
def the_descriptor_of_a_slot(right: bool) -> None:
    box, field = Small(), Small.__dict__["n"]
    look, change = field.__get__, Small.__dict__["n"].__set__
    both(right, lambda: field.__set__(box, field.__get__(box) + 1), lambda: change(box, look(box) + 1))
    assert box.n == 2


class Looked(Box):
    """Each look at an attribute goes through a method of its own. To set one does not."""

    def __getattribute__(self, name: str) -> Any:
        return object.__getattribute__(self, name)


@way
def getattribute_of_its_own(right: bool) -> None:
    box = Looked()

    def add() -> None:
        box.n += 1

    both(right, add, add)
    assert box.n == 2


@way
def a_merge_with_a_key(right: bool) -> None:
    counts = {"n": 0}

    def key(number: int) -> int:
        before = counts["n"]
        counts["n"] = before + 1
        return number

    both(right, lambda: list(heapq.merge([1], [2], key=key)), lambda: list(heapq.merge([1], [2], key=key)))
    assert counts["n"] == 4


def halves(name: str, shared: Callable[[], Any], new: Any, look: Callable[[Any], Any], *whole: Any) -> None:
    """Keep a look at a thing with items 0 and 1, which another thread sets to `new`: half of it must not be seen."""

    def row(right: bool) -> None:
        thing, seen = shared(), list[Any]()

        def change() -> None:
            thing[0] = new
            thing[1] = new

        both(right, change, lambda: seen.append(look(thing)))
        assert seen[0] in whole

    WAYS[name] = row


def digest(buffer: bytearray) -> bytes:
    """Return a hash."""
    made = hashlib.sha256()
    made.update(buffer)
    return made.digest()


def letters() -> dict[int, str]:
    """Return a table for translate, and a mapping of numbers."""
    return {0: "a", 1: "a"}


class Halves(Box):
    """A Box whose numbers are set like items."""

    def __setitem__(self, number: int, value: int) -> None:
        if number:
            self.m = value
        else:
            self.n = value

    @property
    def both(self) -> tuple[int, int]:
        return self.n, self.m


class Fields(json.JSONEncoder):
    """Writes objects as dicts."""

    def default(self, thing: Any) -> Any:
        return thing.__dict__


JSON = '{"m": 0, "n": 0}', '{"m": 1, "n": 1}'


class Pairs(list[list[Any]]):
    """Pairs whose second parts are set like items."""

    def __init__(self, *pairs: tuple[str, int]) -> None:
        super().__init__(map(list, pairs))

    def __setitem__(self, number: Any, value: Any) -> None:
        self[number][1] = value


def updated(pairs: list[list[Any]]) -> dict[str, int]:
    """Return a dict of pairs that is made by update()."""
    made = dict[str, int]()
    made.update(pairs)  # type: ignore[arg-type]
    return made


class Kept(logging.Handler):
    """Keeps texts."""

    def __init__(self) -> None:
        super().__init__()
        self.texts = list[str]()

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(self.format(record))


def logged(message: object, *args: object) -> str:
    """Return what a handler makes of a record."""
    logger, handler = logging.Logger("shop"), Kept()  # noqa: LOG001  # made anew in each run
    logger.addHandler(handler)
    logger.error(message, *args)
    return handler.texts[0]


def letters_by_name() -> "Named":
    """Return a dict of two numbers by name."""
    return Named({"0": 0, "1": 0})


class Named(dict[str, int]):
    """A dict whose items are set by number."""

    def __setitem__(self, key: Any, value: int) -> None:
        super().__setitem__(str(key), value)


def printed(some: list[int]) -> str:
    """Return what print() writes into a text."""
    text = io.StringIO()
    print(some, file=text)
    return text.getvalue()


def in_an_executor(some: list[int]) -> list[str]:
    """Return texts that another thread makes."""
    with ThreadPoolExecutor(1) as pool:
        return list(pool.map(str, some))


OLD, NEW = bytes(2), b"\1\1"
halves("join of bytes", lambda: [b"a", b"a"], b"b", lambda parts: b",".join(parts), b"a,a", b"b,b")
halves("translate", letters, "b", lambda table: "\0\1".translate(table), "aa", "bb")
halves("union of a frozenset", lambda: [1, 1], 2, lambda some: frozenset().union(some), {1}, {2})
halves("index of a tuple", lambda: [1, 1], 2, lambda some: ([1, 1], [2, 2], some).index(some), 0, 1)
halves("a Struct", lambda: bytearray(2), 1, lambda buffer: struct.Struct("bb").unpack(buffer), (0, 0), (1, 1))
halves("a hash", lambda: bytearray(2), 1, digest, hashlib.sha256(OLD).digest(), hashlib.sha256(NEW).digest())
halves("a pattern", lambda: bytearray(2), 1, lambda buffer: re.compile(b"\0\0|\1\1").findall(buffer), [OLD], [NEW])
halves("bytes in memory", lambda: bytearray(2), 1, lambda buffer: io.BytesIO(buffer).getvalue(), OLD, NEW)
halves("a text of a Repr", lambda: [1, 1], 2, reprlib.repr, "[1, 1]", "[2, 2]")
halves("int of a bytearray", lambda: bytearray(b"00"), 0x31, int, 0, 11)
halves("int(…) of a bytearray", lambda: bytearray(b"00"), 0x31, lambda buffer: int(buffer), 0, 11)
halves("float(…) of a bytearray", lambda: bytearray(b"00"), 0x31, lambda buffer: float(buffer), 0, 11)
halves("digits of a Decimal", lambda: [1, 1], 2, lambda some: Decimal((0, some, 0)), 11, 22)
halves("a map of an executor", lambda: [1, 1], 2, in_an_executor, ["1", "1"], ["2", "2"])
halves("a log record", lambda: [1, 1], 2, lambda some: logged("%s", some), "[1, 1]", "[2, 2]")
halves("a log record that names keys", letters_by_name, 1, lambda some: logged("%(0)s%(1)s", some), "00", "11")
halves("a log record that is no text", lambda: [1, 1], 2, logged, "[1, 1]", "[2, 2]")
halves("pickle.dumps of an object", Halves, 1, lambda some: pickle.loads(pickle.dumps(some)).both, (0, 0), (1, 1))
halves("fields that a text names", Halves, 1, lambda some: "{0.n}{0.m}".format(some), "00", "11")  # noqa: UP032
halves("fields of an item", Halves, 1, lambda some: "{a[0].n}{a[0].m}".format_map({"a": [some]}), "00", "11")
halves("json of an object", Halves, 1, lambda some: json.dumps(some, default=lambda it: it.__dict__), *JSON)
halves("json of an object by vars", Halves, 1, lambda some: json.dumps(some, default=vars), *JSON)
halves("json by a class", Halves, 1, lambda some: json.dumps([some], cls=Fields), *(f"[{text}]" for text in JSON))
halves("print into a text", lambda: [1, 1], 2, printed, "[1, 1]\n", "[2, 2]\n")
halves("a dict of pairs", lambda: Pairs(("a", 0), ("b", 0)), 1, dict, {"a": 0, "b": 0}, {"a": 1, "b": 1})
halves("an update by pairs", lambda: Pairs(("a", 0), ("b", 0)), 1, updated, {"a": 0, "b": 0}, {"a": 1, "b": 1})
halves("a common path", lambda: ["/a", "/a"], "/b", os.path.commonpath, "/a", "/b")


@way
def a_template(right: bool) -> None:
    names, seen = {"a": 0, "b": 0}, list[str]()

    def change() -> None:
        names["a"] = 1
        names["b"] = 1

    both(right, change, lambda: seen.append(string.Template("$a$b").substitute(names)))
    assert seen[0] in ("00", "11")


@way
def sys_stdout_for_a_while(right: bool) -> None:
    usual = sys.stdout

    def redirect() -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            pass

    both(right, redirect, redirect)
    assert sys.stdout is usual


@way
def print_into_a_text(right: bool) -> None:
    text, seen = io.StringIO(), list[str]()

    def redirect() -> None:
        with contextlib.redirect_stdout(text):
            print("a")

    both(right, redirect, lambda: print("b"))
    seen.append(text.getvalue())
    assert seen == ["a\n"]


@way
def filters_of_warnings(right: bool) -> None:
    usual = list(warnings.filters)

    def ignore() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")

    both(right, ignore, ignore)
    assert warnings.filters == usual


@way
def the_environment(right: bool) -> None:
    os.environ["GOQUEUE_ROW"] = "0"

    def add() -> None:
        os.environ["GOQUEUE_ROW"] = str(int(os.environ.get("GOQUEUE_ROW", "0")) + 1)

    both(right, add, add)
    assert os.environ.pop("GOQUEUE_ROW") == "2"


@way
def getenv_beside_update(right: bool) -> None:
    os.environ.pop("GOQUEUE_ROW", None)
    made = list[int]()

    def make() -> None:
        if os.getenv("GOQUEUE_ROW") is None:
            os.environ.update(GOQUEUE_ROW="1")
            made.append(1)

    both(right, make, make)
    assert made == [1]
    del os.environ["GOQUEUE_ROW"]


@way
def register_of_a_singledispatch(right: bool) -> None:
    lock, seen = lock_if(right), list[str]()

    @functools.singledispatch
    def show(thing: object) -> str:
        return "thing"

    def look() -> None:
        with lock:
            seen.append(show(1))
            seen.append(show(1))

    def add() -> None:
        with lock:

            @show.register
            def _(thing: int) -> str:
                return "number"

    run(look, add)
    assert seen[0] == seen[1]


@way
def tees_of_a_generator(right: bool) -> None:
    def numbers() -> Iterator[int]:
        yield 1
        yield 2

    one, two = itertools.tee(numbers())
    both(right, lambda: [each for each in one], lambda: [each for each in two])  # noqa: C416


@way
def rows_in_a_text(right: bool) -> None:
    text, seen = io.StringIO(), list[str]()
    rows = csv.writer(text)
    both(right, lambda: (rows.writerow([1]), rows.writerow([2])), lambda: seen.append(text.getvalue()))
    assert seen[0] != "1\r\n"


@way
def a_handler_that_writes_into_a_text(right: bool) -> None:
    text, seen, logger = io.StringIO(), list[str](), logging.Logger("shop")  # noqa: LOG001
    logger.addHandler(logging.StreamHandler(text))

    def tell() -> None:
        logger.error("1")
        logger.error("2")

    both(right, tell, lambda: seen.append(text.getvalue()))
    assert seen[0] != "1\n"


class Silent(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        """Say nothing."""


@way
def handlers_of_a_logger(right: bool) -> None:
    logger = logging.Logger("shop")  # noqa: LOG001  # made anew in each run

    def once() -> None:
        if not logger.handlers:
            logger.addHandler(Silent())

    both(right, once, once)
    assert len(logger.handlers) == 1


@way
def level_of_a_logger(right: bool) -> None:
    logger = logging.Logger("shop", logging.INFO)  # noqa: LOG001

    def loud(level: int) -> None:
        before = logger.level
        logger.setLevel(level)
        logger.setLevel(before)

    both(right, lambda: loud(logging.DEBUG), lambda: loud(logging.ERROR))
    assert logger.level == logging.INFO


@way
def deque_in_a_queue(right: bool) -> None:
    jobs = Queue[int]()
    jobs.put(1)

    def take() -> None:
        if len(jobs.queue):
            jobs.get_nowait()

    both(right, take, take)


@way
def unfinished_tasks_of_a_queue(right: bool) -> None:
    jobs, seen = Queue[int](), list[Any]()
    jobs.put(1)

    def work() -> None:
        jobs.get()
        seen.append("done")
        jobs.task_done()

    both(right, work, lambda: seen.append((jobs.unfinished_tasks, "done" in seen)))
    assert (1, True) not in seen


@way
def count_of_a_semaphore(right: bool) -> None:
    slots = Semaphore(1)

    def take() -> None:
        if slots._value:
            assert slots.acquire(blocking=False)
            slots.release()

    both(right, take, take)


@way
def one_context_in_two_threads(right: bool) -> None:
    context = contextvars.copy_context()
    both(right, lambda: context.run(Box), lambda: context.run(Box))


@way
def the_directory(right: bool) -> None:
    before, seen = os.getcwd(), list[bool]()

    def go(folder: str) -> None:
        os.chdir(folder)
        seen.append(os.getcwd() == folder)

    try:
        both(right, lambda: go(os.sep), lambda: go(before))
    finally:
        os.chdir(before)
    assert all(seen)


if sys.version_info >= (3, 12):  # before, a lock is held

    @way
    def a_cached_property(right: bool) -> None:
        made = list[int]()

        class Shop:
            @functools.cached_property
            def stock(self) -> list[int]:
                made.append(1)
                return made

        shop = Shop()
        both(right, lambda: shop.stock, lambda: shop.stock)
        assert len(made) == 1


def outcome(*all_of_them: Any) -> Callable[[Callable[[list[Any]], None]], Callable[[list[Any]], None]]:
    """Keep a model that appends what it saw, and all that it may see."""

    def keep(model: Callable[[list[Any]], None]) -> Callable[[list[Any]], None]:
        OUTCOMES[model.__name__.replace("_", " ")] = model, set(all_of_them)
        return model

    return keep


@outcome(0, 2)
def extend_from_a_list(found: list[Any]) -> None:
    orders, seen = list[int](), list[int]()
    run(lambda: orders.extend([1, 2]), lambda: seen.append(len(orders)))
    found.append(seen[0])


@outcome(2)
def a_factory_in_c(found: list[Any]) -> None:
    orders: dict[str, list[int]] = collections.defaultdict(list)
    run(lambda: orders["a"].append(1), lambda: orders["a"].append(2))
    found.append(len(orders["a"]))


@outcome(3)
def sort_without_a_key(found: list[Any]) -> None:
    orders, seen = [3, 1, 2], list[int]()
    run(orders.sort, lambda: seen.append(len(orders)))
    found.append(seen[0])


@outcome((1, 2, 3))
def insort_of_numbers(found: list[Any]) -> None:
    orders = [2]
    run(lambda: bisect.insort(orders, 1), lambda: bisect.insort(orders, 3))
    found.append(tuple(orders))


def unpacking(name: str) -> Callable[[Callable[[list[int]], int]], Callable[[list[int]], int]]:
    """Keep a way to take an order apart: without a lock it is seen half changed."""

    def keep(take: Callable[[list[int]], int]) -> Callable[[list[int]], int]:
        def row(right: bool) -> None:
            order, seen = [0], list[int]()
            both(right, lambda: (setitem(order, 0, 1), setitem(order, 0, 2)), lambda: seen.append(take(order)))
            assert seen[0] != 1

        WAYS[name] = row
        return take

    return keep


@unpacking("[first] = order")
def take_1(order: list[int]) -> int:
    [first] = order
    return first


@unpacking("key, (n, [first, *rest]) = …")
def take_2(order: list[int]) -> int:
    _key, (_n, [first, *_rest]) = "a", (1, order)
    return first


@unpacking("key, *[n, [first]] = …")
def take_3(order: list[int]) -> int:
    _key, *[_n, [first]] = "a", 1, order
    return first


@unpacking("for [first] in …")
def take_4(order: list[int]) -> int:
    found = 0
    for [first] in [order]:
        found = first
    return found


@unpacking("for key, [first, *rest] in …")
def take_5(order: list[int]) -> int:
    found = [0]
    for found[0], [first, *_rest] in [(1, order)]:
        found.append(first)
    return found[1]


@unpacking("with … as [first]")
def take_6(order: list[int]) -> int:
    with contextlib.nullcontext(order) as [first]:
        return first


@unpacking("a comprehension")
def take_7(order: list[int]) -> int:
    return [first for key, [first, *_rest] in [("a", order), ("b", order)] if key == "a"][0]


@unpacking("a generator expression")
def take_8(order: list[int]) -> int:
    return next(first + n for key, (n, [first]) in {"a": (0, order)}.items() if key for _ in [1])


class Guarded(Box):
    """Has a method that its decorator made."""

    @contextlib.contextmanager
    def held(self, lock: Any) -> Iterator[None]:
        with lock:
            yield


@way
def a_method_that_contextmanager_made(right: bool) -> None:
    box, lock = Guarded(), lock_if(right)

    def up() -> None:
        with box.held(lock):
            box.n += 1

    run(up, up)
    assert box.n == 2


class Row(ctypes.Structure):
    """Two fields, one of them an array."""

    _fields_ = [("n", ctypes.c_int), ("m", ctypes.c_int * 2)]


class Word(ctypes.Union):
    """Two names of the same bytes."""

    _fields_ = [("n", ctypes.c_int), ("m", ctypes.c_int)]


@way
def a_field_of_a_structure(right: bool) -> None:
    row = Row()

    def up() -> None:
        row.n += 1

    both(right, up, up)
    assert row.n == 2


@way
def an_array_in_a_structure(right: bool) -> None:
    row = Row()

    def up() -> None:
        row.m[0] += 1

    both(right, up, up)
    assert row.m[0] == 2


@way
def two_fields_of_a_union(right: bool) -> None:
    word = Word()

    def up() -> None:
        word.n += 1

    def up_as_well() -> None:
        word.m += 1

    both(right, up, up_as_well)
    assert word.n == 2


@way
def what_a_pointer_points_to(right: bool) -> None:
    number = ctypes.c_int()
    pointer = ctypes.pointer(number)

    def up() -> None:
        number.value += 1

    def up_as_well() -> None:
        pointer.contents.value += 1

    both(right, up, up_as_well)
    assert number.value == 2


@way
def the_recursion_limit(right: bool) -> None:
    before = sys.getrecursionlimit()

    def up() -> None:
        sys.setrecursionlimit(sys.getrecursionlimit() + 1)

    try:
        both(right, up, up)
        assert sys.getrecursionlimit() == before + 2
    finally:
        sys.setrecursionlimit(before)


@way
def the_end_of_an_object(right: bool) -> None:
    lock, opened = lock_if(right), Box()

    class Connection(Box):
        def __init__(self) -> None:
            super().__init__()
            with lock:
                opened.n += 1

        def __del__(self) -> None:
            with lock:
                opened.n -= 1

    def use() -> None:
        connection = Connection()
        connection.n += 1

    run(use, use)
    assert opened.n == 0


@way
def a_callback_of_a_weak_reference(right: bool) -> None:
    known, held, lock = dict[str, Any](), Box(), Lock()

    def keep(box: Box) -> None:
        def ended(reference: Any) -> None:
            with lock:
                if not right or known["box"] is reference:  # else it is that of the next one
                    del known["box"]

        with lock:
            if known.get("box") is None or box is held:
                known["box"] = weakref.ref(box, ended)

    def fleeting() -> None:
        box = Box()
        box.n += 1
        keep(box)

    run(fleeting, lambda: keep(held))
    assert known["box"]() is held


@way
def a_deep_copy_of_what_holds_a_lock(right: bool) -> None:
    class Account:
        def __init__(self) -> None:
            self.lock, self.held = Lock(), {"n": 0}

        def __deepcopy__(self, known: Any) -> "Account":
            made = Account()
            made.held = self.held
            return made

        def up(self) -> None:
            with self.lock:
                self.held["n"] += 1

    account = Account()
    other = account if right else copy.deepcopy(account)
    run(account.up, other.up)
    assert account.held["n"] == 2


@way
def how_a_wrapper_of_text_is_set(right: bool) -> None:
    wrapper, longest = textwrap.TextWrapper(), list[bool]()

    def fill(width: int) -> None:
        wrapper.width = width
        longest.append(max(map(len, wrapper.fill("ab " * 20).split("\n"))) <= width)

    both(right, lambda: fill(5), lambda: fill(11))
    assert all(longest)
