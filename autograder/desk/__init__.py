"""Everything around grading: nothing in here changes a score."""
