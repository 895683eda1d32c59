"""The course's code: the queue as it stood after each step, its promises, and the faults that break them."""
