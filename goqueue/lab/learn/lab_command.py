"""`goqueue lab`: a learner's own copy of the course, opened in JupyterLab."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

from .own_copy import bring

FIRST = "00_start.ipynb"
FOLDER = "goqueue-course"  # in her home, unless she names another
# The list of files shows the lessons only. 00_start has a link to the notebook that is hidden here.
HIDDEN = "--ContentsManager.hide_globs=['instructor.ipynb', '__pycache__']"
OF_ROOT = ["--allow-root", "--ServerApp.ip=127.0.0.1"]  # safe, because it listens on loopback and wants its token


def lab_command(folder: Path | None, words: list[str]) -> int:
    """Bring the course to the folder, and open it. `words` go to JupyterLab, whose exit status is returned."""
    if importlib.util.find_spec("jupyterlab") is None:
        raise LookupError("JupyterLab is not installed here: pip install 'goqueue[lab]'")
    folder = Path.home() / FOLDER if folder is None else folder
    print(bring(folder), flush=True)
    return become([sys.executable, "-m", "jupyterlab", *lab_words(folder.resolve() / "notebooks"), *words])


def lab_words(notebooks: Path) -> list[str]:
    """Return the arguments with which JupyterLab shows the first lesson of a folder of notebooks."""
    words = [f"--ServerApp.root_dir={notebooks}", f"--LabApp.default_url=/lab/tree/{FIRST}", HIDDEN]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        line = "you are root, so JupyterLab listens on this machine only, and wants the token of its address"
        print(f"goqueue: {line}", file=sys.stderr)
        return [*words, *OF_ROOT]
    return words


def become(words: list[str]) -> int:
    """Run a program in place of this process, where the system can, so that its signals and status are its own."""
    if os.name == "nt":
        return subprocess.call(words)
    sys.stdout.flush()
    os.execv(words[0], words)
