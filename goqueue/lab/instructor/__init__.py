"""What an instructor works with: two versions compared, the lines that matter, and a folder of submissions graded.

Nothing here imports a learner's code into this process: the code is read, and what must run runs in subprocesses.

    version_folders    what is compared and graded: steps, and folders that learners handed in, copied before use
    code_changes, queue_speed ──> comparison_facts ──> comparison_view: `compare`
    archives ──> version_folders ──> room ──> trying ──> grades: `grade`, which keeps a journal
    grades, weights ──> grade_tables: CSV files; grade_pages: a page for each learner
    command            `goqueue compare` and `goqueue grade`
"""

from .comparison_view import Comparison, compare
from .grades import Grade, Grades, grade
from .key_lines import lines_that_matter

__all__ = ["Comparison", "Grade", "Grades", "compare", "grade", "lines_that_matter"]
