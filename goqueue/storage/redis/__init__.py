"""Jobs in Redis or Valkey: several processes on several machines may share them.

    storage.py     RedisStorage: the protocol, made of the parts below;  looking.py: its part that only reads
    server.py      the connections, the scripts, and the errors under goqueue's names
    lua/           what the server runs: one script for each step;  keys.lua says which keys there are
    work.py        settling and claiming in one call, and outcomes that go along with the next one
    leases.py      which workers are alive
    listening.py   the thread that hears of new jobs, of ends and of cancels
    copying.py     `goqueue queue copy`, from a server and to it
    promise.py     what the server promises, read from its configuration
    rows.py        a job as arguments of a script, and back

Each step is one script, so it is atomic; and all keys of a queue have one hash tag, so a cluster keeps them together.
"""

from .storage import RedisStorage

__all__ = ["RedisStorage"]
