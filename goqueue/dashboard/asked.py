"""What a request asks for, checked. Whatever is wrong raises Asked, which the reader gets as a page, never as a 500."""

import time
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from ..errors import JobNotFound
from ..job import Status
from ..queue import Queue
from ..registry import check_type
from ..storage import Query

PAGE = 50  # jobs on a page
SINCE = {"": "ever", "3600": "in the last hour", "86400": "in the last day"}  # seconds: words


class Asked(Exception):
    """A request that cannot be answered: a status of HTTP, and why."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class Listing(NamedTuple):
    """Which jobs to show."""

    status: Status | None = None
    type: str = ""
    since: str = ""
    after: str = ""

    def query(self, queue: Queue) -> Query:
        """Return what to ask the storage for: one job more than the page shows, which tells whether there is a next."""
        after = 0
        if self.after:
            try:
                after = queue._lookup.key(self.after)
            except JobNotFound:
                raise Asked(
                    400, f"after is {self.after!r}: it must be the id of a job, as the link to the next page has it"
                ) from None
        if self.since:
            after = max(after, (time.time_ns() >> 10) - int(int(self.since) * 1e9) // 1024)
        return Query(status=self.status, type=self.type or None, after=after, limit=PAGE + 1)

    def link(self, **changes: str) -> str:
        """Return the address of the same list with something else."""
        now = {**self._asdict(), "status": self.status.value if self.status else "", "after": "", **changes}
        return "/jobs?" + urlencode({name: value for name, value in now.items() if value})


def listing_of(asked: Mapping[str, str]) -> Listing:
    """Return which jobs the parameters of an address ask for. Raises Asked."""
    for name in asked:
        if name not in (*Listing._fields, "refresh"):
            raise Asked(400, f"there is no parameter {name!r}: this page takes status, type, since and after")
    status, since = asked.get("status", ""), asked.get("since", "")
    if status and status not in list(Status):
        raise Asked(400, f"status is {status!r}: it must be one of {', '.join(Status)}")
    if since not in SINCE:
        raise Asked(400, f"since is {since!r}: it must be a number of seconds out of {', '.join(filter(None, SINCE))}")
    job_type = asked.get("type", "")
    try:
        if job_type:
            check_type(job_type)
    except ValueError as err:
        raise Asked(400, str(err)) from None
    return Listing(Status(status) if status else None, job_type, since, asked.get("after", ""))


def refresh_of(asked: Mapping[str, str]) -> int | None:
    """Return after how many seconds the page loads itself again, or None. Raises Asked."""
    given: Any = asked.get("refresh")
    if given is None:
        return None
    if not (given.isascii() and given.isdecimal() and 1 <= int(given[:6]) <= 3_600 and len(given) <= 4):
        raise Asked(400, f"refresh is {given!r}: it must be a number of seconds from 1 to 3600")
    return int(given)
