"""The address of a storage: what PostgreSQL takes, and `schema` besides.

postgresql://user@host/database?schema=jobs
"""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

SCHEMES = ("postgresql", "postgres")
SCHEMA = "goqueue"


def parted(dsn: str, schema: str | None) -> tuple[str, str]:
    """Return the address as the driver takes it, and the schema. Raises ValueError if it cannot be one.

    >>> parted("postgresql://ada@db/shop?schema=mail", None)
    ('user=ada dbname=shop host=db', 'mail')
    """
    if not isinstance(dsn, str):
        raise TypeError(f"dsn is {dsn!r}: it must be text, such as 'postgresql://user@host/database'")
    address, named = dsn, None
    if "://" in dsn:
        parts = urlsplit(dsn)
        asked = parse_qsl(parts.query, keep_blank_values=True)
        named = dict(asked).get("schema")
        rest = urlencode([(name, value) for name, value in asked if name != "schema"])
        address = urlunsplit(parts._replace(query=rest))
    if schema is not None and named is not None and schema != named:
        raise ValueError(f"schema is {schema!r}, and the address says {named!r}: say it once")
    try:
        values = conninfo_to_dict(address)
    except psycopg.Error as err:
        raise ValueError(f"dsn is {dsn!r}: it must be an address of PostgreSQL: {' '.join(str(err).split())}") from None
    chosen = schema if schema is not None else named
    return make_conninfo("", **values), SCHEMA if chosen is None else chosen


def shown(conninfo: str, schema: str) -> str:
    """Return the address for a message, without the password.

    >>> shown("host=db dbname=shop password=secret", "goqueue")
    'postgresql://db/shop?schema=goqueue'
    """
    values = conninfo_to_dict(conninfo)
    host, port = str(values.get("host") or ""), values.get("port")
    place = "" if host.startswith("/") else host + (f":{port}" if port else "")
    return f"postgresql://{place}/{values.get('dbname') or values.get('user') or ''}?schema={schema}"
