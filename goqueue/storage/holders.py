"""Which job has which unique key, in a storage in memory.

An entry is not taken out when its job ends or is forgotten: it is only not believed any more. When there are twice as
many entries as there were believed ones, those that are not are dropped, so each costs the same. An interrupt at any
step leaves nothing that is wrong.

The storage's lock guards it.
"""

from ..job import PENDING, RUNNING, Record

FEW = 64  # with fewer entries, none is dropped


class Holders:
    """The records by their type and key."""

    def __init__(self, records: dict[int, Record]) -> None:
        self._records = records
        self._holders: dict[tuple[str, str], Record] = {}
        self._most = FEW

    def __len__(self) -> int:
        return len(self._holders)

    def of(self, record: Record) -> Record | None:
        """Return which job has the key that this one asks for, or None."""
        found = self._holders.get(name_of(record))
        return found if found is not None and self._holds(found) else None

    def take(self, record: Record) -> None:
        """Let a job have its key, as soon as it is kept."""
        if len(self._holders) >= self._most:
            self._holders = {name: each for name, each in self._holders.items() if self._holds(each)}
            self._most = max(FEW, 2 * len(self._holders))
        self._holders[name_of(record)] = record

    def _holds(self, record: Record) -> bool:
        assert record.options is not None
        kept = record.options.key_kept or record.status in (PENDING, RUNNING)
        return kept and self._records.get(record.key) is record


def name_of(record: Record) -> tuple[str, str]:
    """Return the type and the key of a job that has one."""
    assert record.options is not None
    assert record.options.key is not None
    return record.type, record.options.key
