"""Every exception of the package, in one tree.

CourseError                    the course, its files or its configuration; printed, exit status 1
├── UnknownAssignmentError     no such assignment, or no such folder
├── UnfitJailError             a known right answer loses points in this machine's jail
├── SourceError                solutions/NAME/notebook.py or checks.py is broken
└── ReleaseError               the assignment must not be released as it is
SubmissionError                one student's file; becomes that student's verdict
GraderFault                    a mistake of ours; never a zero, always `grader_error`
├── JailError                  the jail cannot be had, or broke
└── GivenCellError             a cell that students are given does not run in the jail
LimitHit                       the student's process met a limit, or ended
CheckFailed                    a trusted check found a student's answer wrong
StudentError                   the student's function raised
ForbiddenRoute                 the student's code takes a way that the assignment rules out
"""

from __future__ import annotations

from autograder.course.verdicts import Status


class CourseError(Exception):
    """Something the instructor can mend. `remedy` says how, in one sentence."""

    exit_code = 1

    def __init__(self, message: str, remedy: str = ""):
        super().__init__(message)
        self.remedy = remedy


class UnknownAssignmentError(CourseError):
    """The assignment or folder that was named does not exist."""

    exit_code = 2  # what was typed is wrong, as with any other usage error


class UnfitJailError(CourseError):
    """The solved notebook does not earn its points in a worker's jail, so nobody is judged."""


class SourceError(CourseError):
    """The source of an assignment cannot be read or is inconsistent."""


class ReleaseError(CourseError):
    """The assignment would be released broken, or with its solution inside."""


class SubmissionError(Exception):
    """A submission that cannot be read; the message is for the student and the instructor."""


class GraderFault(Exception):
    """The grader itself failed, so nothing can be said about the student's work."""


class CheckFailed(Exception):
    """A property that the student's answer should have and does not.

    The message is shown to the student: it names the property and a hint, never the inputs of a
    trusted check and never the answer.
    """

    def __init__(self, prop: str, hint: str = ""):
        super().__init__(f"{prop}. Hint: {hint}" if hint else prop)
        self.prop = prop
        self.hint = hint


class StudentError(Exception):
    """The student's function raised `kind` with `message`."""

    def __init__(self, kind: str, message: str = ""):
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.message = message


class ForbiddenRoute(Exception):
    """The student's code uses what the assignment rules out; the message says what and where."""


class JailError(GraderFault):
    """The jail cannot be had, or broke: never the student's fault."""


class GivenCellError(GraderFault):
    """A cell that students are given does not run in the jail, whatever they write.

    cell : its grade_id
    kind, text : the error that it ended with
    """

    def __init__(self, cell: str, kind: str, text: str):
        super().__init__(f"the given cell {cell!r} does not run in the jail: {kind}: {text}")
        self.cell, self.kind, self.text = cell, kind, text

    def __reduce__(self) -> tuple[type[GivenCellError], tuple[str, str, str]]:
        """Made anew from its three parts, as it travels from a worker to the batch."""
        return GivenCellError, (self.cell, self.kind, self.text)


class LimitHit(Exception):
    """The student's process met a limit, or ended.

    status : what the results say of the cell; a plain word becomes its member
    alive : whether the process can be asked again
    """

    def __init__(self, status: Status | str, message: str, *, alive: bool = False):
        super().__init__(message)
        self.status = Status(status)
        self.alive = alive
