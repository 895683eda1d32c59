"""One page in a real browser, without a window: a driver acts on it as a reader would, and tells what it saw.

    html, driver ──> page.html ──> chromium --headless --dump-dom ──> the page as it then is ──> what the driver saw

To test another widget, write one more driver. It is the body of an async JavaScript function, and returns what can be
written as JSON. It may call `press(key)` (the key goes to what has the focus, as on a keyboard), `one(selector)`, and
`white()` (the elements that glare in a dark theme):

    seen = see(widget.html, "one('button').click(); return document.body.innerText;", tmp_path)

Nothing is fetched, and no profile of yours is touched. Time in the page is virtual: timers cost nothing.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from html import unescape
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge", "microsoft-edge")
TIMEOUT = 60  # seconds; a page takes one or two
BUDGET = 10_000  # milliseconds of the page's own, virtual time

_OPTIONS = ["--headless", "--dump-dom", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1200,900"]
_OPTIONS += ["--no-first-run", "--no-default-browser-check", "--disable-extensions", "--disable-sync"]
_OPTIONS += ["--disable-background-networking", "--disable-component-update"]
_NOWHERE = "--host-resolver-rules=MAP * ~NOTFOUND"  # whatever the page asks the network for fails

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>One view</title>
<script>window.wrong = []; window.onerror = message => { window.wrong.push(String(message)); };</script></head>
<body>
@html@
<script>
(async () => {
  const one = selector => document.querySelector(selector);
  const press = (key, more = {}) => !document.activeElement.dispatchEvent(
    new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }));
  const white = () => [...document.querySelectorAll("body *")]
    .filter(one => getComputedStyle(one).backgroundColor === "rgb(255, 255, 255)").map(one => one.tagName);
  const told = {};
  try { told.seen = await (async () => { @driver@ })(); } catch (error) { window.wrong.push(String(error)); }
  const note = document.createElement("pre");
  note.id = "told";
  note.textContent = JSON.stringify({ ...told, wrong: window.wrong });
  document.body.append(note);
})();
</script></body></html>
"""


def find_browser() -> str | None:
    """The browser's program: what GOQUEUE_BROWSER names, or the first that is on the path."""
    named = os.environ.get("GOQUEUE_BROWSER")
    return shutil.which(named) if named else next(filter(None, map(shutil.which, NAMES)), None)


def see(html: str, driver: str, folder: Path) -> Any:
    """Open a page with `html` in its body, run `driver` on it, and return what that returned.

    Raises AssertionError with what the page's scripts raised, TimeoutError when the browser does not finish.
    """
    page = folder / "page.html"
    page.write_text(_PAGE.replace("@driver@", driver).replace("@html@", html), encoding="utf-8")
    after = dump(page.as_uri(), folder)
    told = re.search(r'<pre id="told">(.*?)</pre>', after, re.DOTALL)
    assert told, f"the driver did not come to its end; the page was:\n{after[-2000:]}"
    answer = json.loads(unescape(told[1]))
    assert not answer["wrong"], f"on the page: {'; '.join(answer['wrong'])}"
    return answer.get("seen")


def dump(address: str, folder: Path) -> str:
    """The page at `address` as HTML, once its scripts have run. `folder` takes the browser's profile."""
    browser = find_browser()
    assert browser, "no browser: ask find_browser() first"
    as_root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []  # root may not have a sandbox
    profile = f"--user-data-dir={folder / 'profile'}"
    words = [browser, *_OPTIONS, *as_root, _NOWHERE, profile, f"--virtual-time-budget={BUDGET}", address]
    return _run(words, TIMEOUT)


def _run(words: list[str], timeout: float) -> str:
    """What a program writes. It leads a process group, and all of that is ended, whatever happens."""
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdout=pipe, stderr=pipe, start_new_session=True, encoding="utf-8") as started:
        try:
            out, errors = started.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"{words[0]} did not show {words[-1]} in {timeout} s") from None
        finally:
            _end(started)
    assert started.returncode == 0, f"{words[0]} ended with {started.returncode}:\n{errors[-2000:]}"
    return out


def _end(started: subprocess.Popen[str]) -> None:
    if sys.platform == "win32":
        started.kill()
        return
    with suppress(ProcessLookupError, PermissionError):  # all of it has ended already; macOS says the second
        os.killpg(started.pid, signal.SIGKILL)
