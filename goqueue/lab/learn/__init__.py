"""What a learner works with: predictions, exercises, a version of their own, and the log of what they have done."""

from .exercise_view import exercise
from .grading import check
from .prediction import predict
from .progress_view import progress

__all__ = ["check", "exercise", "predict", "progress"]
