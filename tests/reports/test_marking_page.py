"""The marking page in a browser: by keyboard, with 500 answers, whatever students wrote there."""

import sqlite3
from contextlib import contextmanager

import pytest

from tests.browser import ANY, NARROW, barriers, opened, overflow
from tests.feedback.payloads import PAYLOADS
from tests.reports.written_class import CELL, entry, hand_in_answers, serving
from tests.small_class import copy_course

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SIZE = 500
PHONE = {"width": 390, "height": 844}
OUTSIDE = "http://127.0.0.1:9"  # where nobody listens; to be asked is enough to be noticed
TEXTS = [payload.replace("HOME", OUTSIDE) for payload in PAYLOADS.values()]
HOSTILE = ["<script>document.title = 'mine'</script>", "\u202egnp.exe", "Müller", 'O"Neill', ""]


@pytest.fixture(scope="module")
def large(clean_course, tmp_path_factory):
    """500 answers, most of them attacks, under hostile names; tests change nothing here."""
    course = copy_course(clean_course, tmp_path_factory.mktemp("large"))
    answers, names = {}, {}
    for number in range(SIZE):
        student = f"s{number:03d}"
        answers[student] = f"{TEXTS[number % len(TEXTS)]}\n\nand so on, {number}"
        names[student] = HOSTILE[number % len(HOSTILE)]
    hand_in_answers(course, answers, names)
    return course


@pytest.fixture(scope="module")
def few(clean_course, tmp_path_factory):
    """Four answers, one of them blank."""
    course = copy_course(clean_course, tmp_path_factory.mktemp("few"))
    answers = {"ann": "First.", "bob": "Second.", "cleo": "", "dora": "$x^2$ and `code`"}
    hand_in_answers(course, answers, {"ann": "Secretname"})
    return course


@pytest.fixture
def course(few, tmp_path):
    return copy_course(few, tmp_path / "course")


@contextmanager
def marking(browser, course, query="", **how):
    """The page of the written question, and what goes wrong on it."""
    with (
        serving(course) as home,
        opened(browser, f"{home}mark/toy/{CELL}/{query}", **how) as (tab, faults),
    ):
        tab.wait_for_selector("article.current")
        yield tab, faults


def saved(tab, text):
    """Wait until the page says that a mark is saved."""
    tab.wait_for_function("text => document.getElementById('status').innerText === text", arg=text)


def number_of(tab):
    """The number of the answer that is being marked."""
    return int(tab.locator("#which").inner_text().split()[1])


def test_500_hostile_answers_are_text(browser, large):
    """Nothing of them runs, loads or covers anything, and every one is there."""
    with marking(browser, large) as (tab, faults):
        assert tab.locator("article").count() == SIZE
        assert tab.title().startswith("Mark ") and tab.locator("h1").count() == 1
        assert tab.locator("script").count() == 1
        assert (
            tab.locator("article :is(script, iframe, object, form, style, svg, video)").count() == 0
        )
        assert tab.locator("[onclick], [onload], [onerror], [style]").count() == 0
        assert tab.get_by_text("and so on, 499").count() == 1
        tab.keyboard.press("End")
        assert tab.evaluate("document.querySelectorAll('*').length") < 40_000
        assert faults == []


def test_the_policy_lets_only_the_pages_own_script_run(browser, course):
    """It names the script by its hash; one that is put in later does not run."""
    with serving(course) as home, opened(browser, f"{home}mark/toy/{CELL}/") as (tab, _):
        answer = tab.request.get(f"{home}mark/toy/{CELL}/")
        policy = answer.headers["content-security-policy"]
        assert "script-src 'sha256-" in policy and "unsafe" not in policy
        assert policy.startswith("default-src 'none'") and "frame-ancestors 'none'" in policy
        tab.evaluate(
            "() => { const one = document.createElement('script');"
            " one.textContent = 'document.title = 1'; document.body.append(one); }"
        )
        assert tab.title() != "1"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, {"width": 1280, "height": 900}])
def test_the_page_has_no_barriers(browser, course, theme, viewport):
    """axe-core finds nothing, with a rubric and everything unfolded; nothing scrolls sideways."""
    with marking(browser, course, theme=theme, viewport=viewport) as (tab, faults):
        add_items(tab, ("2", "names the rule"), ("-1", "a slip"))
        tab.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        assert barriers(tab, ANY) == [] and faults == []
        assert overflow(tab) == 0
    with marking(browser, course, viewport=NARROW) as (tab, _):
        assert overflow(tab) == 0


def unfold(tab):
    """Open what a small screen folds away."""
    if tab.locator("#more > summary").is_visible():
        tab.locator("#more > summary").click()


