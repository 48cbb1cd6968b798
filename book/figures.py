"""One look for every figure of the book, legible on a white and on a black page.

Figures have no background of their own. Lines and letters use mid-tones: grey text reaches a
contrast of 4.5 : 1 on white and on black, the colours 3 : 1. Browsers that tell a picture which
theme its page has (all current ones do) draw the grey as dark or as light as the text around it.
"""

import os
import re
from base64 import b64decode, b64encode
from io import BytesIO

import matplotlib.pyplot as plt
import numpy as np
from IPython import get_ipython
from IPython.core.pylabtools import print_figure
from IPython.display import display
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle
from matplotlib_inline.backend_inline import set_matplotlib_formats
from PIL import Image

INK = "#767676"  # text, axes, frames
BLUE, RED, GREEN = "#2f7fd6", "#d6453d", "#1f9254"  # input, filters, output: as in the demo
ORANGE, PURPLE = "#c2710c", "#9a63d8"
# What INK becomes on a page of each theme. Matplotlib writes colours into the style of each shape.
THEMES = {"light": "#3f4550", "dark": "#ced6dd"}
THEMED = "".join(
    f"@media (prefers-color-scheme: {theme}) {{"
    f'[style*="fill: {INK}"] {{ fill: {color} !important }} '
    f'[style*="stroke: {INK}"] {{ stroke: {color} !important }} }}'
    for theme, color in THEMES.items()
)

# Of a picture inside a figure: Matplotlib's PNG, and the quality (1 to 100) of a lighter WebP.
EMBEDDED = re.compile(r"data:image/png;base64,\s*([A-Za-z0-9+/=\s]+)")
QUALITY = 85


def lighter(match):
    """A picture's address, as WebP where that is smaller: photographs become a tenth as large.

    Maps of a few large squares stay what they are, to the last pixel.
    """
    png, webp = b64decode(match[1]), BytesIO()
    Image.open(BytesIO(png)).save(webp, "WEBP", quality=QUALITY, method=6)
    if len(webp.getvalue()) > len(png) / 2:
        return match[0]
    return f"data:image/webp;base64,{b64encode(webp.getvalue()).decode()}"


def themed_svg(fig):
    """The figure as an SVG whose grey follows the theme of the page it stands on."""
    svg = EMBEDDED.sub(lighter, print_figure(fig, "svg", bbox_inches="tight"))
    return svg.replace("</style>", f"{THEMED}</style>", 1)


def use_style():
    """Set Matplotlib's defaults; every chapter calls this in its first cell."""
    set_matplotlib_formats("svg")
    if shell := get_ipython():
        shell.display_formatter.formatters["image/svg+xml"].for_type(Figure, themed_svg)
    plt.rcParams.update(
        {
            "figure.facecolor": "none",
            "axes.facecolor": "none",
            "savefig.facecolor": "none",
            "savefig.dpi": 120,  # of the pictures inside a figure
            "font.size": 11,
            "axes.titlesize": 11,
            "text.color": INK,
            "axes.edgecolor": INK,
            "axes.labelcolor": INK,
            "axes.titlecolor": INK,
            "xtick.color": INK,
            "ytick.color": INK,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.prop_cycle": plt.cycler(color=[BLUE, RED, GREEN, ORANGE, PURPLE]),
            "legend.frameon": False,
            "svg.hashsalt": "figure",  # the same figure gives the same file
        }
    )


def keep(name, fig):
    """Hand `fig` to the page, which shows it with `{glue:figure} name`, a caption and alt text.

    In a notebook that a reader runs, where no page is built, it is shown at once.
    """
    if os.environ.get("BOOK_IS_BUILT"):
        from myst_nb import glue

        glue(name, fig, display=False)
    else:
        display(fig)
    plt.close(fig)


def picture(ax, image, title="", **kwargs):
    """Draw an image or an activation map without axes, under a title."""
    ax.imshow(image, interpolation="nearest", **kwargs)
    ax.set_title(title)
    ax.set_axis_off()


def number_grid(ax, values, *, color=INK, at=(0, 0), marked=(), faint=(), size=11):
    """Draw a matrix as cells with numbers, its upper left corner at column, row `at`.

    `marked` cells are filled with `color`, `faint` ones (zero padding) have a dashed frame;
    both hold (row, column) pairs.
    """
    left, top = at
    for row, line in enumerate(values):
        for column, value in enumerate(line):
            filled = (row, column) in marked
            ax.add_patch(
                Rectangle(
                    (left + column, top + row),
                    1,
                    1,
                    facecolor=color if filled else "none",
                    edgecolor=INK if (row, column) in faint else color,
                    linestyle=":" if (row, column) in faint else "-",
                    linewidth=1,
                )
            )
            ax.text(
                left + column + 0.5,
                top + row + 0.5,
                f"{value:g}".replace("-", "−"),
                ha="center",
                va="center",
                fontsize=size,
                color="white" if filled else INK,
            )


def box(ax, left, bottom, width, height, depth, color, *, alpha=0.3):
    """Draw a volume: height goes up, width to the back, depth to the right; its right end."""
    back = np.array([0.45, 0.3]) * width
    right, up = np.array([depth, 0]), np.array([0, height])
    for a, b in [(right, up), (right, back), (back, up)]:
        start = np.array([left, bottom]) + (up if b is back else 0) + (right if a is back else 0)
        face = [start, start + a, start + a + b, start + b]
        ax.add_patch(Polygon(face, facecolor=color, edgecolor=color, alpha=alpha))
        ax.add_patch(Polygon(face, facecolor="none", edgecolor=color, linewidth=1.2))
    return left + depth + back[0]


def contrast(first, second):
    """Return WCAG's contrast ratio of two colours, from 1 to 21."""

    def luminance(color):
        linear = [
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)
        ]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


# What the docstring promises, checked wherever a figure is drawn.
assert all(contrast(INK, page) >= 4.5 for page in ("white", "black"))
assert contrast(THEMES["light"], "white") >= 7 and contrast(THEMES["dark"], "#14181e") >= 7
assert all(
    contrast(color, page) >= 3
    for color in (BLUE, RED, GREEN, ORANGE, PURPLE)
    for page in ("white", "black")
)
