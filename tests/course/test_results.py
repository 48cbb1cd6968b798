"""Results are data: the verdict follows from the cells, and JSON carries all of it."""

import json
from dataclasses import asdict

import pytest

from autograder.course.results import (
    CellResult,
    Results,
    submission_from_dict,
    summarize,
    write_results,
)

PASSED = CellResult(2.0, 2.0, "passed")


@pytest.mark.parametrize(
    ("status", "verdict", "score"),
    [
        ("failed", "graded", 2.0),
        ("forbidden", "graded", 2.0),
        ("timed_out", "timed_out", 2.0),
        ("crashed", "crashed", 2.0),
        ("out_of_memory", "out_of_memory", 2.0),
        ("grader_error", "grader_error", None),
    ],
)
def test_the_verdict_is_the_worst_of_the_cells(status, verdict, score):
    """A limit shows in the verdict and keeps what was earned; a fault of ours has no score."""
    result = summarize("ann", {"a": PASSED, "b": CellResult(0.0, 3.0, status)})
    assert (result.verdict, result.score, result.max_score) == (verdict, score, 5.0)


def test_the_results_file_has_the_fields_of_the_design(tmp_path):
    """The JSON holds what other tools were promised."""
    results = Results("toy", (), (summarize("ann", {"a": PASSED}, flags=["edited cell: a"]),))
    write_results(tmp_path / "toy.json", results)
    data = json.loads((tmp_path / "toy.json").read_text(encoding="utf-8"))
    assert set(data) == {"assignment", "protections", "submissions"}
    (result,) = data["submissions"]
    assert {"student", "verdict", "score", "max_score", "cells", "flags", "seconds"} <= set(result)
    assert result["cells"]["a"] == {
        "score": 2.0,
        "max_score": 2.0,
        "status": "passed",
        "message": "",
    }


def test_a_result_comes_back_as_it_was():
    """What is kept for the next run is read into an equal record."""
    result = summarize("ann", {"a": PASSED}, flags=["x"], seconds=1.5, message="m")
    assert submission_from_dict(json.loads(json.dumps(asdict(result)))) == result
