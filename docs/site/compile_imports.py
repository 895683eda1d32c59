"""In Pyodide: import what a notebook's kernel and its first cells import, and write the bytecode. bytecode.py runs it.

/lib/python314.zip/json/tool.py            ──> /checkout/stdlib/json/tool.pyc
/lib/python3.14/site-packages/IPython/x.py ──> /checkout/site/IPython/x.pyc
"""

import sys
import tempfile
from importlib import import_module
from pathlib import Path
from py_compile import PycInvalidationMode, compile
from types import ModuleType

PLACES = {"/lib/python314.zip/": "stdlib", "/lib/python3.14/site-packages/": "site"}
FIRST = ("piplite.piplite", "pyodide_kernel", "goqueue.lab.in_the_tab", "goqueue.lab.rehearsal", "goqueue.lab.views")
USED = ("check", "diff", "exercise", "explore", "level", "load", "matrix", "play", "predict", "progress", "show")
TARGET = Path("/checkout")


def write_all() -> None:
    """Write the bytecode of all modules that are imported by then."""
    for name in FIRST:
        import_module(name)
    for name in USED:
        getattr(import_module("goqueue.lab"), name)  # which imports it
    for module in list(sys.modules.values()):
        write(module)


def write(module: ModuleType) -> None:
    """Write the bytecode of a module, if its source lies in one of these places. Some of Python's own have theirs."""
    file = getattr(module, "__file__", None) or ""
    read = getattr(module.__spec__ and module.__spec__.loader, "get_data", None)
    for place, kind in PLACES.items():
        if read and file.startswith(place) and file.endswith(".py"):
            target = TARGET / kind / f"{file.removeprefix(place)}c"
            target.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile() as copy:
                Path(copy.name).write_bytes(read(file))
                unchecked = PycInvalidationMode.UNCHECKED_HASH
                compile(copy.name, str(target), dfile=file, doraise=True, invalidation_mode=unchecked)


write_all()
