"""Real servers for the tests: one for all tests of a process, started when the first of them asks for it."""
