"""A class that works in two languages: one batch, one gradebook, pages in the language of each."""

from __future__ import annotations

import json

import nbformat
import pytest

from autograder.authoring.release import release
from autograder.course.cells import grade_id
from autograder.feedback.publishing import make_feedback
from tests.small_class import KINDS, batch, copy_course, gradebook, hand_in, notebooks, results, run
from tests.toy_translation import translate

pytestmark = pytest.mark.slow


def test_both_languages_are_graded_alike(clean_course, tmp_path):
    """The same results, flags, grades and graded cells for the same work, without a setting."""
    course = copy_course(clean_course, tmp_path)
    translate(course)
    toy = course.assignment("toy")
    release(toy)
    work = {}
    for language, path in (("en", toy.release), ("zh", toy.translation("zh_CN"))):
        for kind, sources in KINDS.items():
            nb = nbformat.read(path, as_version=4)
            for cell in nb.cells:
                cell.source = sources.get(grade_id(cell), cell.source)
            work[f"{kind}_{language}"] = json.dumps(nb).encode()
    hand_in(course, work)
    run(batch(course, "grade", "toy", "--seed", "1"))
    by_student = {
        one.pop("student"): one for one in results(course.results / "toy.json")["submissions"]
    }
    rows = gradebook(course)
    written = notebooks(course)
    for kind in KINDS:
        english, chinese = f"{kind}_en", f"{kind}_zh"
        assert by_student[chinese] == by_student[english]
        assert [row[1:] for row in rows if row[0] == chinese] == [
            row[1:] for row in rows if row[0] == english
        ]
        cells = [
            json.loads(written[f"{student}/toy/toy.ipynb"])["cells"]
            for student in (english, chinese)
        ]
        assert cells[0] == cells[1]
    pages = {outcome.student: outcome.page.read_text() for outcome in make_feedback(toy).outcomes}
    assert all(("加倍与求和" in page) == student.endswith("_zh") for student, page in pages.items())
