"""Submissions that attack the grader, and what must not come of them."""
