"""Fields that classes in C declare: what a machine finds to be writable is seen, or named in the verdict.

For each object, each descriptor of its class that takes another value is set by one thread, and read by another in
several ways. Where the order decides what is read, both orders must be reached, or the result says what was not seen.
"""

import contextlib
import re
from collections.abc import Iterator
from types import GetSetDescriptorType, MemberDescriptorType, ModuleType
from typing import Any

import pytest

from ..generated.comparing import reduced
from ..generated.programs import program_of
from ..generated.theme import Theme
from ..generated.vocabulary import IMPORTS

MODULE = """
import argparse, ctypes, decimal, io, sqlite3, struct, xml.etree.ElementTree as tree

def told(value):
    return re.sub(r'0x[0-9a-f]+', '', repr(value))

def inner(a=1, *, b=2):
    return (a, b)

def other(a=5, *, b=6):
    return ('other', a, b)

def a_function():
    def made(a=1, *, b=2):
        return (a, b)
    return made

class Other:
    def go(self):
        return 2

def a_class():
    class Made:
        'what it is'
        def go(self):
            return 1
    return Made

def a_cell(value):
    return (lambda: value).__closure__[0]

def caught(error):
    try:
        raise error
    except Exception as caught:
        return caught
"""

THINGS = [
    "ValueError('first', 1)", "OSError(2, 'no', 'file')", "StopIteration(1)", "SystemExit(1)", "KeyError('k')",
    "UnicodeDecodeError('utf8', b'abc', 1, 2, 'bad')", "SyntaxError('m', ('f', 1, 2, 't'))",
    "ImportError('m', name='n', path='p')", "AttributeError('m', name='n', obj=1)",
    "ExceptionGroup('m', [KeyError(1)])",
    "a_function()", "a_class()", "a_class()()", "types.ModuleType('made', 'doc')", "a_cell(1)", "property(inner)",
    "functools.partial(inner, 1)", "functools.cached_property(inner)", "types.SimpleNamespace(n=1)",
    "argparse.Namespace(a=1)", "defaultdict(int)", "ctypes.c_int(1)", "decimal.Context()",
    "sqlite3.connect(':memory:', check_same_thread=False)", "tree.Element('a', {'k': 'v'})", "queue.Queue()",
    "caught(KeyError()).__traceback__",
]  # fmt: skip
VALUES = [
    "7", "'seven'", "('seven',)", "None", "[7]", "{'a': 7}", "other", "other.__code__", "KeyError('other')", "True",
    "False", "Other", "(Other,)", "str", "caught(KeyError('z')).__traceback__",
]  # fmt: skip
WAYS = [
    "x.{0}", "getattr(x, '{0}', 3)", "operator.attrgetter('{0}')(x)", "object.__getattribute__(x, '{0}')",
    "vars(x).get('{0}')", "str(x)", "f'{{x}}'", "'%s' % (x,)", "copy.copy(x).{0}", "x()",
]  # fmt: skip


SPACE: dict[str, Any] = {}
exec(IMPORTS + MODULE, SPACE)


def evaluated(expression: str, **names: Any) -> Any:
    """Return the value of an expression, outside of the lab."""
    return eval(expression, SPACE | names)


def fields(thing: Any) -> list[str]:
    """Return the names of all fields that classes in C declare for a thing, and of what it holds besides."""
    kinds = (GetSetDescriptorType, MemberDescriptorType)
    own = () if isinstance(thing, type | ModuleType) else getattr(thing, "__dict__", ())
    found = {name for base in type(thing).__mro__ for name, value in vars(base).items() if type(value) in kinds}
    return sorted(found.union(own) - {"__weakref__"})


def shown(expression: str, thing: Any) -> str:
    """Return what an expression shows of a thing."""
    try:
        return re.sub("0x[0-9a-f]+", "", repr(evaluated(expression, x=thing)))
    except Exception as error:
        return type(error).__name__


def cases(thing: str) -> Iterator[tuple[str, str]]:
    """Yield a statement that sets a field, and an expression that shows whether that has been done."""
    for name in fields(evaluated(thing)):
        for value in VALUES:
            before, after = evaluated(thing), evaluated(thing)
            with contextlib.suppress(Exception):
                setattr(after, name, evaluated(value))
                ways = [way.format(name) for way in WAYS]
                found = [way for way in ways if shown(way, before) != shown(way, after)]
                if found:
                    yield from ((f"x.{name} = {value}", way) for way in found)
                    break


@pytest.mark.parametrize("thing", THINGS)
def test_a_field_is_seen_or_named(thing: str) -> None:
    theme = Theme("fields", f"x = {thing}", (), (), "0", MODULE)
    tried = 0
    for statement, expression in cases(thing):
        few = reduced(program_of(theme, statement, f"me.append(told({expression}))"), 300)
        assert len(few.outcomes) > 1 or few.unwatched or not few.exhausted, (statement, expression)
        tried += 1
    assert tried


def test_an_exception_that_was_looked_at_ends_with_its_handler() -> None:
    """Its traceback holds a generator that holds a lock until it is closed."""
    setup = """
lock = threading.Lock()
def numbers():
    with lock:
        yield 1
def work():
    source = numbers()
    raise ValueError(next(source))
"""
    thread = """
try:
    work()
except ValueError as error:
    me.append(str(error))
    me.append(error.args)
with lock:
    pass
"""
    few = reduced(program_of(Theme("ends", setup, (), (), "0"), thread, thread), 300)
    assert few.exhausted
    assert list(few.outcomes) == ["([['1', (1,)], ['1', (1,)]], 0)"]
