"""The sizes that a convolution's checks ask about, and which of them a cell leaves out.

A layout is (N, C, F), (KH, KW), (OH, OW): images, channels and filters; rows and columns of a
window; of the places it takes. Sizes are always the same, so that a wrong function cannot be right
by luck, and `CORNERS` goes through all that the contract allows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from autograder.checks.checking import holds
from autograder.course.errors import CheckFailed

Layout = tuple[tuple[int, int, int], tuple[int, int], tuple[int, int]]
Setting = dict[str, int]

# One image, one channel, one filter, everything square
SQUARE: Layout = (1, 1, 1), (3, 3), (4, 4)
# No two lengths that students confuse are equal: more rows than columns, and fewer
TALL: Layout = (2, 3, 4), (4, 2), (6, 5)
WIDE: Layout = (3, 4, 2), (2, 4), (5, 6)
LAYOUTS: tuple[Layout, ...] = (SQUARE, TALL, WIDE)
# More taps than places, where what slides over the output falls off
FEW: Layout = (3, 2, 4), (6, 3), (3, 2)
ONE_ROW: Layout = (2, 2, 1), (1, 3), (1, 5)
ONE_COLUMN: Layout = (2, 2, 1), (3, 1), (5, 1)
# A window as large as the image
WHOLE_IMAGES: tuple[Layout, ...] = ((2, 1, 3), (3, 4), (1, 1)), ((1, 2, 2), (3, 3), (1, 1))
SQUARE_KERNELS: tuple[Layout, ...] = tuple(((2, 3, 2), (k, k), (3, 3)) for k in (1, 2, 5, 7))
CORNERS: tuple[Layout, ...] = (
    *(((1, 2, 2), (taps, 8 - taps), (2, 3)) for taps in range(1, 8)),
    *SQUARE_KERNELS,
    ONE_ROW,
    ONE_COLUMN,
    *WHOLE_IMAGES,
)
STRIDES: tuple[Setting, ...] = tuple({"stride": stride} for stride in (2, 3, 4, 5))
PADS: tuple[Setting, ...] = tuple({"pad": pad} for pad in (1, 2, 3, 4))
BOTH: tuple[Setting, ...] = tuple(s | p for s, p in zip(STRIDES, PADS, strict=True))


def layer(
    rng: np.random.Generator,
    layout: Layout,
    *,
    stride: int = 1,
    pad: int = 0,
    dilation: int = 1,
    dtype: Any = np.float64,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, tuple[int, ...]]:
    """x, w, b of a layer that tiles, and its (OH, OW).

    The more padding, the smaller an image that has as many places. Where hardly a pixel would be
    left, there are more places. What is square stays so, what has two different sides keeps them,
    and a single row or column stays one where the stride divides the zeros that are added.
    """
    (N, C, F), kernel, counts = layout
    spans = [(taps - 1) * dilation + 1 for taps in kernel]
    # What single rows and columns have for sure is a pixel; all else has at least two.
    least = [1 if count == span == 1 else 2 for count, span in zip(counts, spans, strict=True)]
    places = [
        max(count, -(-(pixels + 2 * pad - span) // stride) + 1)
        for count, span, pixels in zip(counts, spans, least, strict=True)
    ]
    H, W = (
        (count - 1) * stride + span - 2 * pad for count, span in zip(places, spans, strict=True)
    )
    if H == W and not (kernel[0] == kernel[1] and counts[0] == counts[1]):
        places[1], W = places[1] + 1, W + stride
    shapes = (N, C, H, W), (F, C, *kernel), (F,)
    x, w, b = (rng.normal(size=shape).astype(dtype) for shape in shapes)
    return x, w, b, tuple(places)


def judged_layouts(
    compared: Callable[..., None], layouts: Sequence[Layout], cell: str, **how: Any
) -> list[Layout]:
    """The layouts in which a function is right before that comes in which the asking cell is about.

    What is wrong in the others, `cell` finds. Raises `CheckFailed` where nothing is left.
    """
    left = [layout for layout in layouts if holds(partial(compared, layout, **how))]
    if not left:
        raise CheckFailed(f"this cannot be judged before {cell} passes in part")
    return left


def spread(
    layouts: Sequence[Layout], settings: Sequence[Setting]
) -> Iterator[tuple[Layout, Setting]]:
    """Pairs (layout, setting): all settings in the first layout, every second one in the others."""
    for index, layout in enumerate(layouts):
        for setting in settings[index % 2 :: 2] if index else settings:
            yield layout, setting
