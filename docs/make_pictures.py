"""Draw the pictures of the README again: python docs/make_pictures.py [FOLDER]

stepper.svg is a run of the README's own example, and matrix.svg shows what `goqueue matrix` finds. Both are run first,
then drawn. FOLDER is this one unless you name another. The title of each picture is also its alternative text.
"""

import importlib.util
import re
import sys
import tempfile
from pathlib import Path
from types import ModuleType

from matrix_picture import matrix_picture
from stepper_picture import stepper_picture

from goqueue.lab import explore, matrix

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Draw both pictures into the folder that the command names."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    with tempfile.TemporaryDirectory() as place:
        model = example(Path(place) / "shop.py").two_clerks
        trace = explore(model).trace
    pictures = {"stepper": stepper_picture(trace, "two_clerks"), "matrix": matrix_picture(matrix())}
    for name, picture in pictures.items():
        (folder / f"{name}.svg").write_text(picture, encoding="utf-8", newline="\n")


def example(file: Path) -> ModuleType:
    """Return the README's example as a module. Its code is written to `file`, where the race lab reads it."""
    readme = (HERE.parent / "README.md").read_text(encoding="utf-8")
    code = re.search(r"`shop\.py`:\n\n```python\n(.*?)```", readme, re.DOTALL)
    if code is None:
        raise ValueError("README.md has no shop.py: the animation is a run of it")
    file.write_text(code[1], encoding="utf-8")
    spec = importlib.util.spec_from_file_location("shop", file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is no Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
