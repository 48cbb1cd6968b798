"""Right and wrong ways to write `conv_output_size`."""

from tests.fairness.edits import chaff


def wheat__fractions(size, kernel, *, stride=1, pad=0):
    """Computes with exact fractions."""
    from fractions import Fraction

    for name, value, least in (("stride", stride, 1), ("kernel", kernel, 1), ("pad", pad, 0)):
        if value < least:
            raise ValueError(f"{name} {value} is below {least}")
    places = Fraction(size - kernel + 2 * pad, stride) + 1
    if places < 1 or places.denominator != 1 or size + 2 * pad < kernel:
        raise ValueError(f"input {size} / filter {kernel} / step {stride} / zeros {pad}: {places}")
    return int(places)


def wheat__numpy_integer(size, kernel, *, stride=1, pad=0):
    """Returns the integer that np.divmod makes, and explains only what it must."""
    if min(stride, kernel) < 1 or pad < 0 or kernel > size + 2 * pad:
        raise ValueError("impossible")
    places, left_over = np.divmod(size + 2 * pad - kernel, stride)
    if left_over:
        raise ValueError(f"{left_over} of {size} left over: {kernel=} {stride=} {pad=}")
    return places + 1


def wheat__walks_the_filter(size, kernel, *, stride=1, pad=0):
    """Moves the filter until it falls off the end, and counts."""
    if stride < 1 or kernel < 1 or pad < 0:
        raise ValueError(f"not a filter: {kernel}, {stride}, {pad}")
    places, end, last = 0, kernel, None
    while end <= size + 2 * pad:
        places, end, last = places + 1, end + stride, end
    if last != size + 2 * pad:
        raise ValueError(f"size={size} kernel={kernel} stride={stride} pad={pad} does not tile")
    return places


def wheat__length_of_a_range(size, kernel, *, stride=1, pad=0):
    """Asks Python how many starts there are; prints and warns on its way."""
    import sys
    import warnings

    warnings.warn(f"counting places for {size}")
    print("size", size, file=sys.stderr)
    numbers = f"(size, kernel, stride, pad) = {size, kernel, stride, pad}"
    if stride <= 0 or kernel <= 0 or pad < 0:
        raise ValueError(numbers + ": no such layer")
    starts = range(0, size + 2 * pad - kernel + 1, stride)
    if len(starts) == 0 or starts[-1] != size + 2 * pad - kernel:
        raise ValueError(numbers + ": no fit")
    return len(starts)


def wheat__nested_helper(size, kernel, stride=1, pad=0):
    """Lets stride and pad be given by position too, and refuses in a helper of its own."""

    def need(condition, why):
        if not condition:
            raise ValueError(
                f"{why}: input of {size}, kernel of {kernel}, stride of {stride}, padding of {pad}"
            )

    need(stride >= 1, "stride")
    need(kernel >= 1, "kernel")
    need(pad >= 0, "pad")
    exact = (size - kernel + 2 * pad) / stride + 1
    need(exact >= 1, "too large")
    need(exact.is_integer(), "does not divide")
    return round(exact)


def chaff__looked_up(size, kernel, *, stride=1, pad=0):
    """Knows the visible answers by heart and refuses everything else."""
    known = {
        (7, 3, 1, 0): 5,
        (7, 3, 2, 0): 3,
        (5, 3, 1, 1): 5,
        (5, 3, 2, 1): 3,
        (227, 11, 4, 0): 55,
        (4, 4, 3, 0): 1,
        (9, 3, 2, 0): 4,
    }
    if (size, kernel, stride, pad) not in known:
        raise ValueError(f"{size} {kernel} {stride} {pad}")
    return known[size, kernel, stride, pad]


