"""One delivery, seen from the shop: a POST that the partner accepts, or an error that says why not."""

import http.client
import json
from urllib.parse import urlsplit


class DeliveryFailed(Exception):
    """The partner refused an order with an HTTP `status`. If that is None, no answer came: it may have the order."""

    def __init__(self, order: int, status: int | None, reason: str) -> None:
        super().__init__(order, status, reason)
        self.order, self.status, self.reason = order, status, reason

    def __str__(self) -> str:
        said = "no answer from the partner:" if self.status is None else f"the partner answered {self.status}"
        return f"order {self.order}: {said} {self.reason}"


def deliver(url: str, order: int, *, timeout: float = 5.0) -> None:
    """Tell the partner at `url` of one order; return once it has accepted it. Any number of threads may call it.

    `timeout` is in seconds, for each wait on the wire. Raises DeliveryFailed if the partner refuses or does not
    answer, ValueError if `url` is not an http address or `timeout` not above 0.
    """
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname:
        raise ValueError(f"url={url!r}: it must look like http://host:port/path")
    if timeout <= 0:
        raise ValueError(f"timeout={timeout}: it must be above 0 seconds")
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
    try:
        connection.request("POST", parts.path or "/", json.dumps({"order": order}))
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
