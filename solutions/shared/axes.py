"""What looks at the axes of an array in two notebooks; the others word it for what they take."""


# included from here on
def expect_axes(**arrays):
    """Raise `ValueError` unless the arrays have the axes they should have.

    `expect_axes(x=(x, "N C H W"), w=(w, "F C KH KW"))` asks for four axes in each, and for the same
    length wherever the same letter stands: here C.
    """
    lengths = {}
    for name, (array, axes) in arrays.items():
        letters = axes.split()
        if array.ndim != len(letters):
            raise ValueError(
                f"{name} needs {len(letters)} axes ({', '.join(letters)}), but has shape "
                f"{array.shape}; a single image goes in as image[None]"
            )
        for letter, length in zip(letters, array.shape, strict=True):
            known, owner = lengths.setdefault(letter, (length, name))
            if length != known:
                raise ValueError(
                    f"{owner} and {name} disagree about {letter}: {known} against {length}"
                )
