"""The jail gives honest work what the same checks give it in one process, cell by cell."""

import pytest

from autograder.course.folders import find_course
from autograder.grading import worker_state
from tests.fairness.jailed import compare

pytestmark = pytest.mark.slow
# `make fairness` asks about every variant; here every fifth stands for its neighbours.
STEP = 5


@pytest.fixture(scope="module", autouse=True)
def _jail():
    """One jail for the module, ended with it."""
    yield
    worker_state.start_over()


@pytest.mark.parametrize("name", find_course().names)
@pytest.mark.filterwarnings("ignore")  # right answers may warn
def test_the_jail_is_as_fair_as_one_process(name):
    """Right work keeps its points in the jail, and wrong work loses the same cells there."""
    assert compare(name, STEP, offset=1) == []
