"""All ways to assign to a name, an attribute or an item."""

ASSIGNING = {
    "a chain, from the left, its value evaluated once": """
        log = []
        class Shelf:
            def __setattr__(self, name, value): log.append((name, value))
        def stock():
            log.append("stock")
            return 7
        def shelf():
            log.append("shelf")
            return Shelf()
        last = shelf().top = shelf().bottom = stock()
        return log, last
    """,
    "a chain of which a later target uses an earlier one": """
        orders = {}
        orders["last"] = key = "first"
        index = orders[index] = 5 if "index" in locals() else "new" if False else None
        class Node: pass
        node = first = Node()
        node.next = node = Node()
        return orders, key, index, hasattr(first, "next"), hasattr(node, "next")
    """,
    "a tuple of targets, each evaluated when its turn comes": """
        class Node: pass
        one, two, three = Node(), Node(), Node()
        one.next, two.next, three.next = two, three, None
        before, node = None, one
        while node: before, node.next, node = node, before, node.next
        jobs = [0, 0, 0]
        at, jobs[at] = 2, "here"
        return before is three, three.next is two, two.next is one, one.next, jobs
    """,
    "a list of targets, nested, starred": """
        class Box: pass
        box = Box()
        [box.first, (box.second, *box.rest)], *others = ["a", ("b", "c", "d")], "e", "f"
        (first, *middle, last) = range(5)
        def use(): return first, middle, last
        return vars(box), others, use()
    """,
    "a target that fails leaves the earlier ones": """
        class Box: pass
        box, nothing = Box(), None
        try: box.first, nothing.second, box.third = 1, 2, 3
        except AttributeError as error: return vars(box), str(error)
    """,
    "too many, too few": """
        told = []
        class Box: pass
        box = Box()
        for values in ([1], [1, 2, 3], 5):
            try: box.one, box.two = values
            except (TypeError, ValueError) as error: told.append(str(error))
        return told, vars(box)
    """,
    "the value before its target": """
        log = []
        def note(what, value=None):
            log.append(what)
            return value
        orders = {}
        note("owner", orders)[note("key", "k")] = note("value", 1)
        note("owner", orders)[note("key", "k")] += note("more", 1)
        del note("owner", orders)[note("key", "k")]
        return log, orders
    """,
    "augmented: every operator": """
        class Box: pass
        box, n = Box(), 7
        def use(): return n
        results = []
        for start in (7,):
            box.n = start
            box.n += 2; box.n -= 1; box.n *= 3; box.n //= 2; box.n **= 2; box.n %= 100
            box.n <<= 2; box.n >>= 1; box.n |= 1; box.n &= 0xFF; box.n ^= 3; box.n /= 2
            results.append(box.n)
        class M:
            def __matmul__(self, other): return ("plain", other)
            def __imatmul__(self, other): return ("in place", other)
        box.m = M()
        box.m @= 4
        n += 1
        return results, box.m, use()
    """,
    "augmented: in place or not": """
        orders, pair = [1], (1,)
        alias, same = orders, pair
        orders += (2,)
        pair += (2,)
        class Box: pass
        box = Box()
        box.items = alias
        box.items += [3]
        box.items *= 2
        seen = {1}
        others = seen
        seen |= {2}
        def use(): return seen
        return orders, alias is box.items, pair, same, use() is others
    """,
    "augmented: each part evaluated once": """
        log = []
        def shelf():
            log.append("shelf")
            return shelves
        def key():
            log.append("key")
            return -1
        shelves = [1, 2]
        shelf()[key()] += 10
        return shelves, log
    """,
    "augmented: what a tuple holds changes, and the error comes": """
        holder = ([1],)
        try: holder[0] += [2]
        except TypeError as error: return holder, str(error)
    """,
    "augmented: of a name without a value": """
        def count():
            total += 1
            def use(): return total
        try: count()
        except UnboundLocalError as error: return str(error)
    """,
}
