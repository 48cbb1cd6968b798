"""Read dates and times as people and systems write them, in any language that Babel has names for.

The names of months and days come from Unicode's CLDR. A name can mean different months: listopad is
October in Croatian and November in Polish. So all texts of a file are read together, in the
language that explains most of their words, and a day of the week must be that of its date. Where
two languages fit equally well and disagree, nothing is read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from babel import Locale, UnknownLocaleError, localedata

MAX_WORD = 4  # letters of a word such as "de", "klo" or "года" that is no name
YEARS = range(1990, 2200)
WIDTHS = (("format", "wide"), ("stand-alone", "wide"), ("format", "abbreviated"))
# 20261103221405, 2026-11-03-22-14-05, 2026-11-03 22:14
DIGITS = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)")
ISO = re.compile(r"(\d{4})-(\d\d?)-(\d\d?)[ t,-]+(\d\d?)[:-](\d\d)(?:[:-](\d\d))?( utc|z)?")
EASTERN = re.compile(r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일]")
NUMERIC = re.compile(r"(?<!\d)(\d{1,2})([./-])\s?(\d{1,2})\2\s?(\d{4})(?!\d)")
CLOCK = re.compile(r"(?<!\d)(\d{1,2})\s?[:.hh]\s?(\d\d)(?:[:.](\d\d))?(?![\d.])")
# Brightspace leaves the colon out of the names of folders.
PACKED_CLOCK = re.compile(r"(?<!\d)(\d{1,2})(\d\d)(?=\s*[ap]\.?\s?m\b|\s*$)")
HALVES = {"am": 0, "a. m.": 0, "a.m.": 0, "上午": 0, "오전": 0, "午前": 0, "πμ": 0} | {
    "pm": 12,
    "p. m.": 12,
    "p.m.": 12,
    "下午": 12,
    "오후": 12,
    "午後": 12,
    "μμ": 12,
}


@dataclass(frozen=True)
class ReadTimes:
    """The times in the texts of one file.

    times : by text, without a zone
    unread : texts that hold no time that could be read
    """

    times: Mapping[str, datetime]
    unread: tuple[str, ...]


@dataclass(frozen=True)
class _Language:
    """The names of a language, in one case: months and days of the week by number.

    day_first : whether a date of numbers alone begins with the day
    """

    months: Mapping[str, int]
    days: Mapping[str, int]
    halves: Mapping[str, int]
    day_first: bool


def read_times(texts: Iterable[str], language: str | None = None) -> ReadTimes:
    """Read the times in texts that one system wrote in one language.

    language : its code, such as `de`; by default the language that fits
    """
    wanted = dict.fromkeys(texts)
    plain = {text: _plain(text) for text in wanted}
    if language is not None:
        readings = [_read_all(plain, language)]
    else:
        readings = [_read_all(plain, "en")]
        numeric = any("/" in text and NUMERIC.search(text) for text in plain.values())
        if numeric or len(readings[0][0]) < len(wanted) or readings[0][1]:
            readings += [_read_all(plain, code) for code in languages()]
    most = max(len(times) for times, _ in readings)
    least = min(rest for times, rest in readings if len(times) == most)
    best = [times for times, rest in readings if (len(times), rest) == (most, least)]
    agreed = {
        text: time for text, time in best[0].items() if all(b.get(text) == time for b in best)
    }
    return ReadTimes(agreed, tuple(text for text in wanted if text not in agreed))


@cache
def languages() -> tuple[str, ...]:
    """The codes of all languages that dates are read in."""
    return tuple(sorted(code for code in localedata.locale_identifiers() if "_" not in code))


def is_language(code: str) -> bool:
    """Whether there are names of months in a language of this code."""
    try:
        Locale.parse(code)
    except (UnknownLocaleError, ValueError, TypeError):
        return False
    return True


def _read_all(texts: Mapping[str, str], code: str) -> tuple[dict[str, datetime], int]:
    """The times that a language finds, and how many letters of the texts it leaves unexplained."""
    names, times, unexplained = _language(code), {}, 0
    for text, plain in texts.items():
        reading = _read(plain, names)
        if reading is not None:
            times[text], rest = reading
            unexplained += rest
    return times, unexplained


def _read(text: str, names: _Language) -> tuple[datetime, int] | None:
    """The time in a text, and how many letters the language does not explain."""
    if (match := DIGITS.fullmatch(text)) or (match := ISO.fullmatch(text)):
        return _time(*(int(part or 0) for part in match.groups()[:6]), rest=0)
    days, text = _take(text, names.days)
    if date := EASTERN.search(text):
        year, month, day = map(int, date.groups())
        text = text.replace(date[0], " ", 1)
    elif date := NUMERIC.search(text):
        first, second, year = int(date[1]), int(date[3]), int(date[4])
        is_day_first = names.day_first or date[2] != "/"  # 11/3 is an American's third of November
        day, month = (first, second) if is_day_first else (second, first)
        text = text.replace(date[0], " ", 1)
    else:
        months, text = _take(text, names.months)
        year_match = re.search(r"(?<!\d)(\d{4})(?!\d)", text)
        if len(months) != 1 or year_match is None:
            return None
        (month,), year = months, int(year_match[1])
        text = f"{text[: year_match.start()]} {text[year_match.end() :]}"
        day = 0
    clock = CLOCK.search(text) or PACKED_CLOCK.search(text)
    if clock is None:
        return None
    hour, minute, second = int(clock[1]), int(clock[2]), 0
    if clock.re is CLOCK and clock[3]:
        second = int(clock[3])
    text = f"{text[: clock.start()]} {text[clock.end() :]}"
    halves, text = _take(text, names.halves)
    if len(halves) == 1 and 1 <= hour <= 12:
        hour = hour % 12 + next(iter(halves))
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    if not day:
        if len(numbers) != 1:
            return None
        (day,) = numbers
    elif numbers:
        return None
    if any(len(word) > MAX_WORD for word in re.findall(r"[^\W\d_]+", text)):
        return None  # a day of another week, or another language
    reading = _time(year, month, day, hour, minute, second, rest=sum(map(str.isalpha, text)))
    if reading is None or (days and reading[0].weekday() not in days):
        return None
    return reading


def _time(
    year: int, month: int, day: int, hour: int, minute: int, second: int, *, rest: int
) -> tuple[datetime, int] | None:
    if 2400 < year < 2700:  # Thailand counts from the Buddha
        year -= 543
    try:
        time = datetime(year, month, day, hour, minute, second)
    except ValueError:
        return None
    return (time, rest) if year in YEARS else None


def _take(text: str, names: Mapping[str, int]) -> tuple[set[int], str]:
    """The numbers of the names in a text, the longest first, and the text without them."""
    numbers = set()
    for name in sorted(names, key=len, reverse=True):
        if name in text:
            pattern = rf"(?<![^\W\d_]){re.escape(name)}\.?(?![^\W\d_])"
            if name[-1] > "\u2e7f":  # no blanks stand between the words of such scripts
                pattern = re.escape(name)
            text, count = re.subn(pattern, " ", text)
            if count:
                numbers.add(names[name])
    return numbers, text


@cache
def _language(code: str) -> _Language:
    locale = Locale.parse(code)
    months: dict[str, int] = {}
    days: dict[str, int] = {}
    halves = dict(HALVES)
    for context, width in WIDTHS:
        for number, name in locale.months[context][width].items():
            if not (plain := _plain(name)).startswith("m0") and not re.fullmatch(r"m?\d+", plain):
                months.setdefault(plain.rstrip("."), number)
        for number, name in locale.days[context][width].items():
            days.setdefault(_plain(name).rstrip("."), number)
    for half, hours in (("am", 0), ("pm", 12)):
        for width in locale.day_periods.get("format", {}).values():
            if half in width:
                halves[_plain(width[half])] = hours
    months.pop("", None)
    days.pop("", None)
    pattern = locale.date_formats["short"].pattern
    return _Language(months, days, halves, pattern.find("d") < pattern.find("M"))


def _plain(text: str) -> str:
    """A text in one case, with ASCII digits and single blanks, without marks of direction."""
    letters = []
    for letter in unicodedata.normalize("NFKC", text):
        digit = unicodedata.decimal(letter, None)
        if digit is not None:
            letters.append(str(digit))
        elif unicodedata.category(letter) != "Cf" or letter == "\u200c":
            letters.append(letter)
    return " ".join("".join(letters).casefold().split())
