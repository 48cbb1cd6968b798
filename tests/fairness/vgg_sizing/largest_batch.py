"""Right and wrong ways to write `largest_batch`."""

from tests.fairness.edits import chaff


def wheat__counts_up(layers, input_shape, *, memory, optimizer_slots=1, bytes_per_value=4):
    """Tries one more image until it does not fit."""
    batch = 0
    while (
        training_memory(
            layers,
            input_shape,
            batch=batch + 1,
            optimizer_slots=optimizer_slots,
            bytes_per_value=bytes_per_value,
        )
        <= memory
    ):
        batch += 1
    print("largest batch", batch)
    return batch


def wheat__bisects(layers, input_shape, *, memory, optimizer_slots=1, bytes_per_value=4):
    """Doubles, then halves, by a nested helper."""

    def fits(n):
        return memory >= training_memory(
            layers,
            input_shape,
            batch=n,
            optimizer_slots=optimizer_slots,
            bytes_per_value=bytes_per_value,
        )

    if not fits(1):
        return 0
    high = 1
    while fits(high):
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def wheat__from_the_parts(layers, input_shape, *, memory, optimizer_slots=1, bytes_per_value=4):
    """Parameters off, the rest divided."""
    params = sum(w + b for w, b in layer_parameters(layers, input_shape))
    left = memory - (2 + optimizer_slots) * params * bytes_per_value
    if left < 0:
        return 0
    return left // (2 * activation_memory(layers, input_shape, bytes_per_value=bytes_per_value))


def wheat__floor_of_a_quotient(
    layers, input_shape, *, memory, optimizer_slots=1, bytes_per_value=4
):
    """math.floor of a float quotient, which is exact enough for bytes that exist."""
    import math

    how = dict(optimizer_slots=optimizer_slots, bytes_per_value=bytes_per_value)
    one = training_memory(layers, input_shape, batch=1, **how)
    two = training_memory(layers, input_shape, batch=2, **how)
    return max(0, 1 + math.floor((memory - one) / (two - one)))


def wheat__numpy_integers(layers, input_shape, *, memory, optimizer_slots=1, bytes_per_value=4):
    """NumPy's integers and maximum."""
    import warnings

    warnings.warn("an estimate")
    ones = np.array(
        [
            training_memory(
                layers,
                input_shape,
                batch=n,
                optimizer_slots=optimizer_slots,
                bytes_per_value=bytes_per_value,
            )
            for n in (0, 1)
        ],
        dtype=np.int64,
    )
    return np.maximum((memory - ones[0]) // (ones[1] - ones[0]), 0)


CHAFFS = (
    # Never more than 1,024 images.
    chaff(
        "capped",
        ("max(0, (memory - fixed) // one)", "min(1024, max(0, (memory - fixed) // one))"),
        band="slip",
    ),
    # The right number, as a float.
    chaff(
        "as_a_float", ("return max(", "return float(max("), ("// one)", "// one))"), band="style"
    ),
    # Memory over what one image takes, parameters included.
    chaff(
        "parameters_every_time",
        ("max(0, (memory - fixed) // one)", "memory // (fixed + one)"),
        band="idea",
    ),
    # Memory over the activations.
    chaff(
        "parameters_forgotten", ("max(0, (memory - fixed) // one)", "memory // one"), band="idea"
    ),
    # Goes below zero.
    chaff("negative", ("max(0, (memory - fixed) // one)", "(memory - fixed) // one"), band="slip"),
    # Takes the sign off where too little is left.
    chaff("absolute_value", ("max(0, ", "abs("), band="slip"),
    # Never says 0.
    chaff("at_least_one", ("max(0, ", "max(1, "), band="slip"),
    # None where nothing fits.
    chaff(
        "none_for_zero",
        ("max(0, (memory - fixed) // one)", "max(0, (memory - fixed) // one) or None"),
        band="slip",
    ),
    # An error where nothing fits.
    chaff(
        "raises_for_zero",
        (
            "return max",
            """
            if memory < fixed + one:
                raise ValueError(f"{memory} bytes do not hold one image")
            return max
            """,
        ),
        band="slip",
    ),
    # The first batch that does not fit.
    chaff("one_too_many", ("// one", "// one + 1"), band="idea"),
    # Leaves a byte free.
    chaff("strictly_less", ("memory - fixed", "memory - 1 - fixed"), band="slip"),
    # Rounds to the nearest.
    chaff("rounds", ("(memory - fixed) // one", "round((memory - fixed) / one)"), band="slip"),
    # A quotient with its fraction.
    chaff("float", ("// one", "/ one"), band="idea"),
    # Only powers of two, as is the custom.
    chaff(
        "power_of_two",
        (
            "max(0, (memory - fixed) // one)",
            "2 ** max(0, (memory - fixed) // one).bit_length() // 2",
        ),
        band="idea",
    ),
    # One slot, whatever was asked.
    chaff("slots_not_handed_on", ('"optimizer_slots": optimizer_slots, ', ""), band="slip"),
    # float32, whatever was asked.
    chaff("bytes_not_handed_on", (', "bytes_per_value": bytes_per_value', ""), band="slip"),
    # Activations once, without their gradients.
    chaff("forward_only", ("// one", "// (one // 2)"), band="idea"),
    # Takes memory for GiB.
    chaff("gibibytes", ("(memory - fixed)", "(memory * 2**30 - fixed)"), band="idea"),
)
