"""A theme: a kind of thing that threads share, and what they do with it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Theme:
    """A kind of shared thing: how it is made, what threads do with it, and what is left at the end."""

    name: str
    setup: str  # in the model, before the threads start
    statements: tuple[str, ...]
    expressions: tuple[str, ...]
    final: str  # an expression whose repr is the same in each run that left the same
    module: str = ""  # definitions at the top of the file


def theme(name: str, setup: str, statements: str, expressions: str, final: str, module: str = "") -> Theme:
    """Return a theme. Statements are separated by empty lines or, if each is one line, by line ends."""
    blocks = statements.strip("\n")
    parts = blocks.split("\n\n") if "\n\n" in blocks else blocks.split("\n")
    return Theme(
        name, setup.strip("\n"), tuple(part.strip("\n") for part in parts if part.strip()),
        tuple(line for line in expressions.strip().split("\n") if line), final, module.strip("\n"),
    )  # fmt: skip
