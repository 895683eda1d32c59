"""Deep copies, and shallow ones."""

COPYING = {
    "cycles and shared references": """
        import copy
        class Node: pass
        node, shared = Node(), [1]
        node.me, node.left, node.right, node.pair = node, shared, shared, (shared, node)
        ring = [1]; ring.append(ring)
        table = {}; table["self"] = table
        made, other, third = copy.deepcopy(node), copy.deepcopy(ring), copy.deepcopy(table)
        return (
            made.me is made, made.left is made.right, made.left is not shared, made.pair[0] is made.left,
            made.pair[1] is made,
                other[1] is other, third["self"] is third)
    """,
    "tuples": """
        import copy
        plain, deep = (1, "a", (2,)), ([1], (2, [3]))
        twice = [deep, deep]
        loop = ([],); loop[0].append(loop)
        made = copy.deepcopy(deep), copy.deepcopy(twice), copy.deepcopy(loop)
        return (copy.deepcopy(plain) is plain, made[0], made[0][0] is deep[0], made[1][0] is made[1][1],
                made[2][0][0] is made[2])
    """,
    "objects that say how": """
        import copy
        class Deep:
            def __init__(self, n): self.n, self.extra = n, []
            def __deepcopy__(self, memo): memo["seen"] = True; return Deep(self.n + 1)
        class Reduced:
            def __init__(self, n): self.n, self.cache = n, object()
            def __reduce__(self): return Reduced, (self.n * 10,)
        class State:
            def __init__(self): self.n, self.lock = [1], __import__("threading").Lock()
            def __getstate__(self): return {"n": self.n}
            def __setstate__(self, state): self.__dict__.update(state, lock="new")
        class Single:
            made = None
            def __new__(cls): cls.made = cls.made or super().__new__(cls); return cls.made
        class Newly:
            def __new__(cls, n): self = super().__new__(cls); self.n = n; return self
            def __getnewargs__(self): return (self.n,)
        class Instance: pass
        own = Instance(); own.__deepcopy__ = lambda memo: "its own"
        state = State()
        made = copy.deepcopy(state)
        return (
            copy.deepcopy(Deep(1)).n, copy.deepcopy([Deep(1)])[0].n, copy.deepcopy(Reduced(2)).n,
            made.n is not state.n, made.lock,
                copy.deepcopy(Single()) is Single(), copy.deepcopy(Newly(4)).n, copy.deepcopy(own))
    """,
    "a lock cannot be copied": """
        import copy, threading, pickle
        class Store:
            def __init__(self): self.lock = threading.Lock()
        told = []
        for what in (Store(), threading.Lock(), [threading.RLock()]):
            for way in (copy.deepcopy, copy.copy if not isinstance(what, Store) else copy.deepcopy, pickle.dumps):
                try: told.append(type(way(what)).__name__)
                except (TypeError, AttributeError, pickle.PicklingError) as error: told.append(type(error).__name__)
        try: copy.deepcopy(threading.Lock())
        except TypeError as error: told.append(str(error))
        return told
    """,
    "containers and their subclasses": """
        import collections, copy, datetime, enum, typing
        class Names(list): pass
        class Id(str): pass
        class Ledger(dict):
            def __setitem__(self, key, value): super().__setitem__(key, [value])
        class Status(enum.Enum): DONE = 1
        class Span(typing.NamedTuple): at: list
        names = Names([[1]]); names.owner = "me"
        things = [
            collections.OrderedDict(a=[1]), collections.Counter("aab"), collections.defaultdict(list, {1: [2]}),
            collections.deque([[1]], maxlen=2),
                  {1, 2}, frozenset("a"), Status.DONE, Span([1]), datetime.timedelta(3), Id("x"),
                  ValueError("v", [1]), bytearray(b"b"), range(3), 1.5, None,
                  len, int, Ledger(), print, slice(1, 2)]
        made = copy.deepcopy(things)
        return ([repr(thing) for thing in made], [type(thing).__name__ for thing in made], made[7].at is things[7].at,
                copy.deepcopy(names).owner, copy.deepcopy(names)[0] is names[0])
    """,
    "keys are copied too": """
        import copy
        class Key:
            def __init__(self, n): self.n = n
            def __hash__(self): return self.n
            def __eq__(self, other): return isinstance(other, Key) and self.n == other.n
        key = Key(1)
        made = copy.deepcopy({key: key, "b": [2]})
        (first, *_), value = made, made[key]
        return first is key, value is first, made["b"]
    """,
    "slots, and both": """
        import copy, dataclasses
        class Slotted: __slots__ = ("a", "b")
        class Both(Slotted): pass
        class Private:
            __slots__ = ("__x",)
            def __init__(self): self.__x = [1]
            def x(self): return self.__x
        @dataclasses.dataclass(frozen=True, slots=True)
        class Frozen: items: list
        slotted, both, private = Slotted(), Both(), Private()
        slotted.a = [1]
        both.a, both.c = [1], [2]
        made = [copy.deepcopy(thing) for thing in (slotted, both, private, Frozen([1]))]
        return (made[0].a, hasattr(made[0], "b"), made[0].a is slotted.a, made[1].a, vars(made[1]), made[2].x(),
                made[2].x() is private.x(), made[3].items)
    """,
    "past a property of the same name": """
        import copy
        class Job:
            def __init__(self): self.__dict__["size"] = [1]
            @property
            def size(self): return self.__dict__["size"] * 10
        return vars(copy.deepcopy(Job())), len(copy.deepcopy(Job()).size), vars(copy.copy(Job()))
    """,
    "with a memo": """
        import copy
        from copy import deepcopy
        memo, orders, shared = {}, [[1]], [2]
        made = copy.deepcopy(orders, memo=memo)
        again = deepcopy([orders, shared], {id(shared): "known"})
        return made, id(orders) in memo, again, deepcopy(x=orders)
    """,
    "shallow ones": """
        import copy, dataclasses
        class Job:
            def __init__(self): self.tags, self.n = [1], 2
            def __copy__(self): return "copied"
        class Plain: pass
        plain = Plain(); plain.tags = [1]
        @dataclasses.dataclass
        class Order: items: list; n: int = 1
        order = Order([1])
        made = copy.copy(plain)
        text, orders = "a-b", {"k": [1]}
        return (
            copy.copy(Job()), made.tags is plain.tags, made is plain, dataclasses.replace(order, n=2),
            dataclasses.asdict(order)["items"] is order.items,
                text.replace("-", "+"), orders.copy()["k"] is orders["k"], copy.copy(orders), [1].copy(),
                order.items[:] is order.items)
    """,
}
