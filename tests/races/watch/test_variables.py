"""Variables of functions: each way to give one a value is seen by each way to use it elsewhere, if that can matter.

A variable that has its last value before an inner function exists needs no steps: nobody can see another value.
"""

from __future__ import annotations

import ast
import textwrap
from pathlib import Path

import pytest

from goqueue.races import explore
from goqueue.races.watch.rewriting.scopes import Scopes

from .test_watching import module_of

# Each gives n another value. None may name a thread.
BINDINGS = r"""
n = 2
n += 1
n: int = 2
(n, *rest) = 2, 0
m = n = 2
(n := 2)
[n := 2 for _ in [0]]
for n in [2]: pass
with contextlib.nullcontext(2) as n: pass
import string as n
from string import digits as n
def n(): pass
class n: pass
@str
def n(): pass
del n
try: raise KeyError
except KeyError as n: pass
match 2:
    case n: pass
match [2, 3]:
    case [0, *n] | [2, *n]: pass
match {0: 2}:
    case {**n}: pass
match 2:
    case int() as n: pass
def inner():
    nonlocal n
    n = 2
inner()
class K:
    nonlocal n
    n = 2
def deep():
    def deeper():
        nonlocal n
        del n
    deeper()
deep()
deep.__closure__[0].cell_contents = 2
"""
LAST = "deep = lambda: n\n"  # what the last binding needs

# Each starts a thread that looks at n.
CAPTURES = r"""
start(lambda: n)
def look(): return n
start(look)
def look(): return lambda: n
start(look())
def look():
    def deeper(): return [n for _ in [0]][0]
    return deeper()
start(look)
class Shop:
    def look(self): return n
start(Shop().look)
start(lambda look=lambda: n: look())
def look(): yield n
start(look().__next__)
start((n for _ in [0]).__next__)
start(functools.partial(next, (each for _ in [0] for each in [n])))
@start
def look(): return n
"""
ENDS = ("inner()", "deep()", "start(look)", "start(look())", "start(Shop().look)", "start(look().__next__)")


def parts(text: str) -> list[str]:
    """Return statements with what belongs to each: lines that go on, what is decorated, and the call at the end."""
    found: list[str] = []
    for line in text.strip().splitlines():
        before = found[-1] if found else ""
        goes_on = line.startswith((" ", "except ")) or before.endswith(("@str", "@start"))
        ends = line in ENDS
        found[len(found) - (goes_on or ends) :] = [f"{before}\n{line}" if goes_on or ends else line]
    return found


def source(body: str) -> str:
    """Return the source of a module that makes models: `start` starts a thread, and `seen` gets what that one saw."""
    return f"""
import contextlib, functools, re, threading
def make(seen):
    def note(value):
        text = re.sub("0x[0-9a-f]+", "", repr(value))
        if text not in seen: seen.append(text)
    def model():
        threads = []
        def start(look):
            def run():
                try: note(look())
                except NameError as error: note("unbound")
            thread = threading.Thread(target=run)
            thread.start()
            threads.append(thread)
        n = 1
{textwrap.indent(body, " " * 8)}
        for thread in threads: thread.join()
    return model
"""


def outcomes(body: str, folder: Path) -> set[str]:
    """Return what threads saw of n, in all orders. The exploration must end."""
    seen: list[str] = []
    result = explore(module_of(source(body), folder).make(seen), races="off")
    assert result.verdict == "exhausted", result.summary
    return set(seen)


def places(binding: str, capture: str) -> dict[str, str]:
    """Return bodies in which n gets a value after a thread has been started."""
    binding, inside = (LAST + binding if "deep." in binding else binding), textwrap.indent
    turns, first, then = "turn = 0\nwhile turn < 2:", inside(capture, " " * 8), inside(binding, " " * 8)
    return {
        "after it": f"{capture}\n{binding}",
        "in a loop, before it": f"for turn in [0, 1]:\n    if turn:\n{then}\n    else:\n{first}",
        "in a loop of the other kind": f"{turns}\n    if turn:\n{then}\n    else:\n{first}\n    turn += 1",
        "in a branch": f"if seen is None: pass\nelse:\n{first}\nif seen is not None:\n{then}",
        "at the end": f"try:\n{first}\nfinally:\n{then}",
    }


@pytest.mark.parametrize("capture", parts(CAPTURES))
@pytest.mark.parametrize("binding", parts(BINDINGS))
def test_a_value_that_comes_later_is_seen(binding: str, capture: str, tmp_path: Path) -> None:
    at = parts(BINDINGS).index(binding) + parts(CAPTURES).index(capture)
    name, body = list(places(binding, capture).items())[at % 5]
    assert len(outcomes(body, tmp_path)) > 1, f"{name}:\n{body}"


