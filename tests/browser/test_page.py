"""The helper itself: what goes wrong on a page is an error here, and nothing is left running."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.browser import page


@pytest.mark.parametrize(
    ("html", "driver", "words"),
    [
        ("<script>nonsense();</script>", "return 1;", "nonsense is not defined"),
        ("", "await new Promise(() => {});", "did not come to its end"),
    ],
    ids=["its scripts", "for ever"],
)
def test_what_goes_wrong_on_the_page_is_an_error(html: str, driver: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=words):
        page.see(html, driver, tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="process groups are POSIX")
def test_a_browser_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    os.mkfifo(fifo := tmp_path / "fifo")
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    child = f"import time; fifo = open({str(fifo)!r}, 'w'); time.sleep(30); fifo.write('alive')"
    hangs = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    with pytest.raises(TimeoutError, match=r"did not show .* in 2 s"):
        page._run([sys.executable, "-c", hangs], 2)
    os.set_blocking(reader, True)
    assert os.read(reader, 5) == b"", "the child of the browser lives on"  # a pipe ends when nobody can write to it
    os.close(reader)
