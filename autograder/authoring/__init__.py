"""From solutions/NAME to grading/source and assignments/NAME: build, prove, release."""
