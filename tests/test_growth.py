"""The comparison of processor times tells linear work from quadratic work."""

from tests.growth import growth, ratio


def count(size):
    for _ in range(size):
        pass


def test_linear_work_grows_with_its_size():
    """Four times the size takes about four times as long."""
    assert 2 < growth(lambda size: count(20 * size), 5_000) < 8


def test_quadratic_work_grows_with_the_square():
    """Four times the size takes about sixteen times as long."""
    assert growth(lambda size: [count(size) for _ in range(size)], 300) > 8


def test_the_same_work_takes_the_same_time():
    """Whichever of the two is measured first."""
    assert 0.5 < ratio(lambda: count(50_000), lambda: count(50_000), 1.5) < 1.5
