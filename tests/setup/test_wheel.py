"""The wheel works where the checkout is not, and the sdist carries all that a checkout needs. No network is used.

"Where the checkout is not" is a new venv with nothing in it but the unpacked wheel. Promises are tried in processes of
their own, so it is not enough to hide the checkout from one process: the whole Python must not know of it.
"""

import subprocess
import sys
import sysconfig
import tarfile
import venv
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
def elsewhere(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new venv that holds the wheel, as an installer would leave it, and nothing else."""
    folder = tmp_path_factory.mktemp("elsewhere")
    venv.create(folder, symlinks=sys.platform != "win32")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site_of(folder))
    return folder


def site_of(folder: Path) -> Path:
    """The site-packages of a venv."""
    return Path(sysconfig.get_path("purelib", "venv", {"base": str(folder)}))


def run_in(folder: Path, *words: str) -> str:
    """Run the venv's Python, deaf to PYTHONPATH and the working directory, and return what it prints."""
    python = Path(sysconfig.get_path("scripts", "venv", {"base": str(folder)})) / Path(sys.executable).name
    done = subprocess.run([python, "-I", *words], cwd=folder, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the sdist unpacks to."""
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(build("sdist", ROOT, tmp_path_factory.mktemp("sdist"))) as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)  # Python 3.11.2 has none
        archive.extractall(folder)
    return next(folder.iterdir())


def test_nothing_but_goqueue_lands_at_the_top(elsewhere: Path) -> None:
    assert sorted(path.name.split("-")[0] for path in site_of(elsewhere).iterdir()) == ["goqueue", "goqueue"]


def test_the_course_is_inside(elsewhere: Path) -> None:
    def names(folder: Path) -> set[str]:
        kept = {".py", ".toml", ".md", ".ipynb"}
        found = {path.relative_to(folder) for path in folder.rglob("*") if path.suffix in kept}
        return {str(path) for path in found if ".ipynb_checkpoints" not in path.parts}  # what JupyterLab leaves behind

    for part in ("steps", "notebooks"):
        assert names(site_of(elsewhere) / "goqueue" / "_course" / part) == names(ROOT / part)


def test_the_command_says_its_version(elsewhere: Path) -> None:
    [scripts] = site_of(elsewhere).glob("*.dist-info/entry_points.txt")
    assert "goqueue = goqueue.cli:main" in scripts.read_text()
    assert run_in(elsewhere, "-m", "goqueue", "--version") == f"goqueue {goqueue.__version__}"


def test_versions_load_from_it(elsewhere: Path) -> None:
    code = """if True:
        import sys, goqueue.lab
        module = goqueue.lab.load(12).Queue.__module__
        print(sys.modules[module].__file__, *sys.path, sep="\\n")"""
    file, *path = run_in(elsewhere, "-c", code).splitlines()
    assert Path(file) == site_of(elsewhere) / "goqueue" / "_course" / "steps" / "step12_worker_pool" / "queue.py"
    assert str(ROOT) not in path


def test_promises_are_tried_from_it(elsewhere: Path) -> None:
    code = "import goqueue.lab as lab; m = lab.matrix([12, 13], ['no_handler']); print(m.as_declared, m.results)"
    said = run_in(elsewhere, "-c", code)
    assert said.startswith("True"), said
    assert said.count("outcome='kept'") == said.count("outcome='broken'") == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [("check 13 no_handler", "kept"), ("diff 11 12 pool.py", "class Pool"), ("show 12", "pool.py")],
)
def test_commands_run_from_it(elsewhere: Path, words: str, said: str) -> None:
    assert said in run_in(elsewhere, "-X", "utf8", "-m", "goqueue", *words.split())


def test_the_course_unpacks_from_it(elsewhere: Path) -> None:
    run_in(elsewhere, "-m", "goqueue", "course", "mine")
    assert (elsewhere / "mine" / "steps" / "step12_worker_pool" / "queue.py").is_file()


def test_a_wheel_built_from_the_sdist_is_the_same(wheel: Path, sdist: Path, tmp_path: Path) -> None:
    again = build("wheel", sdist, tmp_path)
    with zipfile.ZipFile(wheel) as one, zipfile.ZipFile(again) as two:
        assert one.namelist() == two.namelist()


@pytest.mark.parametrize("name", ["start.py", "constraints.txt", "README.md", "LICENSE", ".ci/run", "tests/setup"])
def test_the_sdist_has_what_a_checkout_needs(sdist: Path, name: str) -> None:
    assert (sdist / name).exists()
