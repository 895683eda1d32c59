"""One delivery, seen from the shop: a POST that the partner accepts, or an error that says why not."""

import http.client
import json
from urllib.parse import urlsplit


class DeliveryFailed(Exception):
    """The partner did not accept a delivery.

    `order` is the order's number, `status` the HTTP status, or None if no answer came (then the partner may or may
    not have the order), `reason` the rest.

    >>> print(DeliveryFailed(17, 503, "Service Unavailable"))
    order 17: the partner answered 503 Service Unavailable
    >>> print(DeliveryFailed(17, None, "timed out after 2 s"))
    order 17: no answer from the partner: timed out after 2 s
    """

    def __init__(self, order: int, status: int | None, reason: str) -> None:
        super().__init__(order, status, reason)
        self.order, self.status, self.reason = order, status, reason

    def __str__(self) -> str:
        if self.status is None:
            return f"order {self.order}: no answer from the partner: {self.reason}"
        return f"order {self.order}: the partner answered {self.status} {self.reason}"


def deliver(url: str, order: int, *, timeout: float = 5.0) -> None:
    """Tell the partner at `url` of one order; return once it has accepted it.

    `timeout` is in seconds, for each wait on the wire. Each call has a connection of its own, so any number of
    threads may deliver at once. Raises DeliveryFailed if the partner refuses or does not answer, ValueError if `url`
    is not an http address or `timeout` not above 0.
    """
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname:
        raise ValueError(f"url={url!r}: it must look like http://host:port/path")
    if timeout <= 0:
        raise ValueError(f"timeout={timeout}: it must be above 0 seconds")
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
    body = json.dumps({"order": order})
    try:
        connection.request("POST", parts.path or "/", body, {"Content-Type": "application/json"})
        with connection.getresponse() as response:  # closed too: an answer holds on to the socket of its connection
            status, reason = response.status, response.reason
    except TimeoutError:
        raise DeliveryFailed(order, None, f"timed out after {timeout:g} s") from None
    except (OSError, http.client.HTTPException) as error:
        raise DeliveryFailed(order, None, str(error) or type(error).__name__) from error
    finally:
        connection.close()
    if status != 200:
        raise DeliveryFailed(order, status, reason)