def test_a_small_screen_leaves_room_for_answers(browser, course):
    """Points and the ways on stand in the panel; the rest is behind a fold that keys open too."""
    with marking(browser, course, viewport=PHONE) as (tab, faults):
        assert tab.locator("aside").bounding_box()["height"] < PHONE["height"] / 4
        assert tab.get_by_label("Points", exact=True).is_visible()
        assert tab.get_by_role("button", name="Save and next").is_visible()
        assert not tab.locator("#comment").is_visible() and not tab.locator("#back").is_visible()
        tab.keyboard.press("c")
        assert tab.locator("#comment").is_visible() and tab.locator("#back").is_visible()
        assert faults == []
    with marking(browser, course) as (tab, _):
        assert tab.locator("#comment").is_visible() and tab.locator("#back").is_visible()


def add_items(tab, *items):
    """Write items into the rubric, and wait for the page to come again."""
    unfold(tab)
    tab.locator("#rubric summary").click()
    for points, text in items:
        tab.locator("#add").click()
        row = tab.locator("#edit li").last
        row.get_by_label("Points").fill(points)
        row.get_by_label("Text").fill(text)
    with tab.expect_navigation():
        tab.get_by_role("button", name="Save the rubric").click()
    tab.wait_for_selector("#items input", state="attached")
    tab.wait_for_selector("article.current")


def test_a_class_is_marked_by_keyboard_alone(browser, course):
    """Points, a comment, the same comment again, all points: each is in the gradebook."""
    with marking(browser, course, "?by=Ben&show=waiting") as (tab, faults):
        order = [text.split()[-2] for text in tab.locator("article h2").all_inner_texts()]
        assert tab.locator("article").count() == 3 and number_of(tab) == 1
        tab.keyboard.type("3")
        tab.keyboard.press("Escape")
        tab.keyboard.press("c")
        tab.keyboard.type("Say why.")
        tab.keyboard.press("Control+Enter")
        saved(tab, "Saved: 3 of 4, by Ben.")
        assert number_of(tab) == 2
        tab.keyboard.press("f")
        tab.keyboard.press("r")
        tab.keyboard.press("Enter")
        tab.keyboard.press("Escape")
        tab.keyboard.press("j")  # moving on saves as well
        saved(tab, "Saved: 4 of 4, by Ben.")
        assert number_of(tab) == 3
        tab.keyboard.press("z")
        tab.keyboard.press("Enter")
        saved(tab, "Saved: 0 of 4, by Ben.")
        assert tab.locator("#marked").inner_text() == "4" and faults == []
    marks = [entry(course, student) for student in order]
    assert [mark[0] for mark in marks] == [3.0, 4.0, 0.0]
    assert [mark[2] for mark in marks[:2]] == ["Say why.", "Say why."]
    assert not any(mark[1] for mark in marks)


def test_a_blank_answer_gets_points_only_when_asked_twice(browser, course):
    """A digit and Enter save nothing there; the same once more does."""
    with marking(browser, course, "?by=Ben") as (tab, faults):
        blank = tab.locator("article[data-blank='1']")
        blank.click()
        number = number_of(tab)
        assert blank.locator(".state").inner_text() == "0 of 4, left blank"
        for key in ("3", "Enter"):
            tab.keyboard.press(key)
        tab.wait_for_selector("#status.bad")
        assert "left blank" in tab.locator("#status").inner_text()
        assert entry(course, "cleo")[0] is None and number_of(tab) == number
        tab.keyboard.press("Enter")
        saved(tab, "Saved: 3 of 4, by Ben.")
        assert entry(course, "cleo")[0] == 3 and faults == []


def test_save_and_next_passes_what_was_left_blank(browser, course):
    """From answer to answer by Enter, only those are met in which something is written."""
    with marking(browser, course, "?by=Ben") as (tab, faults):
        texts = tab.locator("article").all()
        written = [i + 1 for i, one in enumerate(texts) if not one.get_attribute("data-blank")]
        tab.locator("article:not([data-blank='1'])").first.click()
        met = [number_of(tab)]
        for _ in written[1:]:
            tab.keyboard.press("f")
            with tab.expect_response("**/save"):
                tab.keyboard.press("Enter")
            tab.wait_for_function(
                "seen => !document.getElementById('which').innerText.startsWith(seen)",
                arg=f"Answer {met[-1]} ",
            )
            met.append(number_of(tab))
        tab.keyboard.press("f")
        tab.keyboard.press("Enter")
        saved(tab, "Saved: 4 of 4, by Ben.")
        assert met == written and entry(course, "cleo")[0] is None and faults == []


