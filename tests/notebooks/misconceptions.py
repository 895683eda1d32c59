"""What learners believe and the course refutes: what research and teachers met most often."""

MISCONCEPTIONS = (
    "the GIL makes it safe",
    "it ran a thousand times, so it is correct",
    "locking the dict locks the jobs",
    "two locks on the same data are safer",
    "check, then lock, is fine",
    "a sleep fixes a race",
    "backoff lowers the total load",
    "max_retry counts retries",
    "shutdown waits for waiting retries",
)
