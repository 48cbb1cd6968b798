"""Read a CSV file of another system and change some cells, every other byte as it was.

The standard library's csv does not keep how a cell was written: quoted or not, with which line
end. People compare the file that goes back to Canvas or Moodle, so nothing else may change in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cached_property
from pathlib import Path

from autograder.course.errors import CourseError
from autograder.course.safe_text import NUMBER, unguard_cell

BOM = "\ufeff"
MAX_BYTES = 50_000_000
DELIMITERS = ",;\t"
UTF16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
CENT = Decimal("0.01")


@dataclass(frozen=True)
class SheetCell:
    """A cell: its text in the file, quotes included, and its value."""

    raw: str
    value: str


@dataclass(frozen=True)
class SheetRow:
    """A row, the number of the line on which it begins, and how its line ends."""

    cells: tuple[SheetCell, ...]
    line: int
    end: str

    @property
    def values(self) -> tuple[str, ...]:
        return tuple(cell.value for cell in self.cells)


@dataclass(frozen=True)
class Sheet:
    """A CSV file: `head` is its first row, `rows` those below it that are not empty."""

    path: Path
    mark: str
    delimiter: str
    encoding: str
    head: SheetRow
    rows: tuple[SheetRow, ...]

    @cached_property
    def headings(self) -> tuple[str, ...]:
        """The headings as people read them, without the blanks around them."""
        return tuple(name.strip() for name in self.head.values)

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The headings in the form in which they are compared, see `heading`."""
        return tuple(map(heading, self.head.values))

    def records(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Of each row below the first its line and its values by heading, without guards."""
        for row in self.rows:
            yield row.line, dict(zip(self.headings, map(unguard_cell, row.values), strict=True))

    def text(self, rows: Iterable[Sequence[str]]) -> str:
        """The file again, with these raw cells: of the first row, and of every row below it."""
        ends = (row.end for row in (self.head, *self.rows))
        lines = (self.delimiter.join(cells) + end for cells, end in zip(rows, ends, strict=True))
        return self.mark + "".join(lines)


def read_sheet(path: Path) -> Sheet:
    """A CSV file in UTF-8, in UTF-16 with a byte-order mark, or clearly of a German Excel.

    Its cells are split by comma, ; or tab.

    Raises `CourseError` naming the line when it is something else, or a row has not as many cells
    as the first.
    """
    text, encoding = _read(path)
    mark = BOM if text.startswith(BOM) else ""
    text = text.removeprefix(BOM)
    first = text.splitlines()[0] if text.strip() else ""
    delimiter = max(DELIMITERS, key=first.count)
    rows = [row for row in _rows(path, text, delimiter) if any(row.values) or len(row.cells) > 1]
    if not rows:
        raise CourseError(f"{path} is empty", "Download it again.")
    head, *rest = rows
    for row in rest:
        if len(row.cells) != len(head.cells):
            raise CourseError(
                f"{path}, line {row.line}: {len(row.cells)} cells, but {len(head.cells)} columns",
                "Download the file again; a spreadsheet may have saved it differently.",
            )
    return Sheet(path, mark, delimiter, encoding, head, tuple(rest))


def heading(name: str) -> str:
    """A heading in the form in which headings are compared: first_name is First Name."""
    return " ".join(re.sub(r"[\s_-]+", " ", name.replace("’", "'")).casefold().split())


def _read(path: Path) -> tuple[str, str]:
    """The text of a file with its byte-order mark, and its encoding."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise CourseError(f"{path} has more than {MAX_BYTES / 1e6:.0f} MB", "Is it a CSV file?")
        data = path.read_bytes()
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {error.strerror}") from error
    encoding = next((code for mark, code in UTF16.items() if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        western = _western(data) if encoding == "utf-8" else None
        if western is not None:
            return western, "cp1252"
        line = data.count(b"\n", 0, error.start) + 1
        raise CourseError(
            f"{path}, line {line}: this is not {encoding.upper()}",
            "Download the file again, or save it as “CSV UTF-8”.",
        ) from None
    if "\0" in text:
        raise CourseError(
            f"{path} is not a CSV file: it holds null characters", "Save it as “CSV UTF-8”."
        )
    return text, encoding


def _western(data: bytes) -> str | None:
    """The text of a CSV that a German Excel wrote, in Windows-1252; None where there is a doubt.

    Its cells are split by semicolons. Its letters are the same in Windows-1250, and no two with
    accents follow each other, as those of other alphabets do.
    """
    try:
        text = data.decode("cp1252")
        is_same = text == data.decode("cp1250")
    except UnicodeDecodeError:
        return None
    first = text.partition("\n")[0]
    is_german = first.count(";") > max(first.count(","), first.count("\t"))
    letters = re.findall(r"[^\x00-\x7f]+", text)
    is_plain = all(len(part) == 1 and part.isalpha() for part in letters)
    return text if is_same and is_german and is_plain else None


def _rows(path: Path, text: str, delimiter: str) -> Iterable[SheetRow]:
    """Split as RFC 4180 has it; a quote inside a cell that is not quoted is a mistake."""
    token = re.compile(rf'("(?:[^"]|"")*+"|[^"\r\n{delimiter}]*+)({delimiter}|\r\n|\n|\r|\Z)')
    cells: list[SheetCell] = []
    position, line, first_line = 0, 1, 1
    while position < len(text) or cells:
        match = token.match(text, position)
        if match is None:
            raise CourseError(
                f"{path}, line {line}: a quotation mark that opens or ends no cell",
                "Download the file again.",
            )
        raw, end = match.groups()
        value = raw[1:-1].replace('""', '"') if raw.startswith('"') else raw
        cells.append(SheetCell(raw, value))
        position = match.end()
        line += len(re.findall(r"\r\n|\n|\r", match[0]))
        if end != delimiter:
            yield SheetRow(tuple(cells), first_line, end)
            cells, first_line = [], line


def csv_cell(value: str, delimiter: str = ",") -> str:
    """The text of a cell for a CSV file, quoted where RFC 4180 demands it."""
    if any(sign in value for sign in f'"\r\n{delimiter}'):
        return '"' + value.replace('"', '""') + '"'
    return value


def sheet_text(rows: Iterable[Sequence[str]], *, mark: bool = False, delimiter: str = ",") -> str:
    """A new CSV file: commas or another sign, CRLF, and a byte-order mark if asked for."""
    lines = (delimiter.join(csv_cell(value, delimiter) for value in row) + "\r\n" for row in rows)
    return (BOM if mark else "") + "".join(lines)


def number(text: str) -> Decimal | None:
    """The number in a cell, with a point or a comma before its decimals; None for anything else."""
    if not NUMBER.fullmatch(text):
        return None
    try:
        return Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return None


def exactly(score: float) -> Decimal:
    """A score as a decimal, without rounding errors: 2.675 where floats sum to 2.67499999999."""
    return Decimal(repr(round(float(score), 9)))


def decimal_text(score: Decimal, sign: str) -> str:
    """A score in a file, with this sign before its decimals."""
    return f"{score:f}".replace(".", sign)


def points(score: float | Decimal) -> Decimal:
    """A score with two decimals, half up."""
    exact = score if isinstance(score, Decimal) else exactly(score)
    return exact.quantize(CENT, ROUND_HALF_UP)
