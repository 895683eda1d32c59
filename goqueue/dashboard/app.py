"""The pages, and what they ask of the queue.

    /               the counts, what runs, what is late, what failed in the last day
    /jobs           a list, fifty a page
    /jobs/ID        a job: its timeline, attempts, traceback;  POST cancel, retry
    /login          takes the token;  /style.css

A page calls the storage in a thread of the pool of Starlette, so a slow file holds up no other page.
"""

import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from ..context import Context
from ..errors import JobNotFound, StorageError
from ..job import FAILED, PENDING, RUNNING, Job
from ..notebook_views import STATUS_WORDS, timeline
from ..operations.shown import age
from ..operations.state import state_of
from ..queue import Queue
from ..storage import Query
from .asked import PAGE, SINCE, Asked, Listing, listing_of, refresh_of
from .guards import COOKIE, Guard, SecurityHeaders

TEMPLATES = Path(__file__).parent / "templates"
LARGEST = 4_096  # bytes of a form
OLDEST = 200  # pending jobs that are looked at for one that was tried before
FEW = 10  # jobs in a list of the first page
PATIENCE = 5.0  # seconds that a page waits for the storage


def create_app(queue: Queue, *, token: str | None = None) -> Starlette:
    """Return the dashboard of a queue as an ASGI application, for uvicorn, or to mount at the root of a host.

    Without a `token`, it answers only requests to the loopback interface. Raises ValueError if the token is too short.
    """
    pages = Pages(queue, Guard(token))
    return Starlette(
        routes=[
            Route("/", pages.overview),
            Route("/jobs", pages.jobs),
            Route("/jobs/{job_id}", pages.job),
            Route("/jobs/{job_id}/{action}", pages.act, methods=["POST"]),
            Route("/login", pages.login, methods=["GET", "POST"]),
            Route("/style.css", pages.style),
        ],
        middleware=[Middleware(SecurityHeaders)],
        exception_handlers={Asked: pages.refused, HTTPException: pages.refused, StorageError: pages.failed},
    )


