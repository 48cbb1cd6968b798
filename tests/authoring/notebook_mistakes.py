"""Mistakes in a notebook: its cells' metadata, its solutions and its visible tests."""

from tests.authoring.mistake import Mistake, in_notebook
from tests.toy_course import NOTEBOOK

SETUP = '{"grade_id": "setup", "locked": true}'
DOUBLE = '{"grade_id": "double", "solution": true}'
SUM_TEST = '{"grade_id": "test_double_sum", "grade": true, "points": 3}'
# Edits that take a marker of the first solution away.
WITHOUT_BEGIN = ("    ### BEGIN SOLUTION\n    if x.ndim", "    if x.ndim")
WITHOUT_END = ("factor * x\n    ### END SOLUTION\n", "factor * x\n")

HEADERS = (
    in_notebook("metadata is no JSON", "cell 1 cannot be read", (SETUP, '{"grade_id": setup}')),
    in_notebook("metadata is not closed", "cell 1 cannot be read", (SETUP, SETUP[:-1])),
    in_notebook("colon in place of equals", "cell 1", ("nbgrader=" + SETUP, "nbgrader: " + SETUP)),
    in_notebook("words for metadata", "says level=3", ("nbgrader=" + SETUP, "level=3")),
    in_notebook("unknown key", "unknown keys ['point']", ('"points": 3', '"point": 3')),
    in_notebook("no grade_id", "without a grade_id", (SETUP, '{"locked": true}')),
    in_notebook("grade_id twice", "another cell has this grade_id", (DOUBLE, SETUP)),
    in_notebook("points as text", "has the points '3'", ('"points": 3', '"points": "3"')),
    in_notebook("no points", "has no points", (', "points": 3', "")),
    in_notebook("points below zero", "has the points -3", ('"points": 3', '"points": -3')),
    in_notebook("points without end", "has the points inf", ('"points": 3', '"points": 1e999')),
    in_notebook("points true", "has the points True", ('"points": 3', '"points": true')),
    in_notebook("grade as text", "grade: 'true'", ('true, "points": 3', '"true", "points": 3')),
    in_notebook(
        "points without grade", "not graded", ('"locked": true', '"locked": true, "points": 1')
    ),
    in_notebook("task cell", "task cell", ('"points": 4', '"points": 4, "task": true')),
    in_notebook(
        "unknown tag", "cell 7 has the tags ['slow']", ("# %%\nprint", '# %% tags=["slow"]\nprint')
    ),
    in_notebook(
        "given demonstration",
        "cell 'setup' is tagged as a demonstration",
        (SETUP, SETUP + ' tags=["demonstration"]'),
    ),
    in_notebook(
        "graded demonstration",
        "tagged as a demonstration",
        (SUM_TEST, SUM_TEST + ' tags=["demonstration"]'),
    ),
)

SOLUTIONS = (
    in_notebook(
        "code marked by hand",
        "a person would grade",
        (DOUBLE, DOUBLE.removesuffix("}") + ', "grade": true, "points": 2}'),
    ),
    in_notebook(
        "points for given text",
        "nobody answers",
        ('"grade": true, "solution": true', '"grade": true'),
    ),
    in_notebook(
        "markers forgotten",
        "no markers",
        WITHOUT_BEGIN,
        WITHOUT_END,
    ),
    in_notebook(
        "markers around the def",
        "markers stand around `def double`",
        WITHOUT_BEGIN,
        ("factor * x\n    ### END SOLUTION\n", "factor * x\n### END SOLUTION\n"),
        ("def double(x):", "### BEGIN SOLUTION\ndef double(x):"),
    ),
    in_notebook("marker unclosed", "'double': BEGIN SOLUTION is never closed", WITHOUT_END),
    in_notebook(
        "marker nested",
        "'double', line 6: BEGIN SOLUTION inside",
        ("    factor = 2\n", "    ### BEGIN SOLUTION\n    factor = 2\n"),
    ),
    in_notebook("marker unopened", "without its BEGIN", WITHOUT_BEGIN),
    in_notebook(
        "solution in a test cell",
        "not a solution cell",
        ("assert double_sum", "### BEGIN SOLUTION\n### END SOLUTION\nassert double_sum"),
    ),
    in_notebook(
        "grade_id is not the function's name",
        "it defines double_sum, and not sum_of_double",
        ('"double_sum"', '"sum_of_double"'),
    ),
    in_notebook(
        "a class is asked for",
        "defines a class",
        ("def double_sum(x):", "class double_sum:\n  def total(self, x):"),
    ),
    Mistake(
        "function without a test",
        "no test cell grades it",
        more='\n# %% nbgrader={"grade_id": "triple", "solution": true}\ndef triple(x):\n'
        "    ### BEGIN SOLUTION\n    return 3 * x\n    ### END SOLUTION\n",
    ),
    Mistake(
        "solution in prose",
        "'cell 9': lines of a solution are left",
        more='\n# %% [markdown]\n# if x.ndim != 1:\n#     raise ValueError(f"{x.ndim} axes")\n'
        "# factor = 2\n",
    ),
    Mistake(
        "solution again below",
        "'cell 9': double is defined outside its solution cell",
        more="\n# %%\ndef double(x):\n    pass\n",
    ),
    Mistake(
        "solution in a shipped file",
        "lines of a solution would reach students",
        files={"notes.txt": 'if x.ndim != 1:\nraise ValueError(f"{x.ndim} axes")\nfactor = 2\n'},
    ),
    in_notebook(
        "solution commented out in the stub",
        "'double': lines of a solution are left",
        (
            "    ### BEGIN SOLUTION\n    if x.ndim",
            '    # if x.ndim != 1:\n    #     raise ValueError(f"{x.ndim} axes")\n'
            "    # factor = 2\n"
            "    ### BEGIN SOLUTION\n    if x.ndim",
        ),
    ),
    Mistake(
        "short solution in a shipped module",
        "helper.py: lines of a solution would reach students",
        notebook=(
            ("return float(double(x).sum())", "return float(double(x).sum(axis=0, dtype=float))"),
        ),
        files={"helper.py": "def f(x):\n    return float(double(x).sum(axis=0, dtype=float))\n"},
    ),
    Mistake("shipped file in the way", "name of the students' notebook", files={"toy.ipynb": "{}"}),
)

