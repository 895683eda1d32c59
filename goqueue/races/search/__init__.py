"""Which orders to try, and what came of them.

exploration      one model in all its runs          concluding: from there to a result
reduction        one schedule of each kind          history: which steps depend on which
bounded          the fewest preemptions first       choosing: the ordinary choice
faults           which interrupts and crashes to try
schedules        a run as a short string       options: what the caller chooses
"""
