"""What only looks: it is asked again if the connection is lost."""

import json
from collections.abc import Container, Sequence
from typing import Any

from ...job import Job, Status
from ..protocol import Query
from .promise import pairs_of
from .rows import LETTERS, STATUSES, decoded, key_text, maybe, readable
from .server import Server

PAGE = 500  # jobs that one script looks at or forgets, because the server serves nobody else meanwhile


class Looking:
    """The part of a storage that changes nothing. Any thread may call it."""

    node: int
    _server: Server
    _process: str
    _virtual: bool
    _awaited: Container[int]

    def noted(self, name: str) -> float | None:
        """Return the number that was noted under a name, or None."""
        found = self._server.ask("HGET", f"{self._server.prefix}notes", name, twice=True)
        return None if found is None else float(found)

    def paused(self) -> list[str]:
        """Return the types that are paused."""
        found = self._server.ask("SMEMBERS", f"{self._server.prefix}paused", twice=True)
        return sorted(each.decode() for each in found)

    def attended(self) -> bool:
        """Whether a worker of any process holds a lease here, as far as is known."""
        return bool(self._server.ask("HLEN", f"{self._server.prefix}beats", twice=True))

    def get(self, key: int) -> Job | None:
        """Return a job as it is now, or None."""
        return self.get_many((key,))[0]

    def get_many(self, keys: Sequence[int]) -> list[Job | None]:
        """Return several jobs as they are now, or None for each that is not there."""
        if not keys:
            return []
        asks = self._process if not self._virtual and any(key in self._awaited for key in keys) else ""
        found = json.loads(self._server.run("get_many", asks, *map(key_text, keys), twice=True))
        return [self._job(values) if values else None for values in found]

    def list_jobs(self, query: Query) -> list[Job]:
        """Return the jobs that match `query`, oldest first. Each page of them is of one moment."""
        status = "" if query.status is None else LETTERS[query.status]
        before = "+inf" if query.created_before is None else f"({int(max(query.created_before, 0.0) * 1e9 / 1024)}"
        found: list[Job] = []
        after = str(query.after)
        while after and len(found) < query.limit:
            wanted = (after, before, status, maybe(query.type), query.limit - len(found), PAGE)
            jobs, after = decoded(self._server.run("list", *wanted, twice=True))
            found += [self._job(values) for values in jobs]
        return found

    def count(self) -> dict[Status, int]:
        """Return the number of jobs with each status."""
        counts = dict.fromkeys(Status, 0)
        for (_, status), number in self.tally().items():
            counts[status] += number
        return counts

    def tally(self) -> dict[tuple[str, Status], int]:
        """Return the number of jobs with each type and status."""
        found = pairs_of(self._server.ask("HGETALL", f"{self._server.prefix}counts", twice=True))
        return {(field[1:], STATUSES[field[0]]): int(number) for field, number in found.items()}

    def oldest_due(self) -> float | None:
        """Return the seconds for which the oldest due job has waited, or None."""
        oldest = self._server.run("waiting", twice=True)[2]
        return max(0.0, float(oldest)) if oldest else None

    def backlog(self) -> int:
        """Return how many due jobs wait for a worker."""
        return int(self._server.run("waiting", twice=True)[0])

    def next_due(self) -> float | None:
        """Return the seconds until the next waiting job is due, or None."""
        due = self._server.run("waiting", twice=True)[1]
        return float(due) if due else None

    def knew(self, key: int) -> bool:
        """Whether a job with this key was accepted here, as far as its key says."""
        last = self._server.ask("HGET", f"{self._server.prefix}meta", "last", twice=True)
        return 0 < key <= int(last or 0)

    def _job(self, values: Sequence[Any]) -> Job:
        return Job(readable(values), self.node)
