"""The modules that a page needs are found: imported by name, from a package, and in turn."""

import pytest
from modules import dependencies


@pytest.fixture
def folder(tmp_path):
    files = {
        "alone.py": "import math\n",
        "chain.py": "from alone import math\n",
        "package/__init__.py": "",
        "package/first.py": "from .second import x\n",
        "package/second.py": "import alone\nx = 1\n",
        "package/other.py": "",
        "circle.py": "import ring\n",
        "ring.py": "import circle\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import alone", {"alone.py"}),
        ("import chain", {"alone.py", "chain.py"}),
        ("from package import other", {"package/__init__.py", "package/other.py"}),
        (
            "from package.first import x",
            {"package/__init__.py", "package/first.py", "package/second.py", "alone.py"},
        ),
        ("def f():\n    import alone", {"alone.py"}),
        ("import circle", {"circle.py", "ring.py"}),
        ("import numpy\nfrom os import path", set()),
    ],
)
def test_what_a_text_imports_is_found(folder, source, names):
    """Each module of the folder that it needs, and no other."""
    found = {str(path.relative_to(folder)) for path in dependencies([source], book=folder)}
    assert found == names
