"""All that a comparison shows, before it has a form."""

from dataclasses import dataclass

from .changes import Change, Lines
from .sides import Side
from .speed import Speed


@dataclass(frozen=True)
class Facts:
    """All that a comparison shows. `kept` names, for each side, the promises it keeps."""

    before: Side
    after: Side
    lines: tuple[Lines, ...]
    changes: tuple[Change, ...]
    names: tuple[str, ...]  # the promises that count
    kept: tuple[frozenset[str], frozenset[str]]
    said: tuple[dict[str, str], dict[str, str]]  # of a promise that was tried and is not kept: what came
    untried: tuple[str, ...]  # why promises could not be tried at all
    problems: tuple[str, ...]
    speed: Speed | None

    @property
    def tried(self) -> bool:
        """Whether promises were tried now, rather than taken as declared."""
        return None in (self.before.step, self.after.step)

    def only(self, after: bool) -> list[str]:
        """Return the promises that only one side keeps."""
        one, other = (self.kept[1], self.kept[0]) if after else (self.kept[0], self.kept[1])
        return [name for name in self.names if name in one and name not in other]
