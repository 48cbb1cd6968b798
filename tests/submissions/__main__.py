"""python -m tests.submissions FOLDER: write the sample class there."""

import sys
from pathlib import Path

from autograder.course import find_course
from tests.submissions.sample_class import NAME, write_class

if len(sys.argv) != 2:
    sys.exit(__doc__)
written = write_class(find_course().assignment(NAME), Path(sys.argv[1]))
print(f"sample class: {len(written)} submissions to {NAME} in {sys.argv[1]}")
