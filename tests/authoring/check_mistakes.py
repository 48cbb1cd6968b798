"""Mistakes in checks.py: what does not load, and checks that hold for wrong answers."""

from tests.authoring.mistake import Mistake, in_checks
from tests.toy_course import CHECKS, NOTEBOOK

SUM_CHECK = "        agree(student.double_sum(x), reference.double_sum(x))\n"
VALUES_CHECK = "        agree(student.double(x), reference.double(x))\n"
ROUTES = 'ROUTES = {"*": Routes(libraries=("torch", "scipy"), names=("repeat",))}'
REFUSAL_CELL = NOTEBOOK[NOTEBOOK.index('# %% nbgrader={"grade_id": "test_double_refusal"') :]
REFUSAL_CELL = REFUSAL_CELL[: REFUSAL_CELL.index("# %%", 4)]
REFUSAL_CHECK = CHECKS[
    CHECKS.index("def test_double_refusal") : CHECKS.index("def test_double_sum")
]


def in_sum_check(what: str, says: str, line: str) -> Mistake:
    """A mistake in the line of checks.py that compares the sums."""
    return in_checks(what, says, (SUM_CHECK, line))


CHECK_FILES = (
    in_checks("no checks.py", "cannot be read", (CHECKS, "")),
    in_checks(
        "checks.py does not parse", "checks.py, line 4: SyntaxError", (ROUTES, "ROUTES = = 1")
    ),
    in_checks("checks.py does not import", "line 1: ImportError", ("agree,", "agrees,")),
    in_checks(
        "a check is missing", "no check for test_double_sum", ("test_double_sum", "tst_double_sum")
    ),
    in_checks(
        "a check misspelled",
        "no check for test_double_sum; test_dubble_sum belongs to no test cell",
        ("test_double_sum", "test_dubble_sum"),
    ),
    in_checks(
        "a check has no cell",
        "no test cell of that name",
        ("def test_double_sum", "def test_more(*args):\n    pass\n\n\ndef test_double_sum"),
    ),
    in_checks(
        "arguments forgotten",
        "cannot be called with a student",
        ("test_double_sum(student, reference, rng)", "test_double_sum(student, reference)"),
    ),
    in_sum_check("plain assert", "a plain assert", "        assert student.double_sum(x) == 0\n"),
    in_checks(
        "global random numbers",
        "draws what no seed repeats",
        ("def test_double_sum", "import numpy as np\n\n\ndef test_double_sum"),
        (
            '    x = rng.standard_normal(5)\n    with checking("the doubled',
            '    x = np.random.rand(5)\n    with checking("the doubled',
        ),
    ),
    in_checks("ROUTES of nobody", "names 'dubble'", ('"*": Routes', '"dubble": Routes')),
    in_checks(
        "ROUTES without a comma",
        "and not Routes with tuples",
        ('names=("repeat",)', 'names=("repeat")'),
    ),
    in_checks(
        "ROUTES is no dict",
        "cannot be read|no dict",
        (ROUTES, 'ROUTES = [Routes(libraries=("torch",))]'),
    ),
    in_checks("ROUTES in small letters", "routes rules nothing out", ("ROUTES =", "routes =")),
    in_checks("ROUTES of no library", "'scippy', and no library", ('"scipy"', '"scippy"')),
    in_checks(
        "ROUTES of a library at hand",
        "rules out numpy, which",
        ('"scipy"', '"numpy"'),
    ),
    in_sum_check(
        "a function misspelled",
        "line 21: students are not asked for 'dubble_sum'",
        "        agree(student.dubble_sum(x), reference.double_sum(x))\n",
    ),
    in_checks(
        "refuses gets a result",
        "the call is made before refuses can watch it",
        ("refuses(lambda: student", "refuses(student"),
    ),
    in_checks(
        "ROUTES rules out the solution",
        "does the asked work|uses|repeat|sum",
        ('names=("repeat",)', 'names=("sum",)'),
    ),
)

