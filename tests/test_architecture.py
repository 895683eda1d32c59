"""The arrows of CONTRIBUTING.md, read from the imports."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ["engine", "report", "doubles", "watch", "search"]
WATCH = ["objects", "rewriting", "hooks"]  # the rooms of watch; its other files use all of them
OF_EXTRAS = {"health.py": ("prometheus_client",), "top.py": ("rich",)}
PLUGS = {"metrics": ("prometheus_client", "opentelemetry"), "dashboard": ("starlette", "jinja2", "uvicorn")}
HEAVY = ("matplotlib", "rich", "IPython", "numpy", "nbclient", "nbformat")


def imports(file: Path) -> Iterator[tuple[str, bool]]:
    """Yield each absolute name that a file imports, and whether it does so when it is itself imported."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    later = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) or is_for_mypy(node)]
    at_once = set(ast.walk(tree)) - {inner for node in later for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node in at_once) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield absolute(file, node), node in at_once


def is_for_mypy(node: ast.AST) -> bool:
    """Whether this is `if TYPE_CHECKING:`."""
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def absolute(file: Path, node: ast.ImportFrom) -> str:
    """The full name of the module that `from … import` names."""
    package = file.relative_to(ROOT).parent.parts
    base = package[: len(package) - node.level + 1] if node.level else ()
    return ".".join([*base, *([node.module] if node.module else [])])


def files(folder: str) -> list[Path]:
    """The Python files of a folder."""
    return sorted((ROOT / folder).rglob("*.py"))


def names(folder: str) -> Iterator[tuple[Path, str, bool]]:
    for file in files(folder):
        for name, at_once in imports(file):
            yield file.relative_to(ROOT), name, at_once


def core() -> list[Path]:
    """The files of the queue itself."""
    folders = ("isolation", "operations", "running", "storage", "tasks", "testing")
    return [*(ROOT / "goqueue").glob("*.py"), *(file for name in folders for file in files(f"goqueue/{name}"))]


def test_the_core_is_of_the_standard_library_and_imports_neither_the_lab_nor_the_steps() -> None:
    for file in core():
        for name, at_once in imports(file):
            if name.startswith("goqueue.lab"):
                asked = file.name == "cli.py" or file.match("goqueue/__init__.py") or file.match("testing/virtual.py")
                assert asked, f"{file.name} imports {name}"
                assert not at_once, f"{file.name} imports {name} before somebody asks for it"
            elif not at_once and name.partition(".")[0] in OF_EXTRAS.get(file.name, ()):
                continue  # asked for by hand, and only if it is installed
            elif name.partition(".")[0] == "psycopg":
                assert file.parent.name == "postgres", f"{file} imports {name}"
            elif name == "cronsim":
                assert file.match("goqueue/cron.py"), f"{file} imports {name}"
                assert not at_once, f"{file} imports {name} before somebody asks for it"
            elif name.partition(".")[0] == "redis":
                assert file.match("storage/redis/server.py"), f"{file} imports {name}"
            elif not name.startswith("goqueue") and not (name == "pytest" and file.match("testing/fixtures.py")):
                assert name.partition(".")[0] in sys.stdlib_module_names, f"{file} imports {name}"


def test_tasks_are_a_layer_on_the_queue_which_loads_them_when_they_are_asked_for() -> None:
    for file in core():
        if file.parent.name != "tasks":
            found = [(name, at_once) for name, at_once in imports(file) if name.startswith("goqueue.tasks")]
            assert not found or file.name == "queue.py", f"{file} imports {found}"
            assert not any(at_once for _, at_once in found), f"{file} imports {found} at once"


@pytest.mark.parametrize("folder", PLUGS)
def test_a_plug_imports_its_library_and_the_core_does_not_import_it(folder: str) -> None:
    for file in files(f"goqueue/{folder}"):
        for name, _ in imports(file):
            top = name.partition(".")[0]
            assert top in (*PLUGS[folder], "goqueue") or top in sys.stdlib_module_names, f"{file} imports {name}"
            assert not name.startswith("goqueue.lab"), f"{file} imports {name}"
    for file in core():
        found = [(name, at_once) for name, at_once in imports(file) if name.startswith(f"goqueue.{folder}")]
        assert not any(at_once for _, at_once in found), f"{file} imports {found} before somebody asks for it"
        assert not found or file.name in ("cli.py", "health.py"), f"{file} imports {found}"


