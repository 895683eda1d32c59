"""The dashboard in a real browser: at 360 px nothing is cut off, dark is dark, and it needs no script."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from goqueue import Context, JobContext, Queue
from goqueue.dashboard import create_app
from goqueue.dashboard.app import TEMPLATES

from .page import see

CTX = Context()
LONG = "HTTPSConnectionPool(host='hooks.partner.example',port=443):Max_retries_exceeded_with_url:/v2/orders/17/" * 3
STYLE = (TEMPLATES / "style.css").read_text("utf-8")
pytestmark = pytest.mark.slow

# The page in a frame of each width. Media queries ask about the frame; a script of this page looks into it.
LOOK = """
const seen = {};
for (const width of [360, 1200]) {
  const frame = document.createElement("iframe");
  frame.width = width; frame.height = 800; frame.srcdoc = PAGE;
  await new Promise(ready => { frame.onload = ready; document.body.append(frame); });
  const page = frame.contentDocument;
  const small = [...page.querySelectorAll("nav a, button")].filter(one => one.getBoundingClientRect().height < 40);
  seen[width] = {
    cut: page.documentElement.scrollWidth > width,
    small: small.map(one => one.textContent),
    unnamed: [...page.querySelectorAll("input:not([type=hidden]), button, a")].filter(
      one => !(one.textContent || one.closest("label")?.textContent || "").trim()).length,
  };
}
return seen;
"""
COLOURS = """
const frame = document.createElement("iframe");
frame.srcdoc = PAGE;
await new Promise(ready => { frame.onload = ready; document.body.append(frame); });
const brightness = colour => { const [r, g, b] = colour.match(/\\d+/g).map(Number); return (r + g + b) / 3; };
const look = one => getComputedStyle(frame.contentDocument.querySelector(one));
return ["body", ".table"].map(one => [brightness(look(one).color), brightness(look(one).backgroundColor)]);
"""


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    """Each kind of page, with its style in it, as the browser of an operator has it."""
    queue = Queue(workers=1)

    @queue.handler("deliver_a_webhook_to_a_partner_whose_name_is_long")
    def send(ctx: JobContext, payload: Any) -> None:
        raise ConnectionError(LONG)

    with queue:
        job = queue.wait(CTX, queue.submit_job(CTX, queue.registry.types[0], {"note": LONG}))
    app = create_app(Queue(storage=queue.storage), token="a-token-that-nobody-guesses")
    client = TestClient(app, headers={"Authorization": "Bearer a-token-that-nobody-guesses"})
    paths = {"first": "/", "list": "/jobs", "job": f"/jobs/{job.id}", "login": "/login", "wrong": "/jobs?page=-1"}
    found = {name: client.get(path).text for name, path in paths.items()}
    assert not any("<script" in page for page in found.values())
    return {name: re.sub("<link rel=.stylesheet.*?>", f"<style>{STYLE}</style>", page) for name, page in found.items()}


@pytest.mark.parametrize("name", ["first", "list", "job", "login", "wrong"])
def test_each_page_fits_a_telephone_and_a_desk(pages: dict[str, str], name: str, tmp_path: Path) -> None:
    seen = see("", f"const PAGE = {json.dumps(pages[name])};{LOOK}", tmp_path)
    assert seen == {width: {"cut": False, "small": [], "unnamed": 0} for width in ("360", "1200")}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_what_is_dark_is_dark_and_can_be_read(pages: dict[str, str], dark: bool, tmp_path: Path) -> None:
    page = pages["list"]
    if dark:  # the browser of a test prefers light
        page = page.replace("(prefers-color-scheme: dark)", "(min-width: 0)")
    for ink, paper in see("", f"const PAGE = {json.dumps(page)};{COLOURS}", tmp_path):
        assert (ink > paper) == dark
        assert abs(ink - paper) > 150
