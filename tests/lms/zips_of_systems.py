"""What a zip of Canvas or Moodle holds, and what became of it in a course."""

import io
import warnings
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from click.testing import CliRunner

from autograder.cli.main import main
from autograder.course.configuration import load_config
from autograder.gradebook.nbgrader_adapter import open_gradebook
from autograder.lms.collect import collect
from autograder.lms.zip_contents import Sources
from tests.zips import make_zip, notebook

DATA = Path(__file__).parents[1] / "data"
BERLIN = ZoneInfo("Europe/Berlin")
DUE = datetime(2026, 11, 3, 23, 0, tzinfo=UTC)  # midnight in Berlin
# As Canvas calls them: sortable names, the user, the number of the file.
BRANDT = "brandtjürgen_40217_90101_toy.ipynb"
CRUZ = "delacruzmaríajosé_LATE_40218_90102_toy.ipynb"
OBRIEN = "obriensiobhán_40219_90103_toy.ipynb"
WANG = "王小明_40220_90104_toy.ipynb"


def collect_zip(course, path, sources=None):
    """What a collect of this zip for the toy assignment did."""
    return collect(course.assignment("toy"), path, sources)


def submission_of(course, student):
    """A student's notebook and timestamp as they are now, each None where there is none."""
    folder = course.grading / "submitted" / student / "toy"
    stamp = folder / "timestamp.txt"
    data = (folder / "toy.ipynb").read_bytes() if (folder / "toy.ipynb").exists() else None
    return data, stamp.read_text() if stamp.exists() else None


def replaced_notebooks(course, student):
    """The notebooks that were replaced, the oldest first."""
    folder = course.grading / "collected" / "toy" / student
    return [path.read_bytes() for path in sorted(folder.glob("*/toy.ipynb"))]


def run_collect(course, *arguments):
    """The exit code of `autograder collect`, and its output on one line."""
    done = CliRunner().invoke(main, ["--course", str(course.root), "collect", *map(str, arguments)])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, " ".join(done.output.split())


def refusal_of(course, files, zipped, **how):
    """The `Unmatched` of a zip of one student's files, from which nothing is taken."""
    done = collect_zip(course, zipped(files, **how))
    assert done.works == ()
    assert not list((course.grading / "submitted").rglob("*.ipynb"))
    (one,) = done.unmatched
    assert one.remedy
    return one


def packed_zip(files, **how):
    """The bytes of a zip."""
    data = io.BytesIO()
    make_zip(data, files, **how)
    return data.getvalue()


def tell_gradebook(course, student, time):
    """Tell the gradebook of a submission; nbgrader's rows come in an order that is warned of."""
    with open_gradebook(load_config(course)) as book, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book.add_submission("toy", student, timestamp=time)


def moodle_files(*, folders=True):
    """The files of the class as Moodle packs them; its names have no apostrophe."""
    people = {
        "Jürgen Brandt_2718281": "toy.ipynb",
        "María José de la Cruz_2718282": "toy.ipynb",
        "Siobhán OBrien_2718283": "Untitled.ipynb",
        "王小明_2718284": "toy.ipynb",
        "Min-jun Kim_2718285": "toy.ipynb",
        "Min-jun Kim_2718286": "toy.ipynb",
    }
    sign = "/" if folders else "_"
    return {
        f"{who}_assignsubmission_file{sign}{name}": notebook(who) for who, name in people.items()
    }


def moodle_worksheet(path, time, status="Submitted for grading"):
    """A worksheet of Moodle with Jürgen Brandt's submission, at a time of Berlin."""
    path.write_text(
        "Identifier,Full name,Email address,Status,Last modified (submission)\n"
        f'Participant 2718281,Jürgen Brandt,juergen.brandt@uni.example,{status},"{time}"\n',
        encoding="utf-8",
    )
    return Sources(path, zone=BERLIN)