def test_a_storage_that_needs_a_library_is_loaded_when_it_is_asked_for() -> None:
    for file in core():
        if file.parent.name != "postgres":
            for name, at_once in imports(file):
                assert not (at_once and "storage.postgres" in name), f"{file} imports {name} at once"


def test_the_core_knows_nothing_of_its_testing_helpers() -> None:
    for file in core():
        if file.parent.name != "testing":
            assert not any(name.startswith("goqueue.testing") for name, _ in imports(file)), file


def test_only_promises_and_exercises_import_goqueue_and_only_the_race_lab() -> None:
    for file, name, _ in names("steps"):
        if name.partition(".")[0] == "goqueue":
            assert file.parts[1] in ("promises", "exercises"), f"{file} imports {name}"
            assert name == "goqueue.races", f"{file} imports {name}"


@pytest.mark.parametrize("folder", sorted(path.name for path in (ROOT / "steps").iterdir() if path.is_dir()))
def test_a_folder_of_steps_imports_only_what_it_may(folder: str) -> None:
    for file, name, _ in names(f"steps/{folder}"):
        top, _, rest = name.partition(".")
        if top == "steps" and folder != "counterexamples":
            used = {"exercises": ("exercises", "promises")}.get(folder, (folder,))
            assert rest.partition(".")[0] in (*used, ""), f"{file} imports {name}"
        elif top == "steps":
            assert rest.startswith(file.name[:6]), f"{file} imports {name}"
        elif top != "goqueue":
            assert top in sys.stdlib_module_names, f"{file} imports {name}"


def test_the_race_lab_is_of_the_standard_library_and_knows_nothing_of_the_course() -> None:
    for file, name, _ in names("goqueue/races"):
        own = name.startswith("goqueue.races")
        pytest_own = file.name.startswith("pytest_") and name == "pytest"
        in_a_tab = file.name == "stacks.py" and name.startswith("pyodide.")
        known = own or pytest_own or in_a_tab
        assert known or name.partition(".")[0] in sys.stdlib_module_names, f"{file} imports {name}"


def test_each_room_of_the_race_lab_imports_only_rooms_below() -> None:
    assert {path.name for path in (ROOT / "goqueue/races").iterdir() if (path / "__init__.py").exists()} == set(ROOMS)
    for file, name, _ in names("goqueue/races"):
        if name.startswith("goqueue.races.") and len(file.parts) > 3:
            room, used = file.parts[2], name.split(".")[2]
            assert used in ROOMS[: ROOMS.index(room) + 1], f"{file} imports {name}, which stands above"


def test_each_room_of_watch_imports_only_rooms_below() -> None:
    folder = ROOT / "goqueue/races/watch"
    assert {path.name for path in folder.iterdir() if (path / "__init__.py").exists()} == set(WATCH)
    for file, name, _ in names("goqueue/races/watch"):
        if name.startswith("goqueue.races.watch.") and len(file.parts) > 4:
            room, used = file.parts[3], name.split(".")[3]
            assert used in WATCH[: WATCH.index(room) + 1], f"{file} imports {name}, which stands above"


def test_the_front_of_the_race_lab_is_imported_by_none_of_its_rooms() -> None:
    for file, name, _ in names("goqueue/races"):
        if len(file.parts) > 3:
            assert name != "goqueue.races", f"{file} imports {name}"


@pytest.mark.parametrize(
    ("modules", "unwanted"),
    [
        ("goqueue.lab, goqueue.races.pytest_plugin, goqueue.lab.views", HEAVY),
        ("goqueue", ("goqueue.lab", "goqueue.testing", "goqueue.cli", "steps", "sqlite3")),
    ],
)
def test_importing_imports_nothing_heavy_and_nothing_else_of_goqueue(modules: str, unwanted: tuple[str, ...]) -> None:
    code = f"import sys, {modules}; print([name for name in sys.modules if name.startswith({unwanted})])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"
