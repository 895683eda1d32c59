"""Where there is no browser, the tests of this folder are skipped, and say so."""

import pytest

from tests.browser.page import find_browser


@pytest.fixture(scope="session", autouse=True)
def _a_browser() -> None:
    if find_browser() is None:
        pytest.skip("no browser: install chromium to run this")
