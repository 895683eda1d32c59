"""Mutation testing: is there a promise for each thing that a version does, and a check for each that an answer does?

    a version's file, or a solution ── operators ──> mutants, each with one small mistake
                                                        └── judged by the promises of that step, the cheapest first
                                                             ├── killed by a promise
                                                             ├── listed in equivalents.toml, with the reason
                                                             └── survives: a promise is missing

    change, mutant                     one small change of a syntax tree; all of a source
    locking, waiting, copying, branching, values, statements, lines
                                       the operators: the mistakes that people make with threads, and others
    subject                            what is mutated and who judges
    replacement, judge, census         trying each mutant in a copy of a process
    equivalents                        the list of those that nobody needs to kill
    report, command                    `goqueue mutants 12`
    first_shown                        what a learner is shown first of a sample of mutants

mutmut and cosmic-ray carry such plumbing too. Both change files on the disk, start the whole test command for each
mutant, and know operators for arithmetic, not for threads. Here a judge is a promise, a mutant never leaves a copy of
a process, and a promise takes a hundredth of a second; a command for each would take a hundred times as long. So this
is built on `ast`, and the course needs nothing but Python.
"""