CHECKS_THAT_PASS = (
    in_sum_check(
        "never calls the student",
        "test_double_sum never calls the student",
        "        agree(reference.double_sum(x), reference.double_sum(x))\n",
    ),
    in_sum_check("calls another function", "calls double, and never double_sum", VALUES_CHECK),
    in_sum_check(
        "forgets to compare",
        "returns None, so it compares nothing",
        "        student.double_sum(x)\n",
    ),
    in_sum_check(
        "compares the reference with itself",
        "compares nothing",
        "        student.double_sum(x)\n"
        "        agree(reference.double_sum(x), reference.double_sum(x))\n",
    ),
    in_sum_check(
        "compares the student with itself",
        "compares nothing",
        "        agree(student.double_sum(x), student.double_sum(x))\n",
    ),
    in_checks(
        "drops what holds says",
        "always raises",
        ("import agree, checking, refuses", "import agree, checking, holds, refuses"),
        (
            SUM_CHECK,
            "        holds(lambda: agree(student.double_sum(x), reference.double_sum(x)))\n",
        ),
    ),
    in_sum_check(
        "catches every error",
        "always raises",
        "        try:\n"
        "            agree(student.double_sum(x), reference.double_sum(x))\n"
        "        except Exception:\n"
        "            pass\n",
    ),
    in_sum_check(
        "arguments of agree swapped",
        "takes what the student returned for what is right",
        "        agree(reference.double_sum(x), student.double_sum(x))\n",
    ),
    in_sum_check(
        "tolerance of everything",
        "line 21: test_double_sum failed by itself: ValueError: with tolerance=",
        "        agree(student.double_sum(x), reference.double_sum(x), tolerance=1e9)\n",
    ),
    in_checks(
        "only the kind is looked at",
        "returns other values",
        (
            "import agree, checking, refuses",
            "import agree, checking, refuses\nfrom autograder.course.errors import CheckFailed",
        ),
        (
            SUM_CHECK,
            "        if type(student.double_sum(x)) is not float:\n"
            "            raise CheckFailed('a float was expected')\n",
        ),
    ),
    Mistake(
        "a case that shows nothing",
        "returns its first argument",
        notebook=((REFUSAL_CELL, ""),),
        checks=(
            (REFUSAL_CHECK, ""),
            (
                'rng.standard_normal(5)\n    with checking("every',
                '0 * rng.standard_normal(5)\n    with checking("every',
            ),
        ),
    ),
    in_checks(
        "a check breaks by itself",
        "line 19: test_double_sum failed by itself: NameError",
        (
            'x = rng.standard_normal(5)\n    with checking("the doubled',
            'x = rgn.standard_normal(5)\n    with checking("the doubled',
        ),
    ),
    in_sum_check(
        "a check breaks without a word",
        "line 21: test_double_sum failed by itself: StopIteration: without a message",
        "        agree(student.double_sum(x), next(iter([])))\n",
    ),
    in_sum_check(
        "compares what agree does not know",
        "line 21: test_double_sum failed by itself: TypeError: agree() compares",
        "        agree(student.double_sum(x), complex(reference.double_sum(x)))\n",
    ),
    in_sum_check(
        "a check is wrong",
        "checks.py, line 18: test_double_sum fails the solved notebook",
        "        agree(student.double_sum(x), 1 + reference.double_sum(x))\n",
    ),
    Mistake(
        "returns what no jail lets out",
        "in the isolated jail",
        notebook=(
            ("return float(double(x).sum())", "return iter([float(double(x).sum())])"),
            (
                "assert double_sum(np.array([1.0, 2.0])) == 6.0",
                "assert list(double_sum(np.array([1.0, 2.0]))) == [6.0]",
            ),
        ),
        checks=(
            (
                SUM_CHECK,
                "        agree(list(student.double_sum(x)), list(reference.double_sum(x)))\n",
            ),
        ),
    ),
)
