"""Werkzeug: its map of URLs."""

from . import aliases  # noqa: F401 - before the library

# isort: split
from werkzeug.routing import Map, Rule

from .threads import together


def werkzeug_546() -> None:
    """Two first requests sort the rules at once. A list is empty while it is sorted by a key, so one gets a 404."""
    urls = Map([Rule("/", endpoint="index"), Rule("/jobs", endpoint="jobs")])

    def request() -> None:
        urls.bind("example.org").match("/jobs")

    together(request, request)