class Pages:
    """The pages of one dashboard."""

    def __init__(self, queue: Queue, guard: Guard) -> None:
        self._queue = queue
        self._guard = guard
        self._templates = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
        self._templates.filters["age"] = lambda moment: age(time.time() - moment.timestamp())
        self._templates.filters["seconds"] = age
        self._templates.filters["pretty"] = pretty

    # -- pages ----------------------------------------------------------------------------------------

    def overview(self, request: Request) -> Response:
        """Show what waits, runs and is dead."""
        self._check(request)
        refresh = refresh_of(request.query_params)
        state = state_of(self._queue.storage)
        types = sorted({name for name, _ in state.by_type})
        running = self._listed(Listing(RUNNING))[:FEW]
        failed = self._listed(Listing(FAILED, since="86400"))[:FEW]
        waiting = self._queue.storage.list_jobs(Query(status=PENDING, limit=OLDEST))
        retrying = [job for job in waiting if job.attempts][:FEW]
        lists: dict[str, Any] = {"running": running, "retrying": retrying, "failed": failed}
        return self._page(request, "overview", state=state, types=types, oldest=OLDEST, refresh=refresh, **lists)

    def jobs(self, request: Request) -> Response:
        """Show a list of jobs."""
        self._check(request)
        listing = listing_of(request.query_params)
        found = self._listed(listing)
        following = listing.link(after=found[PAGE - 1].id) if len(found) > PAGE else None
        return self._page(
            request, "jobs", listing=listing, jobs=found[:PAGE], following=following, since=SINCE, refresh=None
        )

    def job(self, request: Request) -> Response:
        """Show a job."""
        self._check(request)
        job = self._found(request)
        return self._page(request, "job", job=job, moments=timeline(job), refresh=None)

    async def act(self, request: Request) -> Response:
        """Cancel a job, or run it again, and show it."""
        self._check(request)
        await self._form(request)
        action = request.path_params["action"]
        if action not in ("cancel", "retry"):
            raise Asked(404, f"there is no action {action!r}: there are cancel and retry")
        job = await run_in_threadpool(self._act, request, action)
        return RedirectResponse(f"/jobs/{job.id}", 303)

    async def login(self, request: Request) -> Response:
        """Take the token, and remember the reader by a cookie."""
        self._check_host(request)
        if request.method == "GET":
            return self._page(request, "login", why="", refresh=None)
        form = await self._form(request)
        if not self._guard.token_is_right(form.get("token", "")):
            return self._page(request, "login", 403, why="This is not the token.", refresh=None)
        answer = RedirectResponse("/", 303)
        secure = request.url.scheme == "https"
        answer.set_cookie(COOKIE, self._guard.session(), httponly=True, samesite="strict", secure=secure)
        return answer

    def style(self, request: Request) -> Response:
        """Send the style, which everybody may see."""
        return FileResponse(TEMPLATES / "style.css", media_type="text/css")

    # -- errors ---------------------------------------------------------------------------------------

    def refused(self, request: Request, err: Exception) -> Response:
        """Say why a request cannot be answered."""
        if isinstance(err, HTTPException):
            words = {404: f"There is no page {request.url.path}.", 405: "This page does not take that."}
            status, why = err.status_code, words.get(err.status_code, err.detail)
        else:
            status, why = getattr(err, "status", 400), str(err)
        if status == 401:
            return RedirectResponse("/login", 303)
        return self._page(request, "error", status, why=why, refresh=None)

    def failed(self, request: Request, err: Exception) -> Response:
        """Say that the storage fails."""
        return self._page(request, "error", 503, why=f"The storage fails: {err}", refresh=None)

    # -- inside ---------------------------------------------------------------------------------------

    def _check_host(self, request: Request) -> None:
        """Raise Asked unless the request was meant for this site."""
        if not self._guard.host_is_ours(request):
            raise Asked(421, "this dashboard answers only on the loopback interface: open http://127.0.0.1 at its port")

    def _check(self, request: Request) -> None:
        """Raise Asked unless the request may be answered."""
        self._check_host(request)
        if not self._guard.is_known(request):
            if "authorization" in request.headers:
                raise Asked(403, "this is not the token: it is what the command was given, or has printed")
            raise Asked(401, "the token is needed")

    async def _form(self, request: Request) -> dict[str, str]:
        """Return the fields of a form of this site. Raises Asked for any other."""
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > LARGEST:
                raise Asked(413, f"a form has at most {LARGEST} bytes")
        form = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
        if not self._guard.form_is_ours(request, form.get("csrf", "")):
            raise Asked(
                403, "this form does not come from this dashboard, or is older than its process: load the page again"
            )
        return form

    def _listed(self, listing: Listing) -> list[Job]:
        return self._queue.storage.list_jobs(listing.query(self._queue))

    def _found(self, request: Request) -> Job:
        job_id = request.path_params["job_id"]
        try:
            return self._queue.get_job(Context().with_timeout(PATIENCE), job_id)
        except JobNotFound as err:
            raise Asked(404, str(err.args[0])) from None

    def _act(self, request: Request, action: str) -> Job:
        job = self._found(request)
        if action == "cancel":
            return self._queue.cancel(Context(), job)
        try:
            return self._queue.retry(Context(), job)
        except ValueError as err:
            raise Asked(409, str(err)) from None

    def _page(self, request: Request, name: str, status: int = 200, **values: Any) -> Response:
        """Return a page."""
        template = self._templates.get_template(f"{name}.html")
        more = {
            "csrf": self._guard.form_secret(),
            "words": STATUS_WORDS,
            "file": getattr(self._queue.storage, "path", ""),
        }
        return HTMLResponse(template.render(**more, **values), status)


def pretty(value: Any) -> str:
    """Return a JSON value on several lines."""
    return json.dumps(value, indent=2, ensure_ascii=False)
