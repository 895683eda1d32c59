"""Colours as they are seen: mixed with what is behind them, and measured as WCAG and CIELAB measure them."""

from __future__ import annotations

import re

from bs4 import Tag

Colour = tuple[float, float, float]  # red, green, blue, from 0 to 255

THEMES: dict[str, tuple[Colour, Colour]] = {  # the colour of text, and of the page behind it
    "JupyterLab": ((33, 33, 33), (255, 255, 255)),
    "the dark JupyterLab": ((224, 224, 224), (17, 17, 17)),
    "the dark book": ((34, 40, 50), (206, 214, 221)),
}

_NAMES = {"white": "#ffffff", "black": "#000000", "transparent": "#00000000"}


def own_style(tag: Tag, name: str) -> str:
    """What its own style says of a property; the last word counts."""
    said = re.findall(rf"(?:^|;)\s*{name}\s*:\s*([^;]+)", str(tag.get("style", "")))
    return said[-1].strip() if said else ""


def read(colour: str) -> tuple[Colour, float] | None:
    """Return a colour and its opacity, from 0 to 1; None for what is no colour that we can read."""
    digits = re.fullmatch("#([0-9a-f]{6})([0-9a-f]{2})?", _NAMES.get(colour.lower(), colour.lower()))
    if digits is None:
        return None
    red, green, blue = (int(digits[1][at : at + 2], 16) for at in (0, 2, 4))
    return (red, green, blue), int(digits[2] or "ff", 16) / 255


def mixed(front: Colour, opacity: float, back: Colour) -> Colour:
    """Return what one sees of a colour in front of another one."""
    red, green, blue = (one * opacity + other * (1 - opacity) for one, other in zip(front, back, strict=True))
    return red, green, blue


def is_grey(colour: Colour) -> bool:
    """Whether it has no hue to speak of."""
    return max(colour) - min(colour) <= 8


def luminance(colour: Colour) -> float:
    """How bright it is, from 0 to 1: WCAG's relative luminance."""
    parts = (part / 255 for part in colour)
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Colour, other: Colour) -> float:
    """WCAG's contrast of two colours, from 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def lightness(colour: Colour) -> float:
    """How light the eye finds it, from 0 to 100: L* of CIELAB.

    >>> [round(lightness(grey), 1) for grey in ((0, 0, 0), (8, 8, 8), (119, 119, 119), (255, 255, 255))]
    [0.0, 2.2, 50.0, 100.0]
    """
    bright = luminance(colour)
    return 116 * bright ** (1 / 3) - 16 if bright > 0.008856 else 903.3 * bright
