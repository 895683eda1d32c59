"""What a learner hands in is hers: it may not import the course's own code, nor hand that on as her own.

    from steps.step12_worker_pool import Queue      refused by name, before anything runs
    import_module("st" + "eps.step12…")             refused when it is imported
    Queue = <a class of the course, however found>  refused when her version is looked at

This catches what a learner does without much thought. Code that is written to deceive its judge needs more: see
goqueue/lab/instructor/trying.py.
"""

import ast
import re
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import FunctionType, ModuleType

from .course import PACKAGE, course_root

_COURSE = ("steps", "goqueue")
_VERSIONS = re.compile(r"steps\.(step\d|counterexamples|exercises|faulty)|goqueue\.(queue|running|storage)(\.|$)")


def borrowed(folder: Path) -> str:
    """Return in one line where a folder's files import the course, or "" if they do not."""
    for file in sorted(folder.rglob("*.py")):
        if not file.is_file():
            continue
        try:
            tree = ast.parse(file.read_bytes())
        except (SyntaxError, ValueError, RecursionError, OSError):
            continue  # `unreadable` says so
        for line, name in imported(tree):
            if name.partition(".")[0] in _COURSE:
                return f"{file.name}, line {line}: {refusal(name)}"
    return ""


def refusal(name: str) -> str:
    """Return why a module of the course cannot be imported."""
    return (
        f"it imports {name}, which is the course's: hand in code of your own, which imports Python's and its own only"
    )


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the line and the name of each module that a program imports by a name in its text."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, one.name) for one in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.lineno, node.module or ""
        elif isinstance(node, ast.Call) and _called(node.func) in ("import_module", "__import__", "find_spec"):
            yield from ((node.lineno, text) for text in map(_text, node.args[:1]) if text)


def _called(function: ast.expr) -> str:
    return getattr(function, "attr", getattr(function, "id", ""))


def _text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


class _Refuser:
    """A finder that finds nothing. It refuses modules of the course that solve what a learner is asked for."""

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: object = None) -> ModuleSpec | None:
        if _VERSIONS.match(name):
            raise ImportError(refusal(name))
        return None


def refuse_the_course() -> None:
    """From now on, in this process, a version of the course that was not imported before cannot be imported."""
    sys.meta_path.insert(0, _Refuser())


def not_hers(package: ModuleType, folder: Path) -> str:
    """Return in one line which part of a learner's version is not her own code, or "" if all is."""
    modules = {package.__name__: package, **{name: one for name, one in vars(package).items() if _is_module(one)}}
    for module in modules.values():
        where = Path(getattr(module, "__file__", None) or folder / "x")
        if module is not package and not module.__name__.startswith(f"{package.__name__}."):
            if module.__name__.partition(".")[0] in _COURSE:
                return f"{module.__name__} is the course's: hand in code of your own"
            continue
        if not where.resolve().is_relative_to(folder):
            return f"{where.name} is not in your folder: hand in all that it needs"
        for name, part in list(vars(module).items()):
            if owner := _owner(part):
                return f"{where.name}: {name} is {owner}, which is the course's: hand in code of your own"
    return ""


def from_elsewhere(folder: Path) -> str:
    """Return in one line which module was imported from outside of a folder, or "" if none was.

    Python's own modules, installed packages and the course's judges are none of these.
    """
    known = [folder, *map(Path, (sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix, stdlib()))]
    known += [PACKAGE.parent, course_root()]
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and not any(Path(file).resolve().is_relative_to(one.resolve()) for one in known):
            return f"it imports {name}, which is not in your folder: hand in all that it needs, and nothing of others"
    return ""


def stdlib() -> str:
    """Return the folder of Python's own modules."""
    return sysconfig.get_paths()["stdlib"]


def _is_module(one: object) -> bool:
    return isinstance(one, ModuleType)


def _owner(part: object) -> str:
    """Return the name of the course's class, function or module that `part` is, or inherits from, or ""."""
    kinds = part.__mro__ if isinstance(part, type) else (part,)
    for one in kinds:
        if not isinstance(one, type | FunctionType | ModuleType):
            continue
        module = one.__name__ if isinstance(one, ModuleType) else getattr(one, "__module__", "") or ""
        if str(module).partition(".")[0] in _COURSE:
            return str(module) if isinstance(one, ModuleType) else f"{module}.{one.__qualname__}"
    return ""
