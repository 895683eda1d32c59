"""Import a version afresh, with new modules at each call, so that the globals of 08 to 10 start empty.

    load(12)                                      the version after step 12
    load("step12_channel_has_no_bound")           the same, with one module replaced
    load(Path("my_queue"))                        any folder laid out like a version

A counterexample, a module of steps/counterexamples/, replaces a module *before* the modules that use it are imported.
It takes from that module what it does not define itself.
"""

import importlib
import importlib.util
import re
import sys
import threading
from pathlib import Path
from types import ModuleType

from .course import course_root, entry

_COUNTEREXAMPLE = re.compile(
    r"step(\d\d)_([a-z]+)_\w+"
)  # step12_channel_has_no_bound: the version, the module, the fault

_loading = threading.Lock()  # guards sys.modules while a version is taken out of it and put in again


def load(version: int | str | Path, *, replace: tuple[str, Path] | None = None) -> ModuleType:
    """Return a version's package, freshly imported, its modules as attributes. Any thread may call this.

    With `replace`, a (module, file) pair, that file replaces that module of a step, as a counterexample does.
    Raises LookupError for an unknown step or counterexample, FileNotFoundError if the folder does not exist.

    >>> v = load(12)
    >>> v.job.Job("job-1", "webhook", {}).status
    <Status.PENDING: 'pending'>
    >>> load(12).Queue is v.Queue
    False
    """
    counterexample = course_root() / "steps" / "counterexamples" / f"{version}.py"
    with _loading:
        if isinstance(version, Path):
            return _import_package(version.resolve().name, version.resolve())
        match = _COUNTEREXAMPLE.fullmatch(str(version))
        if match and counterexample.is_file():
            found = entry(match[1])
            return _import_package(f"steps.{found.folder}", found.path, replace=(match[2], counterexample))
        found = entry(version)
        return _import_package(f"steps.{found.folder}", found.path, replace=replace)


def _import_package(name: str, folder: Path, replace: tuple[str, Path] | None = None) -> ModuleType:
    for known in [known for known in sys.modules if known == name or known.startswith(f"{name}.")]:
        del sys.modules[known]
    importlib.invalidate_caches()  # a learner's file may be a second old
    package = _new_module(name, folder / "__init__.py", search=[str(folder)])
    vars(package)["__goqueue_version__"] = True  # for the race lab, which watches it then
    if replace is not None:
        _replace_module(package, *replace)
    _execute(package)
    for file in sorted(folder.glob("*.py")):
        if file.stem != "__init__":
            importlib.import_module(f"{name}.{file.stem}")
    return package


def _replace_module(package: ModuleType, name: str, counterexample: Path) -> None:
    replaced = importlib.import_module(f"{package.__name__}.{name}")
    module = _new_module(f"steps.counterexamples.{counterexample.stem}", counterexample)
    _execute(module)
    for attribute, value in vars(replaced).items():
        vars(module).setdefault(attribute, value)
    sys.modules[replaced.__name__] = module
    setattr(package, name, module)


def _new_module(name: str, file: Path, search: list[str] | None = None) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, file, submodule_search_locations=search)
    if spec is None or not file.is_file():
        raise FileNotFoundError(
            f"{file.name} is not in {file.parent.name!r}: a version is a package, with an __init__.py"
        )
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    return module


def _execute(module: ModuleType) -> None:
    spec = module.__spec__
    if spec is None or spec.loader is None:
        raise ImportError(f"{module.__name__} cannot be loaded: it has no loader")
    spec.loader.exec_module(module)
