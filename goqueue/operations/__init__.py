"""An operator's tools, from a shell: `goqueue queue FILE …` looks at a queue and mends, `goqueue worker` runs one.

    command.py   what `goqueue queue` and `goqueue worker` take, and their errors
    actions.py   what each action does to a storage
    shown.py     jobs and counts as text and as JSON
    worker.py    runs the queue of a module until a signal comes

Nothing else of the queue imports this.
"""
