"""The keys of a release depend on everything that its notebook is written in."""

import pytest

from autograder.authoring import release_record
from autograder.authoring.release_record import (
    begin_record,
    build_key,
    changed_since,
    end_record,
    proof_key,
)
from tests.toy_course import make_course


def test_what_changed_since_a_release_is_named(tmp_path, monkeypatch):
    """The notebook, or only the program that builds it."""
    assignment = make_course(tmp_path).assignment("toy")
    end_record(assignment, begin_record(assignment))
    assert changed_since(assignment) == ""
    with monkeypatch.context() as patch:
        patch.setattr(release_record, "BUILDING", ("course",))
        assert changed_since(assignment) == "the program that builds it"
    assignment.notebook_source.write_text("# %%\n", encoding="utf-8")
    assert changed_since(assignment) == "notebook.py"


@pytest.mark.parametrize("key", [build_key, proof_key])
def test_what_a_notebook_may_include_is_part_of_it(tmp_path, key):
    """A change in solutions/shared/ needs a new release, as one in notebook.py does."""
    assignment = make_course(tmp_path).assignment("toy")
    keys = [key(assignment)]
    shared = assignment.course.shared / "values.py"
    shared.parent.mkdir()
    for text in ("x = 1\n", "x = 2\n"):
        shared.write_text(text, encoding="utf-8")
        keys.append(key(assignment))
    assignment.notebook_source.write_text("# %%\n", encoding="utf-8")
    keys.append(key(assignment))
    assert len(set(keys)) == 4
    shared.with_name("values.pyc").write_bytes(b"")
    assert key(assignment) == keys[-1]
