"""Watched is what the model runs through, wherever its functions are kept, and what `modules` names instead."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from goqueue.races import explore, replay
from goqueue.races.doubles.stage.staging import stage
from goqueue.races.watch.functions import function_of
from goqueue.races.watch.rewriting import compiling
from goqueue.races.watch.state import State
from goqueue.races.watch.watching import Watching

from ..generated.comparing import module_of
from ..generated.programs import program_of
from ..generated.vocabulary import NESTED
from ..projects import project

LOST = "failed assertion"
STOCK = """
class Stock:
    left = 0
    def put(self):
        self.left += 1
"""
MODEL = """
from threads import together
def model():
    {make}
    together({call}, {call})
    assert {left} == 2
"""
# How a function that loses updates is kept. Each runs with `box`, which has `left`.
KEPT = {
    "a class decorator that replaces the class": """
        def traced(kind):
            class Wrapper:
                def __init__(self): self.inner = kind()
                def __call__(self, box): self.inner(box)
            return Wrapper
        @traced
        class Put:
            def __call__(self, box): box.left += 1
        put = Put()
    """,
    "a registry": """
        HANDLERS = {}
        def register(function): HANDLERS[function.__name__] = [function]
        @register
        def put_one(box): box.left += 1
        def put(box): HANDLERS["put_one"][0](box)
    """,
    "two lambdas on one line": """
        HANDLERS = [lambda box: setattr(box, "left", box.left + 1), lambda box: setattr(box, "left", box.left - 1)]
        def put(box): HANDLERS[0](box)
    """,
    "singledispatch": """
        import functools
        @functools.singledispatch
        def put(box): raise TypeError
        @put.register(object)
        def _(box): box.left += 1
    """,
    "a method of an Enum": """
        import enum
        class How(enum.Enum):
            ONE = 1
            def __call__(self, box): box.left += self.value
        put = How.ONE
    """,
    "a closure in an object": """
        class Holder: pass
        HOLDER = Holder()
        def fill():
            amount = 1
            def put(box): box.left += amount
            HOLDER.inner = {"put": put}
        fill()
        def put(box): HOLDER.inner["put"](box)
    """,
    "a bound method in a list": """
        class Clerk:
            def put(self, box): box.left += 1
        METHODS = [Clerk().put]
        del Clerk
        def put(box): METHODS[0](box)
    """,
    "a partial": """
        import functools
        put = functools.partial(lambda amount, box: setattr(box, "left", box.left + amount), 1)
    """,
    "a descriptor": """
        class Bound:
            def __init__(self, function): self.function = function
            def __get__(self, thing, kind): return self.function
        class Clerk:
            @Bound
            def put(box): box.left += 1
        put = Clerk().put
    """,
    "__init_subclass__": """
        class Base:
            made = []
            def __init_subclass__(cls): Base.made.append(cls.__dict__["put"])
        class Clerk(Base):
            def put(box): box.left += 1
        del Clerk
        def put(box): Base.made[0](box)
    """,
    "a metaclass": """
        class Meta(type):
            def __call__(cls, box): box.left += 1
        class put(metaclass=Meta): pass
    """,
    "a context manager": """
        import contextlib
        @contextlib.contextmanager
        def putting(box):
            box.left += 1
            yield
        def put(box):
            with putting(box): pass
    """,
}
BOX = """
import kept
from threads import together
class Box:
    left = 0
def model():
    box = Box()
    together(lambda: kept.put(box), lambda: kept.put(box))
    assert box.left == 2