@pytest.mark.slow
@pytest.mark.parametrize("binding", parts(BINDINGS))
def test_a_value_that_comes_later_is_seen_wherever_it_stands(binding: str, tmp_path: Path) -> None:
    for capture in parts(CAPTURES):
        at = parts(CAPTURES).index(capture)
        for name, body in list(places(binding, capture).items())[at % 2 :: 2]:
            assert len(outcomes(body, tmp_path)) > 1, f"{name}:\n{body}"


@pytest.mark.parametrize("capture", parts(CAPTURES))
@pytest.mark.parametrize("binding", parts(BINDINGS)[:-1])
def test_a_last_value_that_comes_before_is_what_is_seen(binding: str, capture: str, tmp_path: Path) -> None:
    seen: list[str] = []
    result = explore(module_of(source(f"{binding}\n{capture}"), tmp_path).make(seen), races="off")
    assert (result.verdict, len(seen)) == ("exhausted", 1)


def test_a_clause_takes_its_name_away_again(tmp_path: Path) -> None:
    # Python gives it None first, and then deletes it.
    clause = "try: raise KeyError\nexcept KeyError as n:\n    n.args = ()\n    start(lambda: n)"
    assert outcomes(clause, tmp_path) == {"KeyError()", "None", "'unbound'"}


def test_the_value_and_the_thread_may_stand_in_one_statement(tmp_path: Path) -> None:
    assert outcomes("n = start(lambda: n)", tmp_path) == {"1", "None"}
    assert outcomes("n, m = 2, [start(lambda: n), 0]", tmp_path) == {"1", "2"}
    assert outcomes("with contextlib.nullcontext(start(lambda: n)) as n: pass", tmp_path) == {"1", "None"}
    assert outcomes("def look(m=start(lambda: type(look))): pass", tmp_path) == {"<class 'function'>", "'unbound'"}


# Each makes a list xs, and starts a thread that adds to it. The function itself walks over it afterwards.
LEAKS = r"""
xs = [0]; start(lambda: xs.append(2))
xs = [0]; start(functools.partial(xs.append, 2))
xs = [0]; ys = xs; start(lambda: ys.append(2))
xs = ys = [0]; start(lambda: ys.append(2))
xs = [0]; ys = [xs]; start(lambda: ys[0].append(2))
xs = [0]; ys = (*[xs],); start(lambda: ys[0].append(2))
xs = [0]; ys = list.append; start(functools.partial(ys, xs, 2))
xs = [0]; space = locals(); start(lambda: space["xs"].append(2))
xs = [0]; space = vars(); start(lambda: space["xs"].append(2))
xs = [0]; ys = eval("xs"); start(lambda: ys.append(2))
xs = [0]; ys = [each for each in [xs]]; start(lambda: ys[0].append(2))
xs = [0]; each = max(xs, xs); start(lambda: each); ys = [xs]; start(lambda: ys[0].append(2))
xs = [ys := [0]][0]; start(lambda: ys.append(2))
[xs] = [ys := [0]]; start(lambda: ys.append(2))
with contextlib.nullcontext([0]) as xs: ys = [xs]; start(lambda: ys[0].append(2))
xs = [0]; assert (ys := xs); start(lambda: ys.append(2))
xs = [0]; start(lambda ys=xs: ys.append(2))
xs = [0]; note.xs = xs; start(lambda: note.xs.append(2))
xs = [0]; ys = xs or []; start(lambda: ys.append(2))
xs = [0]; ys = {"xs": xs}; start(lambda: ys["xs"].append(2))
xs = [0]; ys = []; ys.append(xs); start(lambda: ys[0].append(2))
"""


@pytest.mark.parametrize("leak", LEAKS.strip().splitlines())
def test_a_list_that_another_thread_may_have_is_walked_in_steps(leak: str, tmp_path: Path) -> None:
    walk = "got = []\nfor x in xs: got.append(x)\nnote(got)"
    assert {"[0]", "[0, 2]"} <= outcomes(f"{leak}\n{walk}", tmp_path)


def test_a_generator_expression_may_walk_over_a_list_in_another_thread(tmp_path: Path) -> None:
    body = "xs = [0]\ngen = (x for x in xs)\nstart(lambda: list(gen))\nxs.append(2)"
    assert outcomes(body, tmp_path) == {"[0]", "[0, 2]"}


@pytest.mark.parametrize(("also", "own"), [("pass", True), ("ys = xs", False)])
def test_a_list_that_nobody_else_has_needs_no_step(also: str, own: bool) -> None:
    tree = ast.parse(f"def model():\n    xs = [0]\n    {also}\n    for x in xs: xs.append(x)")
    scopes = Scopes(tree)
    assert scopes.is_own_list(scopes.of[tree.body[0]], "xs") == own
