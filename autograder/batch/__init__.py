"""Grading a class: executors, result cache, audit log, the state of a run, regrading."""
