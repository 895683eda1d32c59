"""Fields that a class in C declares: `args` of an exception, `__name__` of a function, `default_factory`.

Python shows them as descriptors. To read one by name is an access like any other. Methods of the class in C read them
as well: `str(error)` reads `args`. So a call that gets such an object touches it.

A few fields decide what code does that names no field. A call of a function reads its `__defaults__`; a call of a
method reads the class. Those reads are not seen, so the verdict names such a field if it is set while threads run.
"""

from __future__ import annotations

import decimal
import gc
import logging
import sys
import types
from typing import Any

from ...doubles.stage.references import HEAP
from ...engine.active import here
from ...engine.happens_before import Place
from ...engine.identity import identity
from ...engine.places import CONTAINERS, VIEWS
from ...engine.run import Run
from .kinds import CALM

DESCRIPTORS = (types.MemberDescriptorType, types.GetSetDescriptorType)

# Their fields never change, or belong to code that runs.
FIXED: frozenset[type] = frozenset(
    {object, type, int, float, complex, str, bytes, tuple, frozenset, range, slice, super, memoryview, *VIEWS}
    | {types.CodeType, types.FrameType, types.TracebackType, types.GeneratorType, types.CoroutineType}
    | {types.AsyncGeneratorType, types.BuiltinFunctionType, types.MethodType, types.MethodDescriptorType}
    | {types.WrapperDescriptorType, types.MethodWrapperType, types.ClassMethodDescriptorType, types.ModuleType}
    | {*CONTAINERS, *DESCRIPTORS}
)  # fmt: skip

# In spite of their modules, in which most classes are immutable.
CHANGING: frozenset[type] = frozenset({types.SimpleNamespace, decimal.Context})

# These run code of the model, or make what does.
RUNNING = {
    "__call__",
    "__get__",
    "__set__",
    "__delete__",
    "getter",
    "setter",
    "deleter",
    "__new__",
    "__init_subclass__",
}

SHOWING = ("__repr__", "__str__", "__eq__")  # methods that functions in C call

KNOWN: dict[type, bool] = {}  # filled as code runs; emptied now and then, because it keeps classes alive


def has_fields(kind: type) -> bool:
    """Whether methods in C of a class read fields that code can set."""
    known = KNOWN.get(kind)
    if known is None:
        known = KNOWN[kind] = not issubclass(kind, type) and any(map(declares_fields, kind.__mro__))
    return known


def declares_fields(base: type) -> bool:
    """Whether a class in C, or one of the standard library, has fields that its methods read."""
    if base in FIXED or "__slots__" in vars(base):
        return False
    if str(base.__module__).partition(".")[0] in CALM and base not in CHANGING:
        return False
    if any(type(vars(base).get(name)) is types.FunctionType for name in SHOWING):
        return str(base.__module__).partition(".")[0] in sys.stdlib_module_names
    ignored = {"__weakref__", "__dict__"} if base.__flags__ & HEAP else {"__weakref__"}
    return any(type(value) in DESCRIPTORS and name not in ignored for name, value in vars(base).items())


def parts(thing: Any) -> tuple[Any, ...]:
    """Return what the methods in C of an object with fields read as well, to show it for example."""
    if isinstance(thing, BaseException):
        return thing.args
    if isinstance(thing, types.FunctionType):
        return ()
    return tuple(part for part in gc.get_referents(thing) if not isinstance(part, type))


def has_method(kind: type, name: str) -> bool:
    """Whether a method in C of a class reads or sets its fields."""
    return has_fields(kind) and not issubclass(kind, types.FunctionType) and name not in RUNNING


def decides(kind: type, name: str) -> bool:
    """Whether a field is read where no code names it: by a call, or at each step in a traceback."""
    if name in ("__class__", "__bases__"):
        return True
    if issubclass(kind, types.FunctionType):
        return name in ("__code__", "__defaults__", "__kwdefaults__")
    if issubclass(kind, types.CellType):
        return True  # code names it as a variable
    if issubclass(kind, type | types.ModuleType):  # these are shown with each object, or with the module
        return name in ("__name__", "__qualname__", "__module__", "__abstractmethods__", "__spec__", "__loader__")
    if issubclass(kind, logging.Handler):
        return name in ("level", "filters", "formatter", "name", "_name")
    return issubclass(kind, types.TracebackType | types.FrameType)


def tell(run: Run, thing: Any, name: str) -> None:
    """Let the verdict name what was set while other threads ran."""
    named = isinstance(thing, type | types.FunctionType | types.ModuleType)
    run.name_unseen(f"{(thing if named else type(thing)).__name__}.{name}", "set while threads run")


# -- exceptions -----------------------------------------------------------------------------------------


def let_go(error: BaseException) -> None:
    """except … as error: at the end. Forget the exception if it ends here.

    Its place keeps it alive and, through its traceback, the locals of all functions that it has left: a generator, for
    example, that holds a lock until it is closed.
    """
    run = here()
    if run is not None and type(run.made.get(identity(error))) is Place and references(error) <= CAUGHT + 1:
        del run.made[identity(error)]


def references(thing: Any) -> int:
    """Return how many references there are, as this function sees it."""
    return sys.getrefcount(thing)


def caught() -> int:
    """Return how many references `let_go` sees to an exception that is kept nowhere else."""
    try:
        raise ValueError
    except ValueError as error:
        return through(error)


def through(error: BaseException) -> int:
    """Look from as deep a call as `let_go` does."""
    return references(error)


CAUGHT = caught()
