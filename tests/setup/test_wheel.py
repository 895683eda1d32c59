"""The wheel works where the checkout is not, and the sdist carries all that a checkout needs. No network is used."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import goqueue

ROOT = Path(__file__).parents[2]


def build(kind: str, source: Path, into: Path) -> Path:
    """Build a wheel or an sdist from a source folder, with the backend itself: no isolated environment, no network."""
    words = [sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", str(into)]
    done = subprocess.run(words, cwd=source, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(into.iterdir())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel unpacked in it, as an installer would leave it."""
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the sdist unpacks to."""
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(build("sdist", ROOT, tmp_path_factory.mktemp("sdist"))) as archive:
        archive.extractall(folder, filter="data")
    return next(folder.iterdir())


def run_in(site: Path, code: str) -> str:
    """Run code with the unpacked wheel and Python's own library on the path, and nothing else: not the checkout."""
    code = f"import sys; sys.path.insert(0, {str(site)!r})\n{code}"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], cwd=site, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_package_is_the_wheels_own(site: Path) -> None:
    found = run_in(site, "import goqueue, goqueue.lab; print(goqueue.__version__, goqueue.__file__)")
    assert found == f"{goqueue.__version__} {site / 'goqueue' / '__init__.py'}"


def test_the_command_says_its_version(site: Path) -> None:
    [scripts] = site.glob("*.dist-info/entry_points.txt")
    assert "goqueue = goqueue.cli:main" in scripts.read_text()
    said = run_in(site, "sys.argv = ['goqueue', '--version']; from goqueue.cli import main; sys.exit(main())")
    assert goqueue.__version__ in said


def test_nothing_but_goqueue_lands_at_the_top(site: Path) -> None:
    assert sorted(path.name.split("-")[0] for path in site.iterdir()) == ["goqueue", "goqueue"]
    assert run_in(site, "import importlib.util; print(importlib.util.find_spec('steps'))") == "None"


def test_the_course_is_inside(site: Path) -> None:
    def names(folder: Path) -> set[str]:
        kept = {".py", ".toml", ".md", ".ipynb", ".typed"}
        return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.suffix in kept}

    for part in ("steps", "notebooks"):
        assert names(site / "goqueue" / "_course" / part) == names(ROOT / part)
    assert "steps.toml" in names(site / "goqueue" / "_course" / "steps")


def test_versions_load_from_it(site: Path) -> None:
    print_file = "import goqueue.lab; v = goqueue.lab.load(12); print(sys.modules[v.Queue.__module__].__file__)"
    assert Path(run_in(site, print_file)).is_relative_to(site)


def test_a_wheel_built_from_the_sdist_is_the_same(wheel: Path, sdist: Path, tmp_path: Path) -> None:
    again = build("wheel", sdist, tmp_path)
    with zipfile.ZipFile(wheel) as one, zipfile.ZipFile(again) as two:
        assert one.namelist() == two.namelist()


@pytest.mark.parametrize("name", ["start.py", "constraints.txt", "README.md", "LICENSE", ".ci/run", "tests/setup"])
def test_the_sdist_has_what_a_checkout_needs(sdist: Path, name: str) -> None:
    assert (sdist / name).exists()
