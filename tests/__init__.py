"""The tests, and the programs that they and `make` start."""

import autograder  # noqa: F401 (before nbformat, whose import is slow without: see there)
