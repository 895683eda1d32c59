"""The oracle against the reduction: what the one reaches by chance, the other must have reached when it has tried all.

The oracle takes every instruction of all Python code as a possible step and knows nothing of watching, hot locations or
dependence. The programs are made from seeds, over containers, attributes, names, calls and primitives. Each is Python
source, which the lab watches like anybody's. Where the two do not agree, the test shows the smallest such program.

`GOQUEUE_ORACLE_SECONDS=3600 pytest -m slow tests/races/test_oracle.py -s` looks at new programs for an hour.
"""

import os
import time
from itertools import count

import pytest

from goqueue.races.engine.words import Verdict

from .generated.comparing import Seen, asked, confirmed, missed, reduced, replayed, shrunk
from .generated.kinds import KINDS
from .generated.library import LIBRARY
from .generated.programs import Program, program_of, random_program
from .generated.theme import Theme
from .generated.vocabulary import (
    CALLS,
    CLASSES,
    CONDITIONS,
    COUNTER,
    DATA,
    DICT,
    ITERATORS,
    LIST,
    LOCKS,
    NAMES,
    NESTED,
    OBJECT,
    ORDERED,
    ORDEREDDICT,
    SET,
    THEMES,
    THREADS,
)

QUICK = 90  # programs in every run
GROUPS = 9
NEW = 40  # programs behind the mark, always the same, so that no machine tries one that no other has tried
SLOW = os.environ.get("GOQUEUE_ORACLE_SECONDS")  # of processor time: instead, as many programs as fit into it


def told(program: Program, only_oracle: set[str], few: Seen) -> str:
    """Return what a failing test says: the program, and who reached what."""
    return f"{program.source()}\nonly the oracle reaches: {only_oracle}\nthe reduction reaches: {set(few.outcomes)}"


def check(program: Program, seed: int = 0) -> bool:
    """Fail if an exhausted exploration has missed what the oracle reaches. Return whether it was exhausted."""
    only_oracle, few, _ = missed(program, seed)
    if only_oracle:
        small = shrunk(program, lambda smaller: bool(missed(smaller, seed)[0]))
        only_oracle, few, _ = missed(small, seed)
        pytest.fail(told(small, only_oracle, few))
    return few.exhausted


@pytest.mark.slow
@pytest.mark.parametrize("group", range(GROUPS))
def test_exhausted_has_reached_what_the_oracle_reaches(group: int) -> None:
    exhausted = [check(random_program(seed)) for seed in range(group, QUICK, GROUPS)]
    assert sum(exhausted) >= len(exhausted) * 0.7, "most programs must be small enough to be exhausted"


@pytest.mark.slow
def test_new_programs_for_as_long_as_asked() -> None:
    begun = time.process_time()
    for tried, seed in enumerate(count(100_000)):
        if tried >= NEW if SLOW is None else time.process_time() - begun > float(SLOW):
            print(f"{tried} programs in {time.process_time() - begun:.0f} seconds of processor time")
            return
        check(random_program(seed), seed)


@pytest.mark.parametrize("seed", range(0, 57, 12))
def test_what_fails_can_fail_and_is_replayed(seed: int) -> None:
    program = random_program(seed)
    few = reduced(program, 150)
    for end, choices in list(few.outcomes.items())[:2]:
        first, second = replayed(program, choices), replayed(program, choices)
        assert first == second, "a replay differs from the other"
        assert first[0] == end, "a replay ends as the run that it repeats"
        if end.startswith((Verdict.EXCEPTION, "deadlock")):
            assert confirmed(program, end), f"nothing but the lab makes this fail: {end}\n{program.source()}"


def test_the_programs_are_many_and_differ() -> None:
    programs = [random_program(seed) for seed in range(QUICK)]
    assert len({program.source() for program in programs}) > QUICK * 0.95
    assert {theme.name for program in programs for theme in program.themes} == {theme.name for theme in THEMES}


PAIR = "match pair:\n    case ([1], {'x': x}):\n        me.append(x)\n    case (first, _):\n        first.append(2)"

