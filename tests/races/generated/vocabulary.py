"""What random programs say: one `Theme` for each kind of shared thing.

In statements and expressions, `«e»` stands for any expression of the program's themes, `«k»` for a key, `«n»` for a
small number and `me` for the list of what the thread has seen, which no other thread touches.
"""

from __future__ import annotations

from .kinds import KINDS
from .library import BODIES, LIBRARY
from .theme import Theme, theme

DICT = theme(
    "dict",
    "d = {'a': 1}",
    """
d['«k»'] = «e»

d['«k»'] = d.get('«k»', 0) + 1

d['a'] += 1

if '«k»' not in d:
    d['«k»'] = «e»

me.append(d.pop('«k»', None))

for key in d:
    me.append(key)

for key, value in list(d.items()):
    d[key] = value + 1

d.update(b=«n»)

d.setdefault('«k»', [])

del d['«k»']

d |= {'c': «n»}

me.append({k: v for k, v in d.items()})

first, *rest = d.values()
me.append(first)

d.clear()

match d:
    case {'b': found}:
        me.append(found)
    case _:
        d['b'] = 5

match d:
    case {'a': found, **others}:
        me.append((found, sorted(others)))

me.append(d.popitem())

e2 = d.copy()
e2['z'] = 1
me.append(e2)

me.append(dict(d, q=1))

me.append(f"{d}")
""",
    """
len(d)
d.get('«k»')
d['«k»']
'«k»' in d
list(d)
sorted(d.items(), key=str)
sum(1 for k in d if k)
d == {'a': 1}
bool(d)
max(d)
str(d)
dict(**d)
list(reversed(d))
next(iter(d), None)
tuple(d.keys())
any(v for v in d.values())
d.keys() & {'a', 'b'} == {'a'}
[*d]
""",
    "sorted(d.items(), key=str)",
)

LIST = theme(
    "list",
    "r = [3, 1, 2]",
    """
r.append(«e»)

r[0] = «e»

r[-1] += 1

r.extend([«n», «n»])

r.extend(me)

me.append(r.pop())

r.insert(0, «n»)

r.sort(key=lambda x: -x)

r.sort()

r[1:2] = [7, 8]

r += [«n»]

r *= 2

for each in r:
    me.append(each)

for index, each in enumerate(r):
    r[index] = each + 1

me.append([x * 2 for x in r if x > 1])

head, *tail = r
me.append(head)

match r:
    case [one, two]:
        me.append((one, two))
    case [first, *_, last] if first != last:
        me.append((first, last))
    case [_, *others]:
        me.append(others)

del r[0]

r.reverse()

r.remove(1)

r[:] = [x for x in r if x != 2]

r.extend(x + 1 for x in (1, 2))

while len(r) > 3:
    r.pop()

r[0], r[1] = r[1], r[0]

r.clear()

r.extend(map(lambda x: x + len(r), (1, 2)))

r.append(r[-1] + 1)

me.append(r.index(2))
""",
    """
len(r)
r[0]
r[-1]
r[1:]
sum(r)
max(r, key=lambda x: -x)
sorted(r)
sorted(r, key=lambda x: len(r) - x)
1 in r
list(zip(r, r[1:]))
r + [0]
tuple(r)
r.count(1)
r.copy()
min(r)
[*r, *r]
all(r)
list(map(lambda x: x + 1, r))
list(filter(None, r))
functools.reduce(lambda a, b: a + b, r)
' '.join(map(str, r))
[x for x in reversed(r)]
(lambda *a: len(a))(*r)
bisect.bisect(r, 2)
heapq.nlargest(2, r)
r == [3, 1, 2]
r * 2
str(r)
f"{r!r}"
json.dumps(r)
copy.copy(r)
copy.deepcopy(r)
itertools.accumulate(r).__next__()
""",
    "list(r)",
)

SET = theme(
    "set",
    "s = {1, 2}",
    """
s.add(«n»)

s.discard(1)

if 3 not in s:
    s.add(3)
    me.append('new')

for each in s:
    me.append(each)

s |= {4}

s.update(x for x in (5, 6))

s -= {2}

s.clear()

me.append(sorted(s | {9}))

s.remove(2)

me.append(s.pop())

s.update(x for x in range(3) if x not in s)
""",
    """
len(s)
2 in s
sorted(s)
s == {1, 2}
s <= {1, 2}
sum(s)
{x + 1 for x in s} == {2, 3}
s.isdisjoint({1})
frozenset(s) == {1, 2}
bool(s)
""",
    "sorted(s)",
)

DEQUE = theme(
    "deque",
    "q = deque([1, 2], maxlen=4)",
    """
match q:
    case [1 | 2, *_]:
        q.append(8)
    case [*_, found]:
        me.append(found)

q.append(«n»)

q.appendleft(«n»)

me.append(q.popleft())

if q:
    me.append(q.pop())

for each in q:
    me.append(each)

q.rotate(1)

q.extend([7, 8])

q[0] += 1

q.extendleft(x for x in (4, 5))

q += [3]
""",
    """
len(q)
q[0]
q[-1]
list(q)
2 in q
bool(q)
""",
    "list(q)",
)

DEFAULTDICT = theme(
    "defaultdict",
    "g = defaultdict(list)\nh = defaultdict(lambda: len(h))\nj = defaultdict(int, a=1)",
    """
g['«k»'].append(«n»)

me.append(h['«k»'])

j['«k»'] += 1

j.update(b=3)

for key in g:
    me.append(key)
""",
    """
len(g)
g.get('«k»')
j['«k»']
'b' in h
sorted(j.items())
""",
    "sorted(g.items()), sorted(h.items()), sorted(j.items())",
)

