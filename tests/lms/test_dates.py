"""Times are read in any language, and none is read as another."""

from datetime import datetime

import pytest
from babel import Locale
from babel.dates import format_datetime

from autograder.lms.dates import languages, read_times

WHEN = [datetime(2026, month, 5 + month, 2 * month - 1, 7) for month in range(1, 13)]
MOMENT = datetime(2026, 11, 3, 23, 58)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("Tuesday, 3 November 2026, 11:58 PM", MOMENT),
        ("Tuesday, November 3, 2026, 11:58\u202fPM", MOMENT),
        ("Dienstag, 3. November 2026, 23:58", MOMENT),
        ("mardi 3 novembre 2026, 23:58", MOMENT),
        ("martes, 3 de noviembre de 2026, 23:58", MOMENT),
        ("wtorek, 3 listopada 2026, 23:58", MOMENT),
        ("3 Kasım 2026, Salı, 23:58", MOMENT),
        ("вторник, 3 ноября 2026, 23:58", MOMENT),
        ("2026年11月3日 星期二 23:58", MOMENT),
        ("2026년 11월 3일 화요일, 오후 11:58", MOMENT),
        ("Τρίτη, 3 Νοεμβρίου 2026, 11:58 μμ", MOMENT),
        ("Nov 3, 2026 1158 PM", MOMENT),
        ("Nov 3, 2026 112 AM", MOMENT.replace(hour=1, minute=12)),
        ("Wednesday, 1 July 2026, 12:05 AM", datetime(2026, 7, 1, 0, 5)),
        ("20261103235805", MOMENT.replace(second=5)),
        ("2026-11-03-23-58-05", MOMENT.replace(second=5)),
        ("03.11.2026 23:58", MOMENT),
        # What can be read in two ways, and what is no time.
        ("11/03/2026 23:58", None),
        ("Monday, 3 November 2026, 23:58", None),
        ("31 November 2026, 23:58", None),
        ("3 November 2026", None),
        ("soon", None),
        ("-", None),
    ],
)
def test_times_are_read_as_systems_write_them(text, time):
    """Moodle's in many languages, Brightspace's, Blackboard's and ILIAS's."""
    assert read_times([text]).times.get(text) == time
    assert read_times([text]).unread == (() if time else (text,))


def test_no_language_is_read_as_another():
    """All that Babel knows: each time is read right or not at all, and most are read."""
    whole = 0
    for code in languages():
        texts = [format_datetime(when, "EEEE, d MMMM y, HH:mm", locale=code) for when in WHEN]
        reading = read_times(texts)
        for text, when in zip(texts, WHEN, strict=True):
            assert reading.times.get(text, when) == when, (code, text)
        whole += not reading.unread
    assert whole > 0.8 * len(languages())


def test_a_file_is_read_in_one_language():
    """A month that two languages call the same is clear by the other words of the file."""
    october, november = "utorak, 6. listopada 2026, 12:00", "wtorek, 3 listopada 2026, 12:00"
    assert read_times([october]).times[october].month == 10
    assert read_times([november]).times[november].month == 11
    alone = "3 listopada 2026, 12:00"
    assert read_times([alone]).unread == (alone,)
    assert read_times([alone], "pl").times[alone].month == 11
    assert read_times([alone, november]).times[alone].month == 11


def test_numbers_alone_are_clear_when_one_of_the_file_is():
    """The thirteenth is no month."""
    texts = ["11/03/2026 23:58", "11/13/2026 08:00"]
    assert read_times(texts).times[texts[0]] == MOMENT
    assert Locale.parse("en").date_formats["short"].pattern.startswith("M")