MISSED_ONCE: list[tuple[Theme, tuple[str, ...]]] = [
    (OBJECT, ("x.fluid = 1", "me.append(x.n)")),  # two lambdas on one line
    (OBJECT, ("me.append(copy.deepcopy(x).n)", "x.n = 1")),  # a class with a way of its own to be copied
    (OBJECT, ("me.append(copy.copy(x).n)", "x.n = 1")),
    (COUNTER, ("c += Counter('a')", "c.update('ac')")),
    (COUNTER, ("c.update(x for x in 'ab')", "c['a'] += 1")),
    (COUNTER, ("c += Counter('a')", "me.append(sorted(c.elements()))")),
    (CALLS, ("z.append(3)", "for each in itertools.chain(z, z):\n    me.append(each)")),
    (CALLS, ("z.append(3)", "me.append('{}'.format(z))")),
    (ORDEREDDICT, ("o.move_to_end('a')", "me.append(next(reversed(o)))")),
    (NAMES, ("globals()['G'] = 1", "me.append(G)")),
    (SET, ("me.append(threading.active_count())", "pass")),
    (LIST, ("me.append(copy.deepcopy(r))", "del r[0]")),  # which iterates
    (ITERATORS, ("me.append(sum(gen))", "me.append(2 in gen)")),
    (ITERATORS, ("me.append(sum(gen))", "me.append(operator.contains(gen, 2))")),
    (ITERATORS, ("me.append(sum(gen))", "me.append(operator.countOf(gen, 2))")),
    (ITERATORS, ("me.append(sum(gen))", "me.append(operator.indexOf(gen, 9))")),
    (LIST, ("me.append(itertools.accumulate(r).__next__())", "r.clear()")),
    (CALLS, ("random.shuffle(z)", "bisect.insort(z, 3)")),  # several items in one line
    (NAMES, ("n = n + G", "del G\nG = 4")),
    (LIST, ("r.sort(key=lambda x: x.no_such)", "me.append(len(r))")),  # a callback that raises, while the list is empty
    (NAMES, ("me.append(lazy is None)", "import math as lazy")),
    (NAMES, ("me.append(lazy is None)", "def lazy():\n    return 1")),
    (NAMES, ("me.append(lazy is None)", "class lazy:\n    pass")),
    (NAMES, ("me.append(type(lazy))", "match [n, m]:\n    case [lazy, *_]:\n        pass")),
    (NAMES, ("me.append(lazy is None)", "try:\n    1 / 0\nexcept ZeroDivisionError as lazy:\n    pass\nlazy = [2]")),
    (ORDERED, ("me.append(f'{rank[0]:>4} {rank}')", "rank.reverse()")),
    (ORDERED, ("me.append(dict.fromkeys(rank, 1)[Rank(3)])", "rank.clear()")),
    (ITERATORS, ("me.extend(itertools.permutations(src, 2))", "del src[0]")),
    (ITERATORS, ("me.append(gen.send(None))", "gen.close()")),
    (ITERATORS, ("me.append(window.tobytes())", "data[0] += 1")),
    (ITERATORS, ("me.append(dict(zip(src, nums)))", "nums.append(4)\nsrc.append(9)")),
    (DATA, ("p.x += 1", "if list(a):\n    me.append(dataclasses.asdict(p))")),
    (NESTED, ("me.append(repr(pair))", "pair[0].append(2)")),
    (CLASSES, ("fault.args += (2,)", "fault.args += (2,)")),  # a descriptor in C
    (CLASSES, ("me.append(str(fault))", "fault.args = ('second',)")),
    (CLASSES, ("me.append(repr(wide))", "wide.more = 1")),
    (CLASSES, ("me.append(hasattr(Late, 'extra'))", "Late.extra = 1")),  # of a class, and not there yet
    (CLASSES, ("me.append(vars(Holder).get('total'))", "Holder.total += 1")),
    (CLASSES, ("me.append(str(wide.__reduce__()))", "wide.n = 1")),
    (CLASSES, ("me.append(sorted(vars(copy.deepcopy(wide))))", "wide.more = 1")),
    (NESTED, ("me.append(sorted(vars(copy.deepcopy(leaf))))", "leaf.more = 1")),  # iterates over the dict in use
    (ITERATORS, ("me.append(dict(zip(line, nums)))", "me.append(next(line, 0))")),  # an iterator inside of another
    (ITERATORS, ("me.append(list(filter(None, line)))", "me.append(next(line, 0))")),
    (ITERATORS, ("me += line", "me.append(next(line, 0))")),
    (ITERATORS, ("def pass_on():\n    yield from line\nme.append(list(pass_on()))", "me.append(next(line, 0))")),
    (ITERATORS, ("me.append(list(copy.copy(line)))", "me.append(next(line, 0))")),
    (ITERATORS, ("me.append(types.MappingProxyType(more)['a'])", "more['a'] += 1")),
    (NESTED, ("me.append('{a} {b}'.format(**tree))", "tree['b']['c'].append(2)")),  # given by name
    (NESTED, ("me.append(json.dumps(obj=tree))", "tree['b']['c'].append(2)")),
    (LIST, ("me.append(str(r))", "r.append([1])\nr[-1].append(2)")),  # what comes in while the call waits
    (ITERATORS, ("me.extend(itertools.filterfalse(is_small, src))", "del src[0]")),  # between items that are left out
    (ITERATORS, ("me.extend(zip(map(is_small, src), src))", "src[1] = 7")),  # between the items of one tuple
    (ITERATORS, ("me.extend(itertools.zip_longest(map(is_small, src), src))", "src.clear()")),
    (ITERATORS, ("me.append(random.Random(1).choice(src))", "src.clear()")),
    (ITERATORS, ("me.extend(json.JSONEncoder().iterencode(src))", "del src[0]")),  # a generator of the library
    (ITERATORS, ("me.append(UserDict(more)['a'])", "more['b'] = 2")),  # a method of collections.abc
    # A write between the accesses of one comparison moves it behind the write.
    (NESTED, ("if pprint.pformat(tree):\n    me.append(tree == {'a': [1], 'b': {'c': [2]}})", "tree['b']['d'] = 3")),
    (LIBRARY, ("me.append(reprlib.repr(src))", "src.clear()")),  # line by line
    (LIBRARY, ("me.append(json.JSONEncoder().encode({'k': src}))", "src.clear()")),  # below what a method is given
    (DATA, ("p.parts.append(3)", "me.append(repr(p))")),  # by a generated method, what a field holds
    (DATA, ("p.parts.append(1)", "me.append(p == Point(1, [2]))")),
    (DATA, ("p.parts.append(1)", "me.append(p < Point(1, [2, 0]))")),
    (LIST, ("operator.iconcat(r, [9])", "me.append(str(r))")),
    (ITERATORS, ("nums.extend([7, 8])", "me.append(repr(nums))")),  # a method in C that gets its class as well
    (
        THREADS,
        (
            "me.append(threading.active_count())",
            "helper = threading.Thread(target=lambda: state.append(1), daemon=True)\nhelper.start()\n"
            "me.append(helper.is_alive())",
        ),
    ),  # counted before the end, and looked at after it
    (NESTED, ("pair[0][:] = [5, 6]", PAIR)),  # a list that grows between the look at its length and its items
    (DICT, ("match d:\n    case {'a': found, **others}:\n        me.append(found)", "d.clear()")),
    (ORDERED, ("own &= {Rank(1)}", "if own == {Rank(1), Rank(2)}:\n    own.update(map(Rank, (5, 6)))")),
    (NESTED, ("me.append(json.dumps(vars(leaf)))", "leaf.parts.append(1)")),  # from 3.13 on, read where the object is
    (NESTED, ("me.append('{0.n} {0.kids}'.format(node))", "node.kids[0], node.n = Node(7, []), 8")),
    (DATA, ("p.bump()", "me.append(dataclasses.asdict(p))")),  # which reads one field after the other
    (LIST, ("match r:\n    case [*_, 1, 2]:\n        me.append(0)", "r.pop()")),
    (KINDS, ("Base.register(Other)", "me.append(isinstance(box, Base))")),
    (KINDS, ("Sub.register(Plain)", "me.append(issubclass(Plain, Base))")),
    (KINDS, ("Base.register(Plain)\nme.append(issubclass(Other, Base))", "me.append(isinstance(Plain(), Base))")),
    (KINDS, ("Other.__annotations__['a'] = str", "me.append(sorted(typing.get_type_hints(Other)))")),
    (KINDS, ("Other.m = 1", "me.append(isinstance(Plain(), Named))")),
    (KINDS, ("show.register(Other, lambda x: 'other')", "me.append(show(Plain()))")),
    (CLASSES, ("me.append(hasattr(late, 'extra'))", "Late.extra = 3")),
]


