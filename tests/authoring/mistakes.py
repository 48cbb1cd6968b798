"""Mistakes that people make when they write an assignment, each an edit of the toy course."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.toy_course import CHECKS, NOTEBOOK

Edits = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Wrong:
    """One mistake.

    what : the mistake, in words; names the test
    says : what the refusal must say of it, a part of the sentence
    notebook, checks : pairs of a text of the toy course's file and what stands in its place
    files : what ships beside the notebook: content by name
    more : appended to the notebook
    """

    what: str
    says: str
    notebook: Edits = ()
    checks: Edits = ()
    files: dict[str, str] = field(default_factory=dict)
    more: str = ""

    @property
    def notebook_text(self) -> str:
        """The whole notebook with the mistake."""
        return _edited(NOTEBOOK, self.notebook) + self.more

    @property
    def checks_text(self) -> str:
        """All checks with the mistake."""
        return _edited(CHECKS, self.checks)


def _edited(text: str, edits: Edits) -> str:
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


SETUP = '{"grade_id": "setup", "locked": true}'
DOUBLE = '{"grade_id": "double", "solution": true}'
SUM_TEST = '{"grade_id": "test_double_sum", "grade": true, "points": 3}'
WRITTEN = '{"grade_id": "written_why", "grade": true, "solution": true, "points": 4}'
SUM_CHECK = "        agree(student.double_sum(x), reference.double_sum(x))\n"
VALUES_CHECK = "        agree(student.double(x), reference.double(x))\n"
ROUTES = 'ROUTES = {"*": Routes(libraries=("torch", "scipy"), names=("repeat",))}'
REFUSAL_CELL = NOTEBOOK[NOTEBOOK.index('# %% nbgrader={"grade_id": "test_double_refusal"') :]
REFUSAL_CELL = REFUSAL_CELL[: REFUSAL_CELL.index("# %%", 4)]
REFUSAL_CHECK = CHECKS[
    CHECKS.index("def test_double_refusal") : CHECKS.index("def test_double_sum")
]

HEADERS = (
    Wrong("metadata is no JSON", "cell 1 cannot be read", ((SETUP, '{"grade_id": setup}'),)),
    Wrong("metadata is not closed", "cell 1 cannot be read", ((SETUP, SETUP[:-1]),)),
    Wrong("colon in place of equals", "cell 1", (("nbgrader=" + SETUP, "nbgrader: " + SETUP),)),
    Wrong("words for metadata", "says level=3", (("nbgrader=" + SETUP, "level=3"),)),
    Wrong(
        "unknown key", "unknown keys ['point']", ((SUM_TEST, SUM_TEST.replace("points", "point")),)
    ),
    Wrong("no grade_id", "without a grade_id", ((SETUP, '{"locked": true}'),)),
    Wrong("grade_id twice", "another cell has this grade_id", ((DOUBLE, SETUP),)),
    Wrong("points as text", "has the points '3'", ((SUM_TEST, SUM_TEST.replace("3", '"3"')),)),
    Wrong("no points", "has no points", ((SUM_TEST, SUM_TEST.replace(', "points": 3', "")),)),
    Wrong("points below zero", "has the points -3", ((SUM_TEST, SUM_TEST.replace("3", "-3")),)),
    Wrong(
        "points without end", "has the points inf", ((SUM_TEST, SUM_TEST.replace("3", "1e999")),)
    ),
    Wrong("points true", "has the points True", ((SUM_TEST, SUM_TEST.replace("3", "true")),)),
    Wrong("grade as text", "grade: 'true'", ((SUM_TEST, SUM_TEST.replace("true", '"true"')),)),
    Wrong("points without grade", "not graded", ((SETUP, SETUP.replace("}", ', "points": 1}')),)),
    Wrong("task cell", "task cell", ((WRITTEN, WRITTEN.replace("}", ', "task": true}')),)),
    Wrong("unknown tag", "has the tags", (("# %%\nprint", '# %% tags=["slow"]\nprint'),)),
    Wrong(
        "graded demonstration",
        "tagged as a demonstration",
        ((SUM_TEST, SUM_TEST + ' tags=["demonstration"]'),),
    ),
)

SOLUTIONS = (
    Wrong(
        "code marked by hand",
        "a person would grade",
        ((DOUBLE, DOUBLE.replace("}", ', "grade": true, "points": 2}')),),
    ),
    Wrong(
        "points for given text",
        "nobody answers",
        ((WRITTEN, WRITTEN.replace('"solution": true, ', "")),),
    ),
    Wrong(
        "markers forgotten",
        "no markers",
        (("    ### BEGIN SOLUTION\n", ""), ("    ### END SOLUTION\n", "")),
    ),
    Wrong(
        "markers around the def",
        "markers stand around `def double`",
        (
            ("    ### BEGIN SOLUTION\n", ""),
            ("    ### END SOLUTION\n", "### END SOLUTION\n"),
            ("def double(x):", "### BEGIN SOLUTION\ndef double(x):"),
        ),
    ),
    Wrong("marker unclosed", "never closed", (("    ### END SOLUTION\n", ""),)),
    Wrong(
        "marker nested",
        "inside an open",
        (("    factor = 2\n", "    ### BEGIN SOLUTION\n    factor = 2\n"),),
    ),
    Wrong("marker unopened", "without its BEGIN", (("    ### BEGIN SOLUTION\n", ""),)),
    Wrong(
        "solution in a test cell",
        "not a solution cell",
        (("assert double_sum", "### BEGIN SOLUTION\n### END SOLUTION\nassert double_sum"),),
    ),
    Wrong(
        "grade_id is not the function's name",
        "it defines double_sum, and not sum_of_double",
        (('"double_sum"', '"sum_of_double"'),),
    ),
    Wrong(
        "a class is asked for",
        "defines a class",
        (("def double_sum(x):", "class double_sum:\n  def total(self, x):"),),
    ),
    Wrong(
        "function without a test",
        "no test cell grades it",
        more=(
            '\n# %% nbgrader={"grade_id": "triple", "solution": true}\ndef triple(x):\n'
            "    ### BEGIN SOLUTION\n    return 3 * x\n    ### END SOLUTION\n"
        ),
    ),
    Wrong(
        "solution in prose",
        "lines of a solution",
        more='\n# %% [markdown]\n# if x.ndim != 1:\n#     raise ValueError(f"{x.ndim} axes")\n'
        "# factor = 2\n",
    ),
    Wrong(
        "solution again below",
        "outside its solution cell",
        more="\n# %%\ndef double(x):\n    pass\n",
    ),
    Wrong(
        "solution in a shipped file",
        "lines of a solution would reach students",
        files={"notes.txt": 'if x.ndim != 1:\nraise ValueError(f"{x.ndim} axes")\nfactor = 2\n'},
    ),
    Wrong("shipped file in the way", "name of the students' notebook", files={"toy.ipynb": "{}"}),
)

TESTS = (
    Wrong("test of no function", "belongs to no function", (("test_double_sum", "test_treble"),)),
    Wrong(
        "name that is no name",
        "no function of checks.py",
        (("test_double_sum", "test_double_a-b"),),
    ),
    Wrong(
        "test above its function",
        "stands above the cell of double_sum",
        (
            (
                NOTEBOOK[
                    NOTEBOOK.index("# %% nbgrader=" + SUM_TEST) : NOTEBOOK.index("# %%\nprint")
                ],
                "",
            ),
            (
                '# %% nbgrader={"grade_id": "double_sum"',
                f"# %% nbgrader={SUM_TEST}\nassert double_sum(np.ones(1)) == 2\n\n"
                '# %% nbgrader={"grade_id": "double_sum"',
            ),
        ),
    ),
    Wrong(
        "hidden tests by hand",
        "never runs them",
        (
            (
                "assert double_sum",
                "### BEGIN HIDDEN TESTS\nassert double_sum(np.ones(3)) == 6\n"
                "### END HIDDEN TESTS\nassert double_sum",
            ),
        ),
    ),
    Wrong(
        "variable of another test cell",
        "which only the test cell 'test_double_values' defines",
        (
            ("assert np.array_equal", "pair = np.array([1.0, 2.0])\nassert np.array_equal"),
            ("double_sum(np.array([1.0, 2.0]))", "double_sum(pair)"),
        ),
    ),
    Wrong(
        "variable of a demonstration",
        "a demonstration that grading does not run",
        (
            (
                "# %% nbgrader=" + DOUBLE,
                '# %% tags=["demonstration"]\nNINE = 9\n\n# %% nbgrader=' + DOUBLE,
            ),
            ("return float(", "return NINE * 0 + float("),
        ),
    ),
    Wrong(
        "import in a cell without a name",
        "a cell without a grade_id",
        (
            ("# %% nbgrader=" + DOUBLE, "# %%\nimport math\n\n# %% nbgrader=" + DOUBLE),
            ("return float(", "return math.fsum([0.0]) + float("),
        ),
    ),
    Wrong(
        "import in a solution cell",
        "which the solution cell 'double' imports",
        (
            ("def double(x):", "import math\n\n\ndef double(x):"),
            ("return float(", "return math.fsum([0.0]) + float("),
        ),
    ),
    Wrong(
        "helper of another solution cell",
        "which the solution cell 'double' defines",
        (
            ("def double(x):", "def one():\n    return 1\n\n\ndef double(x):"),
            ("return float(", "return one() * float("),
        ),
    ),
    Wrong(
        "test that cannot fail",
        "passes before anything is written",
        (("assert double_sum(np.array([1.0, 2.0])) == 6.0", "assert 6.0 == 6.0"),),
    ),
    Wrong(
        "visible check expects something wrong",
        "the solved notebook fails here",
        (("== 6.0", "== 7.0"),),
    ),
    Wrong("solution is wrong", "the solved notebook fails here", (("factor = 2", "factor = 3"),)),
    Wrong(
        "given cell reads what is not there",
        "cell 'setup': it does not run: FileNotFoundError",
        (("import numpy as np", "import numpy as np\nopen('data.csv')"),),
    ),
    Wrong("solution does not parse", "cell 'double': ", (("factor = 2", "factor = = 2"),)),
    Wrong(
        "what is released does not run",
        "the untouched release raises NameError",
        more="\n# %%\ntry:\n    double(np.ones(2))\nexcept NotImplementedError:\n    nothing\n",
    ),
)

CHECK_FILES = (
    Wrong("no checks.py", "cannot be read", checks=((CHECKS, ""),)),
    Wrong(
        "checks.py does not parse",
        "checks.py, line 4: SyntaxError",
        checks=((ROUTES, "ROUTES = = 1"),),
    ),
    Wrong("checks.py does not import", "line 1: ImportError", checks=(("agree,", "agrees,"),)),
    Wrong(
        "a check is missing",
        "no check for test_double_sum",
        checks=(("test_double_sum", "tst_double_sum"),),
    ),
    Wrong(
        "a check has no cell",
        "no test cell of that name",
        checks=(
            ("def test_double_sum", "def test_more(*args):\n    pass\n\n\ndef test_double_sum"),
        ),
    ),
    Wrong(
        "arguments forgotten",
        "cannot be called with a student",
        checks=(
            ("test_double_sum(student, reference, rng)", "test_double_sum(student, reference)"),
        ),
    ),
    Wrong(
        "plain assert",
        "a plain assert",
        checks=((SUM_CHECK, "        assert student.double_sum(x) == 0\n"),),
    ),
    Wrong(
        "global random numbers",
        "draws what no seed repeats",
        checks=(
            ("def test_double_sum", "import numpy as np\n\n\ndef test_double_sum"),
            (
                '    x = rng.standard_normal(5)\n    with checking("the doubled',
                '    x = np.random.rand(5)\n    with checking("the doubled',
            ),
        ),
    ),
    Wrong("ROUTES of nobody", "names 'dubble'", checks=(('"*": Routes', '"dubble": Routes'),)),
    Wrong(
        "ROUTES without a comma",
        "and not Routes with tuples",
        checks=(('names=("repeat",)', 'names=("repeat")'),),
    ),
    Wrong(
        "ROUTES is no dict",
        "cannot be read|no dict",
        checks=((ROUTES, 'ROUTES = [Routes(libraries=("torch",))]'),),
    ),
    Wrong(
        "ROUTES rules out the solution",
        "does the asked work|uses|repeat|sum",
        checks=(('names=("repeat",)', 'names=("sum",)'),),
    ),
)

CHECKS_THAT_PASS = (
    Wrong(
        "never calls the student",
        "test_double_sum never calls the student",
        checks=((SUM_CHECK, "        agree(reference.double_sum(x), reference.double_sum(x))\n"),),
    ),
    Wrong(
        "calls another function",
        "calls double, and never double_sum",
        checks=((SUM_CHECK, VALUES_CHECK),),
    ),
    Wrong(
        "forgets to compare",
        "returns None, so it compares nothing",
        checks=((SUM_CHECK, "        student.double_sum(x)\n"),),
    ),
    Wrong(
        "compares the reference with itself",
        "compares nothing",
        checks=(
            (
                SUM_CHECK,
                "        student.double_sum(x)\n"
                "        agree(reference.double_sum(x), reference.double_sum(x))\n",
            ),
        ),
    ),
    Wrong(
        "compares the student with itself",
        "compares nothing",
        checks=((SUM_CHECK, "        agree(student.double_sum(x), student.double_sum(x))\n"),),
    ),
    Wrong(
        "drops what holds says",
        "always raises",
        checks=(
            ("import agree, checking, refuses", "import agree, checking, holds, refuses"),
            (
                SUM_CHECK,
                "        holds(lambda: agree(student.double_sum(x), reference.double_sum(x)))\n",
            ),
        ),
    ),
    Wrong(
        "catches every error",
        "always raises",
        checks=(
            (
                SUM_CHECK,
                "        try:\n"
                "            agree(student.double_sum(x), reference.double_sum(x))\n"
                "        except Exception:\n"
                "            pass\n",
            ),
        ),
    ),
    Wrong(
        "arguments of agree swapped",
        "takes what the student returned for what is right",
        checks=((SUM_CHECK, "        agree(reference.double_sum(x), student.double_sum(x))\n"),),
    ),
    Wrong(
        "tolerance of everything",
        "returns other values",
        checks=(
            (
                SUM_CHECK,
                "        agree(student.double_sum(x), reference.double_sum(x), tolerance=1e9)\n",
            ),
        ),
    ),
    Wrong(
        "only the kind is looked at",
        "returns other values",
        checks=(
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
    ),
    Wrong(
        "a case that shows nothing",
        "returns its first argument",
        ((REFUSAL_CELL, ""),),
        checks=(
            (REFUSAL_CHECK, ""),
            ("x = rng.standard_normal(5)", "x = 0 * rng.standard_normal(5)"),
        ),
    ),
    Wrong(
        "a check breaks by itself",
        "line 19: test_double_sum failed by itself: NameError",
        checks=(
            (
                'x = rng.standard_normal(5)\n    with checking("the doubled',
                'x = rgn.standard_normal(5)\n    with checking("the doubled',
            ),
        ),
    ),
    Wrong(
        "compares what agree does not know",
        "line 21: test_double_sum failed by itself: TypeError: agree() compares",
        checks=(
            (SUM_CHECK, "        agree(student.double_sum(x), complex(reference.double_sum(x)))\n"),
        ),
    ),
    Wrong(
        "a check is wrong",
        "test_double_sum fails the solved notebook",
        checks=(
            (SUM_CHECK, "        agree(student.double_sum(x), 1 + reference.double_sum(x))\n"),
        ),
    ),
    Wrong(
        "returns what no jail lets out",
        "in the isolated jail",
        (
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

ALL = (*HEADERS, *SOLUTIONS, *TESTS, *CHECK_FILES, *CHECKS_THAT_PASS)