def test_items_are_ticked_by_their_numbers(browser, course):
    """Points follow, and what the student reads names them."""
    with marking(browser, course, "?by=Ben") as (tab, faults):
        add_items(tab, ("2", "names <b>the</b> rule"), ("1.5", "gives an example"))
        key = tab.locator("article.current").get_attribute("data-key")
        tab.keyboard.press("1")
        tab.keyboard.press("2")
        assert tab.locator("#points").input_value() == "3.5"
        tab.keyboard.press("2")
        assert tab.locator("#points").input_value() == "2"
        tab.keyboard.press("Enter")
        saved(tab, "Saved: 2 of 4, by Ben.")
        student = tab.locator(f"#answer-{key} h2").inner_text().split()
        assert faults == []
    (marked,) = (one for one in ("ann", "bob", "dora") if one in student)
    assert entry(course, marked)[2] == "- names <b>the</b> rule (+2)"


def test_names_are_hidden_by_choice(browser, course):
    """Neither the page nor its address, nor what it sends, holds a name or a login."""
    with marking(browser, course, "?anonymous=1") as (tab, _):
        text = tab.content() + tab.url
        assert "Secretname" not in text and "dora" not in text
        assert tab.locator("article").count() == 4
        with tab.expect_request("**/save") as sent:
            tab.keyboard.press("f")
            tab.keyboard.press("Enter")
        assert not any(name in sent.value.post_data for name in ("ann", "bob", "dora"))


def test_parts_are_for_several_markers(browser, course):
    """Each sees a part, and together they see all, also when the server was started anew."""
    shown = []
    for part in (1, 2):
        with (
            serving(course) as home,
            opened(browser, f"{home}mark/toy/{CELL}/?part={part}&of=2") as (tab, _),
        ):
            shown.append(tab.locator("article").count())
    assert sum(shown) == 4


@pytest.mark.parametrize(("key", "points"), [("Enter", 0), ("u", 4)])
def test_a_second_marker_is_told_of_the_first(browser, course, key, points):
    """What was typed stays on the page; to save again or to undo decides, and to move on does not.

    The answer says meanwhile what the other one gave.
    """
    with marking(browser, course, "?by=Ann") as (first, faults):
        with opened(browser, first.url) as (second, _):
            second.wait_for_selector("article.current")
            second.keyboard.press("f")
            second.keyboard.press("Enter")
            saved(second, "Saved: 4 of 4, by Ann.")
        number = number_of(first)
        student = first.locator("article.current bdi").last.inner_text()
        for one in ("0", "Enter"):  # the digit leaves the marker in the field
            first.keyboard.press(one)
        first.wait_for_selector("#status.bad")
        assert "marked meanwhile by Ann: 4 points" in first.locator("#status").inner_text()
        assert first.locator("article.current .state").inner_text() == "4 of 4, by Ann"
        first.keyboard.press("j")
        assert number_of(first) == number and first.locator("#points").input_value() == "0"
        first.keyboard.press(key)
        if key == "Enter":
            saved(first, "Saved: 0 of 4, by Ann.")
        else:
            assert first.locator("#points").input_value() == "4"
            first.keyboard.press("j")
            first.wait_for_function("() => document.querySelector('#status').className === ''")
        assert entry(course, student)[0] == points
        assert [fault for fault in faults if "409" not in fault] == []


def test_a_locked_gradebook_is_a_sentence_on_the_page(browser, course):
    """Nothing is lost, and the same key saves it later."""
    with marking(browser, course, "?by=Ann") as (tab, _):
        database = sqlite3.connect(course.grading / "gradebook.db")
        database.execute("BEGIN EXCLUSIVE")
        tab.keyboard.press("f")
        tab.keyboard.press("Enter")
        tab.wait_for_selector("#status.bad")
        assert "locked by another program" in tab.locator("#status").inner_text()
        database.close()
        tab.keyboard.press("Enter")
        saved(tab, "Saved: 4 of 4, by Ann.")


def test_points_out_of_range_are_not_sent(browser, course):
    """The page says what they go from and to, and stays where it is."""
    with marking(browser, course) as (tab, _):
        number = number_of(tab)
        tab.locator("#points").fill("9")
        tab.keyboard.press("Enter")
        tab.wait_for_selector("#status.bad")
        assert tab.locator("#status").inner_text() == "Points go from 0 to 4."
        assert number_of(tab) == number


def test_only_this_page_can_save(browser, course):
    """A page of another origin, and whoever lacks the secret, is refused; so is what is no mark."""
    with serving(course) as home, opened(browser, f"{home}mark/toy/{CELL}/") as (tab, _):
        address = f"{home}mark/toy/{CELL}/save"
        for headers in ({"Origin": "http://example.org"}, {}):
            assert tab.request.post(address, data={}, headers=headers).status == 403
        bare = address.split("/mark/")[0].rsplit("/", 1)[0] + f"/mark/toy/{CELL}/save"
        origin = {"Origin": home.rsplit("/", 2)[0]}
        assert tab.request.post(bare, data={}, headers=origin).status == 403
        for data in ("{", "[]", '{"key": 1}', '{"key": "x", "points": 1, "items": 1}'):
            answer = tab.request.post(address, data=data, headers=origin)
            assert answer.status in (400, 404) and "error" in answer.json(), data
