"""What the PDF and the EPUB share: a title for their contents, a font with Chinese letters, and how
their commands end."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from fontTools import subset
from matplotlib.font_manager import findSystemFonts

CONTENTS = {"en": "Contents", "zh-CN": "目录"}
# The first one that is here: file names of fonts on Linux, macOS and Windows.
CHINESE = (
    "DroidSansFallbackFull",
    "NotoSansSC",
    "NotoSansCJK-Regular",
    "SourceHanSans",
    "wqy-microhei",
    "PingFang",
    "msyh",
)
MISSING = "there is no font with Chinese letters here: on Debian, install fonts-droid-fallback"


def chinese_font() -> Path | None:
    """The file of a font with Chinese letters; None where this machine has none of `CHINESE`."""
    fonts = sorted(map(Path, findSystemFonts()))
    return next((path for name in CHINESE for path in fonts if path.name.startswith(name)), None)


def needed_font(language: str) -> Path | None:
    """The font that a book in this language is set in, beside the reader's own; None for English.

    Raises `FileNotFoundError` where there is none for Chinese.
    """
    if not language.startswith("zh"):
        return None
    if (path := chinese_font()) is None:
        raise FileNotFoundError(MISSING)
    return path


def letters_of(font: Path, text: str, target: Path) -> None:
    """Write a font with the letters of a text alone."""
    options = subset.Options(font_number=0, notdef_outline=True, name_IDs=["*"])
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=text)
    with subset.load_font(str(font), options) as loaded:
        subsetter.subset(loaded)
        subset.save_font(loaded, str(target), options)


def main(write: Callable[[Path, Path], None]) -> None:
    """Write the book that the command names, and say where and how large it is."""
    source, target = map(Path, sys.argv[1:])
    try:
        write(source, target)
    except FileNotFoundError as error:
        sys.exit(str(error))
    print(f"{target}: {target.stat().st_size / 1e6:.1f} MB")
