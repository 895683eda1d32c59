"""How fast the race lab is: `python tests/benchmarks/races.py` prints the tables, in about a minute.

Nothing is asserted. What the numbers depend on is stated above them. `--small` runs all with tiny sizes.
"""

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).parents[2])  # instead of this folder
    from tests.benchmarks.tables import main

    main()
