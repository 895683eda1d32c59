"""Workers that lose their server do not come back as a herd; without chance in their pauses, they would."""

import pytest

from . import herd

FEW = 400


@pytest.mark.parametrize("kind", herd.KINDS)
def test_they_come_back_one_by_one(kind: str) -> None:
    found = herd.outage(kind, True, FEW)
    assert len(found.tries) == FEW  # each comes back at its first try
    assert found.busiest(herd.BIN) < FEW / 20
    assert found.seconds < 6.0


@pytest.mark.parametrize("kind", herd.KINDS)
def test_without_chance_all_come_at_once(kind: str) -> None:
    assert herd.outage(kind, False, FEW).busiest(herd.BIN) == FEW


@pytest.mark.slow
def test_the_page_has_the_table_of_the_command() -> None:
    assert herd.table() in herd.PAGE.read_text(encoding="utf-8")
