"""Every grading run leaves a trail that only grows, and that tells of whoever wrote in it."""

import errno
import os
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from autograder.batch import audit_log
from autograder.batch.history import last_changes, read_history
from autograder.batch.regrade import regrade
from autograder.batch.run import grade_class
from autograder.course.errors import CourseError
from autograder.course.results import CellResult, summarize
from tests.edits import edit, edit_bytes, edit_file
from tests.small_class import GOOD, KINDS, answer, copy_course, hand_in
from tests.toy_course import make_course

pytestmark = pytest.mark.usefixtures("shared_worker")


@pytest.fixture
def toy(tmp_path):
    """An assignment without any log yet."""
    return make_course(tmp_path).assignment("toy")


def result_of(student, score=2.0):
    return summarize(student, {"test_double_values": CellResult(score, 2.0, "passed", "é \ud800")})


def three_runs(toy):
    """A finished run, one that is cut off, and one that goes on with it."""
    for scores, finished in (({"ann": 1.0, "bob": 2.0}, True), ({"ann": 2.0}, False), ({}, True)):
        run = audit_log.begin(toy, seed=7)
        for student, score in scores.items():
            audit_log.graded(toy, run, result_of(student, score), seed=7, handed="abc")
        if finished:
            audit_log.end(toy, run)


def test_what_is_noted_is_read_again(toy):
    """Runs with their entries, what else was done, and who did it."""
    three_runs(toy)
    audit_log.note(toy, "export", file="grades.csv")
    history = read_history(toy)
    assert [run.ended is not None for run in history.runs] == [True, False, True]
    entry = history.runs[0].entries["ann"]
    assert (entry.result, entry.seed, entry.handed) == (result_of("ann", 1.0), 7, "abc")
    assert history.notes[0]["file"] == "grades.csv"
    assert history.notes[0]["who"] and history.runs[0].facts["command"]
    assert (history.broken, history.head) == ((), audit_log.head(toy))


def test_who_did_it_is_no_matter_of_a_variable(toy, monkeypatch):
    """Anybody can set those by which login programs say who somebody is."""
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "colleague")
    audit_log.note(toy, "export")
    assert "colleague" not in read_history(toy).notes[0]["who"]


def test_without_a_log_there_is_no_history(toy):
    """And no error."""
    assert (read_history(toy).runs, last_changes(read_history(toy))) == ((), ())
    assert audit_log.head(toy) == audit_log.START == read_history(toy).head


def test_what_the_last_run_changed_is_told_across_a_run_that_was_cut_off(toy):
    """Ann got a point in the run that was cut off; the run that goes on with it reports it."""
    three_runs(toy)
    (change,) = last_changes(read_history(toy))
    assert (change.student, change.before, change.now) == ("ann", 1.0, 2.0)
    assert "1 of 2 → 2 of 2" in change.why[0]


def test_seeds_are_for_nobody_else_to_read(toy):
    """They tell the hidden inputs."""
    three_runs(toy)
    path = audit_log.log_file(toy)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("how", ["changed", "taken out", "put in", "swapped", "nonsense"])
def test_whoever_writes_in_the_log_is_noticed(toy, how):
    """The next line no longer carries the hash of the line before it."""
    three_runs(toy)
    path = audit_log.log_file(toy)
    lines = path.read_bytes().splitlines(True)
    if how == "changed":
        lines[1] = edit_bytes(lines[1], ('"score": 1.0', '"score": 2.0'), every=True)
    elif how == "taken out":
        del lines[1]
    elif how == "put in":
        lines.insert(2, lines[1])
    elif how == "swapped":
        lines[1], lines[2] = lines[2], lines[1]
    else:
        lines[1] = b"[1, 2]\n"
    path.write_bytes(b"".join(lines))
    broken = read_history(toy).broken
    assert broken and set(broken) <= {2, 3, 4}


def test_half_a_line_spoils_nothing_after_it(toy):
    """A process that is killed while it writes leaves one; it is noticed, and the rest is read."""
    three_runs(toy)
    path = audit_log.log_file(toy)
    with open(path, "ab") as file:
        file.write(b'{"event": "gra')
    audit_log.end(toy, audit_log.begin(toy))
    history = read_history(toy)
    assert len(history.runs) == 4 and history.runs[-1].ended
    assert history.broken == (9,)
    assert all(entry.intact for run in history.runs for entry in run.entries.values())


@pytest.mark.parametrize("line", [1, 2, 4, 5])
@pytest.mark.parametrize("nonsense", [b"{", b"[]", b"null", b"5", b'"text"', b"{}", b"\xff"])
def test_a_broken_line_spoils_no_other(toy, line, nonsense):
    """The entries of other lines are read, and the one before it is not believed."""
    three_runs(toy)
    path = audit_log.log_file(toy)
    lines = path.read_bytes().splitlines()
    lines[line] = nonsense
    path.write_bytes(b"\n".join(lines) + b"\n")
    history = read_history(toy)
    assert line + 1 in history.broken
    intact = [(entry.result.score, entry.intact) for entry in history.of("ann")]
    expected = {1: [(2.0, True)], 2: [(1.0, False), (2.0, True)], 4: [(1.0, True)]}
    assert intact == expected.get(line, [(1.0, True)])


