"""What a mistake may cost: the bands for the share of its function's points that a chaff loses.

A chaff declares the band that its mistake belongs in. The edges named here are inside the bands:

- style, up to 15%: another dtype, an argument changed in place, a message without its numbers, a
  refusal left out where refusing is not what the function is for, a part that is worth no more,
  such as the sum that is the gradient of a bias.
- slip, 25 to 50%: one parameter or one part is wrong, such as the stride, the padding, the bias,
  ties, one direction, one of several gradients.
- idea, more than 50%: what the function is about is wrong, so that hardly an answer is right, or
  something else does its work.

Nothing costs between 15 and 25%: whoever shares out a function's points decides which it is.
"""

from __future__ import annotations

from dataclasses import dataclass

# What a sum of points may be off, as they are floating-point numbers.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Band:
    """A range of shares: above `over`, from `least` on, up to `most` inclusive."""

    name: str
    most: float
    least: float = 0.0
    over: float = 0.0

    def holds(self, share: float) -> bool:
        """Whether a mistake of this band may cost that share of its function's points."""
        return (
            share > self.over + ROUNDING and self.least - ROUNDING <= share <= self.most + ROUNDING
        )


BANDS = {
    band.name: band
    for band in (
        Band("style", most=0.15),
        Band("slip", least=0.25, most=0.5),
        Band("idea", over=0.5, most=1.0),
    )
}
