"""A course that is not ours: no book, no tests, and the shortest configuration."""

import os

c = get_config()  # noqa: F821  (traitlets puts it here)
c.CourseDirectory.root = os.path.dirname(os.path.abspath(__file__))
c.CourseDirectory.course_id = "programming"
c.CourseDirectory.db_url = "sqlite:///grading/gradebook.db"
c.CourseDirectory.source_directory = "grading/source"
c.CourseDirectory.release_directory = "assignments"
c.CourseDirectory.submitted_directory = "grading/submitted"
c.CourseDirectory.autograded_directory = "grading/autograded"
c.CourseDirectory.feedback_directory = "grading/feedback"