"""


def model_of(make: str, call: str, left: str) -> str:
    return MODEL.format(make=make, call=call, left=left)


@pytest.mark.parametrize("kind", KEPT)
def test_a_function_is_watched_wherever_it_is_kept(kind: str, tmp_path: Path) -> None:
    with project(tmp_path, kept=KEPT[kind], test_box=BOX) as load:
        assert explore(load("test_box").model).verdict == LOST


def test_a_module_of_a_package_is_watched_though_only_an_object_leads_to_it(tmp_path: Path) -> None:
    top = "from importlib import import_module\ndef make(): return import_module('shop.rooms.stock').Stock()"
    model = "import shop.top\n" + model_of("stock = shop.top.make()", "lambda: stock.put()", "stock.left")
    with project(tmp_path, shop__rooms__stock=STOCK, shop__top=top, test_shop=model) as load:
        found = explore(load("test_shop").model)
        assert found.verdict == LOST
        again = replay(load("test_shop").model, found.schedule)
        assert (again.verdict, again.schedule) == (LOST, found.schedule)
        assert "stock.py" in repr(again)


def test_code_that_only_a_later_run_goes_through_is_watched_too(tmp_path: Path) -> None:
    model = """
    from importlib import import_module
    from threads import together
    def model():
        seen, stock = [], import_module("stock")
        box = stock.Stock()
        def look():
            seen.append(1)
            if len(seen) == 1 and late:
                import_module("late").put(box)
        late = []
        def wait():
            late.append(1)
            seen or import_module("late").put(box)
        together(wait, look)
        assert box.left < 2 or len(seen) == 1
        assert not box.lost
    """
    late = "def put(box):\n    before = box.left\n    box.left = before + 1\n    box.lost = box.left != before + 1"
    stock = "class Stock:\n    left = 0\n    lost = False"
    with project(tmp_path, stock=stock, late=late, test_late=model) as load:
        assert "late.py" in repr(explore(load("test_late").model, races="fail"))


def test_modules_names_what_else_is_watched(tmp_path: Path) -> None:
    model = "import shop.stock\n" + model_of("stock = shop.stock.Stock()", "stock.put", "stock.left")
    with project(tmp_path, shop__stock=STOCK, other="", test_shop=model) as load:
        test = load("test_shop").model
        narrow = [[], ["other"], [load("other")]]
        wide: list[list[object]] = [["shop"], ["shop.stock"], [load("shop")], ["other", "shop"], [...], [..., "queue"]]
        assert {explore(test, modules=modules).verdict for modules in narrow} == {"exhausted"}  # type: ignore[arg-type]
        assert {explore(test, modules=modules).verdict for modules in wide} == {LOST}  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [[3], "shop", ["no_such_shop"]])
def test_a_wrong_modules_is_refused_by_name(wrong: object) -> None:
    with pytest.raises((TypeError, ValueError), match="shop|3"):
        explore(lambda: None, modules=wrong)  # type: ignore[arg-type]


def test_the_standard_library_is_watched_if_it_is_named(tmp_path: Path) -> None:
    model = "import json.encoder\n" + model_of("made = []", "lambda: made.append(json.dumps({'a': [1]}))", "len(made)")
    compiling.FILES.pop(json.__file__, None)  # another test may have watched it
    with project(tmp_path, test_json=model) as load:
        explore(load("test_json").model, schedules=2)
        assert json.dumps.__code__ is not None
        assert json.__file__ not in compiling.FILES
        explore(load("test_json").model, modules=["json"], schedules=2)
        assert json.__file__ in compiling.FILES


def test_a_file_is_compiled_once_however_many_classes_it_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    compile_file = compiling.File._compile

    def counted(self: compiling.File, *key: object) -> object:
        made.append(Path(self.name).name)
        return compile_file(self, *key)  # type: ignore[arg-type]

    monkeypatch.setattr(compiling.File, "_compile", counted)
    classes = "\n".join(f"class Shop{number}:\n    def put(self): return {number}" for number in range(9))
    closure = "\ndef outer():\n    seen = []\n    def inner(): seen.append(1)\n    return inner\nkept = outer()\n"
    model = model_of("made = []", "lambda: (shops.Shop1().put(), shops.kept(), made.append(1))", "len(made)")
    with project(tmp_path, shops=classes + closure, test_shops="import shops\n" + model) as load:
        for _ in range(3):
            explore(load("test_shops").model)
    assert made.count("shops.py") == made.count("test_shops.py") == 1


def test_closures_made_before_share_a_variable_only_if_they_are_of_one_call(tmp_path: Path) -> None:
    counters = """
    def counter():
        count = 0
        def put():
            nonlocal count
            count += 1
        def left():
            return count
        return put, left
    ONE, OTHER = counter(), counter()
    """
    model = "import counters\n" + model_of("pass", "counters.ONE[0]", "counters.ONE[1]() or 2")
    apart = model.replace("counters.ONE[0])", "counters.OTHER[0])")
    with project(tmp_path, counters=counters, test_one=model, test_apart=apart) as load:
        assert explore(load("test_one").model, races="fail").verdict == "data race"
        assert explore(load("test_apart").model, races="fail").verdict == "exhausted"


def test_generated_code_of_one_class_does_not_lead_to_that_of_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All `__init__` of dataclasses and all named tuples say that they are in the file "<string>"."""
    begun: list[str] = []
    enter = State._enter_globals

    def entered(self: State, space: dict[str, object], module: str) -> None:
        begun.append(module)
        enter(self, space, module)

    monkeypatch.setattr(State, "_enter_globals", entered)
    jobs = "from dataclasses import dataclass\n@dataclass\nclass Job:\n    tries: int = 0\n"
    model = "import jobs\n" + model_of("job = jobs.Job()", "lambda: job.tries", "2")
    with project(tmp_path, jobs=jobs, test_jobs=model) as load:
        explore(load("test_jobs").model, modules=["jobs"])
    assert "jobs" in begun
    assert not [module for module in begun if module.startswith(("_pytest", "namedtuple_", "goqueue"))]


def test_what_dataclass_made_in_other_modules_is_not_watched() -> None:
    """Its code is in a file "<string>", too. The state of those modules, such as the lab's, is not the model's."""
    with module_of(program_of(NESTED, "leaf.parts.append(1)", "leaf.parts")) as (model, _), stage() as (replaced, _):
        watching = Watching(function_of(model), None, replaced)
        names = {space["__name__"] for space in watching._spaces.values()}
    assert model.__module__ in names
    assert not [name for name in names if name.startswith(("_pytest", "namedtuple_", "goqueue"))]
