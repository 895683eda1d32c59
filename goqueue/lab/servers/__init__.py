"""Real servers for lessons and tests, from wheels, without root: each ends with the process that started it.

postgres.py   a PostgreSQL
valkey.py     a Valkey, which is a Redis
keeper.py     what keeps a PostgreSQL as long as its process lives
"""
