"""Read a notebook that a release wrote: for nbgrader, or for students."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograder.course.errors import CourseError


def read_released(path: Path) -> dict[str, Any]:
    """The notebook as JSON has it.

    path : an assignment's `source` or `release`

    Raises `CourseError` when it is missing, or damaged.
    """
    name = path.stem
    try:
        nb: dict[str, Any] = json.loads(path.read_bytes())
        list(nb["cells"])
    except FileNotFoundError:
        raise CourseError(
            f"{path} is missing, so {name} was not released here",
            f"Release it first: autograder release {name}",
        ) from None
    except (ValueError, KeyError, TypeError):
        raise CourseError(
            f"{path} is damaged: it does not hold a whole notebook",
            f"Write it again: autograder release {name} --fresh",
        ) from None
    return nb


def same_cells(nb: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two notebooks have the same cells in the same order, whatever stands in them."""
    return [cell.get("id") for cell in nb["cells"]] == [cell.get("id") for cell in other["cells"]]
