"""Objects of the library that threads share are seen, or named: what one thread does to one, another finds there.

One thread changes something, the other looks. What comes out of either order is known, because the same code also runs
without threads. Both must be among the outcomes of an exploration that calls itself exhausted and names nothing.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from goqueue.races import explore

from .both_orders import missed, source
from .test_watching import module_of

TABLE = Path(__file__).with_suffix(".txt")
ROWS = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]

HEAD = """
import argparse, array, base64, binascii, bisect, calendar, codecs, collections, concurrent.futures, configparser
import contextlib, contextvars
import copyreg, csv, ctypes, dataclasses, datetime, decimal, difflib, email.message, fnmatch, fractions, functools
import graphlib, gzip, hashlib, heapq, hmac, html.parser, http.cookies, inspect, io, ipaddress, itertools, json, logging
import marshal, math, mmap, operator, os, pathlib, pickle, queue, random, re, reprlib, sched, shlex, sqlite3, statistics
import string, struct, sys, tarfile, textwrap, threading, traceback, types, typing, urllib.parse, urllib.request, uuid
import warnings, weakref, xml.dom.minidom, xml.etree.ElementTree as ET, zipfile, zlib
class Gen(typing.Generic[typing.TypeVar("T")]): n = 1
class Base: n = 1
"""


def program(row: str) -> str:
    """Return the source of a module whose models do what a row says."""
    setup, change, look = row.split(" | ")
    return source(HEAD, setup, "\n".join(change.split("; ")), f"out.append({look})")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # a model closes no database
@pytest.mark.parametrize("row", ROWS)
def test_a_change_is_seen_or_named(row: str, tmp_path: Path) -> None:
    assert missed(program(row), tmp_path) == []  # and not None: the order makes a difference


def test_a_document_that_is_too_large_is_named(tmp_path: Path) -> None:
    row = "d = ET.fromstring('<x>' + '<y/>' * 600 + '</x>'); el = d[599] | el.set('a', '1') | len(ET.tostring(d))"
    result = explore(module_of(program(row), tmp_path).make([], 0), races="off")
    assert "what belongs to Element (xml.etree.ElementTree) (more than 500 objects)" in result.unwatched


def test_objects_that_lead_to_one_policy_share_nothing(tmp_path: Path) -> None:
    row = "d = email.message.Message(); el = email.message.Message() | el['a'] = '1' | d.items() + [0]"
    result = explore(module_of(program(row), tmp_path).make([], 0), races="off")
    assert (result.verdict, result.schedules, result.unwatched) == ("exhausted", 1, ())


PASSED = """
random.shuffle | xs | list(xs)
bisect.insort | xs, 0 | list(xs)
heapq.heapify | xs | list(xs)
operator.setitem | xs, 0, 7 | list(xs)
xs.sort |  | list(xs)
xs.__setitem__ | 0, 7 | list(xs)
list.append | xs, 7 | list(xs)
el.set | 'a', '1' | el.get('a')
el.append | ET.Element('y') | len(el)
"""


@pytest.mark.parametrize("way", ["threading.Thread(target={}, args=({},))", "pool.submit({}, {})"])
@pytest.mark.parametrize("row", PASSED.strip().splitlines())
def test_a_function_of_the_library_that_another_thread_calls_is_seen(row: str, way: str, tmp_path: Path) -> None:
    function, args, look = (each.strip() for each in row.split("|"))
    started = way.format(function, args).replace("(,)", "()").replace(", )", ")")
    text = f"""{HEAD}
def make(seen):
    def model():
        xs, el = [5, 4, 3], ET.fromstring("<x/>")
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            task = {started}
            getattr(task, "start", int)()
            found = {look}
            (getattr(task, "join", None) or task.exception)()
        seen.add(str(found) + str(xs))
    return model
"""
    seen: set[str] = set()
    assert explore(module_of(text, tmp_path).make(seen), races="off").schedules > 1 + way.startswith("pool")
    assert len(seen) > 1
