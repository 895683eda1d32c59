"""The side of an interpreter that was asked: answer one question, and end."""

import importlib
import json
import os
import sys
from typing import NoReturn

from .messages import answer_line, write

_channel: int | None = None  # where this process answers


def answer_one() -> NoReturn:
    """Answer one question, and end at once: no thread that is left running can hold this process."""
    global _channel
    question = sys.stdin.buffer.read()
    _channel = os.dup(1)
    say_nothing()

    def answer(text: bytes) -> object:
        module, _, name = sys.argv[1].partition(":")
        return getattr(importlib.import_module(module), name)(json.loads(text))

    write(_channel, answer_line(answer, question))
    os._exit(0)


def say_nothing() -> None:
    """Let what this process prints go nowhere, and nothing come in: output may be endless."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    if nowhere > 2:
        os.close(nowhere)


def announce(word: str, pid: int) -> None:
    """Tell the caller, if there is one, that a copy "started" or "ended"."""
    if _channel is not None:
        write(_channel, f"{word} {pid}\n".encode())


def leave_channel() -> None:
    """Close this process's own end of the channel, in a copy: it is not the copy's."""
    if _channel is not None:
        os.close(_channel)
