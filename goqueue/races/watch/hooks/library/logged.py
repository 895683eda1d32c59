"""What logging shows: logger.error("%s", jobs) reads all of `jobs` when a handler asks for the message.

logger.error("%s", jobs) ── a record ── LogRecord.getMessage() ── a step that reads `jobs` ── the text
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from ....engine.active import here
from ....engine.sources import site_number
from ....engine.words import READ
from .general_rule import generic


class Message:
    """Makes the text of a record. It is given what the record shows, so that this is read."""

    __slots__ = ("make", "record")
    __name__ = "logging"

    def __init__(self, make: Callable[[Any], str], record: Any) -> None:
        self.make, self.record = make, record

    def __call__(self, *_: Any) -> str:
        return self.make(self.record)


def get_message(real: Callable[[Any], str], record: Any) -> str:
    """record.getMessage(), in steps"""
    run = here()
    if run is None or run.guest is not None:
        return real(record)
    shown = record.args if type(record.args) is tuple else (record.args,)
    return str(generic(run, Message(real, record), "", site_number(sys._getframe()), (record.msg, *shown), {}, READ))
