"""Running a notebook: in a fresh kernel of this very Python, in the notebook's folder, as on any other machine."""

from __future__ import annotations

import os
import subprocess
import tempfile
from copy import deepcopy
from pathlib import Path
from typing import Any

CELL_SECONDS = 60  # a cell that takes longer is considered deadlocked


def run(notebook: Any, folder: Path) -> Any:
    """A copy of `notebook` with the outputs of a run in `folder`.

    Raises RuntimeError, naming the cell, when one raises without the tag raises-exception, takes longer than
    `CELL_SECONDS`, or ends the kernel; ModuleNotFoundError when nbclient or ipykernel is not installed.
    """
    try:
        from nbclient import NotebookClient

        manager = _this_python()
    except ModuleNotFoundError as missing:
        raise ModuleNotFoundError(
            f"running notebooks needs nbclient and ipykernel ({missing}); install them: pip install 'goqueue[lab]'"
        ) from missing
    client = NotebookClient(
        deepcopy(notebook),
        kernel_manager_class=manager,
        timeout=CELL_SECONDS,
        coalesce_streams=True,  # in how many pieces an output arrives is chance
        store_widget_state=False,
        resources={"metadata": {"path": str(folder.resolve())}},
    )
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with tempfile.TemporaryDirectory() as profile, client.setup_kernel(env=_environment(profile), **silent):
        for index, cell in enumerate(client.nb["cells"]):
            _run_cell(client, index, cell)
    return client.nb


def _run_cell(client: Any, index: int, cell: Any) -> None:
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    first = (cell["source"].strip().splitlines() or ["empty"])[0]
    name = f"cell {index + 1} ({first})"
    try:
        client.execute_cell(cell, index)
    except CellExecutionError as error:
        raise RuntimeError(
            f"{name} raised {error.ename}: {error.evalue}; correct the cell, or, if it is there to show the error, "
            "tag it raises-exception"
        ) from error
    except CellTimeoutError as error:
        raise RuntimeError(f"{name} took more than {client.timeout} s; look for a deadlock, or do less") from error
    except DeadKernelError as error:
        raise RuntimeError(f"{name} ended the kernel; run it alone in a Python process to see why") from error


def _this_python() -> type[Any]:
    """A kernel manager that starts the running Python: no kernel need be installed, and no other can be mistaken."""
    from ipykernel.kernelspec import get_kernel_dict
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager

    class ThisPython(AsyncKernelManager):
        @property
        def kernel_spec(self) -> KernelSpec:
            return KernelSpec(**get_kernel_dict())

    return ThisPython


def _environment(profile: str) -> dict[str, str]:
    """The kernel's environment: an empty IPython profile, no learner's progress, nothing of a test that may run us.

    ipykernel stops capturing the output of subprocesses when it sees PYTEST_CURRENT_TEST. In a checkout, the kernel
    imports the goqueue that is running it, installed or not.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    root = Path(__file__).parents[3]
    if (root / "pyproject.toml").is_file():
        kept["PYTHONPATH"] = os.pathsep.join(filter(None, [str(root), kept.get("PYTHONPATH")]))
    progress = str(Path(profile, "goqueue-progress.jsonl"))
    return {**kept, "IPYTHONDIR": profile, "PYDEVD_DISABLE_FILE_VALIDATION": "1", "GOQUEUE_PROGRESS": progress}
