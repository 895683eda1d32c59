"""What the standard library does with what it is given, in Python and in C; and the bodies of classes."""

from __future__ import annotations

from .theme import theme

LIBRARY = theme(
    "library",
    """
src, words, keys, data = [1, 2, 3], ["a", "b"], {"a": 1}, bytearray(b"ab")
edges, space, text, failure = {"x": {"y"}}, argparse.Namespace(n=1), io.StringIO(), ValueError("first")
""",
    """
del src[0]
src.append(«n»)
src[1] = «n»
src.clear()
words.append("«k»")
words[0] = "z"
keys["«k»"] = «n»
keys.clear()
data[0] = 98
data.append(97)
edges["y"] = {"w"}
space.late = «n»
space.n += 1
text.write("«k»")
failure.add_note("«k»")
failure.__cause__ = KeyError(«n»)
failure.args = ("second",)
random.shuffle(src)
heapq.heapify(src)
bisect.insort(src, 2)
struct.pack_into("b", data, 0, 99)
csv.writer(text).writerow(words)
exec("a = 5", keys)
""",
    """
random.sample(src, 1)
random.Random(2).sample(src, 1)
statistics.median(src)
statistics.mean(src)
statistics.multimode(src)
heapq.nsmallest(2, src, key=lambda n: -n)
list(heapq.merge(src, [2], key=lambda n: n))
pprint.pformat([src, keys])
pprint.PrettyPrinter().pformat(src)
reprlib.repr(src)
textwrap.TextWrapper().fill(" ".join(words))
json.JSONEncoder().encode({"k": src})
list(json.JSONEncoder().iterencode(src))
list(json.JSONEncoder().iterencode(keys))
list(itertools.filterfalse(lambda n: n < 2, src))
list(itertools.takewhile(lambda n: n < 3, src))
list(itertools.dropwhile(lambda n: n < 2, src))
[(key, list(group)) for key, group in itertools.groupby(src, lambda n: n < 2)]
list(itertools.accumulate(src, lambda a, b: a + b))
list(itertools.starmap(max, zip(src, src)))
list(itertools.zip_longest(map(str, src), words))
list(zip(map(lambda n: n + 1, src), src))
dict(zip(map(str, src), words))
list(itertools.compress(src, map(lambda n: n > 1, src)))
list(itertools.islice(map(lambda n: n, src), 1, None))
list(itertools.chain.from_iterable(map(lambda n: [n], src)))
list(itertools.pairwise(map(lambda n: n, src)))
2 in map(lambda n: n, src)
max(map(lambda n: n, src), default=0)
sorted(src, key=functools.cmp_to_key(lambda a, b: b - a))
functools.reduce(lambda a, b: a + b, src, 0)
UserDict(keys).get("a")
len(UserDict(keys))
dict(ChainMap(keys, {}))
collections.UserList(src) == [1, 2, 3]
Counter(words).most_common(1)
(Counter(src) + Counter([1])).total()
http.cookies.SimpleCookie(keys).output()
urllib.parse.urlencode(keys)
string.Template("$a $b").safe_substitute(keys)
string.Formatter().vformat("{a}", (), keys)
shlex.join(words)
os.path.join(*words)
list(difflib.ndiff(words, ["a"]))
difflib.get_close_matches("a", words)
fnmatch.filter(words, "a*")
list(graphlib.TopologicalSorter(edges).static_order())
"late" in space
str(space)
space == argparse.Namespace(n=1)
sorted(vars(space))
zlib.crc32(data)
hashlib.sha256(data).hexdigest()[:4]
base64.b64encode(data)
binascii.hexlify(data)
struct.unpack_from("b", data)
int.from_bytes(data, "big")
re.findall(b".", data)
b"-".join([data, data])
b"ab".replace(b"a", data)
data in b"xab"
text.getvalue()
len(type("T", (), keys).__dict__) > 4
len(enum.Enum("E", words))
typing.NamedTuple("N", [(word, int) for word in words])._fields
dataclasses.make_dataclass("D", words).__match_args__
collections.namedtuple("N", words)._fields
eval("a", keys)
eval("a", {}, keys)
"".join(traceback.format_exception(failure))
"".join(traceback.format_exception_only(failure))
str(failure)
list(csv.DictReader(words, ["x"]))
copy.deepcopy([src, keys])
inspect.getattr_static(space, "late", None)
operator.itemgetter(0)(words)
html.escape("".join(words))
""",
    "src, words, sorted(keys.items(), key=str)[:9] if '__builtins__' not in keys else len(keys), bytes(data), "
    "sorted(edges), sorted(vars(space)), text.getvalue(), str(failure)",
)

BODIES = theme(
    "bodies",
    """
box, seq, table, level = types.SimpleNamespace(n=1), [1], {"a": 1}, 1
""",
    """
class K:
    box.n = «n»

class K:
    box.n += 1
    m = box.n

class K:
    nonlocal level
    level += 1

class K:
    seq.append(«n»)
    table["«k»"] = «n»

class K:
    for box.n, table["«k»"] in [(1, 2), (3, 4)]:
        pass

class K:
    match seq:
        case [one]:
            n = one
        case [_, *n]:
            pass
        case _:
            n = box.n
me.append(K.n)

class K:
    inside = 0 < 2 in seq
me.append(K.inside)

class K:
    kind: box.n
me.append(K.__annotations__)

class K:
    def method(self, given: level = box.n) -> seq[0]:
        return given
me.append((K().method(), K.method.__annotations__))

class K:
    if table.get("b"):
        table["b"] += 1
    found = [n for n in seq if n in (1, level)]
me.append(K.found)

class K(*[dict] * level):
    pass
me.append(len(K.__mro__))

class K:
    with contextlib.nullcontext(level) as box.n:
        level = 5
    del seq[:1]

class K:
    try:
        table["z"] += 1
    except KeyError:
        table["z"] = box.n

class K:
    while len(seq) < 2:
        seq.append(len(seq))

level += 1

seq[:] = [level]

table["«k»"] = table.get("«k»", 0) + «n»

def annotated(given: box.n) -> table["a"]:
    pass
me.append(sorted(annotated.__annotations__.items(), key=str))
""",
    """
box.n
level
len(seq)
table.get("«k»")
sorted(table)
seq[-1]
type("K", (), {"n": level}).n
""",
    "box.n, seq, sorted(table.items()), level",
)
