"""How large a site is, and how long a visitor waits: `python -m tests.browser.measure_site FOLDER`.

FOLDER is what `python3 start.py site` has made. Each time is measured in a browser with an empty cache, from the
request for the page: to a level's first press, and to the output of a notebook's first cell. A page is slowed by the
browser itself (CDP, Emulation.setCPUThrottlingRate). That does not reach the worker in which Python runs, so with a
notebook the whole browser is stopped for three quarters of each hundredth of a second.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.site import PHONE, opened, run_cell, shown, site

NAME = "--goqueue-measures-this"  # a word on the browser's command line, which it ignores
PERIOD = 0.01  # seconds


def main() -> None:
    """Print the sizes and the times."""
    parser = argparse.ArgumentParser(description="Measure a site.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--slow", type=int, default=4, help="how many times slower than one processor")
    parser.add_argument("--times", type=int, default=3, help="of each, the median is shown")
    options = parser.parse_args()
    for name in ("", "book", "lab", "lab/static/pyodide", "index.html", "levels.html"):
        print(f"| {name or 'the whole site'} | {size(options.folder / name) / 1e6:.2f} MB |")
    for what, measured in (("first press", first_press), ("a level of all", a_level), ("first cell", first_cell)):
        for slow in (1, options.slow):
            found = sorted(timed(options.folder, measured, slow) for _ in range(options.times))
            took, used = found[len(found) // 2]
            print(f"| {what} | slowed {slow} × | {took:.2f} s | {used:.2f} s of processor time |", flush=True)


def size(place: Path) -> int:
    """Return how many bytes a file or a folder has."""
    return sum(file.stat().st_size for file in [place, *place.rglob("*")] if file.is_file())


def timed(folder: Path, measured: Callable[[Page, str], None], slow: int) -> tuple[float, float]:
    """Return how many seconds something takes in a new browser, and how many of a processor."""
    with site(folder, NAME, viewport=PHONE) as (context, home, asked):
        page, group = context.new_page(), group_of_the_browser()
        if measured is not first_cell:
            context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slow})
        with stopping(group, slow if measured is first_cell else 1):
            start, before = time.perf_counter(), processor_time(group)
            measured(page, home)
            took = time.perf_counter() - start, processor_time(group) - before
        assert not asked
        return took


def group_of_the_browser() -> int:
    """Return the process group that the browser leads."""
    found = subprocess.run(["pgrep", "-f", "--", NAME], capture_output=True, encoding="utf-8", check=True)
    group = os.getpgid(int(found.stdout.split()[0]))
    assert group != os.getpgrp()
    return group


def processor_time(group: int) -> float:
    """Return how many seconds the processes of a group have used, on Linux."""
    ticks = 0
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended
            fields = file.read_text().rpartition(")")[2].split()
            ticks += (int(fields[11]) + int(fields[12])) * (int(fields[2]) == group)
    return ticks / os.sysconf("SC_CLK_TCK")


@contextmanager
def stopping(group: int, times: int) -> Iterator[None]:
    """Let the browser move for the nth part of the time only."""
    over = threading.Event()

    def stop_and_go() -> None:
        while not over.wait(PERIOD / times):
            os.killpg(group, signal.SIGSTOP)
            over.wait(PERIOD - PERIOD / times)
            os.killpg(group, signal.SIGCONT)

    thread = threading.Thread(target=stop_and_go)
    if times > 1:
        thread.start()
    try:
        yield
    finally:
        over.set()
        if times > 1:
            thread.join()


def first_press(page: Page, home: str) -> None:
    """Press a button of the first page's level."""
    page.goto(home, wait_until="commit")
    press(page)


def a_level(page: Page, home: str) -> None:
    """Press a button of a level of the page of all levels."""
    page.goto(f"{home}levels.html#opposite_order", wait_until="commit")
    press(page)


def press(page: Page) -> None:
    page.locator(".threads .ready").first.click()
    page.wait_for_function("document.querySelectorAll('.log li').length === 1")


def first_cell(page: Page, home: str) -> None:
    """Open a notebook, and run a first cell."""
    opened(page, f"{home}lab/notebooks/index.html?path=00_start.ipynb")
    assert shown(run_cell(page, 0, "sum(range(4))")) == "6"


if __name__ == "__main__":
    main()