@pytest.mark.parametrize(("theme", "threads"), MISSED_ONCE, ids=[" | ".join(threads) for _, threads in MISSED_ONCE])
def test_what_was_missed_once_is_reached(theme: Theme, threads: tuple[str, ...]) -> None:
    only_oracle, few, _ = missed(program_of(theme, *threads), runs=100)
    assert few.exhausted
    assert not only_oracle
    assert len(few.outcomes) > 1


def test_text_given_to_exec_is_named() -> None:
    few = reduced(program_of(NAMES, "exec('G = G + 1', globals())", "me.append(G)"))
    assert few.unwatched == ("text given to exec() or eval() (not watched)",)


def test_the_oracle_finds_what_chance_must_find() -> None:
    lost = asked(program_of(DICT, "d['a'] += 1", "d['a'] += 1"), runs=300)
    assert len(lost.outcomes) == 2, "one update can be lost"
    stuck = asked(program_of(LOCKS, "with la, lb:\n    pass", "with lb, la:\n    pass"), runs=300)
    assert any(end.startswith("deadlock") for end in stuck.outcomes)
    deaf = asked(program_of(CONDITIONS, "with cv:\n    cv.wait()", "with cv:\n    cv.notify()"), runs=300)
    assert {end.startswith("deadlock") for end in deaf.outcomes} == {True, False}


def test_the_oracle_splits_no_single_call() -> None:
    whole = asked(program_of(DICT, "d.update(a=2, b=2)", "me.append(sorted(d.values()))"), runs=300)
    assert len(whole.outcomes) == 2, "update() is one call in C, so it is seen whole or not at all"


def test_a_program_shrinks_to_what_matters() -> None:
    program = Program((DICT, LOCKS), (("d['a'] += 1", "me.append(len(d))"), ("with la:\n    v[0] += 1", "d['a'] += 1")))
    small = shrunk(program, lambda smaller: DICT in smaller.themes and smaller.source().count("d['a'] += 1") == 2)
    assert small == Program((DICT,), (("d['a'] += 1",), ("d['a'] += 1",)))
