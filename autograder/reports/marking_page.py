"""The page on which written answers are marked, and its answers to what a marker does on it."""

from __future__ import annotations

import getpass
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from markupsafe import Markup
from sqlalchemy.exc import SQLAlchemyError

from autograder.course.errors import CourseError, UnknownAssignmentError
from autograder.course.faults import course_error
from autograder.course.folders import Course
from autograder.course.safe_text import label
from autograder.feedback.rendering import environment, source_digest
from autograder.reports import marking
from autograder.reports.marking import MarkedMeanwhile, MarkToSave
from autograder.reports.number_format import number
from autograder.reports.rubric import read_rubric, rubric_items
from autograder.reports.written_questions import Answer, Question, max_score, part_of

TEMPLATES = Path(__file__).parent / "templates"
MOST_MARKERS = 20
MOST_BY = 80  # characters of a marker's name
SHOWS = {"all": "all answers", "waiting": "those that wait", "marked": "those that are marked"}


@dataclass(frozen=True)
class View:
    """What a marker wants to see.

    by : the marker's name
    show : one of `SHOWS`
    part, of : which part of the answers, of how many
    """

    by: str
    show: str = "all"
    part: int = 1
    of: int = 1
    anonymous: bool = False


def view(query: Mapping[str, str]) -> View:
    """The view that an address asks for; what makes no sense in it is left out."""
    of = min(max(_whole(query.get("of", "")), 1), MOST_MARKERS)
    part = min(max(_whole(query.get("part", "")), 1), of)
    show = query.get("show", "all")
    by = label(query.get("by", "").strip() or _user(), MOST_BY)
    return View(by, show if show in SHOWS else "all", part, of, query.get("anonymous") == "1")


def page(question: Question, wanted: View, home: str) -> tuple[str, str]:
    """The page as HTML, and the policy that lets its own script and style run and nothing else.

    home : the address of the course's page
    """
    css, js = (
        (TEMPLATES / f"marking.{kind}").read_text(encoding="utf-8") for kind in ("css", "js")
    )
    answers = part_of(question.answers, wanted.part, wanted.of)
    shown = [
        answer
        for answer in answers
        if wanted.show == "all" or answer.waits == (wanted.show == "waiting")
    ]
    templates = environment(TEMPLATES)
    templates.filters |= {
        "label": label,
        "num": number,
        "state": lambda one: state(one, question.max_score),
    }
    html = templates.get_template("marking.html.j2").render(
        q=question,
        css=Markup(css),
        js=Markup(js),
        answers=answers,
        shown=shown,
        shows=SHOWS,
        items=json.dumps([item.id for item in question.rubric.items]),
        markers=MOST_MARKERS,
        most_comment=marking.MOST_COMMENT,
        home=home,
        by=wanted.by,
        show=wanted.show,
        part=wanted.part,
        of=wanted.of,
        anonymous=wanted.anonymous,
    )
    policy = (
        f"default-src 'none'; style-src '{source_digest(css)}'; script-src '{source_digest(js)}'; "
        "img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    return html, policy


def state(answer: Answer, max_score: float) -> str:
    """What has become of an answer, in a few words."""
    if answer.waits:
        return "waits" if answer.points is None else f"{answer.points:g} before; waits again"
    points = f"{answer.points or 0:g} of {max_score:g}"
    if answer.blank and not answer.by:
        return f"{points}, left blank"
    return f"{points}, by {label(answer.by, MOST_BY)}" if answer.by else points


def respond(
    course: Course, name: str, cell: str, verb: str, data: Any, secret: str
) -> tuple[HTTPStatus, dict[str, Any]]:
    """Save what a page sent; the status and the JSON of the answer to it.

    verb : `save` for a mark, `rubric` for the items of the rubric
    data : the JSON that came
    """
    try:
        assignment = course.assignment(name)
        if verb == "save":
            answer = marking.save_mark(assignment, cell, str(data["key"]), _mark(data), secret)
            return HTTPStatus.OK, {"answer": _facts(answer, max_score(assignment, cell))}
        if verb == "rubric":
            items = rubric_items(data["items"], read_rubric(assignment, cell))
            by = _name(data)
            return HTTPStatus.OK, {
                "changed": marking.save_rubric(assignment, cell, items, by, secret)
            }
        return HTTPStatus.NOT_FOUND, {"error": "There is no such page."}
    except MarkedMeanwhile as error:
        facts = _facts(error.answer, max_score(assignment, cell))
        return HTTPStatus.CONFLICT, {"error": _sentence(error), "answer": facts}
    except UnknownAssignmentError as error:
        return HTTPStatus.NOT_FOUND, {"error": _sentence(error)}
    except (KeyError, TypeError, ValueError) as error:
        return HTTPStatus.BAD_REQUEST, {"error": f"This cannot be saved: {error}."}
    except (CourseError, OSError, SQLAlchemyError) as error:
        fault = error if isinstance(error, CourseError) else course_error(error)
        if fault is None:
            raise
        return HTTPStatus.SERVICE_UNAVAILABLE, {"error": _sentence(fault)}


def _mark(data: Any) -> MarkToSave:
    points, items, comment = data["points"], data["items"], data["comment"]
    if points is not None and (
        isinstance(points, bool) or not isinstance(points, int | float) or not math.isfinite(points)
    ):
        raise ValueError("the points are no number")
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise ValueError("the items are no list")
    if not isinstance(comment, str) or len(comment) > marking.MOST_COMMENT:
        raise ValueError(f"a comment has at most {marking.MOST_COMMENT} characters")
    clean = comment.encode("utf-8", "replace").decode().replace("\0", "")
    number = None if points is None else float(points)
    return MarkToSave(number, tuple(items), clean, _name(data), str(data["version"]))


def _name(data: Any) -> str:
    name = label(str(data.get("by", "")).strip(), MOST_BY)
    if not name:
        raise ValueError("your name is missing")
    return name


def _facts(answer: Answer, max_score: float) -> dict[str, Any]:
    return {
        "version": answer.version,
        "points": answer.points,
        "items": answer.items,
        "comment": answer.comment,
        "waits": answer.waits,
        "state": state(answer, max_score),
    }


def _sentence(error: CourseError) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}. {error.remedy}".strip()


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in containers
        return "a marker"


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0
