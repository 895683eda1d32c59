"""Conditions, loops and exceptions."""

FLOW = {
    "with: each manager known to the next, left in the opposite order": """
        import contextlib
        log = []
        @contextlib.contextmanager
        def shelf(name):
            log.append(f"+{name}")
            try: yield name
            finally: log.append(f"-{name}")
        with shelf("a") as one, shelf(one + "b") as two, shelf(two + "c"): log.append((lambda: one + two)())
        return log
    """,
    "with: an exception swallowed, and one that is not": """
        class Swallow:
            def __init__(self, kind): self.kind = kind
            def __enter__(self): return self
            def __exit__(self, kind, error, trace):
                self.seen = kind
                return kind is not None and issubclass(kind, self.kind)
        with Swallow(ValueError) as one: raise ValueError
        try:
            with Swallow(ValueError) as two, Swallow(OSError) as three: raise KeyError("k")
        except KeyError as error: return one.seen, two.seen, three.seen, error.args
    """,
    "try, else, finally": """
        log = []
        def deliver(what):
            try:
                log.append("try")
                if what == "fail": raise ValueError(what)
                if what == "return": return what
            except ValueError as error:
                log.append(str(error))
                return "failed"
            else: log.append("else")
            finally: log.append("finally")
            return "done"
        return [deliver(what) for what in ("", "fail", "return")], log
    """,
    "except*": """
        log = []
        try: raise ExceptionGroup("both", [ValueError(1), KeyError(2), OSError(3)])
        except* ValueError as group: log.append([error.args for error in group.exceptions])
        except* (KeyError, OSError) as group: log.append(len(group.exceptions))
        return log
    """,
    "chained exceptions": """
        class Box: pass
        try:
            try: Box().missing
            except AttributeError as error: raise ValueError("no such shelf") from error
        except ValueError as error: found = error
        try:
            try: {}["k"]
            except KeyError: raise OSError
        except OSError as error:
            return type(found.__cause__), str(found.__cause__), type(error.__context__), error.__suppress_context__
    """,
    "the lines of a traceback": """
        import traceback
        def third(box):
            return (
                box
                .missing
            )
        def second(box):
            orders = {"box": box}
            orders["count"] = third(
                orders["box"])
        def first():
            for box in [object()]:
                with __import__("contextlib").nullcontext():
                    second(box)
        try:
            first()
        except AttributeError as error:
            frames = traceback.extract_tb(error.__traceback__)
            return [(frame.name, frame.lineno) for frame in frames if frame.filename == __file__], str(error)
    """,
    "what is not there": """
        class Box: __slots__ = ("n",)
        told, five = [], 5
        for attempt in (
            lambda: Box().n, lambda: Box().m, lambda: {}["k"], lambda: [][3], lambda: five["k"], lambda: None.x,
                        lambda: 5 in five, lambda: no_such_name, lambda: len(five), lambda: [].pop(),
                        lambda: {}.pop("k")):
            try: attempt()
            except Exception as error: told.append((type(error), str(error)))
        return told
    """,
    "match": """
        class Point:
            __match_args__ = ("x", "y")
            def __init__(self, x, y): self.x, self.y = x, y
        def what(thing):
            match thing:
                case 0 | 1: return "bit"
                case str() as text if text.isupper(): return f"loud {text}"
                case [first, *rest] if rest: return first, rest
                case {"type": "webhook", **others}: return others
                case Point(0, y=where): return where
                case Point(x=x): return (lambda: x)()
                case _: return "other"
        return [what(x) for x in (1, "A", "a", [1, 2], [1], {"type": "webhook", "url": 3}, Point(0, 4), Point(5, 6))]
    """,
    "print calls what shows an object": """
        class Job:
            shown = 0
            def __str__(self): self.shown += 1; return ""
        job, told = Job(), []
        print(job, end="")
        for wrong in (lambda: print(1, sep=5), lambda: print(job, nothing=1), lambda: print([].pop())):
            try: wrong()
            except Exception as error: told.append((type(error), str(error)))
        return job.shown, told
    """,
    "match: as many calls as Python makes": """
        calls = []
        class Counted(list):
            def __len__(self): calls.append("len"); return super().__len__()
            def __iter__(self): calls.append("iter"); return super().__iter__()
        class Got(dict):
            @property
            def get(self): calls.append("get"); return super().get
        class Mixed: __match_args__ = ("x", 1)
        class Few(__import__("collections").abc.Mapping):
            def __getitem__(self, key): return 1
            def __iter__(self): return iter(("x", "y"))
            def __len__(self): return 2
            keys = None
        class K: a = [1]; b = "x"
        def what(thing):
            match thing:
                case Mixed(a, b): return "mixed"
                case [a, *rest]: return a, rest
                case {"a": 1, "b": 2}: return "both"
                case {K.b: 1, **rest}: return rest
                case {K.a: 1}: return "no hash"
        told = []
        for thing in (Mixed(), Counted([1, 2, 3]), Got(a=1, b=2), Few(), {"a": 0, "c": 2}):
            try: told.append(what(thing))
            except Exception as error: told.append((type(error), str(error)))
        return told, calls
    """,
    "comparisons in a chain": """
        calls = []
        def value(n): calls.append(n); return n
        class Odd:
            def __eq__(self, other): return []
            def __lt__(self, other): return "less"
        odd, none = Odd(), None
        found = [value(1) < value(2) < value(3), value(3) < value(2) < value(1), 0 < 1 in [1] != 2, odd == odd < 3,
                 odd < odd < odd, none is none is not odd, [n for n in range(5) if 1 < n <= 3 != n], 1 < 2 not in [2]]
        return found, calls
    """,
    "match: every pattern": """
        import collections, http, math
        class Kept:
            match http.HTTPStatus.OK, {"n": 1}:
                case http.HTTPStatus.OK, {"n": n, **rest} if n: n += 1
        class Point:
            __match_args__ = ("x", "y")
            def __init__(self, x, y): self.x, self.y = x, y
        class Odd(Point):
            @property
            def size(self): raise AttributeError("no size")
        class Twice: __match_args__ = ("x", "x"); x = 1
        class Named: __match_args__ = ["x"]; x = 1
        class Pairs(collections.abc.Sequence):
            def __len__(self): return 2
            def __getitem__(self, at): return ("a", "b")[at]
        class Table(collections.abc.Mapping):
            def __len__(self): return 1
            def __iter__(self): return iter("k")
            def __getitem__(self, key): return {"k": 5}[key]
        class Short(list):
            def __len__(self): return 5
        def what(thing):
            seen = []
            match thing:
                case None: return "nothing"
                case True | False as flag: return flag, sorted(locals())
                case -1 | 2 + 3j | http.HTTPStatus.OK: return "a number"
                case float(x) if x > math.pi: return x
                case str() | bytes(): return "text"
                case [Point(x=(1 | 2) as x), *_, [*_, last]]: return x, last
                case [one]: return lambda: one
                case [1, _, *rest] | [*rest, _, 1]: return rest
                case [_, _]: return "two"
                case [*_, 7, 8]: return "ends"
                case [_, *_, 6]: return "6"
                case [*all]: seen.append(all)
                case {"kind": "pair", "at": [x, y]}: return x, y
                case {http.HTTPStatus.OK: x, "a": {}, **rest}: return x, rest
                case {"k": 5, **rest}: return rest
                case {"a": _} if not thing["a"]: return "empty"
                case Odd(size=s): return s
                case Odd(): return "odd"
                case Point(x, 0) | Point(0, x): return f"on an axis, {x}"
                case Point(): return "a point", sorted(locals())
                case set() as kept if (n := len(kept)) > 1: return n
                case {}: return "a mapping"
                case int(1 as one): return one
            return "none of these", seen, sorted(locals())
        def wrong(thing):
            match thing:
                case Point(1, 2, 3): return "three"
                case int(1, 2): return "two"
                case Twice(1, 1): return "twice"
                case Named(1): return "named"
                case [a, b, c, d, e]: return "five"
                case {http.HTTPStatus.OK.value: 1, 200: 1}: return "same key"
                case int.real(): return "no class"
        told = []
        for thing in (Point(1, 2), 5, Twice(), Named(), Short([1]), {200: 1, "b": 1}, Table(), None):
            try: told.append(wrong(thing))
            except Exception as error: told.append((type(error), str(error)))
        ok = http.HTTPStatus.OK
        found = [what(thing) for thing in (
            None, True, -1, 2 + 3j, 200, ok, 3.5, 1.5, "s", b"b", bytearray(b"b"), [Point(2, 0), 0, "x", (4, 5)],
            range(3), [1, 2, 3], (3, 2, 1), [3, 4], collections.deque([5, 7, 8]), [5, 5, 6], Pairs(), iter([1]),
            [9, 9, 9], {"kind": "pair", "at": (1, 2)}, {200: 1, "a": {}, "b": 2}, Table(), {"a": 0}, {"a": 1},
            Odd(1, 1), Point(3, 0), Point(0, 4), Point(5, 6), {1}, {1, 2}, collections.Counter("k"), {}, 1, 10 ** 30)]
        points = [what(each) for each in ([Point(1, 1), [2]], [Point(9, 9), [2]])]
        return Kept.n, Kept.rest, told, found, what([6])(), points
    """,
    "comprehensions of every kind": """
        orders = {"a": [1, 2], "b": [3]}
        n = "outer"
        flat = [n * k for name, ns in orders.items() if name for n in ns for k in (1, 10) if n != 2]
        swapped = {value: key for key, values in orders.items() for value in values}
        lengths = {len(values) for values in orders.values()}
        lazy = (n for n in flat if n > 1)
        nested = [[(x, y) for y in range(x)] for x in range(3)]
        return flat, swapped, lengths, next(lazy), list(lazy), nested, n, (lambda: n)()
    """,
    "loops: else, break, continue, changing what is walked": """
        log = []
        for n in [1, 2, 3]:
            if n == 2: continue
            log.append(n)
        else: log.append("else")
        growing = [1]
        for n in growing:
            if n < 5: growing.append(n + 1)
            if n == 4: break
        else: log.append("never")
        shrinking = {"a": 1, "b": 2}
        try:
            for key in shrinking: del shrinking[key]
        except RuntimeError as error: log.append(str(error))
        while growing:
            growing.pop()
            if len(growing) == 1: break
        return log, growing
    """,
}
