"""nbgrader's side: the gradebook, deadlines, late penalties, the files beside a notebook."""
