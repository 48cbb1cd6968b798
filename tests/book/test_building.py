"""`make book` does again what a change concerns, and nothing else."""

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from book import building
from book.building import Step, all_steps, build, files, key_of, page_steps

ROOT = Path(__file__).parents[2]
FOLDERS = ("assignments", "autograder", "book", "solutions", "tests")
MADE = ("_build/fairness.md", "_build/attacks.md", "_build/figures.json")
PAGES = {"en", "zh_CN"}
EVERYTHING = {"fairness", "attacks", "experiments", "figure data", *PAGES}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """The files that the book is made of, with tables and one executed page."""
    root = tmp_path_factory.mktemp("checkout")
    for folder in FOLDERS:
        shutil.copytree(
            ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__", ".*")
        )
    for name in ("_config.yml", "pyproject.toml"):
        shutil.copy(ROOT / name, root)
    for name in (*MADE, "_build/jupyter_execute/pooling.ipynb"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("made\n")
    return root


def keys(root):
    """The key of each step by its name."""
    return {step.name: key_of(step, root) for step in all_steps()}


def due(before, after):
    """The names of the steps whose keys differ."""
    return {name for name in before if before[name] != after[name]}


@pytest.fixture(scope="module")
def before(checkout):
    """Their keys, when nothing has changed."""
    return keys(checkout)


@pytest.mark.parametrize(
    ("changed", "expected"),
    {
        "book/locale/zh_CN/LC_MESSAGES/pooling.po": {"zh_CN"},
        "book/locale/zh_CN/assets/conv-demo-words.mjs": {"zh_CN"},
        "book/locale/zh_CN/terms.csv": {"zh_CN"},
        "_build/jupyter_execute/pooling.ipynb": {"zh_CN"},
        "book/pooling.md": PAGES,
        "book/grading-safely.md": {"attacks", *PAGES},
        "book/assets/conv-demo.mjs": PAGES,
        "book/references.bib": PAGES,
        "book/_ext/quiz.py": PAGES,
        "book/figures.py": PAGES,
        "book/roofline.py": PAGES,
        "book/figure_data.py": {"figure data", *PAGES},
        "book/experiments/sights.py": {"experiments", *PAGES},
        "book/digits.py": {"experiments", "figure data", *PAGES},
        "_build/fairness.md": PAGES,
        "assignments/pooling/pooling.ipynb": PAGES,
        "_config.yml": PAGES,
        "solutions/pooling/checks.py": {"fairness", *PAGES},
        "tests/fairness/bands.py": {"fairness", "attacks"},
        "tests/attacks/catalogue.py": {"attacks"},
        "autograder/grading/scorer.py": {"fairness", "attacks", *PAGES},
        "README.md": set(),
    }.items(),
)
def test_what_depends_on_a_file_is_due_when_it_changes(checkout, before, changed, expected):
    """A page, a catalog, a script, a module, a table: what is made of it, and no other step."""
    path = checkout / changed
    content = path.read_bytes() if path.is_file() else None
    path.write_bytes((content or b"") + b"\n# changed\n")
    try:
        assert due(before, keys(checkout)) == expected
    finally:
        path.unlink() if content is None else path.write_bytes(content)


def test_a_new_file_and_one_that_is_gone_change_a_key(checkout, before):
    """A page that is added is built, and one that goes leaves the contents."""
    page, gone = checkout / "book" / "another.md", checkout / "book" / "memory.md"
    content = gone.read_bytes()
    page.write_text("# Another page\n")
    assert due(before, keys(checkout)) == PAGES
    page.unlink()
    gone.unlink()
    assert due(before, keys(checkout)) == PAGES
    gone.write_bytes(content)


def test_times_hidden_and_compiled_files_change_no_key(checkout, before):
    """A copy of a checkout has other times, and editors and Python leave files of their own."""
    for path in (checkout / "book").rglob("*"):
        path.touch()
    for name in ("__pycache__/digits.cpython-311.pyc", ".digits.py.swp"):
        path = checkout / "book" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"\0")
    assert due(before, keys(checkout)) == set()


def test_a_copy_in_another_folder_has_the_same_keys(checkout, before, tmp_path):
    """So a clone that got the built files builds nothing."""
    shutil.copytree(checkout, tmp_path / "copy")
    assert keys(tmp_path / "copy") == before


def test_another_version_of_a_library_changes_every_key(checkout, before, tmp_path, monkeypatch):
    """What is computed, drawn and written may differ."""
    (tmp_path / "torch-99.0.dist-info").mkdir()
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    assert due(before, keys(checkout)) == EVERYTHING


