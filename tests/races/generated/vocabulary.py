"""What random programs say: one `Theme` for each kind of shared thing.

In statements and expressions, `«e»` stands for any expression of the program's themes, `«k»` for a key, `«n»` for a
small number and `me` for the list of what the thread has seen, which no other thread touches.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Theme:
    """A kind of shared thing: how it is made, what threads do with it, and what is left at the end."""

    name: str
    setup: str  # in the model, before the threads start
    statements: tuple[str, ...]
    expressions: tuple[str, ...]
    final: str  # an expression whose repr is the same in each run that left the same
    module: str = ""  # definitions at the top of the file


def theme(name: str, setup: str, statements: str, expressions: str, final: str, module: str = "") -> Theme:
    """Return a theme. Statements are separated by empty lines or, if each is one line, by line ends."""
    blocks = statements.strip("\n")
    parts = blocks.split("\n\n") if "\n\n" in blocks else blocks.split("\n")
    return Theme(
        name, setup.strip("\n"), tuple(part.strip("\n") for part in parts if part.strip()),
        tuple(line for line in expressions.strip().split("\n") if line), final, module.strip("\n"),
    )  # fmt: skip


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
""",
    """
G
n
m[0]
len(H)
(lambda: n + G)()
[n for _ in range(2)]
sum(n for _ in range(2))
lazy
eval('G')
f"{n} {G}"
(lambda a=n: a)()
""",
    "G, H, n, m, lazy",
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

THEMES = (
    DICT, LIST, SET, DEQUE, DEFAULTDICT, COUNTER, ORDEREDDICT, SUBCLASS, OBJECT, NAMES, CALLS, DATA, LOCKS, CONDITIONS,
    EVENTS, SEMAPHORES, BARRIERS, QUEUES, THREADS,
)  # fmt: skip

# What the lab does not see yet, by what the source says. Programs leave it out, unless they are asked for: with it, the
# oracle finds outcomes that an exhausted exploration misses. Delete a line once the lab sees it.
HOLES = (
    # C functions and library code that call back, or iterate
    "x for x in (5, 6)", "x for x in range(3)", "x + 1 for x in (1, 2)", "x for x in (4, 5)",
    "map(lambda x: x + len(r)",
    "key=lambda x", "reduce(", "nlargest", "defaultdict(lambda", "h['", "iter(z.pop", "list(map(z.append",
    "for i in (1, 2)]", "key=z.index", "key=zd.get", "map(len", "re.sub", "min((z",
    # kinds of containers, and of iteration, that are not watched
    "reversed(", "c.update", "c.subtract", "Counter('a')", "c + c", "ud", "b[0]", "b.append", "bytes(b)",
    "a[0]",
    "a.append", "list(a)", "d.keys() &", "itertools.chain", "accumulate", "asdict", "astuple", "repr(p)",
    "p < ", "p == ", "match ",
    "deepcopy", "copy.copy", "insort", "shuffle", "heappush", "bisect.bisect", "json", "format(", "%s",
    # ways to touch an attribute or an item that are not the plain syntax
    "super(", "u.up", "u.refresh", "vars(x)", "__dict__", "__setattr__", "x['n']", "x.fluid", "attrgetter",
    "getattr(z", "methodcaller", "operator.", "__setitem__", "__getitem__", "list.append", "dict.update",
    "list.__len__",
    "dict.get", "globals()", "exec(", "eval(", "grow(", "put(«e»)",
    # functions that no plain name holds
    "REGISTRY", "handle(", "double(", "opened(", "fill(",
    # who is alive, as the threading module counts it
    "active_count",
)  # fmt: skip

IMPORTS = """
import array, bisect, contextlib, copy, dataclasses, enum, functools, heapq, itertools, json, operator, pickle, queue
import random, re, threading, time
from collections import Counter, OrderedDict, UserDict, defaultdict, deque
from concurrent.futures import Future, ThreadPoolExecutor
"""
