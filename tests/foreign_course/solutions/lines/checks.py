"""A check of what a library computed."""

from autograder.checks.checking import agree, checking


def test_line_through(student, reference, rng):
    x, y = rng.standard_normal((2, 20))
    with checking("the line is the one of the least squares"):
        agree(student.line_through(x, y), reference.line_through(x, y), tolerance=1e-6)
