"""Tasks: typed functions whose calls become jobs. `Queue.task` makes them; nothing else of the queue knows of them.

task.py        Task, its options, and how a call is submitted
task_job.py    the jobs of tasks, which know the type of their result
decorator.py   @queue.task(…);  function.py: the function as a handler;  current.py: the context that runs
codec.py       arguments and results as JSON, by annotations;  kinds.py: what each annotation means
coroutines.py  async def, and waiting without blocking an event loop
"""

from .codec import Codec
from .current import current_context
from .task import AsyncTask, Call, Task
from .task_job import TaskJob

__all__ = ["AsyncTask", "Call", "Codec", "Task", "TaskJob", "current_context"]
