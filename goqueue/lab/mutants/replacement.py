"""Another text in the place of one module of a version, for all imports of this process from now on.

The text is written to a file, because the race lab reads the source of what it watches.
"""

import importlib.abc
import importlib.util
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType


class Replacement(importlib.abc.MetaPathFinder):
    """Finds one module in another file. It must never be taken out again, so it is for a process that ends soon."""

    def __init__(self, module: str, file: Path) -> None:
        self.module, self.file = module, file

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the other file's spec for the one module, None for all others."""
        return importlib.util.spec_from_file_location(fullname, self.file) if fullname == self.module else None


def replace_module(module: str, text: str, folder: Path) -> None:
    """Let `import module` run `text`, which is written to a file in `folder`."""
    file = folder / f"{module.rpartition('.')[2]}.py"
    file.write_text(text, encoding="utf-8")
    sys.dont_write_bytecode = True
    sys.meta_path.insert(0, Replacement(module, file))