COUNTER = theme(
    "Counter",
    "c = Counter('ab')",
    """
c['«k»'] += 1

c.update('ac')

c.subtract('b')

c += Counter('a')

me.append(c.most_common(1))

c.update({'a': 1})
""",
    """
c['«k»']
sorted(c.elements())
c.total()
sorted((c + c).items())
""",
    "sorted(c.items())",
)

ORDEREDDICT = theme(
    "OrderedDict",
    "o = OrderedDict(a=1, b=2, c=3)",
    """
o.move_to_end('a')

me.append(o.popitem(last=False))

o['«k»'] = «n»

for key in o:
    me.append(key)

o.pop('«k»', None)

o.setdefault('d', 1)

o.update(a=9)
""",
    """
list(o)
next(reversed(o))
o.get('«k»')
list(o.items())
""",
    "list(o.items())",
)

SUBCLASS = theme(
    "subclasses",
    "u = Counts(a=1)\nw = Stack([1])\nud = UserDict(a=1)",
    """
u.up('a')

u.bump('a')

u['«k»'] = «n»

w.push(«n»)

me.append(w.take())

w.append(«n»)

u.refresh()

for key in u:
    me.append(key)

ud['«k»'] = len(ud)

ud.update(b=1)
""",
    """
u['a']
u.twice('a')
len(w)
w.top()
len(u)
u.get('b')
ud.get('a')
list(ud)
""",
    "sorted(dict(u).items()), list(w), sorted(ud.items())",
    """
class Counts(dict):
    def up(self, key):
        super().__setitem__(key, super().__getitem__(key) + 1)

    def bump(self, key):
        self[key] = self[key] + 1

    def twice(self, key):
        return self[key] + self.get(key, 0)

    def refresh(self):
        for key in list(self):
            dict.__setitem__(self, key, dict.__getitem__(self, key) * 2)


class Stack(list):
    def push(self, item):
        self.append(item)
        self.last = item

    def take(self):
        if self:
            return self.pop()
        return None

    def top(self):
        return self[-1]
""",
)

OBJECT = theme(
    "object",
    "x = Thing()\ny = Slotted()\nx.other = y",
    """
x.n += 1

x.n = «e»

y.size += 2

x.total += 1

x.total = x.n

setattr(x, 'n', getattr(x, 'n') + 1)

vars(x)['n'] = vars(x)['n'] + 1

x.__dict__['n'] += 1

object.__setattr__(x, 'n', object.__getattribute__(x, 'n') + 1)

x.__setattr__('n', x.n + 1)

x.up()

x.up_twice()

Thing.made += 1

Thing.count()

if not hasattr(x, 'late'):
    x.late = 1
    me.append('made')

del x.late

x.other.size = y.size + 1

x.items.append(«n»)

x.items += [1]

x.lazy

me.append(x())

x['n'] = x['n'] + 1

with x:
    me.append(x.n)

x += 1

x.other = Slotted()

y = x.other

x.n, y.size = y.size, x.n

x.frozen

super(Child, x).up()

x.fluid += 1
""",
    """
x.n
y.size
x.total
x.made
getattr(x, 'late', None)
sorted(vars(x)) == ['n']
len(x.items)
copy.copy(x).n
copy.deepcopy(x).n
x.n == y.size
x == 1
len(x)
bool(x)
operator.attrgetter('n')(x)
f"{x}"
repr(x)
x.other.size
operator.attrgetter('other.size')(x)
x < y
x.lazy
type(x).made
x.where
str(x)
""",
    "sorted(k for k in vars(x)), x.n, x.other.size, Thing.made, x.items",
    """
class Thing:
    made = 0

    def __init__(self):
        self.n = 0
        self.items = []

    @property
    def total(self):
        return self.n * 10

    @total.setter
    def total(self, value):
        self.n = self.n + value

    @functools.cached_property
    def lazy(self):
        self.n = self.n + 1
        return self.n

    @functools.lru_cache(maxsize=None)
    def frozen_value(self):
        return 1

    @property
    def frozen(self):
        return self.frozen_value()

    @classmethod
    def count(cls):
        cls.made = cls.made + 1

    @staticmethod
    def still():
        return 1

    def up(self):
        self.n = self.n + 1

    def up_twice(self):
        for _ in range(2):
            self.up()

    def __call__(self):
        self.n += 1
        return self.n

    def __getitem__(self, key):
        return self.__dict__[key]

    def __setitem__(self, key, value):
        self.__dict__[key] = value

    def __enter__(self):
        self.n += 1
        return self

    def __exit__(self, *error):
        self.n -= 1

    def __iadd__(self, other):
        self.n = self.n + other
        return self

    def __len__(self):
        return len(self.items) + self.n

    def __eq__(self, other):
        return self.n == other

    __hash__ = None

    def __lt__(self, other):
        return self.n < other.size

    def __str__(self):
        return f"Thing {self.n} {len(self.items)}"

    def __repr__(self):
        return f"Thing {self.n} {self.n}"

    def __getattr__(self, name):
        if name == 'where':
            return self.n + 1
        raise AttributeError(name)

    fluid = property(lambda self: self.n, lambda self, value: self.__dict__.update(n=value))


class Child(Thing):
    def up(self):
        super().up()
        super().up()


class Slotted:
    __slots__ = ('size',)

    def __init__(self):
        self.size = 0
""",
)
# Each program makes the object of the derived class, so that super() is used.
OBJECT = Theme(OBJECT.name, OBJECT.setup.replace("Thing()", "Child()") + "\nThing.made = 0", *(
    OBJECT.statements, OBJECT.expressions, OBJECT.final, OBJECT.module,
))  # fmt: skip