@pytest.mark.parametrize("line", [1, 2, 5])
def test_an_entry_that_was_changed_is_not_intact(toy, line):
    """And no other is held for changed."""
    three_runs(toy)
    audit_log.end(toy, audit_log.begin(toy))
    path = audit_log.log_file(toy)
    lines = path.read_bytes().splitlines(True)
    lines[line] = edit_bytes(lines[line], ('"handed": "abc"', '"handed": "abd"'))
    path.write_bytes(b"".join(lines))
    history = read_history(toy)
    entries = [entry for student in ("ann", "bob") for entry in history.of(student)]
    assert [entry.handed for entry in entries if not entry.intact] == ["abd"]
    assert sum(entry.intact for entry in entries) == 2


def test_a_log_is_read_as_it_was(toy):
    """Up to the line of a hash; of a hash that no line has, all of it."""
    run = audit_log.begin(toy)
    audit_log.graded(toy, run, result_of("ann", 1.0), seed=1, handed="a")
    head = audit_log.head(toy)
    audit_log.graded(toy, run, result_of("ann", 2.0), seed=2, handed="b")
    assert read_history(toy, until=head).entries["ann"].seed == 1
    assert read_history(toy, until="none").entries["ann"].seed == 2
    assert read_history(toy, until=head).head == head


def test_long_lines_are_followed_as_well(toy):
    """A line that is longer than what is read at a time still hands on its hash."""
    for size in (10, audit_log.BLOCK - 1, audit_log.BLOCK, 3 * audit_log.BLOCK):
        audit_log.note(toy, "long", text="x" * size)
    assert read_history(toy).broken == ()


def test_many_may_write_at_once(toy):
    """Each waits for its turn, so that no line is lost and the chain holds."""
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: audit_log.note(toy, "export", number=number), range(60)))
    history = read_history(toy)
    assert sorted(note["number"] for note in history.notes) == list(range(60))
    assert history.broken == ()


def test_a_log_that_cannot_be_written_is_an_error_in_a_sentence(toy):
    """It names the file."""
    audit_log.log_file(toy).mkdir(parents=True)
    with pytest.raises(CourseError, match=r"toy\.jsonl cannot be written"):
        audit_log.note(toy, "export")


@pytest.mark.slow
def test_a_batch_leaves_who_when_versions_seeds_protections_and_hashes(clean_course, tmp_path):
    """A second run says what it kept, and a regrade what it changed."""
    course = copy_course(clean_course, tmp_path)
    toy = course.assignment("toy")
    five = {"double": edit(GOOD["double"], ("return x + x", "return (x + x)[:5]"))}
    hand_in(course, {"ann": answer(course, GOOD | five), "bob": answer(course, KINDS["triples"])})
    results = course.results / "toy.json"
    for _ in range(2):
        graded = grade_class(toy, course.grading / "submitted", results)
    first, second = read_history(toy).runs
    assert {"who", "host", "command", "versions", "seed", "protections", "limits"} <= {*first.facts}
    assert {"release", "checks", "notebook", "configuration"} <= {*first.facts["hashes"]}
    assert first.facts["versions"]["torch"] and first.facts["protections"]
    assert {one.student: one for one in graded.submissions} == {
        student: entry.result for student, entry in first.entries.items()
    }
    assert (second.entries, second.facts["kept"]) == ({}, 2)
    assert last_changes(read_history(toy)) == ()
    # From now on more than five values are tried.
    named = ')\n    with checking("every value'
    edit_file(toy.checks_source, (f"(5{named}", f"(9{named}"))
    regrade(toy, course.grading / "submitted", results)
    changes = {one.student: (one.before, one.now) for one in last_changes(read_history(toy))}
    assert changes == {"ann": (6.0, 4.0)}  # bob's were wrong before


def test_a_line_that_does_not_fit_on_the_disk_leaves_nothing(toy, monkeypatch):
    """The log is as it was before, and goes on from there."""
    three_runs(toy)
    before = audit_log.log_file(toy).read_bytes()
    write = os.write

    def half(handle, data):
        """Write a part, as a full disk does, and then nothing more."""
        if len(data) < 20:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(handle, data[: len(data) // 2])

    monkeypatch.setattr(os, "write", half)
    with pytest.raises(CourseError, match="No space left"):
        audit_log.note(toy, "export", scores={})
    monkeypatch.setattr(os, "write", write)
    assert audit_log.log_file(toy).read_bytes() == before
    audit_log.note(toy, "export", scores={})
    assert read_history(toy).broken == ()
