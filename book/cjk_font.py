"""Find a font with Chinese letters, for what is drawn here and not on the reader's machine."""

from __future__ import annotations

from pathlib import Path

from matplotlib.font_manager import findSystemFonts

# The first one that is here: file names of fonts on Linux, macOS and Windows.
FILES = (
    "DroidSansFallbackFull",
    "NotoSansSC",
    "NotoSansCJK-Regular",
    "SourceHanSans",
    "wqy-microhei",
    "PingFang",
    "msyh",
)
MISSING = "There is no font with Chinese letters here: on Debian, install fonts-droid-fallback"


def cjk_font() -> Path | None:
    """The file of a font with Chinese letters; None where this machine has none of `FILES`."""
    fonts = sorted(map(Path, findSystemFonts()))
    return next((path for name in FILES for path in fonts if path.name.startswith(name)), None)
