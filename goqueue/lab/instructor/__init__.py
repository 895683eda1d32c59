"""What an instructor works with: two versions compared, the lines that matter, and a folder of submissions graded.

Nothing here imports a learner's code into this process: it is read, and what must run runs in processes of its own.
"""

from .comparing import Comparison, compare
from .grading import Grade, Grades, grade
from .lines import lines_that_matter

__all__ = ["Comparison", "Grade", "Grades", "compare", "grade", "lines_that_matter"]
