"""Objects of the library that threads share are seen, or named: what one thread does to one, another finds there.

One thread changes something, the other looks. What comes out of either order is known, because the same code also runs
without threads. Both must be among the outcomes of an exploration that calls itself exhausted and names nothing.
"""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path
from unittest import mock

import pytest

from goqueue.races import explore

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


def source(row: str) -> str:
    """Return the source of a module that makes models. With an `order`, these run without threads."""
    setup, change, look = row.split(" | ")
    change, look = (textwrap.indent("\n".join(each.split("; ")), " " * 16) for each in (change, f"out.append({look})"))
    return f"""{HEAD}
def make(seen, order):
    def model():
        {setup}
        out = []
        def change():
            with contextlib.suppress(Exception):
{change}
        def look():
            try:
{look}
            except Exception as error: out.append(type(error).__name__)
        threads = [threading.Thread(target=each) for each in (change, look)]
        for each in (change, look)[::order] if order else (): each()
        for step in ("start", "join") if not order else ():
            for each in threads: getattr(each, step)()
        text = re.sub("0x[0-9a-f]+", "", str(out))
        if text not in seen: seen.append(text)
    return model
"""


def both_orders(row: str, folder: Path) -> list[str]:
    """Return what comes out if the threads run one after the other, the one or the other first."""
    plain: list[str] = []
    for order in (1, -1):
        module_of(source(row), folder).make(plain, order)()
    return plain


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # a model closes no database
@pytest.mark.parametrize("row", ROWS)
def test_a_change_is_seen_or_named(row: str, tmp_path: Path) -> None:
    plain, seen = both_orders(row, tmp_path), list[str]()
    assert len(plain) == 2, "the order makes no difference"
    module = module_of(source(row), tmp_path)
    with mock.patch.dict(sys.modules, construct=module):  # so that what a run sets in its classes is put back
        result = explore(module.make(seen, 0), races="off")
    assert result.verdict == "exhausted", result.summary
    assert result.unwatched or set(plain) <= set(seen)


def test_a_document_that_is_too_large_is_named(tmp_path: Path) -> None:
    row = "d = ET.fromstring('<x>' + '<y/>' * 600 + '</x>'); el = d[599] | el.set('a', '1') | len(ET.tostring(d))"
    result = explore(module_of(source(row), tmp_path).make([], 0), races="off")
    assert "what belongs to Element (xml.etree.ElementTree) (more than 500 objects)" in result.unwatched


def test_objects_that_lead_to_one_policy_share_nothing(tmp_path: Path) -> None:
    row = "d = email.message.Message(); el = email.message.Message() | el['a'] = '1' | d.items() + [0]"
    result = explore(module_of(source(row), tmp_path).make([], 0), races="off")
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
