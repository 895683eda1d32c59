"""The line that says how far an exploration has come."""

from __future__ import annotations

import io

from goqueue.races import progress


class Terminal(io.StringIO):
    """Says that it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_has_one_line_that_is_gone_at_the_end() -> None:
    stream = Terminal()
    with progress.progress_line(50, stream) as tell:
        assert tell is not None
        for tried in range(40):
            tell(tried)  # the clock lets few of these through, but always the first
    first, *_, erased, end = stream.getvalue().split("\r")[1:]
    assert first == "0 of at most 50 schedules"
    assert (erased.strip(), end) == ("", "")
    assert len(erased) >= len(first)


def test_anything_else_has_none() -> None:
    stream = io.StringIO()
    with progress.progress_line(50, stream) as tell:
        assert tell is None
    assert stream.getvalue() == ""
