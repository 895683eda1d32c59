"""One run of a model, decided only by which thread goes on at each step. It imports no other room.

run, tasks       the baton, steps, the clock; threads, and the real ones that carry them
sections         critical sections that are one step
faults           a run that meets faults: an interrupt at any step; a crash, and what it leaves
carrying, stacks what carries a thread: a real one or, in a browser tab, a suspended stack
active           which run is going on
ends             how a run ends
log              what the search needs to know of a run          words: verdicts, operations
happens_before   clocks, and the races they show
places, naming, targets, sources      what is accessed; what things and lines are called in reports
observer         what a recorder is told                         homes: whose a source file is
"""
