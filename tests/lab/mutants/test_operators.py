"""Each operator makes the mistake that it names; a mutant has a name that stays; none is made twice."""

import ast

import pytest

from goqueue.lab.mutants.change import OPERATORS, places
from goqueue.lab.mutants.mutant import Mutant, mutants

CHANNEL = """
class Channel:
    def get(self):
        with self._lock:
            while not self._items:
                self._ready.wait(5.0)
            self._room.notify_all()
            return self._items.popleft()
"""
MADE = [
    ("lock_dropped", CHANNEL, "        while not self._items:"),
    ("lock_ends_early", CHANNEL, "            self._room.notify_all()\n        return self._items.popleft()"),
    ("lock_begins_late", CHANNEL, "            self._ready.wait(5.0)\n        with self._lock:"),
    ("lock_split", CHANNEL, "            self._room.notify_all()\n        with self._lock:\n            return"),
    ("if_for_while", CHANNEL, "            if not self._items:\n"),
    ("wait_without_timeout", CHANNEL, "self._ready.wait()"),
    ("sleep_for_wait", CHANNEL, "__import__('time').sleep(5.0)"),
    ("notify_for_notify_all", CHANNEL, "self._room.notify()"),
    ("stack_for_queue", CHANNEL, "self._items.pop()"),
    (
        "lock_held_too_long",
        "def f(self):\n    with self.lock:\n        a = self.told\n    a()",
        "        a = self.told\n        a()",
    ),
    ("condition_apart", "self.room = Condition(self.lock)", "Condition()"),
    (
        "with_dropped",
        "def f():\n    with ctx.with_cancel() as own:\n        use(own)",
        "    own = ctx.with_cancel()\n    use(own)",
    ),
    ("thread_local_shared", "here = threading.local()", "SimpleNamespace()"),
    ("acquire_waits", "lock.acquire(blocking=False)", "blocking=True"),
    ("copy_dropped", "a = deepcopy(job)", "a = job"),
    ("copy_shallow", "a = deepcopy(job)", "__import__('copy').copy(job)"),
    ("copy_unused", "def f(job):\n    copy = deepcopy(job)\n    return copy", "    return job"),
    ("default_shared", "class A:\n    def __init__(self):\n        self._jobs = {}", "setdefault('shared_jobs', {})"),
    ("wrong_context", "def f(ctx):\n    own = ctx.with_cancel()\n    go(own)", "go(ctx)"),
    ("child_dropped", "def f(ctx):\n    go(ctx.without_cancel())", "go(ctx)"),
    ("other_dict_wins", "a = {**old, key: value}", "{key: value, **old}"),
    ("wrong_clock", "now = time.monotonic()", "time.time()"),
    ("now_dropped", "due = time.monotonic() + seconds", "due = seconds"),
    ("called_at_once", "ctx.after_done(close)", "close() or ctx.after_done(close)"),
    ("guard_dropped", "def f(a):\n    if a:\n        return\n    go()", "def f(a):\n    go()"),
    ("raise_dropped", "def f(a):\n    if a:\n        raise ValueError", "        pass"),
    ("error_of_another_type", "raise LookupError('no job')", "Exception('no job')"),
    ("caught_type_changed", "try:\n    go()\nexcept Exception:\n    stop()", "except BaseException:"),
    ("except_dropped", "def f():\n    try:\n        go()\n    except Exception:\n        stop()", "def f():\n    go()"),
    ("except_forgets", "try:\n    go()\nexcept Exception:\n    stop()", "    pass"),
    ("finally_dropped", "def f():\n    try:\n        go()\n    finally:\n        stop()", "    go()\n    stop()"),
    (
        "else_in_try",
        "def f():\n    try:\n        a()\n    except E:\n        b()\n    else:\n        c()",
        "a()\n        c()",
    ),
    ("branch_fixed", "a = b if c else d", "a = d"),
    ("condition_negated", "def f():\n    while not ready():\n        pass", "while ready():"),
    ("condition_part_dropped", "a = b and c", "a = c"),
    ("loop_dropped", "while a < 3:\n    go()", "while False:"),
    ("statement_dropped", "def f():\n    event.set()\n    return 3", "def f():\n    return 3"),
    ("statements_swapped", "def f():\n    save()\n    give()", "    give()\n    save()"),
    ("argument_dropped", "a = get(job, None)", "get(job)"),
    ("arguments_swapped", "heappush(heap, item)", "heappush(item, heap)"),
    ("moves_changed", "MOVES = {A: (B,), B: ()}", "{A: (B, A), B: ()}"),
    ("daemon_changed", "Thread(target=go, daemon=DAEMON)", "daemon=not DAEMON"),
    ("decorator_dropped", "@property\ndef done(self):\n    return 3", "def done"),
    ("comparison_flipped", "a = b < c", "b <= c"),
    ("number_off_by_one", "a = 3", "a = 4"),
    ("flag_flipped", "a = True", "a = False"),
    ("arithmetic_changed", "a += 1", "a -= 1"),
    ("min_for_max", "a = min(b, c)", "max(b, c)"),
    ("bound_dropped", "a = min(b, c)", "a = c"),
    ("bound_afterwards", "a = uniform(0, min(cap, b))", "min(cap, uniform(0, b))"),
    ("constant_for_draw", "a = uniform(0, b)", "a = b"),
    ("result_changed", "def f():\n    return a", "return None"),
    ("part_dropped", "push((due, number))", "push((due, 0))"),
    ("loop_misses_one", "for a in b:\n    go(a)", "in list(b)[1:]"),
    ("text_dropped", "raise ValueError(f'{a} is wrong')", "ValueError('')"),
    ("wait_for_nothing", "ready.wait(5.0)", "ready.wait(0.0)"),
]


