"""Text that a learner had a hand in, such as a folder's name: made fit for a terminal, a page, or a spreadsheet."""

import unicodedata


def plain(text: str) -> str:
    r"""Return `text` with each character that cannot be printed as its escape: no line breaks, no terminal commands.

    >>> print(plain("bob\x1b[31m\nqueue"), plain("Zoë 愛"))
    bob\x1b[31m\nqueue Zoë 愛
    """
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def plain_lines(text: str) -> str:
    """Return `text` with its line breaks kept, and each line made plain.

    >>> plain_lines("first\\r\\nsecond\\x07")
    'first\\nsecond\\\\x07'
    """
    return "\n".join(plain(line) for line in text.splitlines())


def cell(text: str) -> str:
    """Return `text` as a cell of a CSV file that no spreadsheet takes for a formula.

    >>> cell("=HYPERLINK(0)"), cell(" +1"), cell("Ann")
    ("'=HYPERLINK(0)", "' +1", 'Ann')
    """
    shown = plain(text)
    first = unicodedata.normalize("NFKC", shown.lstrip())[:1]  # a wide = counts as one
    return f"'{shown}" if first and first in "=+-@|%" else shown
