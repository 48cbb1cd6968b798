"""nbgrader's configuration: formgrader, `nbgrader` and `autograder` all read this file."""

import os

c = get_config()  # noqa: F821  (traitlets puts it here)

# `autograder` may be started in any folder of the course; nbgrader looks from the root.
c.CourseDirectory.root = os.path.dirname(os.path.abspath(__file__))
c.CourseDirectory.course_id = "convnets"
c.CourseDirectory.db_url = f"sqlite:///{c.CourseDirectory.root}/grading/gradebook.db"

# Students' files at the top, everything else under grading/, which git ignores.
c.CourseDirectory.source_directory = "grading/source"
c.CourseDirectory.release_directory = "assignments"
c.CourseDirectory.submitted_directory = "grading/submitted"
c.CourseDirectory.autograded_directory = "grading/autograded"
c.CourseDirectory.feedback_directory = "grading/feedback"

# A cell that runs longer than this many seconds is stopped and fails.
c.Execute.timeout = 20

# A warning is not a mistake. nbgrader gives 0 for any output on stderr, so leave it out of account.
c.IgnorePattern.enabled = True
c.IgnorePattern.pattern = "."

# Formgrader's pages have an instructor's rights: of a notebook they show text and pictures, and no
# script that a student put into an answer or an output. No page takes minutes to be made.
c.HTMLExporter.filters = {
    "markdown2html": "autograder.reports.formgrader.markdown",
    "highlight_code": "autograder.reports.formgrader.highlighted",
}
c.HTMLExporter.preprocessors = ["autograder.reports.formgrader.OnlyWhatShows"]

# What a cell prints is kept for feedback up to here.
c.LimitOutput.max_lines = 200
c.LimitOutput.max_traceback = 60

# The batch (`autograder grade`) has these limits besides. A whole submission that runs longer than
# this many seconds is stopped; what it had earned stays.
c.Autograder.submission_timeout = 180
# All processes of a submission together may use so much memory, on top of what Python, PyTorch and
# the other libraries take before it runs. There may be so many of them, threads included.
c.Autograder.memory_mb = 2000
c.Autograder.processes = 32
# Its private folder holds so much, and what its cells show is kept up to here.
c.Autograder.disk_mb = 64
c.Autograder.output_kb = 2000
# What an assignment's notebook imports is imported once for a whole class. So is what stands here:
# libraries that take long to import, and that students may use besides.
c.Autograder.imports = []

# Pages show times in this zone. The gradebook has them in UTC.
c.Autograder.zone = "UTC"

# What lateness costs, in `nbgrader autograde` and in the batch. For each day begun after the
# deadline so many percent are taken, of the assignment's "maximum" or of the student's "score".
# 0 takes nothing. `autograder late NAME` sets deadlines and settles what changed since grading.
c.AssignLatePenalties.plugin_class = "autograder.gradebook.late.LatePolicy"
c.LatePolicy.percent_per_day = 0
c.LatePolicy.of = "maximum"
# As if the deadline were so many minutes later.
c.LatePolicy.grace_minutes = 0
# No more than this is taken; what comes more than so many days late counts nothing (None: all).
c.LatePolicy.most_percent = 100
c.LatePolicy.cutoff_days = None
