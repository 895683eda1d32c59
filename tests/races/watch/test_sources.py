"""The watched code is the code that runs: a file is read again after it was edited and loaded again."""

from collections.abc import Callable
from pathlib import Path

from goqueue.lab import explore, load

UNLOCKED = """
import threading


class Counter:
    def __init__(self):
        self.lock = threading.Lock()
        self.orders = 0

    def add(self):
        self.orders += 1
"""
LOCKED = UNLOCKED.replace("        self.orders += 1", "        with self.lock:\n            self.orders += 1")


def adding(folder: Path) -> Callable[[], None]:
    """Return a model in which two threads count an order each, in the learner's own version."""
    mine = load(folder)

    def model() -> None:
        import threading

        counter = mine.shop.Counter()
        threads = [threading.Thread(target=counter.add, name=name) for name in ("ann", "bob")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert counter.orders == 2

    return model


def test_a_learners_own_version_is_watched_and_read_again_after_an_edit(tmp_path: Path) -> None:
    folder = tmp_path / "my_shop"
    folder.mkdir()
    (folder / "__init__.py").write_text("from . import shop\n", encoding="utf-8")
    verdicts = []
    for number, source in enumerate((UNLOCKED, LOCKED, UNLOCKED)):
        (folder / "shop.py").write_text(f"{source}\n# edit {number * 'again '}\n", encoding="utf-8")
        verdicts.append(explore(adding(folder)).verdict)
    assert verdicts == ["failed assertion", "exhausted", "failed assertion"]
