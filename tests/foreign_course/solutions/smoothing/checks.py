"""A check with a tolerance of its own."""

from autograder.checks.checking import agree, checking


def test_smooth(student, reference, rng):
    signal, width = rng.standard_normal(50), int(rng.integers(2, 6))
    with checking("every mean is right to three digits"):
        want = reference.smooth(signal, width)
        agree(student.smooth(signal, width), want, tolerance=1e-3)
