"""The matrix as a picture: a row for each promise, a column for each version, a mark and a colour in each cell."""

import svg

from goqueue.lab.versions.course import catalogue
from goqueue.lab.versions.matrix import Matrix
from goqueue.lab.versions.trial import BROKEN, KEPT, MARKS, NOT_YET, promises

_LOOKS = {KEPT: (svg.BLUE, "#ffffff"), BROKEN: (svg.ORANGE, "#000000"), NOT_YET: ("#eeeeee", svg.GREY)}
_ROW, _CELL, _SENTENCE, _TOP, _EDGE = 20, 44, 610, 58, 16


def matrix_picture(matrix: Matrix) -> str:
    """Draw the matrix. Raises ValueError if a promise could not be tried."""
    if any(found.outcome not in _LOOKS for found in matrix.results):
        raise ValueError(f"a promise could not be tried, so there is nothing to draw:\n{matrix.text}")
    names = list(dict.fromkeys(found.name for found in matrix.results))
    versions = list(dict.fromkeys(found.version for found in matrix.results))
    bottom = _TOP + _ROW * len(names)
    parts = [svg.text(_EDGE, 28, "Which version of the queue keeps which promise", 'font-size="17" font-weight="bold"')]
    for column, version in enumerate(versions):
        parts.append(svg.text(_left(column) + _CELL / 2, _TOP - 8, f"{int(version):02}", 'text-anchor="middle"'))
    for row, name in enumerate(names):
        parts.append(svg.text(_EDGE, _TOP + _ROW * row + 14.5, promises()[name].sentence))
    for found in matrix.results:
        y = _TOP + _ROW * names.index(found.name)
        parts += _cell(_left(versions.index(found.version)), y, found.outcome)
    parts += _legend(bottom + 26)
    titles = ", ".join(f"{found.step:02} {found.title}" for found in catalogue() if str(found.step) in versions)
    parts.append(svg.text(_EDGE, bottom + 54, titles, f'fill="{svg.GREY}"'))
    width = _left(len(versions)) + _EDGE
    return svg.sheet(width, bottom + 72, _title(matrix, versions, len(names)), matrix.text, parts)


def _left(column: int) -> int:
    return _EDGE + _SENTENCE + _CELL * column


def _cell(x: int, y: int, outcome: str) -> list[str]:
    fill, ink = _LOOKS[outcome]
    return [
        svg.box(x + 1, y + 1, _CELL - 2, _ROW - 2, fill),
        svg.mark(x + _CELL / 2, y + _ROW / 2, MARKS[outcome], ink),
    ]


def _legend(y: int) -> list[str]:
    parts = []
    for place, outcome in enumerate(_LOOKS):
        x = _EDGE + 130 * place
        parts += [*_cell(x, y - _ROW + 5, outcome), svg.text(x + _CELL + 8, y, outcome)]
    return parts


def _title(matrix: Matrix, versions: list[str], total: int) -> str:
    kept = dict.fromkeys(versions, 0)
    for found in matrix.results:
        kept[found.version] += found.outcome == KEPT
    counts = ", ".join(f"version {int(version):02} keeps {number}" for version, number in kept.items())
    return f"Of {total} promises, {counts}."
