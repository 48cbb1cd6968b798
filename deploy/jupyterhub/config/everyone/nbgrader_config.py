"""What nbgrader must know on every server of the hub; the course's own settings come on top."""

import os

c = get_config()  # noqa: F821  (traitlets puts it here)

c.CourseDirectory.course_id = "convnets"
c.Exchange.root = os.environ["NBGRADER_EXCHANGE"]

# DELETE THIS where students are Unix users of their own: nbgrader then warns of work that belongs
# to somebody else.
c.ExchangeCollect.check_owner = False
