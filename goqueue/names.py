"""Names that every storage keeps, and how an error names what it was given.

check_name   a job type, a unique key, a limit key: not empty, at most 255 characters, no lone surrogate, no NUL
shown        any value, in at most 80 characters, whatever its own repr does
printable    a text without what a terminal would take for a command
"""

from typing import Any

LONGEST = 255  # characters of a name
SHOWN = 80  # characters of a value in an error


def check_name(given: Any, name: str, such: str, example: str) -> str:
    """Return a name. Raises TypeError if it is no text, ValueError if it is empty, too long, or cannot be stored."""
    if not isinstance(given, str):
        raise TypeError(f"{name} is {shown(given)}: it must be {example}")
    if not given:
        raise ValueError(f"{name} is '': it must not be empty{such}")
    if len(given) > LONGEST:
        raise ValueError(
            f"{name} has {len(given):,} characters, and at most {LONGEST} are allowed: use a digest of it, such as "
            "hashlib.sha256(…).hexdigest()"
        )
    try:
        given.encode()
    except UnicodeEncodeError:
        raise ValueError(
            f"{name} is {given!r}: it holds a lone surrogate, which no file can hold: leave it out"
        ) from None
    if "\0" in given:
        raise ValueError(f"{name} is {given!r}: it holds a NUL, which no PostgreSQL can hold: leave it out")
    return given


def shown(value: object) -> str:
    """Return a value as an error names it.

    >>> shown("webhook"), len(shown("x" * 1_000_000))
    ("'webhook'", 80)
    """
    try:
        text = repr(value)
    except Exception:  # a number of more than 4,300 digits, too
        return f"<{type(value).__name__} that cannot be shown>"
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def printable(text: str, but: str = "") -> str:
    r"""Return a text in which control characters are escapes, except for those that are given.

    >>> printable("mail\x1b[2J\n"), printable("two\nlines", but="\n")
    ('mail\\x1b[2J\\n', 'two\nlines')
    """
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() or each in but else escaped(each) for each in text)


def escaped(character: str) -> str:
    """Return a character that cannot be printed as an escape; one that only takes room, such as a space, as it is."""
    return character if character.isspace() and character > "\xa0" else character.encode("unicode_escape").decode()