NAMES = theme(
    "names",
    "global G, H\nG, H = 0, []\nn, m = 0, [0]\nlazy = None",
    """
G += 1

G = «e»

n += 1

n = n + G

add_global(«n»)

m[0] += 1

if n == 0:
    n = «n» + 1

H.append(G)

n, m = 1, [n]

if (n := n + 1) > 1:
    me.append(n)

if lazy is None:
    lazy = [«n»]
    me.append('made')

globals()['G'] += 1

exec('G = G + 1', globals())

H = H + [1]

def inner():
    nonlocal n
    n = n + 2
inner()

for n in (n, n + 1):
    me.append(n)

del lazy
lazy = [1]

del G
G = 4

try:
    raise KeyError
except KeyError as lazy:
    me.append(1)
lazy = [2]

import math as lazy

def lazy():
    return 1

class lazy:
    pass

match n:
    case lazy:
        pass

match [n, m]:
    case [lazy, *_]:
        pass

with contextlib.nullcontext(n) as lazy:
    me.append(n)

for m[0] in (7, 8):
    pass

for lazy, _ in [(1, 2), (3, 4)]:
    pass

[lazy := x for x in (1, 2)]

(lazy, *m) = [1, 2]

n, G = G, n

n = m[0] = G

assert n < 9, n
""",
    """
G
n
m[0]
len(H)
(lambda: n + G)()
[n for _ in range(2)]
sum(n for _ in range(2))
lazy if type(lazy) in (list, int) else type(lazy).__name__
eval('G')
f"{n} {G}"
(lambda a=n: a)()
""",
    "G, H, n, m, lazy if type(lazy) in (list, int) else type(lazy).__name__",
    """
G = 0
H = []


def add_global(by):
    global G
    G = G + by
    return G
""",
)

CALLS = theme(
    "calls",
    "z = [0, 5]\nzd = {'a': 1}\nput = functools.partial(zd.__setitem__, 'b')\nfeed = numbers(z)\ngrow = z.append",
    """
put(«e»)

grow(«e»)

z.__setitem__(0, z.__getitem__(0) + 1)

list.append(z, «n»)

dict.update(zd, c=1)

operator.setitem(zd, 'a', operator.getitem(zd, 'a') + 1)

operator.iadd(z, [1])

operator.delitem(zd, 'a')

me.append(next(feed))

for each in numbers(z):
    me.append(each)

logged(z, «n»)

twice(lambda: z.append(len(z)))

double(z)

rise(zd)

add_to(z)

getattr(z, 'append')(«n»)

operator.methodcaller('append', 1)(z)

me.append(cached(«n»))

heapq.heappush(z, 2)

bisect.insort(z, 3)

random.shuffle(z)

me.append(functools.reduce(lambda a, b: a + b + len(z), z))

list(map(z.append, (1, 2)))

me.append(handle(z))

[z.append(i) for i in (1, 2)]

me.append(re.sub('a', lambda m: str(len(z)), 'aa'))

with opened(z) as size:
    me.append(size)

for each in iter(z.pop, 0):
    me.append(each)

z2 = z
z2 += [4]

fill(into=z)

fill(**{'into': z})

*z[:1], me2 = 1, 2

REGISTRY['add'](z)

zd[len(z)] = zd.get(len(z), 0) + 1

try:
    z.append(1)
finally:
    z.append(z[-1] + 1)
""",
    """
len(z)
z[0]
operator.itemgetter(0)(z)
z.__len__()
z.__contains__(5)
list.__len__(z)
zd.__getitem__('a')
dict.get(zd, 'b')
list(numbers(z))
sum(map(len, (z, zd)))
operator.contains(z, 5)
operator.length_hint(z)
size_of(z)
sorted(z, key=z.index)
max(z, key=lambda v: z[0])
list(itertools.chain(z, z))
list(zip(z, zd))
dict(zip(zd, z))
sorted(zd, key=zd.get)
isinstance(z, list) and len(z)
min((z, [9]), key=len)[:]
repr(z)
"%s" % z
"{}".format(z)
id(z) and z[-1]
pickle.dumps(z) == pickle.dumps([0, 5])
sum((1, 2), len(z))
""",
    "list(z), sorted(zd.items(), key=str)",
    """
def numbers(source):
    for x in source:
        yield x
        if len(source) > 3:
            break


def size_of(thing):
    first = len(thing)
    return first, len(thing)


def logged(thing, by):
    thing[0] = thing[0] + by
    return thing[0]


def twice(action):
    action()
    action()


def wrapped(function):
    @functools.wraps(function)
    def wrapper(thing):
        thing.append('in')
        function(thing)
        return len(thing)

    return wrapper


@wrapped
def double(thing):
    thing.append(thing[0])


def rise(thing):
    thing['a'] = thing['a'] + 1


def add_to(thing, by=1):
    def inner():
        thing[0] += by

    inner()


@functools.lru_cache(maxsize=2)
def cached(n):
    return n


@functools.singledispatch
def handle(thing):
    return 0


@handle.register(list)
def _(thing):
    thing[0] = thing[0] + 3
    return thing[0]


@contextlib.contextmanager
def opened(thing):
    thing.append('open')
    try:
        yield len(thing)
    finally:
        thing.append('shut')


def fill(into):
    into[0] = into[0] + 5


REGISTRY = {}


def register(function):
    REGISTRY[function.__name__] = function


@register
def add(thing):
    thing[0] = thing[0] + 7
""",
)

