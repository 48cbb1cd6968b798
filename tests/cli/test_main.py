"""The command line ends in one clear sentence and the right exit code."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from rich.text import Text

from autograder.cli import terminal
from autograder.cli.main import main
from tests.small_class import KINDS, answer, copy_course, hand_in
from tests.toy_course import CHECKS, make_course

ROOT = Path(__file__).parents[2]
HEAVY = {"nbgrader", "nbformat", "torch", "matplotlib", "numpy", "pandas", "sqlalchemy"}
LOADED = """
import sys
from autograder.cli.main import main
main(sys.argv[1:], standalone_mode=False)
print(*{name.partition(".")[0] for name in sys.modules})
"""


def run(*arguments):
    return CliRunner().invoke(main, [str(one) for one in arguments])


def one_sentence(result):
    """The error's text, which is no traceback."""
    assert "Traceback" not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return " ".join(result.output.split())


@pytest.mark.parametrize(
    "arguments",
    [("grade",), ("grade", "toy", "--workers", "0"), ("nonsense",), ("grade", "toy", "--nope")],
    ids=lambda arguments: " ".join(arguments),
)
def test_wrong_usage_exits_with_2(tmp_path, arguments):
    """A wrong command line says how the right one looks."""
    make_course(tmp_path)
    result = run("--course", tmp_path, *arguments)
    assert result.exit_code == 2
    assert "--help" in one_sentence(result)


@pytest.mark.parametrize(
    "arguments", [("collect", "nowhere.zip", "toy"), ("roster", "nowhere.csv")], ids=" ".join
)
def test_a_file_that_is_not_there_is_a_wrong_command(tmp_path, arguments):
    """Which names it, and needs no remedy."""
    make_course(tmp_path)
    result = run("--course", tmp_path, *arguments)
    assert result.exit_code == 2
    assert "'nowhere." in one_sentence(result) and "does not exist" in one_sentence(result)


def test_an_unknown_assignment_is_named_with_the_known_ones(tmp_path):
    """Exit 2, and the remedy lists what there is."""
    make_course(tmp_path)
    result = run("--course", tmp_path, "grade", "tpy")
    assert result.exit_code == 2
    assert "no assignment 'tpy'" in one_sentence(result)
    assert "Remedy: The assignments are: toy." in one_sentence(result)


def test_a_missing_folder_of_submissions_is_named(tmp_path):
    """Exit 2, and nothing was written."""
    course = make_course(tmp_path)
    result = run("--course", tmp_path, "grade", "toy", "--submitted", tmp_path / "nowhere")
    assert result.exit_code == 2
    assert "there is no folder" in one_sentence(result)
    assert not list(course.grading.glob("**/*.ipynb")) and not course.results.exists()


def test_broken_checks_stop_before_anything_is_graded(clean_course, tmp_path):
    """Exit 1, the file and the line, and there are no results."""
    course = copy_course(clean_course, tmp_path)
    course.assignment("toy").checks_source.write_text(
        CHECKS + "\nraise RuntimeError('half written')\n"
    )
    (tmp_path / "submitted" / "ann").mkdir(parents=True)
    result = run("--course", tmp_path, "grade", "toy", "--submitted", tmp_path / "submitted")
    assert result.exit_code == 1
    assert re.search(r"checks\.py, line 23: RuntimeError: half written", one_sentence(result))
    assert not list(course.results.glob("**/*.json"))


def test_grading_before_releasing_says_what_to_do(tmp_path):
    """Exit 1 and the command that helps."""
    make_course(tmp_path)
    (tmp_path / "submitted" / "ann").mkdir(parents=True)
    result = run("--course", tmp_path, "grade", "toy", "--submitted", tmp_path / "submitted")
    assert result.exit_code == 1
    assert "autograder release toy" in one_sentence(result)


def test_feedback_before_grading_says_what_to_do(tmp_path):
    """Exit 1 and the command that helps."""
    make_course(tmp_path)
    result = run("--course", tmp_path, "feedback", "toy")
    assert result.exit_code == 1
    assert "autograder grade toy" in one_sentence(result)


def test_outside_a_course_the_remedy_is_where_to_go(tmp_path, monkeypatch):
    """The working directory is named, and what makes a folder a course."""
    monkeypatch.chdir(tmp_path)
    result = run("list")
    assert result.exit_code == 1
    assert "is not inside a course" in one_sentence(result)


def test_a_broken_configuration_is_named(tmp_path, toy_course):
    """nbgrader_config.py is read by us too, and its error is one sentence."""
    make_course(tmp_path)
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\nc.Execute.timeout = twenty\n")
    result = run("--course", tmp_path, "feedback", "toy")
    assert result.exit_code == 1
    assert "nbgrader_config.py, line 2: NameError" in one_sentence(result)


