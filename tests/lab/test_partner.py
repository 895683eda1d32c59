"""The partner: its scripts, its records, `deliver`, and that it leaves nothing behind."""

import contextlib
import http.client
import os
import pickle
import socket
import struct
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from goqueue.lab.partner import Answer, DeliveryFailed, Partner, Script, deliver, down, flaky, healthy, server, slow

ORDER_1 = b"POST / HTTP/1.1\r\nContent-Length: 12\r\n\r\n" + b'{"order": 1}'


def post(partner: Partner, body: str, length: str | None = None) -> int:
    connection = http.client.HTTPConnection(urlsplit(partner.url).netloc, timeout=5)
    connection.request("POST", "/orders", body, {"Content-Length": (length or str(len(body))).encode("latin-1")})
    with contextlib.closing(connection), connection.getresponse() as response:
        return response.status


def connect(partner: Partner, sent: bytes) -> socket.socket:
    address = urlsplit(partner.url)
    client = socket.create_connection((address.hostname, address.port), timeout=5)
    client.sendall(sent)
    return client


def deliver_or_status(url: str, order: int) -> int | None:
    try:
        deliver(url, order)
    except DeliveryFailed as failure:
        return failure.status
    return 200


# -- scripts


@pytest.mark.parametrize("step", [1, -1])
def test_a_flaky_partner_refuses_by_order_and_attempt_whoever_comes_first(step: int) -> None:
    orders = range(1, 201)
    with Partner(flaky(every=8)) as partner, ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda order: deliver_or_status(partner.url, order), [*orders[::step]] * 2))
    refused = {(d.order, d.attempt) for d in partner.deliveries if d.status == 503}
    assert refused == {(order, 1) for order in range(8, 201, 8)}
    assert sorted(partner.orders()) == list(orders)
    assert len(partner.deliveries) == 400


def test_a_partner_that_is_down_accepts_nothing_until_its_script_is_switched() -> None:
    with Partner(down()) as partner:
        assert deliver_or_status(partner.url, 1) == 503
        partner.script = down(500)
        assert deliver_or_status(partner.url, 1) == 500
        assert partner.orders() == ()
        partner.script = healthy()
        assert deliver_or_status(partner.url, 1) == 200
    assert [d.attempt for d in partner.deliveries] == [1, 2, 3]


def test_a_slow_partner_is_slow_and_says_when_each_delivery_arrived() -> None:
    before = time.monotonic()
    with Partner(slow(0.05)) as partner:
        deliver(partner.url, 1)
        deliver(partner.url, 2)
    took = time.monotonic() - before
    first, second = partner.deliveries
    assert 0.0 <= first.at < second.at < took
    assert second.at - first.at >= 0.04  # the second left after the first was answered


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: flaky(every=0), "every=0: it must be 1 or more"),
        (lambda: deliver("ftp://127.0.0.1/", 17), "it must look like http://"),
        (lambda: deliver("127.0.0.1:80", 17), "it must look like http://"),
        (lambda: deliver("", 17), "it must look like http://"),
        (lambda: deliver("http://127.0.0.1/", 17, timeout=0), "it must be above 0 seconds"),
        (lambda: deliver("http://127.0.0.1/", 17, timeout=-1), "it must be above 0 seconds"),
    ],
)
def test_what_is_none_is_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


# -- deliver


def raising(order: int, attempt: int) -> Answer:
    raise KeyError(order)


@pytest.mark.parametrize(
    ("script", "timeout", "status", "message"),
    [
        (down(), 5.0, 503, "the partner answered 503 Service Unavailable"),
        (raising, 5.0, 500, "the partner answered 500 the script raised KeyError"),
        (slow(60), 0.05, None, "no answer from the partner: timed out after 0.05 s"),
    ],
)
def test_a_failure_names_the_order_and_the_reason_and_is_written_down(
    script: Script, timeout: float, status: int | None, message: str
) -> None:
    with Partner(script) as partner, pytest.raises(DeliveryFailed) as caught:
        deliver(partner.url, 17, timeout=timeout)
    assert (caught.value.order, caught.value.status) == (17, status)
    assert str(caught.value) == str(pickle.loads(pickle.dumps(caught.value))) == f"order 17: {message}"
    assert [(d.order, d.status) for d in partner.deliveries] == [(17, status or 200)]


def test_nobody_there() -> None:
    with Partner() as partner:
        url = partner.url
    with pytest.raises(DeliveryFailed, match=r"order 17: no answer from the partner: .*refused"):
        deliver(url, 17)


# -- the wire


LENGTHS = ["-1", "x", "99999999", "²"]
BODIES = ["", "{", "[]", "{}", '{"order": "17"}', '{"order": true}', '{"order": 1.5}', "\xff"]


@pytest.mark.parametrize(("body", "length"), [*((one, None) for one in BODIES), *(("", one) for one in LENGTHS)])
def test_what_names_no_order_is_refused_and_not_written_down(body: str, length: str | None) -> None:
    with Partner() as partner:
        assert post(partner, body, length) == 400
        deliver(partner.url, 1)  # and it still serves
    assert [d.order for d in partner.deliveries] == [1]


def test_a_client_that_hangs_up_harms_nobody(capfd: pytest.CaptureFixture[str]) -> None:
    answered = threading.Event()

    def script(order: int, attempt: int) -> Answer:
        answered.wait(5)
        return Answer()

    with Partner(script) as partner:
        for sent in (b"", b"POST", b"POST /orders HTTP/1.1\r\nContent-Length: 12\r\n\r\n{", ORDER_1):
            connect(partner, sent).close()
        with connect(partner, b"POST") as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # it slams the door
        answered.set()
        deliver(partner.url, 2)
    assert sorted(partner.orders()) == [1, 2]
    assert capfd.readouterr() == ("", "")


# -- its end


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="counts sockets by /proc")
@pytest.mark.filterwarnings("error::ResourceWarning")
def test_after_the_with_block_no_thread_and_no_socket_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server._Handler, "timeout", 0.1)  # what a silent client may take
    threads, files = set(threading.enumerate()), open_files()
    arrived = threading.Event()

    def script(order: int, attempt: int) -> Answer:
        arrived.set()
        return Answer(delay=3600)

    before = time.monotonic()
    with contextlib.ExitStack() as clients:
        with Partner(script) as partner:
            callers = [clients.enter_context(connect(partner, sent)) for sent in (ORDER_1, b"", b"", b"", b"")]
            assert arrived.wait(5)
        assert set(threading.enumerate()) <= threads  # it has waited for those who were silent …
        assert time.monotonic() - before < 30  # … and not the hour the answer needed
        for client in callers:
            with contextlib.suppress(ConnectionError):
                assert client.recv(1) == b""  # hung up on, not left waiting
    assert open_files() <= files


def test_a_partner_runs_once_and_has_an_address_only_then() -> None:
    threads = set(threading.enumerate())
    partner = Partner()
    with pytest.raises(RuntimeError, match="no address yet"):
        _ = partner.url
    with pytest.raises(LookupError), partner:
        raise LookupError
    assert set(threading.enumerate()) <= threads
    with pytest.raises(RuntimeError, match="make a new Partner"), partner:
        pass