DATA = theme(
    "data",
    "p = Point(1, [2])\nk = Color.RED\nt = ([1], {'a': [1]})\nb = bytearray(b'ab')\na = array.array('i', [1, 2])",
    """
p.x += 1

p.parts.append(«n»)

p = dataclasses.replace(p, x=p.x + 1)
me.append(p.x)

me.append(dataclasses.asdict(p))

me.append(dataclasses.astuple(p))

t[0].append(«n»)

t[1]['a'].append(1)

t[1]['a'][0] += 1

b[0] += 1

b.append(99)

a[0] += 1

a.append(«n»)

me.append(k.paint(p))

p.bump()

match [p, p.x]:
    case [Point(1, parts) | Point(parts=parts), 1 | 2]:
        me.append(len(parts))

match p:
    case Point(x=1):
        me.append('one')
    case Point(x=other):
        me.append(other)

first, second = t
first += [3]
""",
    """
p.x
p == Point(1, [2])
repr(p)
len(p.parts)
copy.deepcopy(t)
t[0][0]
len(t[1]['a'])
b[0]
bytes(b)
list(a)
a[0]
hash(len(b))
dataclasses.asdict(p)
p < Point(2, [])
""",
    "p.x, p.parts, t, bytes(b), list(a)",
    """
@dataclasses.dataclass(order=True)
class Point:
    x: int
    parts: list

    def bump(self):
        self.x, self.parts = self.x + 1, self.parts + [self.x]


class Color(enum.Enum):
    RED = 1

    def paint(self, point):
        point.x = point.x + 1
        return point.x
""",
)

LOCKS = theme(
    "locks",
    "la, lb, lr = threading.Lock(), threading.Lock(), threading.RLock()\nv = [0, 0]",
    """
with la:
    v[0] += 1

with lb:
    v[0] += 1

with la, lb:
    v[1] = v[0] + 1

with lb, la:
    v[1] = v[0] + 1

if la.acquire(blocking=False):
    v[0] += 10
    la.release()
else:
    me.append('busy')

if lb.acquire(timeout=1):
    v[1] += 10
    lb.release()
else:
    me.append('late')

with lr:
    with lr:
        v[0] += 1

la.acquire()
try:
    v[0] += 1
finally:
    la.release()

me.append(la.locked())

with la:
    time.sleep(1)
    v[1] += 1

with lr:
    with la:
        me.append(v[0])

with la:
    with lr:
        me.append(v[1])

if lr.acquire(timeout=0.5):
    time.sleep(1)
    lr.release()

la.release()

with contextlib.ExitStack() as stack:
    stack.enter_context(la)
    v[0] += 1
""",
    """
v[0]
v[1]
la.locked()
""",
    "v, la.locked(), lb.locked()",
)

CONDITIONS = theme(
    "conditions",
    "cv = threading.Condition()\nready = []",
    """
with cv:
    cv.wait()
    me.append(len(ready))

with cv:
    me.append(cv.wait(1))

with cv:
    me.append(cv.wait_for(lambda: ready, timeout=1))

with cv:
    cv.wait_for(lambda: ready)
    me.append(ready.pop())

with cv:
    ready.append(1)
    cv.notify()

with cv:
    ready.append(2)
    cv.notify_all()

with cv:
    cv.notify(2)

while not ready:
    with cv:
        cv.wait(2)

cv.notify()

with cv:
    me.append(cv.wait(0))

time.sleep(1)
""",
    """
len(ready)
""",
    "ready",
)

EVENTS = theme(
    "events",
    "ev, ev2 = threading.Event(), threading.Event()\nf = [0]",
    """
ev.set()

ev.clear()

me.append(ev.wait(1))

ev.wait()
me.append(f[0])

me.append(ev.is_set())

f[0] += 1
ev.set()

ev.set()
ev.clear()

ev2.wait(2)
ev.set()

ev2.set()

f[0] += 1

while not ev.is_set():
    ev.wait(0.5)

me.append(ev.wait(0))

time.sleep(1)
""",
    """
ev.is_set()
f[0]
""",
    "ev.is_set(), f",
)

SEMAPHORES = theme(
    "semaphores",
    "sem, bounded = threading.Semaphore(1), threading.BoundedSemaphore(1)\nroom = [0]",
    """
with sem:
    room[0] += 1

sem.release()

me.append(sem.acquire(blocking=False))

me.append(sem.acquire(timeout=1))

sem.acquire()

bounded.release()

with bounded:
    room[0] += 2

sem.release(2)

with sem:
    time.sleep(1)
""",
    """
room[0]
""",
    "room",
)

BARRIERS = theme(
    "barriers",
    "bar = threading.Barrier(2, action=lambda: met.append(len(met)))\nmet = []",
    """
bar.wait()

me.append(bar.wait(1))

bar.abort()

bar.reset()

met.append('x')

me.append(bar.n_waiting)
""",
    """
len(met)
bar.broken
bar.n_waiting
""",
    "met, bar.broken",
)

QUEUES = theme(
    "queues",
    "jobs, pri, simple = queue.Queue(maxsize=1), queue.PriorityQueue(), queue.SimpleQueue()",
    """
jobs.put(«n»)

me.append(jobs.get())

jobs.put(«n», timeout=1)

me.append(jobs.get(timeout=1))

jobs.put_nowait(«n»)

me.append(jobs.get_nowait())

jobs.task_done()

jobs.join()

pri.put(«n»)

me.append(pri.get(timeout=2))

simple.put(«n»)

me.append(simple.get())

me.append(simple.get(timeout=1))

me.append(jobs.get())
jobs.task_done()
""",
    """
jobs.qsize()
jobs.empty()
jobs.full()
pri.qsize()
simple.empty()
""",
    "jobs.qsize(), pri.qsize(), simple.qsize()",
)

