"""Names that a person cannot tell apart are flagged, and no others."""

import unicodedata

import pytest

from autograder.course.student_names import skeleton, twin_flags

ANDRE = unicodedata.normalize("NFC", "André")


@pytest.mark.parametrize(
    "twin",
    [
        pytest.param(unicodedata.normalize("NFD", ANDRE), id="accents spelled otherwise"),
        pytest.param(f"{ANDRE[:2]}\u200b{ANDRE[2:]}", id="a space of no width"),
        pytest.param(f"\ufeff{ANDRE}", id="a byte-order mark"),
        pytest.param(f"{ANDRE[:3]}\u200d{ANDRE[3:]}", id="a joiner"),
        pytest.param(f"\u202a{ANDRE}\u202c", id="direction"),
        pytest.param(f"{ANDRE}\u3164", id="a filler"),
        pytest.param(f"{ANDRE[:2]}\u00ad{ANDRE[2:]}", id="a soft hyphen"),
        pytest.param(ANDRE.upper(), id="capitals"),
        pytest.param(ANDRE.lower(), id="small letters"),
        pytest.param(f"{ANDRE} ", id="a blank"),
        pytest.param(f"{ANDRE}\u00a0", id="a blank that does not break"),
        pytest.param("\uff21ndré", id="a wide letter"),
        pytest.param("\u0410ndré", id="a Cyrillic letter"),
        pytest.param("\u0391ndré", id="a Greek letter"),
    ],
)
def test_a_name_that_looks_the_same_is_flagged(twin):
    """Both of two who handed in; the one who did, where the course knows the other."""
    flags = twin_flags(["bob", ANDRE, twin])
    assert set(flags) == {ANDRE, twin}
    (flag,) = flags[ANDRE]
    assert flag.isascii() and flag.isprintable() and ascii(twin) in flag
    assert set(twin_flags([twin], ["bob", ANDRE])) == {twin}


@pytest.mark.parametrize(
    "names",
    [
        ["ann", "anna", "ann-b", "ann_b", "ann.b"],
        ["andre", "andré", "andrè"],
        ["s10", "s11", "s100"],
        ["王伟", "王玮"],
        ["ali", "all"],
        ["Мария", "Марина"],
        ["müller", "muller", "mueller"],
    ],
)
def test_names_that_differ_to_the_eye_are_not(names):
    """Nor is a name its own twin."""
    assert twin_flags(names, names) == {}


def test_spellings_chain(  # the case of a letter may change how its accent is spelled
):
    """Whatever order the differences are taken away in, the same is left."""
    for name in ("İSTANBUL", "straße", "ﬁona", "Ǆ", "ΑΣ"):
        assert skeleton(name) == skeleton(skeleton(name))
        assert skeleton(unicodedata.normalize("NFD", name)) == skeleton(name)
    assert skeleton("STRASSE") == skeleton("straße")
