"""A built site in a real browser: served under a path of its own, and told of each request that would leave it.

    folder ──serve──> http://127.0.0.1:PORT/some/course/ <── Chromium ──whatever is not this server──> Exit.asked
                                                        (its proxy: also for workers, and what the browser wants itself)

Notebooks are run through the page's own JupyterLab, as the menu does.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, sync_playwright

from tests.browser.page import find_browser

PATH = "/some/course/"  # any path will do
PHONE = {"width": 360, "height": 740}
MINUTES = 60_000.0  # milliseconds: Playwright's unit
QUIET = ["--disable-component-update", "--disable-sync", "--disable-background-networking"]
OF_THE_BROWSER = (
    "update.googleapis.com",
    "accounts.google.com",
    "content-autofill.googleapis.com",
)  # it asks these on its own account, all the same


class Files(SimpleHTTPRequestHandler):
    """The files of a site, under PATH and nowhere else."""

    protocol_version = "HTTP/1.1"

    def translate_path(self, path: str) -> str:
        """Return the file of an address; one outside of PATH is not there."""
        return super().translate_path("/" + path.removeprefix(PATH) if path.startswith(PATH) else "/not/there")

    def log_message(self, *words: object) -> None:
        """Be quiet."""


class Exit(ThreadingHTTPServer):
    """The way out, which leads nowhere: it keeps what was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        asked = self.asked

        class Refuse(BaseHTTPRequestHandler):
            def refuse(self) -> None:
                if not any(host in self.path for host in OF_THE_BROWSER):
                    asked.append(self.path)
                self.send_error(403)

            do_GET = do_POST = do_CONNECT = do_HEAD = refuse  # noqa: N815

            def log_message(self, *words: object) -> None:
                """Be quiet."""

        super().__init__(("127.0.0.1", 0), Refuse)


@contextmanager
def serving(server: ThreadingHTTPServer) -> Iterator[str]:
    """Serve, and yield the server's address."""
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def site(folder: Path, *words: str, **settings: Any) -> Iterator[tuple[BrowserContext, str, list[str]]]:
    """Serve a site; yield a browser, the site's address, and the list of requests that wanted to leave.

    `words` go to the browser's program, `settings` are those of a Playwright context.
    """
    way_out = Exit()
    files = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Files, directory=str(folder)))
    with serving(files) as address, serving(way_out) as proxy, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_browser(), proxy={"server": proxy, "bypass": "127.0.0.1"}, args=[*QUIET, *words]
        )
        try:
            context = browser.new_context(**settings)
            context.set_default_timeout(10 * MINUTES)  # a busy machine is no failure
            yield context, address + PATH, way_out.asked
        finally:
            browser.close()


def opened(page: Page, address: str) -> None:
    """Open a notebook, and wait until its kernel can run a cell."""
    page.goto(address)
    page.wait_for_function(READY, polling=200)


def run_all(page: Page) -> list[dict[str, Any]]:
    """Run all cells of the notebook that is open, as "Run All Cells" does. Return its code cells as they then are.

    The command itself may return before all of them have run.
    """
    page.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells'); }")
    page.wait_for_function(ALL_RUN, polling=200, timeout=60 * MINUTES)
    return cells(page)


def cells(page: Page) -> list[dict[str, Any]]:
    """Return the code cells of the notebook that is open."""
    return list(page.evaluate(f"() => {{ {CELLS} }}"))


def run_cell(page: Page, number: int, source: str | None = None) -> dict[str, Any]:
    """Run a code cell by its number among these, from 0, with another source if one is given. Return it."""
    page.evaluate(RUN_ONE, [number, source])
    return cells(page)[number]


def shown(cell: dict[str, Any]) -> str:
    """Return the text of what a cell shows: what it printed, the text form of its value, and its error."""
    texts = []
    for one in cell["outputs"]:
        text = one.get("text") or one.get("data", {}).get("text/plain") or one.get("evalue", "")
        texts.append(text if isinstance(text, str) else "".join(text))
    return "\n".join(texts)


def failed(cell: dict[str, Any]) -> bool:
    """Say whether a cell did not run, or ended with an error."""
    return not cell["execution_count"] or any(one["output_type"] == "error" for one in cell["outputs"])


PANEL = "const panel = jupyterapp.shell.currentWidget;"
READY = """() => { const panel = window.jupyterapp?.shell?.currentWidget, session = panel?.sessionContext;
  return panel?.context?.isReady && session?.isReady && session.session?.kernel?.status === "idle"; }"""
CELLS = (
    PANEL
    + """
  return panel.content.model.toJSON().cells.filter(cell => cell.cell_type === "code")
    .map(cell => ({ ...cell, source: [cell.source].flat().join("") }));"""
)
ALL_RUN = f"""() => {{ const found = (() => {{ {CELLS} }})();  // or the kernel had nothing to do in 50 looks
  const idle = jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === "idle";
  window.looks = idle ? (window.looks ?? 0) + 1 : 0;
  return idle && (found.every(cell => cell.execution_count) || window.looks > 50); }}"""
RUN_ONE = f"""async ([number, source]) => {{ {PANEL}
  const cells = panel.content.widgets, at = cells.indexOf(cells.filter(cell => cell.model.type === "code")[number]);
  panel.content.activeCellIndex = at;
  panel.content.deselectAll();
  if (source !== null) panel.content.activeCell.model.sharedModel.setSource(source);
  await jupyterapp.commands.execute("notebook:run-cell");
}}"""