THREADS = theme(
    "threads",
    "mine = threading.local()\nstate = [0]",
    """
timer = threading.Timer(1, state.append, [9])
timer.start()
state[0] += 1
timer.cancel()

timer = threading.Timer(1, lambda: state.append(len(state)))
timer.start()

time.sleep(1)
state[0] += 1

time.sleep(0)

helper = threading.Thread(target=state.append, args=(1,))
helper.start()
state.append(2)
helper.join()

helper = threading.Thread(target=lambda: state.append(1), daemon=True)
helper.start()
me.append(helper.is_alive())

helper = threading.Thread(target=time.sleep, args=(2,))
helper.start()
helper.join(1)
me.append(helper.is_alive())

mine.value = getattr(mine, 'value', 0) + 1
me.append(mine.value)

with ThreadPoolExecutor(1) as pool:
    me.append(pool.submit(state.append, 3).result())

with ThreadPoolExecutor(2) as pool:
    me.append(list(pool.map(lambda n: state.append(n), (4, 5))))

future = Future()
future.set_result(1)
me.append(future.result())

state[0] += 1

me.append(threading.current_thread().name)

me.append(time.monotonic())

me.append(threading.active_count())
""",
    """
len(state)
state[0]
time.monotonic()
""",
    "list(state)",
)

# There is no own.discard(): if `__eq__` lets another thread in meanwhile, CPython 3.11 to 3.13 itself crashes.
ORDERED = theme(
    "ordered",
    "rank = [Rank(3), Rank(1), Rank(2)]\nown = {Rank(1), Rank(2)}\nby = {Rank(1): 'a'}",
    """
rank.sort()

rank.sort(key=weight)

rank.sort(key=Rank.key, reverse=True)

bisect.insort(rank, Rank(2))

bisect.insort_left(rank, Rank(2), key=weight_of)

heapq.heappush(rank, Rank(0))

me.append(heapq.heappop(rank).n)

heapq.heapify(rank)

me.append(heapq.heappushpop(rank, Rank(2)).n)

rank[0].n = «n»

rank[-1].n += 1

rank.append(Rank(«n»))

rank.remove(Rank(2))

del rank[0]

rank[0] = Rank(5)

own.add(Rank(3))

own |= {Rank(4)}

own &= {Rank(1)}

own.update(map(Rank, (5, 6)))

by[Rank(«n»)] = «n»

me.append(by.pop(Rank(1), None))

for each in rank:
    me.append(each.n)

rank.reverse()
""",
    """
bisect.bisect(rank, 2, key=weight)
bisect.bisect_left(rank, Rank(2))
sorted(rank)[0].n
sorted(rank, key=weight)[0].n
min(rank).n
max(rank, key=weight).n
rank.index(Rank(2))
rank.count(Rank(2))
Rank(2) in rank
rank == [Rank(3), Rank(1), Rank(2)]
rank != [Rank(3), Rank(1), Rank(2)]
rank < [Rank(9)]
by.get(Rank(1))
by[Rank(1)]
Rank(1) in own
Rank(1) in by
len(own & {Rank(1)})
len(own | {Rank(1)})
len(own - {Rank(1)})
own == {Rank(1), Rank(2)}
own.issubset([Rank(1)])
[each.n for each in heapq.merge(rank, [Rank(9)])]
heapq.nsmallest(1, rank)[0].n
list(map(weight, rank))
functools.reduce(larger, rank).n
list(map(functools.partial(plus, 1), rank))
len(list(filter(is_large, rank)))
[each.n for each in rank if each > Rank(1)]
str(rank)
sum(map(weight, rank))
all(map(is_large, rank))
json.dumps(rank, default=weight)
','.join(map(str, rank))
'{0}'.format(rank[0])
'{0[0]} {0}'.format(rank)
f"{rank[0]:>4} {rank}"
"%s %s" % (rank[0], rank)
copy.deepcopy(rank)[0].n
copy.copy(rank)[0].n
(rank[0], rank[1]) < (Rank(2), Rank(2))
tuple(rank) == (Rank(3),)
hash((rank[0], rank[1])) == 0
[k for k, _ in itertools.groupby(rank, key=weight)]
Counter(rank)[Rank(1)]
dict.fromkeys(rank, 1)[Rank(3)]
statistics.mean(map(weight, rank))
functools.cmp_to_key(compare)(rank[0]) < functools.cmp_to_key(compare)(rank[1])
sorted(rank, key=functools.cmp_to_key(compare))[0].n
max(rank[0].n, rank[1].n)
any(each.n > 2 for each in rank)
""",
    "[each.n for each in rank], sorted(each.n for each in own), len(by)",
    """
@functools.total_ordering
class Rank:
    def __init__(self, n):
        self.n = n

    def __lt__(self, other):
        return self.n < other.n

    def __eq__(self, other):
        return self.n == other.n

    def __hash__(self):
        return 1

    def __repr__(self):
        return f"Rank({self.n})"

    def __format__(self, how):
        return format(self.n, how)

    def key(self):
        return self.n


def weight(rank):
    return rank.n


def weight_of(rank):
    first = rank.n
    return first + rank.n


def larger(one, other):
    return one if one > other else other


def plus(by, rank):
    return rank.n + by


def is_large(rank):
    return rank.n > 1


def compare(one, other):
    return one.n - other.n
""",
)

