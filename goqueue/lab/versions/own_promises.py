"""An instructor's own promises, which learners do not have: a folder of files such as step12_mine.py.

    from steps.promises.bench import Bench
    from steps.promises.promise import expect, promise

    @promise("a job keeps its payload", counterexamples=())
    def keeps_payload(version): ...

The number in a file's name is the step that first keeps what is in it. They are tried after the course's own.
"""

import importlib.util
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..subprocesses import one_line

if TYPE_CHECKING:
    from steps.promises import Promise

FOLDER = "own_promises"  # in `steps`, in the copy of the course that judges
_NAME = re.compile(r"step\d\d_\w+\.py")


def read_own(folder: Path) -> "dict[str, Promise]":
    """Return the promises of a folder by name. Raises LookupError, in one line, for a file that holds none."""
    from steps.promises import PROMISES, Promise

    if not folder.is_dir() or not any(folder.glob("*.py")):
        raise LookupError(f"{folder} is no folder of promises: expected Python files such as step12_mine.py in it")
    found: dict[str, Promise] = {}
    for file in sorted(folder.glob("*.py")):
        own = {name: one for name, one in _read(file).items() if isinstance(one, Promise)}
        own = {name: one for name, one in own.items() if one.check.__module__.endswith(file.stem)}
        if not own:
            raise LookupError(f"{file.name} holds no promise: expected functions under @promise(…)")
        if taken := next((name for name in own if name in found or name in PROMISES), None):
            raise LookupError(f"{file.name}: there is a promise {taken} already: give yours another name")
        found |= own
    return found


def _read(file: Path) -> dict[str, object]:
    if not _NAME.fullmatch(file.name):
        raise LookupError(f"{file.name}: expected a name such as step12_mine.py, with the step that first keeps it")
    spec = importlib.util.spec_from_file_location(f"steps.promises.{file.stem}", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = module
    try:
        spec.loader.exec_module(module)
    except BaseException as err:
        del sys.modules[module.__name__]
        raise LookupError(f"{file.name} cannot be read as promises: {one_line(err)}") from err
    return vars(module)
