"""The table of tags is complete, and says rightly which values the codec carries by itself."""

import numpy as np

from autograder.wire import tags
from autograder.wire.codec import encode

NAMES = [name for name in vars(tags) if name.isupper() and isinstance(vars(tags)[name], str)]
PLAIN = {
    tags.LIST: [1],
    tags.TUPLE: (1,),
    tags.DICT: {1: 2},
    tags.SET: {1},
    tags.FROZENSET: frozenset({1}),
    tags.BYTES: b"1",
    tags.ARRAY: np.ones(1),
    tags.SCALAR: np.float64(1),
}


def test_every_tag_has_a_meaning_of_its_own():
    """No two names have the same tag, and no tag lacks its sentence."""
    assert sorted(getattr(tags, name) for name in NAMES) == sorted(tags.MEANINGS)
    assert len(set(tags.MEANINGS.values())) == len(NAMES) > len(PLAIN)


def test_the_codec_writes_the_tags_of_plain_data():
    """Anything else has a tag that one of the two ends writes."""
    for tag, value in PLAIN.items():
        assert list(encode(value, [], lambda *_: None)) == [tag]
    assert set(tags.MEANINGS) - set(PLAIN) > tags.SERIALIZED