ITERATORS = theme(
    "iterators",
    """
src, more = [1, 2, 3], {'a': 1}
line, gen, twin = iter(src), (x + 1 for x in src), zip(src, itertools.count())
up, cut, both = itertools.count(), itertools.islice(src, 2), itertools.chain(src, [9])
data = bytearray(b'abc')
window, nums = memoryview(data), array.array('i', [1, 2])
""",
    """
src.append(«n»)

me.append(next(line, 0))

me.append(list(copy.copy(line)))

me.append(list(zip(line, nums)))

for one, two in zip(line, src):
    me.append(one)

me += line

first, *rest = line
me.append(rest)

me.append(list(delegated(line)))

me.append(types.MappingProxyType(more)['a'])

src[0] = «n»

del src[0]

src.clear()

more['«k»'] = «n»

me.append(next(line, None))

me.append(next(gen, None))

me.append(next(twin, None))

me.append(next(up))

me.append(next(cut, None))

me.append(next(both, None))

me.extend(line)

me.extend(gen)

gen.close()

me.append(gen.send(None))

for each in line:
    me.append(each)

for each in gen:
    me.append(each)

for each in both:
    me.append(each)

me.extend(itertools.islice(src, 2))

me.extend(itertools.islice(line, 1))

me.extend(itertools.chain(src, more))

me.extend(itertools.chain.from_iterable([src, more]))

me.extend(zip(src, more))

me.extend(itertools.takewhile(is_small, src))

me.extend(itertools.dropwhile(is_small, src))

me.extend(itertools.filterfalse(is_small, src))

me.extend(itertools.pairwise(src))

me.extend(itertools.product(src, more))

me.extend(itertools.permutations(src, 2))

me.extend(itertools.starmap(pow, zip(src, src)))

me.extend(itertools.compress(src, src))

me.extend(itertools.zip_longest(src, more))

me.extend(enumerate(src, 1))

me.extend(itertools.accumulate(src))

me.extend(drained(src))

me.extend(delegated(src))

me.extend(itertools.batched(src, 2) if hasattr(itertools, 'batched') else src)

for one in itertools.tee(src):
    me.extend(one)

me.extend(map(operator.add, src, src))

me.extend(map(src.index, (1, 2)))

window[0] = 65

data[0] += 1

data.extend(b'z')

data[1:2] = b'yy'

me.append(bytes(window))

me.append(window.tobytes())

me.append(data.find(b'c'))

window.release()

nums.append(«n»)

nums[0] += 1

me.append(nums.pop())

nums.extend([7, 8])

me.extend(nums)

for each in nums:
    me.append(each)

nums.reverse()

me.append(nums.tolist())
""",
    """
list(line)
list(gen)
sum(gen)
sorted(line)
max(gen, default=0)
next(up)
list(reversed(src))
dict(zip(src, nums))
set(line) == {1, 2, 3}
tuple(both)
[*line]
list(drained(src))
list(delegated(src))
2 in line
2 in gen
window[1]
bytes(data)
data.hex()
len(data)
nums[0]
len(nums)
nums.index(2)
2 in nums
nums == array.array('i', [1, 2])
list(nums)
repr(nums)
len(window)
window == b'abc'
data == b'abc'
operator.length_hint(line)
functools.reduce(operator.add, src, 0)
str(data)
data.decode()
any(x > 2 for x in src)
all(map(is_small, src))
min(itertools.chain(src, more.values()))
""",
    "list(src), sorted(more.items()), bytes(data), list(nums)",
    """
def is_small(n):
    return n < 3


def drained(source):
    while source:
        yield source[0]
        if len(source) < 4:
            return


def delegated(source):
    yield from source
    return len(source)
""",
)

