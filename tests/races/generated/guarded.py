"""Random programs whose threads do what they do under locks: most sections are one step, and some are not."""

from __future__ import annotations

import random
import textwrap

from .programs import Program, statement
from .theme import Theme, theme

GUARDS = Theme(
    "guards",
    "lock, again, cond = threading.Lock(), threading.RLock(), threading.Condition()\nv = [0, 0]",
    (),
    (),
    "v",
)

GUARDED = theme(
    "guarded",
    """
x, y = Box(), Box()
d, r, s = {'a': 1}, [1], {1}
counts, text, source = Counts(), io.StringIO(), iter(range(50))
Box.shared = 0
globals()['TOTAL'] = 0
cached.cache_clear()
""",
    """
x.n += 1
y.n = x.n
y.n = «n»
me.append(x.n)
me.append(y.n)
x.link.n += 1
me.append(x.link.n)
x.link = Link()
x.link = y
del x.link
d['«k»'] = «n»
me.append(d.get('«k»'))
me.append(list(d))
d.pop('«k»', None)
r.append(«n»)
me.append(len(r))
me.append(r[-1])
r.clear()
r[:] = [4, 5]
for each in r: me.append(each)
s.add(«n»)
me.append(2 in s)
s.discard(2)
x.bump()
me.append(x.twice)
x.told = lambda: y.bump()
x.told()
if x.n == y.n: r.append(9)
counts.up()
me.append(counts['a'])
text.write('a')
me.append(text.getvalue())
me.append(next(source))
me.append(isinstance(x.link, Box))
Box.shared += 1
me.append(x.shared)
x.shared = 5
x.many[«n»] = y
x.many.get(1, x).n = 4
me.append(helper(x))
me.append(TOTAL)
me.append(hasattr(x, 'link'))
setattr(x, 'n', 3)
me.append(copy.copy(x).n)
me.append(str(x))
me.append(x == y)
me.append(vars(y).get('n'))
me.append(time.monotonic())
me.append(random.random())
me.append(sum(r))
threading.current_thread().name = '«k»'
me.append([thread.name for thread in threads])
os.environ['GOQUEUE_GUARDED'] = '«k»'
me.append(os.environ.get('GOQUEUE_GUARDED'))
gc.disable()
me.append(gc.isenabled())
gc.enable()
me.append(cached(«n»))
me.append(x.slow)
""",
    "x.n\nlen(r)\nTOTAL",
    "(x.n, y.n, d, r, sorted(s), counts, text.getvalue(), x.shared, sorted(x.many), TOTAL)",
    """
TOTAL = 0
class Counts(dict):
    def up(self):
        self['a'] = self.get('a', 0) + 1
class Link:
    def __init__(self):
        self.n = 0
class Box:
    shared = 0
    def __init__(self):
        self.n, self.link, self.many = 0, Link(), {}
    def bump(self):
        self.n += 1
        return self.n
    @property
    def twice(self):
        return self.n * 2
    @functools.cached_property
    def slow(self):
        return self.n + 10
    def told(self):
        return None
    def __str__(self):
        return f'<{self.n}>'
    def __eq__(self, other):
        return self.n == other.n
    __hash__ = object.__hash__
def helper(box):
    global TOTAL
    TOTAL += 1
    return box.n
@functools.lru_cache
def cached(n):
    return n + TOTAL
""",
)

SHAPES = ((2, 2), (2, 2), (3, 2), (2, 2, 1), (3, 1))

WAYS = {  # of guarding a statement -> how often it is chosen
    "with lock:\n    {}": 60,
    "with again:\n    {}": 6,
    "with lock:\n    with again:\n        {}": 4,
    "lock.acquire()\ntry:\n    {}\nfinally:\n    lock.release()": 4,
    "with cond:\n    cond.notify_all()\n    {}": 2,
    "with cond:\n    cond.wait(1)\n    {}": 2,
    "if lock.acquire(blocking=False):\n    try:\n        {}\n    finally:\n        lock.release()": 2,
    "{}": 6,
}


def guarded_program(seed: int, themes: tuple[Theme, ...] = (GUARDED,)) -> Program:
    """Return the program with this number."""
    chance = random.Random(seed)
    used = chance.sample(themes, min(2, len(themes)))
    few = [
        each for one in used for each in chance.sample(one.statements, min(chance.randint(3, 7), len(one.statements)))
    ]
    values = [each for one in used for each in one.expressions]
    shared = Program(tuple(used), ()).names

    def section() -> str:
        body = "\n".join(statement(chance, few, values, shared) for _ in range(chance.choice((1, 1, 1, 2))))
        return guarded(chance, body)

    threads = tuple(tuple(section() for _ in range(length)) for length in chance.choice(SHAPES))
    return Program((*used, GUARDS), threads)


def guarded(chance: random.Random, body: str) -> str:
    """Return a statement under a lock, or in some other way."""
    way = chance.choices([*WAYS], [*WAYS.values()])[0]
    before = next(line for line in way.split("\n") if "{}" in line).partition("{")[0]
    return way.replace("{}", textwrap.indent(body, before).strip())
