"""Which orders to try, and what came of them.

exploration      one model in all its runs          concluding: from there to a result
planning         which strategies, in which order   budget: how much each may spend
reduction        one schedule of each kind          history: which steps depend on which
bounded          the fewest preemptions first       choosing: the ordinary choice
walks, sampling  runs at random                     workers: in several processes
by_hand, oracle  runs that somebody else chooses    chance: a model that differs from run to run
simplifying      a simpler run that fails as well
faults           which interrupts and crashes to try, and with interrupting the schedules for each
schedules        a run as a short string            options: what the caller chooses
"""
