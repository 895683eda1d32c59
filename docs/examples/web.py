"""A web application: a request is answered as soon as its job is in the file, and asks later what has come of it.

pip install starlette uvicorn
uvicorn web:app                  the web processes: they submit and look, and run no job
goqueue worker web:queue         the workers, in processes of their own

POST /orders   {"order": 17, "to": "Ada"}   -> 202, and where to look. With the header Idempotency-Key, a request
                                               that comes twice makes one job
GET /jobs/ID                                -> its status, its progress, its result
"""

import os
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from goqueue import JobContext, JobNotFound, PayloadError, Queue, Retry

queue = Queue(workers=4, storage=os.environ.get("SHOP_JOBS", "jobs.db"))


@queue.task(retry=Retry(attempts=5, base=1.0), timeout=30)
def send(ctx: JobContext, order: int, to: str) -> dict[str, Any]:
    for number, part in enumerate(("pack", "label", "hand over"), 1):
        ctx.raise_if_done()
        ctx.progress(number, 3, part)
    return {"order": order, "to": to}


async def submit(request: Request) -> JSONResponse:
    """Accept an order."""
    key = request.headers.get("idempotency-key")
    try:
        given = await request.json()
        call = send if key is None else send.options(key=key, key_until="forgotten")
        job = await call.submit_async(**given)
    except (TypeError, ValueError, PayloadError) as err:
        raise HTTPException(400, str(err)) from None
    return JSONResponse({"id": job.id}, 202, headers={"Location": f"/jobs/{job.id}"})


def look(request: Request) -> JSONResponse:
    """Tell what has become of an order. Starlette calls it in a thread, so it may wait for the file."""
    try:
        job = send.job(request.path_params["id"]).job
    except (JobNotFound, ValueError):
        raise HTTPException(404, "there is no such order") from None
    told = {"status": job.status, "error": job.error, "result": job.result}
    return JSONResponse({**told, "progress": None if job.progress is None else str(job.progress)})


app = Starlette(routes=[Route("/orders", submit, methods=["POST"]), Route("/jobs/{id}", look)])