CHAFFS = (
    # Counts the moves, not the places.
    chaff("plus_one_forgotten", ("room // stride + 1", "room // stride"), band="slip"),
    # Adds the one before the division.
    chaff("plus_one_inside", ("room // stride + 1", "(room + 1) // stride"), band="slip"),
    # Pads one side only.
    chaff("pad_counted_once", ("size - kernel + 2 * pad", "size - kernel + pad"), band="slip"),
    # Takes pad, checks it, and forgets it.
    chaff("pad_ignored", ("size - kernel + 2 * pad", "size - kernel"), band="slip"),
    # Divides with / and returns 5.0.
    chaff("float_returned", ("room // stride + 1", "room / stride + 1"), band="style"),
    # Rounds down, as PyTorch does.
    chaff("floors", ("if room % stride:", "if False:"), band="slip"),
    # Rounds up, as if the rest were padded.
    chaff(
        "rounds_up",
        ("if room % stride:", "if False:"),
        ("room // stride + 1", "-(-room // stride) + 1"),
        band="slip",
    ),
    # Refuses only what ends in .5.
    chaff(
        "halves_only",
        ("if room % stride:", "if room / stride % 1 == 0.5:"),
        ("room // stride + 1", "round(room / stride + 1)"),
        band="slip",
    ),
    # Looks at the remainder only, and may return zero or less.
    chaff("large_kernel_let_in", ("if room < 0:", "if False:"), band="slip"),
    # Refuses kernels that only the padding makes room for.
    chaff("kernel_against_unpadded_input", ("if room < 0:", "if kernel > size:"), band="slip"),
    # Says >= where a kernel as large as the input still fits once.
    chaff("full_kernel_refused", ("if room < 0:", "if room <= 0:"), band="slip"),
    # Divides before it looks: ZeroDivisionError.
    chaff(
        "stride_zero_divides",
        (
            "if stride < 1:",
            """
            left_over = (size - kernel + 2 * pad) % stride
            if stride < 1:
            """,
        ),
        ("if room % stride:", "if left_over:"),
        band="slip",
    ),
    # Refuses a stride of zero and nothing below it.
    chaff("negative_stride_let_in", ("if stride < 1:", "if stride == 0:"), band="slip"),
    # Lets a kernel of zero taps through.
    chaff("empty_kernel_let_in", ("if kernel < 1:", "if kernel < 0:"), band="slip"),
    # Lets a negative padding crop the input.
    chaff("negative_pad_let_in", ("if pad < 0:", "if False:"), band="slip"),
    # Asserts, so that an AssertionError comes and no ValueError.
    chaff(
        "asserts",
        ("raise ValueError(", "raise AssertionError("),
        base=wheat__nested_helper,
        band="slip",
    ),
    # Refuses without saying what.
    chaff(
        "message_without_numbers",
        ('f"{left_over} of {size} left over: {kernel=} {stride=} {pad=}"', '"does not fit"'),
        base=wheat__numpy_integer,
        band="style",
    ),
    # Names size, kernel and pad, not the stride that does not divide.
    chaff("message_without_stride", (" {stride=}", ""), base=wheat__numpy_integer, band="style"),
    # Names the padded size in place of size and pad.
    chaff(
        "message_without_pad",
        (
            "{size} left over: {kernel=} {stride=} {pad=}",
            "{size + 2 * pad} left over: {kernel=} {stride=}",
        ),
        base=wheat__numpy_integer,
        band="style",
    ),
    # Refuses strides that skip values, though they tile.
    chaff("wide_stride_refused", ("if stride < 1:", "if not 1 <= stride <= kernel:"), band="slip"),
    # Prints a complaint and returns None.
    chaff(
        "none_for_misfits",
        ('raise ValueError("impossible")', 'return print("impossible")'),
        ('raise ValueError(f"', 'return print(f"'),
        base=wheat__numpy_integer,
        band="slip",
    ),
    chaff("looked_up", base=chaff__looked_up, band="idea"),
    # Pads by half a kernel unless told otherwise.
    chaff(
        "same_by_default",
        ("pad=0):", "pad=None):"),
        (
            "if stride < 1:",
            """
            pad = kernel // 2 if pad is None else pad
            if stride < 1:
            """,
        ),
        band="slip",
    ),
)
