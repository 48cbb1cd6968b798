"""What a cell prints reads the same, whatever pieces its kernel sent it in."""

import pytest
from myst_nb.core.utils import coalesce_streams
from nbformat.v4 import new_output
from whole_outputs import join

TEXT = "4.563 4.007 3.463\nsecond line\n"


def stream(text, name="stdout"):
    return new_output("stream", name=name, text=text)


@pytest.mark.parametrize("at", range(1, len(TEXT)))
def test_a_line_sent_in_two_pieces_is_one_line(at):
    """Wherever the kernel cut the text."""
    (output,) = coalesce_streams(join([stream(TEXT[:at]), stream(TEXT[at:])]))
    assert output.text == TEXT


def test_what_is_not_printed_stays_between_what_is():
    """A picture between two lines, and another stream, part them."""
    picture = new_output("display_data", data={"text/plain": "a picture"})
    outputs = [stream("before\n"), picture, stream("after\n"), stream("note\n", "stderr")]
    assert join(outputs) == outputs
