"""Numbers that the file remembers by a name, such as until when a schedule was looked after."""

import sqlite3
from collections.abc import Sequence

from ...job import Record
from .statements import Insertion, insert_all

NOTED = "SELECT value FROM notes WHERE name = ?"
NOTE = "INSERT INTO notes VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"


def noted(on: sqlite3.Connection, name: str) -> float | None:
    """Return the number that was noted under a name, or None."""
    found = on.execute(NOTED, (name,)).fetchone()
    return None if found is None else float(found[0])


def advance(on: sqlite3.Connection, name: str, before: float | None, after: float, records: Sequence[Record]) -> bool:
    """Note a number in the place of another, and insert jobs. Return False if something else is noted."""
    if noted(on, name) != before:
        return False
    on.execute(NOTE, (name, after))
    if records:
        insert_all(on, [Insertion(records, None)])
    return True
