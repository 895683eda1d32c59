"""The interpreter's side: answer one question, and end."""

import importlib
import json
import os
import sys
from typing import NoReturn

from .messages import answer_line, write

_answers: int | None = None  # the file to which this interpreter writes
_mark = b""  # what each of its lines begins with


def answer_one() -> NoReturn:
    """Answer one question, and end at once, so that no thread that is left running can hold this process."""
    global _answers, _mark
    _mark, _, question = sys.stdin.buffer.read().partition(b"\n")
    _answers = os.dup(1)
    say_nothing()

    def answer(text: bytes) -> object:
        module, _, name = sys.argv[1].partition(":")
        return getattr(importlib.import_module(module), name)(json.loads(text))

    line = answer_line(answer, question)
    write(_answers, _mark + b" ")
    write(_answers, line)
    os._exit(0)


def say_nothing() -> None:
    """Throw away what this process prints, and give it nothing to read: its output may be endless."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    if nowhere > 2:
        os.close(nowhere)


def announce(word: str, pid: int) -> None:
    """Write down, if this is an interpreter that was asked, that a copy "started" or "ended"."""
    if _answers is not None:
        write(_answers, _mark + f" {word} {pid}\n".encode())


def leave_answers() -> None:
    """In a copy, close the interpreter's file: the copy has its own."""
    if _answers is not None:
        os.close(_answers)