TESTS = (
    in_notebook(
        "test of no function", "belongs to no function", ("test_double_sum", "test_treble")
    ),
    in_notebook(
        "name that is no name", "no function of checks.py", ("test_double_sum", "test_double_a-b")
    ),
    in_notebook(
        "test above its function",
        "stands above the cell of double_sum",
        (
            NOTEBOOK[NOTEBOOK.index("# %% nbgrader=" + SUM_TEST) : NOTEBOOK.index("# %%\nprint")],
            "",
        ),
        (
            '# %% nbgrader={"grade_id": "double_sum"',
            f"# %% nbgrader={SUM_TEST}\nassert double_sum(np.ones(1)) == 2\n\n"
            '# %% nbgrader={"grade_id": "double_sum"',
        ),
    ),
    in_notebook(
        "hidden tests by hand",
        "never runs them",
        (
            "assert double_sum",
            "### BEGIN HIDDEN TESTS\nassert double_sum(np.ones(3)) == 6\n"
            "### END HIDDEN TESTS\nassert double_sum",
        ),
    ),
    in_notebook(
        "variable of another test cell",
        "which only the test cell 'test_double_values' defines",
        ("assert np.array_equal", "pair = np.array([1.0, 2.0])\nassert np.array_equal"),
        ("double_sum(np.array([1.0, 2.0]))", "double_sum(pair)"),
    ),
    in_notebook(
        "variable of a demonstration",
        "a demonstration that grading does not run",
        (
            "# %% nbgrader=" + DOUBLE,
            '# %% tags=["demonstration"]\nNINE = 9\n\n# %% nbgrader=' + DOUBLE,
        ),
        ("return float(", "return NINE * 0 + float("),
    ),
    in_notebook(
        "import in a cell without a name",
        "a cell without a grade_id",
        ("# %% nbgrader=" + DOUBLE, "# %%\nimport math\n\n# %% nbgrader=" + DOUBLE),
        ("return float(", "return math.fsum([0.0]) + float("),
    ),
    in_notebook(
        "import in a solution cell",
        "which the solution cell 'double' imports",
        ("def double(x):", "import math\n\n\ndef double(x):"),
        ("return float(", "return math.fsum([0.0]) + float("),
    ),
    in_notebook(
        "helper of another solution cell",
        "which the solution cell 'double' defines",
        ("def double(x):", "def one():\n    return 1\n\n\ndef double(x):"),
        ("return float(", "return one() * float("),
    ),
    in_notebook(
        "test that cannot fail",
        "'test_double_sum': this test passes before anything is written",
        ("assert double_sum(np.array([1.0, 2.0])) == 6.0", "assert 6.0 == 6.0"),
    ),
    in_notebook(
        "visible check expects something wrong",
        "the solved notebook fails here",
        ("== 6.0", "== 7.0"),
    ),
    in_notebook(
        "solution is wrong",
        "'test_double_values': the solved notebook fails here",
        ("factor = 2", "factor = 3"),
    ),
    in_notebook(
        "given cell reads what is not there",
        "cell 'setup': it does not run: FileNotFoundError",
        ("import numpy as np", "import numpy as np\nopen('data.csv')"),
    ),
    in_notebook("solution does not parse", "cell 'double': ", ("factor = 2", "factor = = 2")),
    in_notebook(
        "default value that is not there",
        "cell 'double': it does not run: NameError",
        ("def double(x):", "def double(x=undefined):"),
    ),
    Mistake(
        "demonstration is broken",
        "raises NameError|solved notebook fails here",
        more="\n# %%\nprint(undefined)\n",
    ),
    Mistake(
        "what is released does not run",
        "the untouched release raises NameError",
        more="\n# %%\ntry:\n    double(np.ones(2))\nexcept NotImplementedError:\n    nothing\n",
    ),
)
