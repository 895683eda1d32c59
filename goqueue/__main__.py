"""`python -m goqueue` is the same as `goqueue`."""

import sys

from .cli import main

sys.exit(main())
