"""What nbgrader must know on a student's server."""

import os

c = get_config()  # noqa: F821  (traitlets puts it here)

# DELETE THIS where students are Unix users of their own: nbgrader then takes the Unix user's name,
# which a student cannot change.
c.CourseDirectory.student_id = os.environ["JUPYTERHUB_USER"]
