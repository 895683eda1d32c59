"""The last line of a report pastes and works where it is printed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MODELS = """
import threading

def twice(sell):
    threads = [threading.Thread(target=sell) for _ in range(2)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()

def model():
    stock = {"atlas": 10}
    def sell(): stock["atlas"] -= 1
    twice(sell)
    assert stock["atlas"] == 8

def selling(amount):
    def sales():
        stock = {"atlas": amount}
        def sell(): stock["atlas"] -= 1
        twice(sell)
        assert stock["atlas"] == amount - 2
    return sales

class Shop:
    def check(self): model()
"""
CALLS = {
    "from models import model": ["explore(model)", "explore(model, modules=['models', ...], steps=400)"],
    "from models import model as sale": ["explore(sale)"],
    "import models": [
        "explore(models.model)",
        "explore(models.selling(3))",
        "explore(lambda: models.model())",
        "explore(models.Shop().check)",
        "explore(\n    models.selling(\n        4,\n    ),\n    races='off',\n)",
    ],
    "from models import *; named = selling(5); from helper import helped": [
        "explore(named)",
        "helped(named)",
        "helped(model)",
        "explore(selling(2), interrupts=1)",
    ],
    "import helper, models as goods": ["helper.helped(goods.model)"],
    "import helper; from helper import helped_by_import": ["helped_by_import()"],
}
HELPER = """
from goqueue.races import explore

def helped(model):
    return explore(model)

def helped_by_import():
    import models
    return helped(models.model)
"""


@pytest.mark.parametrize("imports", CALLS)
def test_the_line_can_be_pasted_into_the_script_that_printed_it(tmp_path: Path, imports: str) -> None:
    (tmp_path / "models.py").write_text(MODELS)
    (tmp_path / "helper.py").write_text(HELPER)
    before = f"from goqueue.races import explore, replay\n{imports}\n"
    said = run(tmp_path, "".join([before, *(f"print({call}.again)\n" for call in CALLS[imports])]))
    lines = said.splitlines()
    assert len(lines) == len(CALLS[imports])
    pasted = [
        f"{line.rpartition('replay(')[0]}print(replay({line.rpartition('replay(')[2]}.verdict)\n" for line in lines
    ]
    assert set(run(tmp_path, before + "".join(pasted)).splitlines()) == {"failed assertion"}, said
    assert all("steps=400" in line for line, call in zip(lines, CALLS[imports], strict=True) if "steps" in call)


def run(folder: Path, script: str) -> str:
    """Return what a script prints, in a folder."""
    (folder / "script.py").write_text(script)
    environment = {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
