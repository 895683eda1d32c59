"""Other ways to bind or delete a name, an attribute or an item."""

NAMING = {
    "slices": """
        jobs = list(range(10))
        part = jobs[2:5], jobs[::-3], jobs[:], jobs[-2:]
        jobs[1:3] = "abc"
        jobs[::4] = [0, 0, 0]
        jobs[:2] += ["x"]
        del jobs[-3:], jobs[0]
        class Grid:
            def __getitem__(self, key): return key
            def __setitem__(self, key, value): self.set = key, value
        grid = Grid()
        grid[1:2, ..., ::3] = 4
        return part, jobs, grid[1:2, 3], grid[:, None], grid.set, "shop"[1:]
    """,
    "deletions": """
        class Box: pass
        box, orders, name = Box(), {"a": 1, "b": 2, "c": 3}, "x"
        box.one = box.two = 1
        del box.one, orders["a"], (orders["b"])
        del name
        try: name
        except UnboundLocalError as error: return vars(box), orders, str(error)
    """,
    "the walrus": """
        total = 0
        def use(): return total
        if (total := 5) > 3: found = [total := total + n for n in range(3)]
        class Box: pass
        while (step := use()) < 10: total += 1
        return found, total, step, use()
    """,
    "with annotations": """
        class Box: pass
        box = Box()
        count: int = 4
        box.size: "no such name" = count
        later: int
        def use(): return count
        try: later
        except UnboundLocalError as error: return use(), box.size, str(error)
    """,
    "globals": """
        global sold
        sold = 1
        sold += 2
        def sell():
            global sold
            sold += 10
            return sold
        first = sell()
        del sold
        return first, "sold" in globals()
    """,
    "closures and nonlocal, three deep": """
        def outer():
            count, names = 0, []
            def middle():
                nonlocal count
                own = 100
                def inner(name):
                    nonlocal count, own
                    count += 1
                    own -= 1
                    names.append((name, count, own))
                    return inner
                return inner
            middle()("a")("b")
            middle()("c")
            return count, names
        return outer()
    """,
    "a closure over a loop sees the last value": """
        def late(): return [f() for f in [lambda: i for i in range(3)]]
        made = []
        for n in range(3):
            made.append(lambda: n)
            made.append(lambda n=n: n)
        return late(), [f() for f in made]
    """,
    "targets of for and with": """
        import contextlib
        class Box: pass
        box, orders = Box(), {}
        for box.at, orders["last"] in [(1, "a"), (2, "b")]: pass
        for n in range(2):
            def use(): return n
        with contextlib.nullcontext((3, 4)) as (box.left, orders["right"]): pass
        return vars(box), orders, use()
    """,
}
