"""Classes from the library, and objects with their own operators."""

OBJECTS = {
    "dataclasses": """
        import dataclasses
        @dataclasses.dataclass(order=True)
        class Job:
            name: str
            tags: list = dataclasses.field(default_factory=list)
            size: int = 3
            def __post_init__(self): self.tags.append(self.name)
        @dataclasses.dataclass(frozen=True, slots=True)
        class Key: one: int; two: tuple = ()
        job = Job("a")
        try: Key(1).one = 2
        except dataclasses.FrozenInstanceError as error: told = str(error)
        other = dataclasses.replace(job, name="b", tags=[])
        return (repr(job), repr(other), job < other, dataclasses.asdict(job), told, {Key(1): 2}[Key(1)],
                dataclasses.astuple(Key(1)))
    """,
    "enumerations": """
        import enum
        class Status(enum.StrEnum):
            PENDING = enum.auto()
            DONE = "completed"
            @property
            def ended(self): return self is Status.DONE
        class Flag(enum.Flag): A = 1; B = 2; AB = A | B
        counts = {Status.PENDING: 1}
        counts["pending"] += 1
        return (list(Status), Status("completed").ended, counts, Flag.AB & Flag.A, Status.DONE.value,
                [s.name for s in Flag], Status.PENDING in counts)
    """,
    "named tuples": """
        import typing, collections
        class Span(typing.NamedTuple):
            start: int
            end: int = 5
            def length(self): return self.end - self.start
        Point = collections.namedtuple("Point", "x y")
        start, end = Span(2)
        return (Span(2).length(), Span(2)._replace(start=3), start, end, Point(1, y=2).x, Span(2) == (2, 5),
                Span(2).index(5), Point.__module__ == __name__)
    """,
    "containers with methods of their own": """
        import collections
        log = []
        class Ledger(dict):
            def __getitem__(self, key): log.append(f"get {key}"); return super().__getitem__(key)
            def __setitem__(self, key, value): log.append(f"set {key}"); super().__setitem__(key, value)
            def __delitem__(self, key): log.append(f"del {key}"); super().__delitem__(key)
            def __contains__(self, key): log.append(f"has {key}"); return super().__contains__(key)
            def __len__(self): log.append("len"); return super().__len__()
            def __iter__(self): log.append("iter"); return super().__iter__()
            def __missing__(self, key): return f"no {key}"
            def get(self, key, default="mine"): log.append(f"get {key}"); return super().get(key, default)
        ledger = Ledger(a=1)
        ledger["b"] = 2
        ledger["b"] += 1
        del ledger["a"]
        result = ledger["c"], ledger.get("d"), "b" in ledger, bool(ledger), [key for key in ledger], list(ledger),
        {**ledger}, ledger.pop("b")
        return result, log
    """,
    "containers of the library": """
        import collections
        groups = collections.defaultdict(list)
        groups["a"].append(1); groups["b"] += [2]; groups.get("c")
        counts = collections.Counter("abca"); counts["a"] += 1; counts.update("zz"); counts.update(a=1)
        ordered = collections.OrderedDict(a=1, b=2); ordered.move_to_end("a")
        recent = collections.deque([1, 2, 3], maxlen=3); recent.append(4); recent[-1] += 1; recent.rotate(1)
        names = {"x"} | {"y"}; names -= {"x"}; names ^= {"z"}
        frozen = frozenset(names) & {"y"}
        return (groups, counts, list(ordered.items()), [k for k in ordered], recent, recent[0], names, frozen,
                counts.most_common(1), "c" in groups)
    """,
    "operators of one's own": """
        class Money:
            def __init__(self, n): self.n = n
            def __add__(self, other): return Money(self.n + other.n)
            def __iadd__(self, other): self.n += other.n; return self
            def __eq__(self, other): return NotImplemented if not isinstance(other, Money) else self.n == other.n
            def __hash__(self): return hash(self.n)
            def __bool__(self): return self.n > 0
            def __call__(self, *more, **options): return self.n, more, options
            def __contains__(self, n): return "yes"
            def __len__(self): return 3
            def __index__(self): return self.n
            def __format__(self, spec): return f"<{self.n}{spec}>"
            def __iter__(self): yield from range(self.n)
        a = b = Money(2)
        a += Money(1)
        return (b.n, (a + b).n, a == Money(3), a == 3, not a, a(1, x=2), 9 in a, len(a), list(a), [10, 11, 12, 13][a],
                f"{a:!}", {a: 1}[Money(3)], [*a])
    """,
    "objects that were touched die too, where somebody is told of it": """
        import weakref
        log = []
        class Job:
            def __init__(self, name): self.name = name
        class Closed(Job):
            def __del__(self): log.append(self.name)
        jobs = weakref.WeakValueDictionary()
        def made(name, kind=Job):
            job = kind(name)
            job.name += "!"
            return job
        one, two, three = made("finalised"), made("called back"), made("closed", Closed)
        four, five, six = made("in a weak dict"), made("by a proxy"), made("of a method")
        weakref.finalize(one, log.append, one.name)
        known = weakref.ref(two, lambda _: log.append("called back"))
        jobs["four"] = four
        jobs["four"].name += "!"
        proxy = weakref.proxy(five, lambda _: log.append("by a proxy"))
        proxy.name += "?"
        proxy.more = len(proxy.name)
        log += [proxy.name, five.more]
        del proxy.more
        log += [hasattr(five, "more"), vars(six)["name"], known() is two]
        plain = weakref.ref(six)
        del one; log.append("one")
        del two; log.append(known() is None)
        del three; log.append("three")
        del four; log.append(list(jobs))
        del five; log.append("five")
        del six; log.append(plain() is None)
        return log
    """,
    "objects die when nothing names them": """
        import weakref
        class Job: pass
        log = []
        def made(name):
            job = Job()
            weakref.finalize(job, log.append, name)
            return job
        class Box: pass
        box, orders = Box(), {}
        box.job = made("attribute"); box.job = None
        orders["j"] = made("item"); orders["j"] = None
        box.left, box.right = made("left"), made("right"); box.left = box.right = None
        box.one = box.two = made("chain"); box.one = None; box.two = None
        jobs = [made("loop")]
        for box.last in jobs: pass
        jobs.clear()
        box.last = None
        return list(log)
    """,
}
