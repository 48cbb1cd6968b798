"""A forbidden route costs the function that takes it, and what needs it, and nothing else."""

import pytest

from autograder.authoring.release import release
from autograder.grading import worker_state
from tests.edits import edit
from tests.grading.toy_session import GOOD, LIMITS, cell_with, grade_answers, statuses
from tests.toy_course import CHECKS, NOTEBOOK, make_course

pytestmark = pytest.mark.slow
# double_sum must neither use double nor repeat anything.
RULED_NOTEBOOK = edit(NOTEBOOK, ("float(double(x).sum())", "float((x + x).sum())"))
RULED = edit(
    CHECKS,
    ("))}", ')), "double_sum": Routes(libraries=("torch", "scipy"), names=("repeat", "double"))}'),
)
RULED_GOOD = GOOD | {"double_sum": "def double_sum(x):\n    return float((x + x).sum())\n"}


@pytest.fixture(scope="module")
def ruled_toy(tmp_path_factory):
    """The toy course with its forbidden routes, one of which is an earlier function."""
    folder = tmp_path_factory.mktemp("ruled")
    assignment = make_course(folder, RULED_NOTEBOOK, RULED).assignment("toy")
    release(assignment)
    yield assignment
    worker_state.start_over()


@pytest.fixture
def ruled(ruled_toy, tmp_path):
    """Grade right answers but for those given, where routes are forbidden."""

    def grade(**sources):
        return grade_answers(ruled_toy, tmp_path, LIMITS, RULED_GOOD | sources)

    return grade


TWICE = "def twice(x):\n    return np.repeat(x[None], 2, axis=0).sum(axis=0)\n"


def test_a_forbidden_route_costs_its_function_alone(ruled):
    """The cell shows what it shows; it is left out when the trusted checks ask."""
    double = f"print('was ' 'here')\n{TWICE}\n{GOOD['double']}"
    result, nb = ruled(double=double)
    assert statuses(result) == {
        "double_values": "forbidden",
        "double_refusal": "forbidden",
        "double_sum": "passed",
    }
    assert result.cells["test_double_values"].message.startswith("line 3 uses repeat, which")
    assert "was here" in str(cell_with(nb, "def twice").outputs)


def test_a_library_that_is_left_out_is_forbidden_where_it_is_used(ruled):
    """The message names what was used; the same import without a use costs nothing."""
    used, unused = "import torch\nONES = torch.ones", "import torch, scipy.signal"
    result, _ = ruled(
        double=f"{used}\n{edit(GOOD['double'], ('return x + x', 'return x + ONES(2)'))}",
        double_sum=f"{unused}\n{RULED_GOOD['double_sum']}",
    )
    assert statuses(result) == {
        "double_values": "forbidden",
        "double_refusal": "passed",
        "double_sum": "passed",
    }
    message = result.cells["test_double_values"].message
    assert "torch.ones does the asked work in your place" in message


@pytest.mark.parametrize(
    ("double", "double_sum", "missing"),
    [
        pytest.param(
            TWICE,
            "def double_sum(x):\n    return float(twice(x).sum())",
            "raised NameError (the cell of double makes twice and was left out: line 2 uses repeat",
            id="a helper",
        ),
        pytest.param(
            f"{TWICE}\ndef double_sum(x):\n    return float(twice(x).sum())",
            "pass",
            "raised NameError (the cell of double makes double_sum and was left out: line 2",
            id="the function",
        ),
        pytest.param(
            "np.sctypeDict['twice'] = np.repeat",
            "def double_sum(x):\n    return float(np.sctypeDict['twice'](x, 2).sum())",
            "raised KeyError",
            id="a container",
        ),
    ],
)
def test_what_such_a_cell_makes_is_of_no_use(ruled, double, double_sum, missing):
    """A function that needs it fails, and is told why it is missing."""
    result, _ = ruled(double=double, double_sum=double_sum)
    assert result.score == 0
    assert missing in result.cells["test_double_sum"].message


@pytest.mark.parametrize("own", ["pass", "", RULED_GOOD["double_sum"]])
def test_a_function_may_stand_in_another_cell(ruled, own):
    """Where its code is what it would have to be in its own."""
    double = f"def add(x):\n    return x.sum()\n{RULED_GOOD['double']}"
    later = "def double_sum(x):\n    return float(add(x + x))\n"
    result, _ = ruled(double=double + later, double_sum=own)
    assert result.score == 6.0


def test_a_function_that_another_cell_defines_keeps_to_its_own_routes(ruled):
    """double may be used in double's own cell, but not for double_sum."""
    later = "def double_sum(x):\n    return float(double(x).sum())\n"
    result, _ = ruled(double=later, double_sum="pass")
    assert statuses(result)["double_sum"] == "forbidden"
    assert "another cell defines double_sum" in result.cells["test_double_sum"].message


@pytest.mark.parametrize(
    ("before", "double_sum"),
    [
        ("np.sctypeDict['asked'] = lambda x: double(x)", "np.sctypeDict['asked'](x)"),
        ("def double_sum(x):\n    return float(double(x).sum())", None),
    ],
    ids=["hidden in a container", "beside it"],
)
def test_the_reference_does_not_answer_for_what_must_not_be_used(ruled, before, double_sum):
    """Whatever hides the call: while double_sum is asked, nobody answers for double."""
    own = f"def double_sum(x):\n    return float({double_sum}.sum())" if double_sum else "pass"
    result, _ = ruled(double=f"{before}\n\n{GOOD['double']}", double_sum=own)
    assert statuses(result)["double_values"] == "passed"
    assert statuses(result)["double_sum"] == "failed"
    said = result.cells["test_double_sum"].message
    assert said.endswith("raised NameError (double must not be used here)")
