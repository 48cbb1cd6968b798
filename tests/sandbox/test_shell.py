"""The jail's shell runs a cell as IPython would, without what matters to no grade."""

import pytest

from tests.jail_calls import json_output, process_in, run_cell

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "before",
    [
        "%%time",
        "%%capture",
        "%%timeit -n 3",
        "%%capture\n%%time",
        "%matplotlib inline",
        "%matplotlib widget",
        "%load_ext autoreload\n%autoreload 2",
        "%config InlineBackend.figure_format = 'retina'",
        "%pip install numpy",
        "%no_such_magic at all",
        "!pip install numpy",
        "files = !ls",
        "%time y = 2",
        "get_ipython().run_line_magic('matplotlib', 'inline')",
        "get_ipython().magic('matplotlib inline')",
        "%timeit 1 + 1",
        "len?",
        "import matplotlib.pyplot as plt\nplt.show()",
    ],
)
def test_a_cell_with_ipythons_syntax_defines_what_it_defines(jail, before):
    """Magics, commands and help stop no cell, and what they stand beside is there."""
    with process_in(jail) as calls:
        answer = run_cell(calls, f"{before}\ndef f(x):\n    return 2 * x")
        assert answer["error"] is None
        assert json_output(calls, "print(f(3))") == 6


def test_another_language_is_left_out(jail):
    """A cell of a shell or of HTML neither runs nor stops the notebook."""
    with process_in(jail) as calls:
        for magic in ("bash", "html", "javascript"):
            assert run_cell(calls, f"%%{magic}\necho $(date) > /tmp/shell")["error"] is None
        assert json_output(calls, "import os; print(int(os.path.exists('/tmp/shell')))") == 0


FILE = "%%writefile mine.py\ndef f(x):\n    return 2 * x\nif __name__ == '__main__':\n    ran = 1\n"


@pytest.mark.parametrize(
    "cells",
    [
        [FILE, "%run mine.py\nran"],
        [FILE, "%run mine\nran"],
        [FILE.replace("write", ""), "n = 2", "%run -i mine.py\nran + n"],
        [FILE, "%pylab inline", "%run mine.py\nzeros(3), np.pi, plt.plot, ran"],
        ["%%memit -r 1\ndef f(x):\n    return 2 * x"],
        ["%time y = 2\ndef f(x):\n    return y * x"],
        ["%%time\n%time y = 2\ndef f(x):\n    return y * x"],
    ],
    ids=["run", "run a module", "run here", "pylab", "no magic of IPython", "time", "both"],
)
def test_what_a_magic_defines_is_there(jail, cells):
    """A file that a cell wrote is run; a magic that IPython does not have is left off Python."""
    with process_in(jail) as calls:
        for source in cells:
            assert run_cell(calls, source)["error"] is None
        assert json_output(calls, "print(f(3))") == 6


def test_a_file_that_is_not_there_is_named(jail):
    """And not passed over: what it would define is missing."""
    with process_in(jail) as calls:
        error = run_cell(calls, "%run nowhere.py")["error"]
        assert "nowhere.py" in error[1]


@pytest.mark.parametrize(
    ("source", "where"),
    [
        ("x = 1\n1 / 0", ["<module>", 2]),
        ("def f():\n    assert False\n\nf()", ["f", 2]),
        ("x = 1\ny = = 2", ["<module>", 2]),
        ("import json\njson.loads('{')", ["<module>", 2]),
        ("%%time\n1 / 0", ["<module>", 1]),
    ],
)
def test_an_error_names_the_innermost_line_of_a_cell(jail, source, where):
    """Not one of a library that the cell called."""
    with process_in(jail) as calls:
        assert run_cell(calls, source)["where"] == where