@pytest.mark.parametrize(("operator", "source", "made"), MADE, ids=[case[0] for case in MADE])
def test_an_operator_makes_its_mistake(operator: str, source: str, made: str) -> None:
    # one that makes the same as another is asked alone, because of two equal mutants the first counts
    tree, found = ast.parse(source), []
    for place in places(tree):
        for change in OPERATORS[operator].changes(place):
            with change.made():
                found.append(ast.unparse(ast.fix_missing_locations(tree)))
    assert any(made in text for text in found), found
    assert ast.unparse(tree) == ast.unparse(ast.parse(source)), "each change is taken back"


def test_every_operator_is_tried_above() -> None:
    assert {operator for operator, _, _ in MADE} == set(OPERATORS)


def test_none_is_the_original_none_comes_twice_and_each_has_a_name_of_its_own() -> None:
    found = mutants(CHANNEL)
    texts = [one.write() for one in found]
    assert len(set(texts)) == len(texts) > 20
    assert ast.unparse(ast.parse(CHANNEL)) not in texts
    assert len({one.key for one in found}) == len(found)
    assert [one.key for one in mutants(CHANNEL)] == [one.key for one in found]


def test_a_name_does_not_depend_on_the_line() -> None:
    moved = '"""A module."""\n\nimport threading\n' + CHANNEL
    assert [one.key for one in mutants(moved)] == [one.key for one in mutants(CHANNEL)]
    assert [one.line for one in mutants(moved)] == [one.line + 3 for one in mutants(CHANNEL)]


def test_it_says_what_is_there_before_and_after() -> None:
    [one] = [mutant for mutant in mutants(CHANNEL) if mutant.operator == "stack_for_queue"]
    assert one == Mutant(
        "Channel.get",
        "stack_for_queue",
        "return self._items.popleft()",
        "return self._items.pop()",
        8,
        one.write,
    )


@pytest.mark.parametrize(
    "source",
    [
        '"""Only a docstring, and a type."""\n\nHandler = Callable[[dict], None]\n',
        "from .job import Job\n\n__all__ = ['Job']\n",
        "class JobStorage(Protocol):\n    def get_job(self, job_id: str = 'a') -> Job:\n        raise Missing\n",
        "class Job:\n    def __repr__(self):\n        return f'<Job {self.id}>'\n",
    ],
)
def test_what_runs_nothing_and_what_only_people_read_is_left_alone(source: str) -> None:
    assert not mutants(source)
