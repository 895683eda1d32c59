"""The site as a visitor has it: levels without Python, notebooks that run in the tab, and no request that leaves."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

from goqueue.lab.learn.exercises import find
from tests.browser.site import PHONE, failed, opened, run_all, run_cell, shown, site

ROOT = Path(__file__).parents[2]
MAKE = ROOT / "docs" / "site" / "make_site.py"
SAYS = "This cannot run in a browser tab: "
NOTEBOOKS = sorted(file.stem for file in (ROOT / "notebooks").glob("*.ipynb") if file.stem != "instructor")
NOT_COMPILED = """import os, sys
specs = [module.__spec__ for module in list(sys.modules.values()) if getattr(module, "__spec__", None)]
sources = [spec for spec in specs if str(spec.origin).startswith("/lib/") and spec.origin.endswith(".py")]
[spec.name for spec in sources if not os.path.exists(spec.cached)]"""
FIVE = ["index.html", "levels.html", "levels.html#missed_event", "notebooks.html", "book/index.html"]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole site, built as `start.py site` builds it."""
    folder = tmp_path_factory.mktemp("site") / "site"
    done = subprocess.run([sys.executable, str(MAKE), str(folder)], capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "The site is there" in done.stdout
    return folder


@pytest.fixture(scope="module")
def browser(folder: Path) -> Iterator[tuple[BrowserContext, str, list[str]]]:
    with site(folder, viewport=PHONE) as opened_site:
        yield opened_site


@pytest.fixture
def page(browser: tuple[BrowserContext, str, list[str]]) -> Iterator[Page]:
    """A page, on which nothing may go wrong and from which no request may leave."""
    context, _, asked = browser
    page, wrong = context.new_page(), list[str]()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield page
    page.close()
    assert wrong == []
    assert asked == [], "a page asked another server for something"


@pytest.fixture
def home(browser: tuple[BrowserContext, str, list[str]]) -> str:
    return browser[1]


def notebook(home: str, name: str) -> str:
    return f"{home}lab/notebooks/index.html?path={name}.ipynb"


def test_a_first_visitor_loses_a_sale_by_keys(page: Page, home: str) -> None:
    page.goto(home)
    page.locator("#game").focus()
    page.keyboard.type("abba")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert "Done, with 1 preemption." in page.locator(".result").inner_text()
    page.get_by_role("link", name="A link to this run").click()
    page.get_by_role("link", name="Go on").click()
    assert "1 of" in page.locator("#list summary").inner_text(), (
        "the first page's level is passed on the other page too"
    )


def test_what_became_of_a_run_comes_before_the_tools(page: Page, home: str) -> None:
    page.goto(home)
    for name in ("Ann", "Bob", "Bob", "Ann", "main", "main", "main"):
        page.locator(".threads button b", has_text=name).click()
    assert page.locator(".result:has(h3) + #next + .tools").is_visible(), "else a phone shows it below its edge"


def test_a_link_to_a_run_of_the_first_level_plays_it(page: Page, home: str) -> None:
    page.goto(f"{home}index.html#lost_sale~0~1.2.2.1.0.0.0")
    page.wait_for_url("**/levels.html#lost_sale*")
    assert "It failed" in page.locator(".result h3").inner_text()


def test_a_deadlock_is_found_by_clicks(page: Page, home: str) -> None:
    page.goto(f"{home}levels.html#opposite_order")
    for name in ("Ann", "Bob"):
        page.locator(".threads button b", has_text=name).click()
    assert "deadlock" in page.locator(".result h3").inner_text()


@pytest.mark.parametrize("where", FIVE)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(page: Page, home: str, where: str, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.goto(home + where)
    found = Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []


@pytest.mark.parametrize("where", FIVE)
def test_a_phone_scrolls_in_one_direction_only(page: Page, home: str, where: str) -> None:
    page.goto(home + where)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_book_gives_a_game_no_colours_of_its_theme(page: Page, home: str) -> None:
    page.goto(f"{home}book/notebooks/11_locked_storage.html")
    marks = page.locator(".goqueue-play .mark").evaluate_all(
        "all => all.map(one => getComputedStyle(one).backgroundColor)"
    )
    assert set(marks) == {"rgba(0, 0, 0, 0)"}


def test_a_browser_that_cannot_suspend_a_stack_is_told_so(page: Page, home: str) -> None:
    page.goto(f"{home}notebooks.html")
    assert page.locator("#no-jspi").is_hidden()
    page.add_init_script("delete WebAssembly.Suspending")
    page.reload()
    assert "JavaScript Promise" in page.locator("#no-jspi").inner_text()


def test_a_kernel_finds_the_bytecode_of_all_that_it_imports(page: Page, home: str) -> None:
    opened(page, notebook(home, "00_start"))
    assert shown(run_cell(page, 0, NOT_COMPILED)) == "[]"


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_runs_from_top_to_bottom_in_the_tab(page: Page, home: str, name: str) -> None:
    opened(page, notebook(home, name))
    cells = run_all(page)
    wrong = {cell["source"].splitlines()[0]: shown(cell)[-500:] for cell in cells if failed(cell)}
    assert wrong == {}, "docs/site/in_the_tab.toml names the cells that cannot run"
    wrapped = [cell for cell in cells if "error_shown(" in cell["source"]]
    silent = [cell["source"] for cell in wrapped if all(one.get("name") != "stderr" for one in cell["outputs"])]
    assert silent == [], "these raise no error in a tab"
    assert [cell for cell in cells if SAYS in cell["source"] and SAYS not in shown(cell)] == []


def test_an_exercise_is_failed_and_passed_in_the_tab(page: Page, home: str) -> None:
    opened(page, notebook(home, "11_locked_storage"))
    asked = find("11.2")
    run_cell(page, 0)
    run_cell(page, 1, asked.start)
    wrong = run_cell(page, 2, f'from goqueue.lab import check\ncheck("11.2", {asked.name})')
    assert "✗ 11.2" in shown(wrong)
    run_cell(page, 1, asked.solution)
    right = run_cell(page, 2)
    assert "✓ 11.2" in shown(right)
    assert "Tried in this browser tab" in shown(right)


def test_a_request_that_leaves_is_noticed(browser: tuple[BrowserContext, str, list[str]]) -> None:
    context, home, asked = browser
    page = context.new_page()
    page.goto(home)
    page.evaluate("fetch('http://partner.example/').catch(() => {})")
    page.wait_for_timeout(500)
    assert any("partner.example" in one for one in asked)
    page.close()
    asked.clear()
