"""All rows, in the order of the table."""

from .growth import GROWTH
from .importing import IMPORTING
from .in_memory import IN_MEMORY
from .lateness import LATENESS
from .on_disk import EACH_COMMIT, FULL
from .one_by_one import ONE_BY_ONE
from .weights import WEIGHTS

ROWS = (IN_MEMORY, ONE_BY_ONE, WEIGHTS, LATENESS, EACH_COMMIT, FULL, IMPORTING, GROWTH)