CLASSES = theme(
    "classes",
    """
late, hold, subs = Late(), Holder(), SubSlots(1, 2)
row, wide, fault = Row(1, [2]), types.SimpleNamespace(n=0), ValueError('first', 1)
links, spot = ChainMap({'a': 1}, {'b': 2}), Spot(1, 2)
Holder.total, Holder.names, Late.made, counted.calls, decorated.calls, Mode.ON.level = 0, [], 0, 0, 0, 0
Mode.ON.value[:] = [1]
counted.__doc__ = Late.extra = None
del Late.extra
""",
    """
me.append(late.value)

late.n += 1

late.n = «n»

del late.value

late.extra = [1]

hold.width = «n»

hold.width += 1

del hold.width

hold.anything_at_all

hold.stored['n'] = «n»

hold.set(1).set(2)

Holder.total += 1

Holder.total = «n»

Holder.names.append(«n»)

hold.names += ['x']

Holder[int]

me.append(Holder['total'])

subs.left += 1

subs.left, subs.right = subs.right, subs.left

del subs.left
subs.left = 9

subs.both()

row.x += 1

row.x = «n»

row.parts.append(«n»)

row.parts = [row.x]

me.append(dataclasses.replace(row, x=row.x + 1).x)

wide.n += 1

wide.more = «n»

del wide.n
wide.n = 3

links['a'] = «n»

links['c'] = links.get('c', 0) + 1

links.maps[1]['b'] = 5

links.update(z=1)

me.append(links.pop('a', None))

me.append(sorted(links))

fault.args = ('second',)

fault.args += (2,)

fault.extra = «n»

fault.add_note('«k»')

me.append(str(fault))

me.append(repr(wide))

fault.__suppress_context__ = not fault.__suppress_context__

me.append(copy.copy(fault).args)

me.append(getattr(fault, '__notes__', None))

counted.__doc__ = 'counts «n»'

me.append(counted.__doc__)

me.append(hasattr(Late, 'extra'))

Late.extra = «n»

me.append(vars(Holder)['total'])

wide.__dict__ = {'n': «n»}

me.append(sorted(vars(copy.deepcopy(wide))))

me.append(wide == types.SimpleNamespace(n=0))

try:
    raise fault
except ValueError as error:
    me.append(error.args)

counted()

counted.calls += 1

with contextlib.suppress(KeyError):
    del links['a']

with contextlib.closing(hold):
    hold.width = 7

with contextlib.nullcontext(hold) as inner:
    inner.width = 8

with hold.opened() as inner:
    me.append(inner)

with contextlib.ExitStack() as stack:
    stack.callback(links.update, a=9)
    stack.enter_context(hold.opened())

decorated(hold)

match row:
    case Row(x=1, parts=[first, *_]):
        me.append(first)
    case Row(parts=[]):
        me.append('none')
    case _:
        row.x = 4

match wide:
    case types.SimpleNamespace(n=0):
        me.append('zero')
    case _:
        me.append('other')

match subs:
    case SubSlots(left=1, right=found):
        me.append(found)
    case _:
        me.append('no')

if (found := links.get('a')) is not None:
    me.append(found)

Mode.ON.level += 1

Mode.ON.value.append(«n»)

hold.weigh(row)

type(hold).total += 2

hold.__class__.total = hold.__class__.total + 1

spot = spot._replace(left=spot.left + 1)

Late.made = getattr(Late, 'made', 0) + 1

hold()

hold += «n»

hold @ 2

-hold

del hold['stored']
""",
    """
late.value
late.n
hold.width
hold.area
hold.any_name
hold.total
Holder.total
len(Holder.names)
subs.left
subs.right
subs.left < subs.right < 3
row == Row(1, [2])
row < Row(2, [])
row >= Row(1, [3])
repr(row)
dataclasses.astuple(row)
dataclasses.asdict(row)
hash(Spot(row.x, 1)) == 0
str(fault)
repr(fault)
fault.args
getattr(fault, 'extra', None)
counted.calls
f"{hold.width:{subs.left}}"
copy.copy(wide).n
copy.deepcopy(late).n
copy.copy(late).n
copy.copy(subs).left
copy.deepcopy(subs).right
copy.deepcopy(row).parts
copy.replace(row, x=1).parts if hasattr(copy, 'replace') else row.parts
wide == types.SimpleNamespace(n=0)
repr(wide)
sorted(vars(wide))
sorted(vars(late)) == ['n']
links.get('a')
links['b']
'a' in links
len(links)
dict(links)
{**links}
[*links]
list(links.items())
bool(hold)
hold[0]
hold == 0
hold + 1
int(hold)
len(Mode.ON.value)
Mode.ON.level
Mode(Mode.ON.value) is Mode.ON
spot.left
spot == (1, 2)
isinstance(hold, Sized) and len(hold)
callable(hold) and hold.width
dir(late).count('value')
pickle.loads(pickle.dumps(row)) == row
operator.attrgetter('width', 'total')(hold)
getattr(hold, 'width', None)
hasattr(late, 'extra')
inspect.getattr_static(late, 'n')
""",
    "late.n, sorted(vars(late)), hold.__dict__['stored'], Holder.total, subs.left, row, sorted(vars(wide)), "
    "sorted(links.items()), fault.args, counted.calls, spot",
    """
Sized = collections.abc.Sized


class Late:
    def __init__(self):
        self.n = 1

    @functools.cached_property
    def value(self):
        self.n = self.n + 1
        return self.n


class Field:
    def __get__(self, owner, kind=None):
        return self if owner is None else owner.stored.get('width', 0)

    def __set__(self, owner, value):
        owner.stored['width'] = value

    def __delete__(self, owner):
        del owner.stored['width']


class Holder:
    total = 0
    names = []
    width = Field()

    def __init__(self):
        self.stored = {}

    def __getattr__(self, name):
        return self.stored.setdefault(name, len(self.stored))

    def __class_getitem__(cls, key):
        if key is int:
            cls.total = cls.total + 1
            return cls
        return getattr(cls, key)

    @property
    def area(self):
        return self.width * self.width

    def set(self, value):
        self.stored['n'] = self.stored.get('n', 0) + value
        return self

    @contextlib.contextmanager
    def opened(self):
        self.width = self.width + 1
        try:
            yield self.width
        finally:
            self.width = self.width - 1

    def close(self):
        self.stored['closed'] = self.width

    @functools.singledispatchmethod
    def weigh(self, thing):
        self.stored['other'] = self.width
        return 0

    def __call__(self):
        self.width += 1

    def __iadd__(self, by):
        self.width = self.width + by
        return self

    def __add__(self, by):
        return self.width + by

    def __matmul__(self, by):
        self.width = self.width * by

    def __neg__(self):
        self.width = -self.width

    def __bool__(self):
        return self.width > 0

    def __len__(self):
        return len(self.stored)

    def __int__(self):
        return self.width

    def __getitem__(self, key):
        if key > 3:
            raise IndexError
        return self.width

    def __delitem__(self, key):
        self.stored.clear()

    def __eq__(self, other):
        return self.width == other

    __hash__ = None


@Holder.weigh.register
def _(self, thing: Holder):
    return self.width


class Slots:
    __slots__ = ('left',)


class SubSlots(Slots):
    __slots__ = ('right', '__weakref__')

    def __init__(self, left, right):
        self.left, self.right = left, right

    def both(self):
        self.left, self.right = self.left + 1, self.left


@dataclasses.dataclass(slots=True, order=True)
class Row:
    x: int
    parts: list


class Spot(typing.NamedTuple):
    left: int
    right: int


class Mode(enum.Enum):
    ON = [1]
    OFF = [2]

    def __init__(self, value):
        self.level = 0


def counted():
    counted.calls = counted.calls + 1


counted.calls = 0


def around(function):
    @functools.wraps(function)
    def inner(*args, **options):
        inner.calls = getattr(inner, 'calls', 0) + 1
        return function(*args, **options)

    return inner


@around
def decorated(holder):
    holder.width = holder.width + decorated.calls
""",
)

