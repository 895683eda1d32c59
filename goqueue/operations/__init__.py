"""An operator's tools, from a shell: `goqueue queue FILE …` looks at a queue and mends, `goqueue worker` runs one.

    command.py    runs `goqueue queue` and `goqueue worker`, and says their errors;  arguments.py: what they take
    actions.py    what each action does to a storage
    state.py      what a storage holds now, in numbers
    shown.py      jobs and counts as text and as JSON;  top.py: again and again
    worker.py     runs the queue of a module until a signal comes
    health.py     the endpoint that a supervisor asks;  reload.py: a worker that starts anew when a file changes

Nothing of the queue imports this; the metrics and the dashboard do.
"""
