"""Write the sample class, or compare what it earned with what it must earn.

python -m tests.submissions FOLDER
python -m tests.submissions --check grading/results/naive_convolution.json
"""

import sys
from pathlib import Path

import nbformat

from autograder.course.cells import describe
from autograder.course.errors import CourseError
from autograder.course.folders import find_course
from autograder.course.results import read_results
from tests.submissions.comparison import class_differences
from tests.submissions.sample_class import NAME, SAMPLES, write_class


def check(path: Path) -> int:
    """Print what differs in a results file; 1 if anything does."""
    try:
        results = read_results(path)
    except CourseError as error:
        sys.exit(f"The sample class has no results: {error}")
    functions = describe(nbformat.read(find_course().assignment(NAME).source, 4)).functions
    sentences = class_differences(results.submissions, functions)
    if not sentences:
        print(f"All {len(SAMPLES)} submissions of the sample class earned what they should.")
        return 0
    print(
        f"{len(sentences)} of {len(SAMPLES)} submissions of the sample class did not earn "
        f"what they should, so grading does not work on this machine. In {path}:"
    )
    print("".join(f"  {sentence}\n" for sentence in sentences), end="")
    print("`autograder doctor` tries what grading needs here.")
    return 1


if sys.argv[1:2] == ["--check"] and len(sys.argv) == 3:
    sys.exit(check(Path(sys.argv[2])))
if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
    sys.exit(__doc__)
written = write_class(find_course().assignment(NAME), Path(sys.argv[1]))
print(f"sample class: {len(written)} submissions to {NAME} in {sys.argv[1]}")
