"""Functions, generators, calls and expressions."""

CALLING = {
    "iterators": """
        orders = [3, 1, 2]
        it = iter(orders)
        first = next(it)
        pairs = list(zip(it, enumerate(orders, start=5)))
        return (first, pairs, list(map(str, orders)), list(filter(None, [0, 1])), list(reversed(orders)),
                sorted(orders, key=lambda n: -n), next(iter([]), "none"), list(zip(*[(1, 2), (3, 4)])),
                list(iter([4, 0].pop, 4)), max(orders, default=0), sum(orders, 10), any(n > 2 for n in orders))
    """,
    "generators": """
        log = []
        def stock():
            try:
                got = yield 1
                log.append(got)
                got = yield [*(yield from more()), got]
            except ValueError as error: yield str(error)
            finally: log.append("closed")
        def more():
            yield from [2, 3]
            return "r"
        items = stock()
        out = [next(items), items.send("s"), next(items), next(items), items.throw(ValueError("thrown"))]
        items.close()
        return out, log
    """,
    "calls: every kind of argument": """
        def take(a, b=2, /, c=3, *rest, d=4, **more): return a, b, c, rest, d, more
        orders, options = [7, 8, 9], {"d": 5, "x": 6}
        shop = {}
        shop.update(name=1, text=2, thing=3, site=4, self=5)
        made = dict(function=1, text=2, site=3, args=4)
        return (take(1), take(*orders, *"ab", **options, y=1), take(1, c=0), shop, made, {**shop, "name": 0},
                [*orders, *shop])
    """,
    "decorators, defaults, annotations": """
        log = []
        def noted(name):
            def wrap(function):
                log.append(f"wrap {name}")
                return function
            return wrap
        @noted("outer")
        @noted("inner")
        def deliver(url, tries=log.append("default"), *, later: "no such name" = 3) -> "nothing": return url, later
        def keep(item, items=[]):
            items.append(item)
            return items
        keep(1)
        return log, deliver("u"), keep(2), deliver.__name__, deliver.__defaults__, deliver.__annotations__
    """,
    "two lambdas in one line": """
        ways = {"double": lambda n: n * 2, "square": lambda n: n ** 2}; nothing = (lambda: 1, lambda: 2)
        return ways["double"](5), ways["square"](5), [f() for f in nothing]
    """,
    "f-strings": """
        class Job: name, size = "job-1", 3.14159
        job, width, orders = Job(), 8, {"a": [1]}
        return f"{job.name!r:>{width}} {job.size:.{orders['a'][0]}f} {orders} {job.name=} {{}} {', '.join(orders)}"
    """,
    "comparisons and logic": """
        log = []
        def note(value):
            log.append(value)
            return value
        empty, full = [], [1]
        return (1 < note(2) < 3 < note(0) < note(9), empty or full, full and empty, not empty, note(0) or note("last"),
                1 in full, 2 not in full, 1 in full in [full], empty is not full, "yes" if empty else "no",
                full == [1] != empty, log)
    """,
    "recursion": """
        def depth(n): return 0 if n == 0 else 1 + depth(n - 1)
        def flat(tree): return [leaf for branch in tree for leaf in flat(branch)] if isinstance(tree, list) else [tree]
        return depth(300), flat([1, [2, [3, [4]]]])
    """,
    "async": """
        def drive(coroutine):
            try:
                while True: coroutine.send(None)
            except StopIteration as stop: return stop.value
        class Later:
            def __await__(self):
                yield
                return 5
        class Door:
            async def __aenter__(self): return self
            async def __aexit__(self, *error): self.closed = True
        async def numbers():
            for n in [1, 2, 3]: yield n
        async def deliver():
            box, log = Door(), {}
            async with Door() as door: log["in"] = await Later()
            async for box.n in numbers(): log[box.n] = n = box.n
            return log, door.closed, [n async for n in numbers() if n > 1], (lambda: n)()
        return drive(deliver())
    """,
    "the identity of a function in C": """
        class Sink:
            def __init__(self, send): self.send = send
        sink, sinks = Sink(print), [Sink(send=len)]
        assert sink.send is print
        return (sink.send is print, sinks[0].send is not len, sink.send is sink.send is print,
                (lambda send=sorted: send is sorted)(), sink.send is None, sink.send in (print, len))
    """,
}
