"""HTML as a tree, and what a reader sees of it: words, their colour, and the colour behind them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_UNSEEN = {"script", "style", "template"}
_NAMES = {"white": "#ffffff", "black": "#000000"}


@dataclass(eq=False)
class Element:
    """One element; `children` are elements and pieces of text, in order."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    parent: Element | None = None
    children: list[Element | str] = field(default_factory=list)

    def all(self, *tags: str) -> Iterator[Element]:
        """Every element inside, in reading order; only those of `tags`, if any are named."""
        for child in self.children:
            if isinstance(child, Element):
                if not tags or child.tag in tags:
                    yield child
                yield from child.all(*tags)

    @property
    def text(self) -> str:
        """What it says, on one line; of a picture, its alt text."""
        if self.tag in _UNSEEN:
            return ""
        said = [child if isinstance(child, str) else child.text for child in self.children]
        return " ".join(" ".join([self.attributes.get("alt", ""), *said]).split())

    @property
    def own_text(self) -> str:
        """What stands in it, and in no element inside it."""
        return "".join(child for child in self.children if isinstance(child, str)).strip()

    def inside(self, *tags: str) -> Element | None:
        """The nearest element of `tags` around it."""
        found = self.parent
        while found and found.tag not in tags:
            found = found.parent
        return found

    def own_style(self, name: str) -> str:
        """What its own style says of a property; the last word counts."""
        said = re.findall(rf"(?:^|;)\s*{name}\s*:\s*([^;]+)", self.attributes.get("style", ""))
        return said[-1].strip() if said else ""

    def style(self, name: str) -> str:
        """What its own style or the nearest one around it says of a property."""
        return self.own_style(name) or (self.parent.style(name) if self.parent else "")


class _Tree(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = self.at = Element("")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = Element(tag, {name: value or "" for name, value in attrs}, self.at)
        self.at.children.append(made)
        if tag not in _VOID:
            self.at = made

    def handle_endtag(self, tag: str) -> None:
        opened = self.at if self.at.tag == tag else self.at.inside(tag)
        if opened and opened.parent:
            self.at = opened.parent

    def handle_data(self, data: str) -> None:
        if self.at.tag not in _UNSEEN:
            self.at.children.append(data)


def parsed(html: str) -> Element:
    """The tree of a page, or of a part of one."""
    tree = _Tree()
    tree.feed(html)
    tree.close()
    return tree.root


def rgb(colour: str) -> tuple[int, int, int] | None:
    """Red, green and blue; None if it is no colour that we can read."""
    colour = _NAMES.get(colour.lower(), colour.lower())
    digits = re.fullmatch("#([0-9a-f]{3}|[0-9a-f]{6})", colour)
    if digits is None:
        return None
    pairs = digits[1] if len(digits[1]) == 6 else "".join(2 * digit for digit in digits[1])
    return int(pairs[:2], 16), int(pairs[2:4], 16), int(pairs[4:], 16)


def luminance(colour: tuple[int, int, int]) -> float:
    """How bright it is, from 0 to 1: WCAG's relative luminance."""
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (c / 255 for c in colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    """WCAG's contrast of two colours, from 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def lightness(colour: tuple[int, int, int]) -> float:
    """How light the eye finds it, from 0 to 100: L* of CIELAB."""
    bright = luminance(colour)
    return 116 * bright ** (1 / 3) - 16 if bright > 0.008856 else 903.3 * bright
