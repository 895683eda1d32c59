"""A dashboard of a queue, in a browser: what waits, runs, is tried again, is dead; a job's timeline; cancel and retry.

    app.py         the pages and what they ask of the queue: create_app(queue)
    asked.py       what a request asks for, checked
    guards.py      who may ask: the token, the host, forms of this site only, security headers
    command.py     goqueue dashboard FILE
    templates/     the pages and their style

It needs `pip install 'goqueue[dashboard]'`. The pages are made here, need no JavaScript, and fetch nothing from
elsewhere. Nothing of the queue imports this.
"""

from .app import create_app

__all__ = ["create_app"]