@pytest.mark.parametrize(
    "arguments",
    [("--help",), ("--version",), ("roster", "--help"), ("grade", "--help"), ("list",)],
    ids=" ".join,
)
def test_what_answers_at_once_imports_nothing_heavy(toy_course, arguments):
    """Help, and a list of what is released, wait for no library that takes long to import."""
    ran = subprocess.run(
        [sys.executable, "-c", LOADED, *arguments],
        cwd=toy_course.root,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(ran.stdout.splitlines()[-1].split())
    assert "click" in loaded
    assert not loaded & HEAVY


def test_list_reads_an_assignment_that_was_not_released(tmp_path):
    """Points and all, from the solved notebook."""
    make_course(tmp_path)
    result = run("--course", tmp_path, "list")
    assert result.exit_code == 0
    assert re.search(r"toy\W+6\W+4\W+10\W+no", result.output)


def test_list_shows_points_and_release(toy_course):
    """One line an assignment."""
    result = run("--course", toy_course.root, "list")
    assert result.exit_code == 0
    assert re.search(r"toy\W+6\W+4\W+10\W+yes", result.output)


@pytest.mark.slow
def test_grading_prints_a_table_and_writes_the_results(clean_course, toy_answers, tmp_path):
    """The table, the file and the exit code agree."""
    course = copy_course(clean_course, tmp_path / "course")
    place = tmp_path / "submitted" / "ann" / "toy"
    place.mkdir(parents=True)
    (place / "toy.ipynb").write_bytes(toy_answers())
    (tmp_path / "submitted" / "bob [1]").mkdir()
    twice = KINDS["forbidden"] | {"double": "def double(x):\n    return np.repeat(x, 2)[::2] * 2"}
    for student, sources in {"cem": KINDS["forbidden"], "dee": twice}.items():
        hand_in(course, {student: answer(course, sources)})
        os.rename(course.grading / "submitted" / student, tmp_path / "submitted" / student)
    results = tmp_path / "out" / "results.json"
    result = run(
        *("--course", course.root, "grade", "toy", "--workers", 1),
        *("--submitted", tmp_path / "submitted", "--results", results),
    )
    assert result.exit_code == 0, result.output
    assert re.search(r"ann +graded +0/6 +3 of 3", result.output)
    assert re.search(r"bob \[1\] +missing +0/6", result.output)
    assert re.search(r"cem +graded +3/6 +1 of 3 +forbidden: 1 cell *\n", result.output)
    assert re.search(r"dee +graded +0/6 +3 of 3 +forbidden: 2 cells *\n", result.output)
    assert "4 submissions: 3 graded, 1 missing, mean 0.8" in result.output
    data = json.loads(results.read_text())
    verdicts = [one["verdict"] for one in data["submissions"]]
    assert verdicts == ["graded", "missing", "graded", "graded"]


def test_every_command_has_help_and_stands_in_the_documentation():
    """A verb that is not in CONTRIBUTING.md or README.md does not exist for anybody."""
    text = (ROOT / "README.md").read_text() + (ROOT / "CONTRIBUTING.md").read_text()
    names = main.list_commands(click.Context(main))
    assert "grade" in names
    for name in names:
        command = main.get_command(click.Context(main), name)
        assert command.name == name and command.help
        assert f"autograder {name}" in text, name


@pytest.mark.parametrize(
    "text",
    [
        r"\[/]",
        "[/]",
        "[bold]x[/bold]",
        r"\\[/]",
        "[/nothing]",
        "a [1] [",
        "[link=x]y",
        "[@click=x]",
    ],
)
def test_what_looks_like_markup_is_printed_as_it_is(text):
    """No exception's text and no name ends a command, or changes how it prints."""
    for whole in (f"{terminal.plain(text)} end", f"[bold]Error:[/] {terminal.plain(text)} end"):
        assert Text.from_markup(whole, emoji=False).plain.removeprefix("Error: ") == f"{text} end"


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("\x1b[2J\x1b]0;owned\x07x", "[2J]0;ownedx"),
        ("\x9b31mx\x85", "31mx"),
        ("a\u202eb\u2066c\r", "abc"),
        ("half \udce9", "half ?"),
        ("two\n\tlines é 名", "two\n\tlines é 名"),
    ],
)
def test_nothing_that_is_printed_drives_the_terminal(text, printed):
    """Names and messages are text; a terminal shows it and does nothing else."""
    assert Text.from_markup(terminal.plain(text)).plain == printed


def test_a_message_is_printed_without_emojis(capsys):
    """What stands between two colons stays what it is."""
    terminal.out.print(terminal.plain(":warning: x"))
    assert capsys.readouterr().out == ":warning: x\n"
