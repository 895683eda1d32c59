"""How a run ends.

ending      what is done then; how a verdict is named
leaving     how a thread ends that swallows what is to end it
recurrence  whether a state of all threads comes again: a livelock
spinning    whether a thread polls
moments     when the clock moves next for one that polls the clock
spurious    whether one that waits in vain would go on if it looked: a lost wake-up
"""
