"""A CSV file is read whole, changed in no byte that was not meant, or refused with its line."""

import csv
import io
import random
from decimal import Decimal

import pytest

from autograder.course.errors import CourseError
from autograder.course.spreadsheet import number, points, read_sheet


def test_cells_are_read_as_the_standard_library_reads_them(tmp_path):
    """Hundreds of random files: the same values, and the same bytes when nothing is changed."""
    rng = random.Random(6)
    for _ in range(300):
        delimiter, end = rng.choice(",;\t"), rng.choice(["\n", "\r\n"])
        rows = [
            ["".join(rng.choices('aé"\n,; \t=漢', k=rng.randrange(6))) for _ in range(3)]
            for _ in range(rng.randrange(1, 5))
        ]
        text = io.StringIO()
        rows[0] = ["Student", "ID", "Section"]
        how = rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
        csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=how).writerows(rows)
        data = rng.choice([b"", b"\xef\xbb\xbf"]) + text.getvalue().encode()
        path = tmp_path / "file.csv"
        path.write_bytes(data)
        sheet = read_sheet(path)
        found = [list(row.values) for row in (sheet.head, *sheet.rows)]
        assert found == rows
        same = sheet.text([[cell.raw for cell in row.cells] for row in (sheet.head, *sheet.rows)])
        assert same.encode() == data


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf\r\n\r\n", "is empty"),
        (b"a,b\n1\n", r"line 2: 1 cells, but 2 columns"),
        (b'a,b\n"x\ny",2\n1,2,3\n', r"line 4: 3 cells, but 2 columns"),
        (b'a,b\n"open,2\n', r"line 2: a quotation mark"),
        (b'a,b\n"x"y,2\n', r"line 2: a quotation mark"),
        (b"a,b\nZo\xeb,2\n", r"line 2: this is not UTF-8"),
        ("a,b\n".encode("utf-16-le"), "this is not UTF-8|null characters"),
        ("a,b\n".encode("utf-16")[:-1], "this is not UTF-16"),
        (b"a\0,b\n", "null characters"),
    ],
)
def test_a_file_that_is_no_csv_is_refused_with_its_line(tmp_path, data, said):
    """One sentence and what to do."""
    path = tmp_path / "file.csv"
    path.write_bytes(data)
    with pytest.raises(CourseError, match=said) as caught:
        read_sheet(path)
    assert str(path) in str(caught.value)


def test_a_huge_file_is_refused_before_it_is_read(tmp_path):
    """It is no gradebook."""
    path = tmp_path / "file.csv"
    with open(path, "wb") as file:
        file.truncate(60_000_000)
    with pytest.raises(CourseError, match="more than 50 MB"):
        read_sheet(path)


@pytest.mark.parametrize(
    ("score", "shown"),
    [(2.675, "2.68"), (1.005, "1.01"), (0.1 + 0.2, "0.30"), (7, "7.00"), (0.125, "0.13"),
     (sum([0.3] * 9) - 0.025, "2.68"), (1234.5, "1234.50"), (1e-12, "0.00")],
)  # fmt: skip
def test_scores_are_rounded_half_up_to_two_decimals(score, shown):
    """As people round, whatever floats made of the sum; no sign between thousands."""
    assert f"{points(score):f}" == shown


@pytest.mark.parametrize(
    ("text", "value"),
    [("10.00", "10"), ("10,5", "10.5"), (" 7 ", "7"), ("-1", "-1"), ("EX", None), ("", None),
     ("1e3", None), ("10%", None), ("1.234,5", None), ("nan", None), ("٣", None)],
)  # fmt: skip
def test_a_cell_is_a_number_with_a_point_or_a_comma(text, value):
    """Anything else is none, rather than a guess."""
    assert number(text) == (None if value is None else Decimal(value))