@pytest.mark.parametrize("variable", building.PUBLISHED)
def test_where_the_book_is_published_changes_the_pages(checkout, before, monkeypatch, variable):
    """Their links name it."""
    monkeypatch.setenv(variable, "https://github.com/Someone/course")
    assert due(before, keys(checkout)) == PAGES


def test_pictures_that_came_change_what_is_computed_from_them(checkout, before, monkeypatch):
    """Fashion-MNIST is fetched by the first build that has a network."""
    here = building.fashion_files.folder()
    monkeypatch.setattr(building.fashion_files, "folder", lambda: None if here else Path())
    assert {"experiments", "figure data", *PAGES} <= due(before, keys(checkout))


def test_jupyterlite_that_was_built_changes_the_pages(checkout, before):
    """They link to it."""
    file = checkout / "_build" / "lite" / "site" / "files" / "pooling.ipynb"
    file.parent.mkdir(parents=True)
    file.touch()
    assert due(before, keys(checkout)) == PAGES
    shutil.rmtree(checkout / "_build" / "lite")


def test_every_module_that_a_key_needs_is_found(checkout):
    """The experiments and what they import; a pattern that matches nothing would hide a change."""
    for step in all_steps():
        for pattern in (*step.inputs, *step.modules):
            if not pattern.startswith(("!", "_build/")):
                assert files(checkout, [pattern]), f"{step.name}: {pattern}"


COUNTING = """\
import sys
from pathlib import Path

Path("runs").open("a").write(" ".join(sys.argv[1:]) + "\\n")
for name in ("page.html", "static.js"):
    Path("_build", name).write_text("made")
if Path("fails").exists():
    sys.exit(3)
"""


@pytest.fixture
def project(tmp_path):
    """A project of one step that notes its runs."""
    (tmp_path / "_build").mkdir()
    (tmp_path / "source.md").write_text("words")
    (tmp_path / "count.py").write_text(COUNTING)
    return tmp_path


STEP = Step("pages", ("count.py",), ("source.md",), ("_build/*.*",), again=("--all",))


def runs(project):
    """The options of each run of the step."""
    file = project / "runs"
    return file.read_text().splitlines() if file.is_file() else []


def test_a_step_runs_once_until_its_input_changes(project, capfd):
    """And says that it has nothing to do."""
    build([STEP], project)
    build([STEP], project)
    assert runs(project) == ["--all"]
    assert capfd.readouterr().out == "pages: nothing changed\n"
    (project / "source.md").write_text("other words")
    build([STEP], project)
    assert runs(project) == ["--all", ""]


def test_all_is_made_again_when_everything_depends_on_a_change(project):
    """An extension of Sphinx or a version; Sphinx itself would read no page again."""
    (project / "extension.py").write_text("one = 1")
    step = replace(STEP, inputs=("source.md", "*.py"), everywhere=("extension.py",))
    build([step], project)
    (project / "source.md").write_text("other words")
    build([step], project)
    (project / "extension.py").write_text("one = 2")
    build([step], project)
    build([step], project)
    assert runs(project) == ["--all", "", "--all"]


@pytest.mark.parametrize(("name", "options"), [("page.html", ""), ("static.js", "--all")])
def test_a_step_runs_again_when_its_file_is_gone(project, name, options):
    """Sphinx writes pages that are missing; of other files it knows nothing, so it reads all."""
    build([STEP], project)
    (project / "_build" / name).unlink()
    build([STEP], project)
    assert runs(project) == ["--all", options]
    assert (project / "_build" / name).is_file()
    build([STEP], project)
    assert len(runs(project)) == 2


def test_a_step_that_failed_runs_again(project):
    """Also when the change that it failed at is taken back: it may have written some files."""
    build([STEP], project)
    (project / "source.md").write_text("a fault")
    (project / "fails").touch()
    with pytest.raises(SystemExit) as stopped:
        build([STEP, STEP], project)
    assert stopped.value.code == 3
    (project / "source.md").write_text("words")
    (project / "fails").unlink()
    build([STEP], project)
    assert len(runs(project)) == 3
    assert set(json.loads((project / "_build" / "steps.json").read_text())) == {"pages"}


def test_a_page_waits_for_no_table_and_no_experiment(checkout):
    """Only `make book` makes tables anew after a change; one that is missing is made here, too."""
    assert [step.name for step in page_steps(checkout)] == ["figure data", "en"]
    (checkout / "_build" / "attacks.md").rename(checkout / "attacks")
    assert [step.name for step in page_steps(checkout)] == ["attacks", "figure data", "en"]
    (checkout / "attacks").rename(checkout / "_build" / "attacks.md")