NESTED = theme(
    "nested",
    """
tree, pair = {'a': [1], 'b': {'c': [2]}}, ([1], {'x': 1})
node = Node(1, [Node(2, [])])
leaf = Leaf([1], {'x': [2]})
""",
    """
tree['b']['c'].append(«n»)

tree['a'][0] += 1

tree['b']['d'] = «n»

tree['z'] = [«n»]

del tree['b']['c']

tree.setdefault('s', []).append(1)

tree['a'], tree['z'] = [1, 2], 2

for key in tree:
    for inner in tree[key]:
        me.append(inner)

for key, [first, *rest] in [('q', tree['a'])]:
    me.append(first)

(one, two), *rest = [tree['a'] + [1, 2][len(tree['a']):], 3]
me.append(one)

node.kids[0].n += 1

node.kids.append(Node(3, []))

node.n = 2

node.kids = []

node.kids[0], node.n = Node(7, []), 8

leaf.parts.append(«n»)

leaf.names['x'].append(«n»)

leaf.names['y'] = [«n»]

leaf.late = [1]

del leaf.parts
leaf.parts = [9]

pair[0].append(«n»)

pair[1]['x'] += 1

pair[0][:], pair[1]['y'] = [5, 6], 7

me.append(copy.deepcopy(tree))

me.append(dataclasses.asdict(node))

match tree:
    case {'a': [only], 'b': {'c': [*inside]}}:
        me.append((only, inside))
    case {'z': found, **others}:
        me.append((found, sorted(others)))
    case _:
        me.append('other')

match pair:
    case ([1], {'x': x}):
        me.append(x)
    case (first, _):
        first.append(2)
""",
    """
copy.deepcopy(tree)
copy.deepcopy(pair)
copy.deepcopy(node)
copy.deepcopy(leaf).names
copy.deepcopy(leaf).parts
sorted(vars(copy.deepcopy(leaf)))
copy.copy(leaf).names
copy.copy(tree)['a']
dataclasses.asdict(node)
dataclasses.astuple(node)
json.dumps(tree)
json.dumps(tree, default=str)
json.dumps(tree, indent=1)
json.dumps(node, default=vars)
json.dumps(vars(leaf))
pprint.pformat(tree)
pickle.loads(pickle.dumps(tree))
pickle.loads(pickle.dumps(node))
str(node)
repr(tree)
f"{tree!r:>40}"
node == Node(1, [Node(2, [])])
node != Node(1, [])
tree == {'a': [1], 'b': {'c': [2]}}
pair == ([1], {'x': 1})
pair < ([1, 0], {})
','.join(map(str, tree['a']))
','.join(str(each) for each in tree['a'])
'{a} {b}'.format(**tree)
'{0.n} {0.kids}'.format(node)
'{t[a]}'.format_map({'t': tree})
"%(a)s" % tree
[*tree['a'], *tree]
{**tree['b'], 'm': 1}
tree.items() <= {'a': [1]}.items()
[x for each in tree.values() for x in each]
sum(tree['a'])
sorted(tree, key=lambda key: len(tree[key]))
(lambda *args, **options: (args, sorted(options)))(*tree['a'], **tree['b'])
list(itertools.chain(*tree.values()))
functools.partial(sorted)(tree['a'])
tree['b']['c'][-1]
leaf.names['x'] == leaf.parts
str(leaf.names)
repr(pair)
collections.ChainMap(tree['b'], tree)['a']
textwrap.indent(str(tree['a']), ' ')
""",
    "tree, pair, node, sorted(vars(leaf).items())",
    """
@dataclasses.dataclass
class Node:
    n: int
    kids: list


class Leaf:
    def __init__(self, parts, names):
        self.parts, self.names = parts, names
""",
)

THEMES = (
    DICT, LIST, SET, DEQUE, DEFAULTDICT, COUNTER, ORDEREDDICT, SUBCLASS, OBJECT, NAMES, CALLS, DATA, LOCKS, CONDITIONS,
    EVENTS, SEMAPHORES, BARRIERS, QUEUES, THREADS, ORDERED, ITERATORS, CLASSES, NESTED, LIBRARY, BODIES, KINDS,
)  # fmt: skip

IMPORTS = """
import abc, array, bisect, collections.abc, contextlib, copy, dataclasses, enum, functools, heapq, inspect, itertools
import json, operator, pickle, pprint, queue, random, re, statistics, textwrap, threading, time, types, typing
import argparse, base64, binascii, configparser, csv, difflib, fnmatch, graphlib, hashlib, html, http.cookies, io
import gc, os, reprlib, shlex, string, struct, traceback, urllib.parse, zlib
from collections import ChainMap, Counter, OrderedDict, UserDict, defaultdict, deque
from concurrent.futures import Future, ThreadPoolExecutor

def same(thing):
    return thing
"""
