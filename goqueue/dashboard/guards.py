"""Who may ask: guards before each request, as ASGI middleware.

    request ──> is the host one of ours? ──> has it the token? ──> a POST: is the form ours? ──> the page
                421                          to /login              403                          + security headers

Without a token, only names of the loopback interface are answered, so that no other site can reach this one through a
name of its own (DNS rebinding). A form carries a secret that only pages of this site can read (CSRF).
"""

import hashlib
import hmac
import secrets
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SHORTEST = 16  # characters of a token
COOKIE = "goqueue-session"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def check_token(token: str | None) -> None:
    """Raise ValueError for a token that could be guessed."""
    if token is not None and len(token) < SHORTEST:
        raise ValueError(
            f"the token has {len(token)} characters: it must have {SHORTEST} or more, such as {secrets.token_urlsafe()}"
        )


def is_loopback(host: str) -> bool:
    """Whether a name or an address is the loopback interface's."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:  # a name, such as 127.example.org
        return False


class Guard:
    """What one dashboard asks of each request. `token` None: only the loopback interface is answered."""

    def __init__(self, token: str | None) -> None:
        check_token(token)
        self._token = token
        self._secret = secrets.token_bytes()  # new at each start: sessions and forms end with the process

    @property
    def open(self) -> bool:
        """Whether no token is needed."""
        return self._token is None

    def host_is_ours(self, request: Request) -> bool:
        """Whether the request was meant for this site, by its Host."""
        if not self.open:
            return True
        try:
            return is_loopback(urlsplit(f"//{request.headers.get('host', '')}").hostname or "")
        except ValueError:  # such as half an IPv6 address
            return False

    def token_is_right(self, given: str) -> bool:
        """Compare a token, in a time that tells nothing."""
        return self._token is not None and hmac.compare_digest(given.encode(), self._token.encode())

    def is_known(self, request: Request) -> bool:
        """Whether the request comes from somebody who has shown the token."""
        if self.open:
            return True
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self.token_is_right(bearer.strip())
        return hmac.compare_digest(request.cookies.get(COOKIE, "").encode(), self.session().encode())

    def session(self) -> str:
        """Return what the cookie of a known reader holds."""
        return self._sign("session")

    def form_secret(self) -> str:
        """Return what each form of this site carries."""
        return self._sign("form")

    def form_is_ours(self, request: Request, given: str) -> bool:
        """Whether a POST comes from a page of this site."""
        origin = request.headers.get("origin")
        if origin is not None and origin.partition("://")[2] != request.headers.get("host"):
            return False
        return hmac.compare_digest(given.encode(), self.form_secret().encode())

    def _sign(self, what: str) -> str:
        return hmac.new(self._secret, what.encode(), hashlib.sha256).hexdigest()


class SecurityHeaders:
    """Adds HEADERS to each answer, to those of errors too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        await self._app(scope, receive, send if scope["type"] != "http" else with_headers(send))


def with_headers(send: Send) -> Send:
    """Return a `send` that adds the headers."""

    async def adding(message: Message) -> None:
        if message["type"] == "http.response.start":
            more = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
            message["headers"] = [*message.get("headers", ()), *more]
        await send(message)

    return adding
