"""What runs jobs: the threads of a queue, and what they share.

    pool ──> maintenance ──> crew ──> worker ──> dispatch ──> prefetch, floor
                                        └─────> attempt

    floor.py        who sleeps and how to wake them; whether the pool stops. It knows none of the others
    dispatch.py     claims and settles jobs in the storage, and tells who waits for them
    prefetch.py     jobs that were claimed several at a time, and are not begun
    attempt.py      runs one attempt, from a claimed job through its handler to an outcome
    worker.py       the thread that claims a job, runs it, and settles it
    forks.py        a fork of a process whose queue runs
    crew.py         the workers of a pool: started, replaced, counted
    stalls.py       says what nobody will ever run
    periodic.py     submits jobs whenever a schedule comes
    hearing.py      what is done when other processes have added, ended or cancelled jobs
    maintenance.py  the thread that sleeps until something is due
    pool.py         makes all of these, starts them, and stops them
    calls.py        what each call of a queue checks first
    submission.py   callers that submit jobs, and wait for room
    waiting.py      callers that wait for jobs to end; waits.py: how they do it; lookup.py: which job they mean

A module imports only modules to its right, so there is no circle. A storage is never called under a lock of these.
"""
